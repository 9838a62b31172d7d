"""A person's own voice as a reference: what is always in it drops out, how it is used stays.

A voice has its own level in each band: its resonances and pitch, the room, the microphone. A network whose
card says so hears an utterance less the person's mean level in each band, in place of the utterance's own
mean, and learned from both in turns. The person's mean scores could be taken off as well: that gains a
little where the reference holds all emotions, and loses much where it holds one, so it isn't done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.models.inputs import SoundSpec
from mimik.tasks.loaded import LoadedModel
from mimik.types import SOUND_RATE, Samples
from mimik.voice.inputs import heard_levels

if TYPE_CHECKING:
    from mimik.voice.recognise import VoiceRecogniser

SHORTEST_S = 2.0
"""Speech that a reference needs at least: less says more of the words than of the voice."""


@dataclass(frozen=True, slots=True, eq=False)
class VoiceReference:
    """One person's voice, as the networks hear it."""

    levels: Mapping[str, NDArray[np.float32]]
    """Task to the mean level of each band, float32 (bands,), 0 to 1; tasks whose network learned from such
    means."""
    models: Mapping[str, str]
    """The same tasks to the SHA-256 of their network's file."""
    utterances: int
    """Number of utterances that it is the mean of."""
    seconds: float
    """Their length together."""
    name: str = ""
    """Of the recording, or whose voice it is."""

    def check(self, models: Mapping[str, LoadedModel]) -> None:
        """Make sure that it fits the models that are to use it.

        Raises:
            OptionError: It was made with other models.
        """
        for task, model in models.items():
            if model.card.sound.reference and self.models.get(task) != model.card.sha256:
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
            "levels": {task: [round(float(v), 5) for v in mean] for task, mean in self.levels.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VoiceReference:
        """What to_dict wrote.

        Raises:
            OptionError: It is something else.
        """
        try:
            levels = {str(k): np.asarray(v, np.float32) for k, v in values["levels"].items()}
            models = {str(k): str(v) for k, v in values["models"].items()}
            made = cls(
                levels, models, int(values["utterances"]), float(values["seconds"]), str(values["name"])
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise OptionError(f"not a reference of a voice: {error!r:.80}; make it again") from error
        if models.keys() != levels.keys() or not all(v.ndim == 1 and v.size for v in levels.values()):
            raise OptionError("not a reference of a voice: its levels are damaged; make it again")
        return made


def reference_of(
    utterances: Iterable[Samples], recogniser: VoiceRecogniser, name: str = ""
) -> VoiceReference:
    """The voice of one person, from what they said: some ten utterances, or ten seconds.

    Args:
        utterances: Mono float32 at SOUND_RATE; what is said in them, and how, doesn't matter.
        recogniser: What will use it.
        name: Of the recording, or whose voice it is.

    Raises:
        OptionError: No network here hears against a reference, or there is too little speech.
    """
    said = [samples for samples in utterances if len(samples)]
    specs = check_hears_references(recogniser)
    seconds = sum(map(len, said)) / SOUND_RATE
    if seconds < SHORTEST_S:
        raise OptionError(
            f"{name or 'the reference of the voice'}: {seconds:.1f} s of speech are too little to know a "
            f"voice by; give {SHORTEST_S:g} s or more, better ten"
        )
    means = {spec: mean_levels(said, spec) for spec in dict.fromkeys(specs.values())}
    levels = {task: means[spec] for task, spec in specs.items()}
    models = {task: recogniser.models[task].card.sha256 for task in specs}
    return VoiceReference(levels, models, len(said), seconds, name)


def check_hears_references(recogniser: VoiceRecogniser) -> dict[str, SoundSpec]:
    """Task to how its input is made, of those whose network can hear against a reference.

    Raises:
        OptionError: There is none.
    """
    specs = {task: m.card.sound for task, m in recogniser.models.items() if m.card.sound.reference}
    if not specs:
        raise OptionError(
            f"{', '.join(recogniser.models)}: no model here learned to hear a voice against a reference; "
            "leave the reference out, or choose voice.base"
        )
    return specs


def mean_levels(utterances: Iterable[Samples], spec: SoundSpec) -> NDArray[np.float32]:
    """The mean level of each band, (bands,), 0 to 1, each utterance counting alike."""
    means = [heard_levels(samples, spec).mean(axis=0) for samples in utterances]
    return np.asarray(np.mean(means, axis=0), np.float32)
