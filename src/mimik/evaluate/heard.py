"""A model's raw answers on utterances: sound -> mel bands -> logits."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.errors import NoSoundError, OptionError, SourceError
from mimik.evaluate.answers import Answers
from mimik.tasks.loaded import LoadedModel
from mimik.types import Samples
from mimik.voice.augment import add_noise, noise, telephone
from mimik.voice.inputs import is_silent, normalised, sound_input

COLOUR: Literal["pink"] = "pink"
"""Of the noise: its power falls with the frequency, as in rooms and streets."""


@dataclass(frozen=True, slots=True)
class SoundChange:
    """How utterances are changed before a model hears them, to see what that costs."""

    noise_db: float | None = None
    """Voice over pink noise, in decibels of their mean powers; None leaves it as it is."""
    telephone: bool = False
    """Whether they come through a telephone's band, 300 to 3400 Hz, the noise with them."""

    def __post_init__(self) -> None:
        if self.noise_db is not None and not -30 <= self.noise_db <= 100:
            raise OptionError(f"the voice over the noise must be -30 to 100 dB, not {self.noise_db:g}")

    @property
    def words(self) -> tuple[str, ...]:
        """What is changed, in few words."""
        noisy = () if self.noise_db is None else (f"{COLOUR} noise at {self.noise_db:g} dB",)
        return (*noisy, *("telephone band" for _ in range(self.telephone)))

    def apply(self, samples: Samples, key: str) -> Samples:
        """The utterance, changed; the noise is the same for the same key."""
        if self.noise_db is not None:
            drawn = noise(len(samples), COLOUR, np.random.default_rng(zlib.crc32(key.encode())))
            samples = add_noise(samples, drawn, self.noise_db)
        return telephone(samples) if self.telephone else samples


AS_IT_IS = SoundChange()
"""Nothing is changed."""


def collect_heard(
    model: LoadedModel, samples: Iterable[Sample], changes: Sequence[SoundChange] = (AS_IT_IS,)
) -> Answers:
    """Ask a model about every sample; each is heard whole, in one call.

    Args:
        model: What is asked; it takes sound.
        samples: Labelled utterances.
        changes: How each is changed; one answer each.
    """
    answers, rows = Answers(word="clips"), []
    for sample in samples:
        try:
            sound = _sound(sample)
        except SourceError as error:
            answers.failed.append({"key": sample.key, "error": str(error)})
            continue
        answers.samples.append(sample)
        rows.append([_ask(model, change.apply(sound, sample.key)) for change in changes])
    shape = (len(rows), len(changes), model.card.outputs)
    answers.logits = np.array(rows, np.float32).reshape(shape)
    return answers


def _sound(sample: Sample) -> Samples:
    """An utterance; raises NoSoundError if nothing is heard in it."""
    samples = sample.hear() if sample.hear else np.empty(0, np.float32)
    if is_silent(samples):
        raise NoSoundError(f"{sample.key}: nothing sounds in it")
    return samples


def _ask(model: LoadedModel, samples: Samples) -> NDArray[np.float32]:
    card = model.card
    batch = normalised(sound_input(samples, card.sound), card.mean, card.std)[None]
    return np.asarray(model.logits(batch)[0], np.float32)
