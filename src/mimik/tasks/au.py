"""Facial action units (FACS): which muscles of the face are at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.facs import ACTION_UNITS
from mimik.mesh.reading import MeshReading
from mimik.models.card import ModelCard
from mimik.readings import AuReading, Column, Reading, columns
from mimik.tasks.probabilities import SMALLEST, sigmoid
from mimik.tasks.samples import Labelled
from mimik.tasks.strength import MEASURES, measured, strengths
from mimik.tasks.unit_figures import UnitFigures
from mimik.types import Quality

MIN_SIZE_PX, MAX_YAW_DEG = 40.0, 35.0
"""Beyond these the small movements that make an action unit can't be seen, though an emotion may."""


class ActionUnits(UnitFigures):
    """Each action unit by itself, present or not."""

    name = "au"
    tau_s = 0.2
    aide = "mesh"
    tells_mouth = True
    """Lips and jaw say how far a mouth is open, which is held against sound (mimik.temporal.sync)."""
    subject = "facial action unit activity"
    caution = (
        "Action units are coded as present or absent, without side, and by a program, not by certified human "
        "coders; a strength, where one is given, is an estimate."
    )
    hold = 0.08
    """A unit stays active until it is below its threshold by this much."""

    def decode(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """Probability of each unit, (N, K), at the card's temperature."""
        return sigmoid(logits, card.temperature)

    def reading(
        self,
        values: NDArray[np.float32],
        raw: NDArray[np.float32],
        card: ModelCard,
        previous: str | None = None,
        quality: Quality | None = None,
    ) -> AuReading:
        """The units that reach their thresholds; see Task.reading."""
        kept = (previous or "").split("+")
        floors = card.thresholds or (0.5,) * len(card.labels)
        probabilities = dict(zip(card.labels, values.tolist(), strict=True))
        floor_of = dict(zip(card.labels, floors, strict=True))
        return AuReading(
            active=tuple(
                name
                for name, value in probabilities.items()
                if value >= floor_of[name] - (self.hold if name in kept else 0.0)
            ),
            probabilities=probabilities,
            raw=dict(zip(card.labels, raw.tolist(), strict=True)),
            reason=self.distrust(quality) if quality else None,
        )

    def scores(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds (K,)."""
        kept = np.clip(values, SMALLEST, 1 - SMALLEST)
        return np.asarray(np.log(kept / (1 - kept)), np.float32)

    def from_scores(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (K,)."""
        return sigmoid(scores)

    def follows(self, label: str) -> bool:
        """Whether it is an action unit; see Followed."""
        return label in ACTION_UNITS

    def shows_rest(self, sample: Labelled, target: str) -> bool:
        """Whether none of its action units is present."""
        return target in sample.scores and not np.nan_to_num(sample.scores[target]).any()

    def account(self, card: ModelCard, settings: Mapping[str, Any]) -> str:
        """Which units, and in which faces they count; see Described."""
        units = settings.get("units") or card.labels
        return (
            f"Of the Facial Action Coding System (FACS; [FACS]), {len(units)} action units were coded as "
            f"present or absent ({', '.join(units)}), each by a threshold of its own from the model's card. "
            f"They were marked as not to be trusted in faces that could not be seen well: smaller than "
            f"{MIN_SIZE_PX:g} pixels, turned away by more than {MAX_YAW_DEG:g} degrees, of unknown pose, "
            f"blurred, badly lit or partly covered."
        )

    def columns(self, card: ModelCard) -> tuple[Column, ...]:
        """Active units, a column a unit, the same before smoothing, and whether to trust them."""
        numbers = columns("number", *card.labels, *(f"raw_{name}" for name in card.labels))
        return (Column("active", "text"), *numbers, Column("reliable", "truth"), Column("reason", "text"))

    def measured(self, other: Reading) -> Mapping[str, float]:
        """What a mesh measures of the units; see Aided."""
        return measured(other) if isinstance(other, MeshReading) else {}

    def aided(self, reading: Reading, other: Reading, at_rest: Mapping[str, float]) -> Reading:
        """How strong the units are; see Aided."""
        if not isinstance(reading, AuReading):
            return reading
        told = strengths(reading.active, self.measured(other), at_rest)
        own = {unit: told.get(unit) for unit in MEASURES if unit in reading.probabilities}
        return replace(reading, strength=own)

    def aided_columns(self, card: ModelCard) -> tuple[Column, ...]:
        """A column a unit that has a strength."""
        return columns("number", *(f"strength_{unit}" for unit in MEASURES if unit in card.labels))

    def distrust(self, quality: Quality) -> str | None:
        """Why a face's action units should not be trusted; see Demanding."""
        if quality.reason is not None:
            return quality.reason
        if quality.size_px < MIN_SIZE_PX:
            return "too small"
        if quality.pose is None:
            return "pose unknown"
        if abs(quality.pose.yaw_deg) > MAX_YAW_DEG:
            return "turned away"
        return None
