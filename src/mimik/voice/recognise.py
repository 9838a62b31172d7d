"""Utterances and models -> values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.tasks.loaded import LoadedModel
from mimik.types import Samples
from mimik.voice.inputs import normalised, sound_input
from mimik.voice.reference import VoiceReference

Logits: TypeAlias = "Mapping[str, NDArray[np.float32]]"
"""Task to what its network says of one utterance, float32 (K,)."""


class VoiceRecogniser:
    """Runs the models of all voice tasks on an utterance."""

    def __init__(self, models: Mapping[str, LoadedModel]) -> None:
        """Take loaded models.

        Args:
            models: Task name to its model, in the order of the results; each takes sound.

        Raises:
            ModelError: One takes something else.
        """
        self.models = dict(models)
        self._specs = {name: model.card.sound for name, model in self.models.items()}

    def logits(self, samples: Samples, reference: VoiceReference | None = None) -> Logits:
        """What the networks say of an utterance; each input is made, and each network run, once.

        Args:
            samples: Mono float32 (N,) at mimik.types.SOUND_RATE, N above 0.
            reference: The person's voice, made with these models (VoiceReference.check), against which it is
                heard.
        """
        inputs = {spec: sound_input(samples, spec) for spec in dict.fromkeys(self._specs.values())}
        said = {}
        for name, model in self.models.items():
            card = model.card
            batch = normalised(inputs[self._specs[name]], card.mean, card.std)[None]
            said[name] = model.logits(batch)[0]
        return said if reference is None else reference.against(said)
