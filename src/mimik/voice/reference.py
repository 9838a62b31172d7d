"""A person's own voice as a reference: what is always heard in it drops out, what changes stays.

Some voices sound sad or angry to a network whatever they say. What it says of them on average, over some of
their utterances, is taken off what it says of each: of few utterances only a part, for these may have been
sad or angry, and all but a little of many (SHRINK). ``python benchmarks/voice_folds.py`` measures what
that gains; to take off the mean level of each band before the network hears it gained nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.tasks.loaded import LoadedModel
from mimik.types import SOUND_RATE, Samples

if TYPE_CHECKING:
    from mimik.voice.recognise import Logits, VoiceRecogniser

SHORTEST_S = 2.0
"""Speech that a reference needs at least: less says more of the words than of the voice."""
SHRINK = 20
"""Utterances of which half of the mean is taken off: ten of one emotion cost no set more than a point."""


@dataclass(frozen=True, slots=True, eq=False)
class VoiceReference:
    """One person's voice, as the networks hear it."""

    logits: Mapping[str, NDArray[np.float32]]
    """Task to what its network says on average, float32 (K,), of mean 0."""
    models: Mapping[str, str]
    """The same tasks to the SHA-256 of their network's file."""
    utterances: int
    """Number of utterances that it is the mean of."""
    seconds: float
    """Their length together."""
    name: str = ""
    """Of the recording, or whose voice it is."""

    @property
    def share(self) -> float:
        """How much of the mean is taken off, 0 to 1."""
        return self.utterances / (self.utterances + SHRINK)

    def against(self, logits: Logits) -> dict[str, NDArray[np.float32]]:
        """What networks say of an utterance of the same person, less what they say on average."""
        share = np.float32(self.share)
        return {task: said - share * self.logits[task] for task, said in logits.items()}

    def check(self, models: Mapping[str, LoadedModel]) -> None:
        """Make sure that it fits the models that are to use it.

        Raises:
            OptionError: It was made with other models.
        """
        for task, model in models.items():
            if self.models.get(task) != model.card.sha256:
                raise OptionError(
                    f"the reference of the voice wasn't made with {model.card.name} (version "
                    f"{model.card.version}), which reads {task}: make it again from the person's speech"
                )

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it; from_dict reads it."""
        return {
            "name": self.name,
            "utterances": self.utterances,
            "seconds": round(self.seconds, 3),
            "models": dict(self.models),
            "logits": {task: [round(float(v), 5) for v in mean] for task, mean in self.logits.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VoiceReference:
        """What to_dict wrote.

        Raises:
            OptionError: It is something else.
        """
        try:
            logits = {str(k): np.asarray(v, np.float32) for k, v in values["logits"].items()}
            models = {str(k): str(v) for k, v in values["models"].items()}
            made = cls(
                logits, models, int(values["utterances"]), float(values["seconds"]), str(values["name"])
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise OptionError(f"not a reference of a voice: {error!r:.80}; make it again") from error
        if models.keys() != logits.keys() or not all(v.ndim == 1 and v.size for v in logits.values()):
            raise OptionError("not a reference of a voice: its numbers are damaged; make it again")
        return made


def reference_of(
    utterances: Iterable[Samples], recogniser: VoiceRecogniser, name: str = ""
) -> VoiceReference:
    """The voice of one person, from what they said: ten utterances or more, in several moods if possible.

    Args:
        utterances: Mono float32 at SOUND_RATE.
        recogniser: What will use it.
        name: Of the recording, or whose voice it is.

    Raises:
        OptionError: There is too little speech.
    """
    said = [samples for samples in utterances if len(samples)]
    seconds = sum(map(len, said)) / SOUND_RATE
    if seconds < SHORTEST_S:
        raise OptionError(
            f"{name or 'the reference of the voice'}: {seconds:.1f} s of speech are too little to know a "
            f"voice by; give {SHORTEST_S:g} s or more, better ten"
        )
    heard = [recogniser.logits(samples) for samples in said]
    logits = {task: _centred([one[task] for one in heard]) for task in recogniser.models}
    models = {task: model.card.sha256 for task, model in recogniser.models.items()}
    return VoiceReference(logits, models, len(said), seconds, name)


def _centred(said: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The mean of logits (K,), less its own mean, which changes no answer."""
    mean = np.mean(said, axis=0)
    return np.asarray(mean - mean.mean(), np.float32)
