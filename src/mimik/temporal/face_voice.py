"""The reading of a face and a voice together: which classes it has, and how an utterance gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mimik.errors import some_of
from mimik.models.card import ModelCard
from mimik.readings import (
    AGAINST_REFERENCE,
    FACE_VOICE,
    SIDES,
    UNCERTAIN,
    ClassReading,
    Column,
    FusedReading,
    columns,
)
from mimik.temporal.fuse import FOLDED, folded, fuse, shared_labels
from mimik.temporal.fusion_model import FusionModel, read_fusion
from mimik.temporal.speaker import Shown
from mimik.types import SpanResult


def why_not(face: ModelCard, voice: ModelCard) -> str | None:
    """Why what two models say can't be fused; None if it can."""
    if shared_labels(face.labels, voice.labels):
        return None
    strange = sorted((set(face.labels) ^ set(voice.labels)) - FOLDED.keys())
    return (
        f"face and voice aren't fused: only one of {face.name} and {voice.name} has {some_of(strange)}; name "
        "models of the same classes"
    )


@dataclass(frozen=True, slots=True)
class FaceVoice:
    """Fuses what is read of the speaker's face with what is heard."""

    face: str
    """The task that reads the face."""
    voice: str
    """The task that hears the voice."""
    labels: tuple[str, ...]
    """Classes of the answer: calm and bored count as neutral where the face has no such class."""
    threshold: float
    """Probability below which the answer is "uncertain": the stricter one of the two models."""
    model: FusionModel
    """Where the weights come from."""

    @classmethod
    def of(cls, face: ModelCard, voice: ModelCard) -> FaceVoice:
        """Join two models; see why_not.

        Raises:
            ModelError: The shipped fusion can't be read.
        """
        labels = shared_labels(face.labels, voice.labels)
        return cls(face.task, voice.task, labels, max(face.threshold, voice.threshold), read_fusion())

    @property
    def settings(self) -> Mapping[str, str]:
        """What made the readings, for the head of a results file."""
        return {"name": self.model.name, "version": self.model.version}

    def columns(self, *, against_reference: bool) -> tuple[Column, ...]:
        """The columns of a reading in tables."""
        raw = (f"raw_{label}" for label in self.labels)
        return (
            *columns("text", "label"),
            *columns("number", *self.labels, *raw),
            *(columns("truth", AGAINST_REFERENCE) if against_reference else ()),
            *columns("text", "sides"),
            *columns("whole", "id"),
            *columns("number", "seen"),
            *columns("text", "reason"),
        )

    def read(self, span: SpanResult, shown: Shown) -> SpanResult:
        """An utterance with what its face and its voice say together.

        Args:
            span: What is heard.
            shown: What the speaker's face shows meanwhile.
        """
        voice = span.readings.get(self.voice)
        if not isinstance(voice, ClassReading):
            return span
        seen, heard = shown.reason is None, span.quality.reason is None
        reasons = (shown.reason, None if heard else f"voice {span.quality.reason}")
        face = shown.probabilities if seen else {}
        reading = FusedReading(
            label=UNCERTAIN,
            probabilities=self._fused(face, voice.probabilities if heard else {}),
            raw=self._fused(face, voice.raw if heard else {}),
            against_reference=voice.against_reference,
            sides=tuple(name for name, there in zip(SIDES, (seen, heard), strict=True) if there),
            id=shown.id,
            seen=shown.share,
            reason="; ".join(filter(None, reasons)) or None,
        )
        return replace(span, readings={**span.readings, FACE_VOICE: self._labelled(reading)})

    def _fused(self, face: Mapping[str, float], voice: Mapping[str, float]) -> dict[str, float]:
        """Class to probability: of one side as it is, and all alike where there is neither."""
        if face and voice:
            heard = folded(voice, self.labels, mean=True)
            shares = fuse(folded(face, self.labels), heard, self.model.network)
        elif face or voice:
            shares = folded(face or voice, self.labels)
        else:
            shares = np.full(len(self.labels), 1 / len(self.labels), np.float32)
        return dict(zip(self.labels, shares.tolist(), strict=True))

    def _labelled(self, reading: FusedReading) -> FusedReading:
        best = max(reading.probabilities, key=reading.probabilities.__getitem__)
        sure = reading.sides and reading.probabilities[best] >= self.threshold
        return replace(reading, label=best) if sure else reading
