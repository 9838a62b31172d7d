"""Age as it appears, as a distribution over years or as one number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.readings import AgeReading, Column, columns
from mimik.tasks.age_figures import AgeFigures
from mimik.tasks.age_number import is_number, values_of
from mimik.tasks.words import listed
from mimik.tasks.years import GROUPS, group_of
from mimik.types import Quality


class Age(AgeFigures):
    """Age in years; values are years, low, high, then a score of each group."""

    name = "age"
    tau_s = 3.0
    subject = "apparent age"
    caution = "Apparent age is how old a face looks, and no measure of chronological age."
    hold = 0.08
    """A group is kept until another's score is higher by this much."""

    def __init__(self, width: int | None = None) -> None:
        """Choose the age groups.

        Args:
            width: Years of a group, 5 or 10; FairFace's groups if None.
        """
        self.width = width

    def decode(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """Years, 10 % and 90 % points and group scores, float32 (N, 3 + 9); see values_of."""
        return values_of(logits, card)

    def reading(
        self,
        values: NDArray[np.float32],
        raw: NDArray[np.float32],
        card: ModelCard,
        previous: str | None = None,
        quality: Quality | None = None,
    ) -> AgeReading:
        """Years, interval and group; see Task.reading."""
        years, low, high = values[:3].tolist()
        group = self._likeliest(values[3:], previous) if self.width is None else group_of(years, self.width)
        return AgeReading(years, low, high, group, tuple(raw[:3].tolist()), self.width)

    def _likeliest(self, scores: NDArray[np.float32], previous: str | None) -> str:
        """The group of the highest score, or the one before, which is kept against a hair."""
        names = list(GROUPS)
        best = int(scores.argmax())
        if previous in GROUPS and scores[best] - scores[names.index(previous)] < self.hold:
            best = names.index(previous)
        return names[best]

    def account(self, card: ModelCard, settings: Mapping[str, Any]) -> str:
        """Mean, interval and groups; see Described."""
        width = settings.get("age_groups")
        said = "number lies" if is_number(card) else "mean lies"
        groups = f"the age group is the {width}-year band in which that {said}"
        if is_number(card) and not width:
            groups = f"the age group is that of {len(GROUPS)} ({listed(list(GROUPS))} years) in which it lies"
        elif not width:
            groups = f"the age group is the likeliest of {len(GROUPS)} ({listed(list(GROUPS))} years)"
        if is_number(card):
            return f"Apparent age was estimated in years by regression, {_interval(card)}; {groups}."
        return (
            f"Apparent age was estimated in years as the mean of a predicted distribution over the ages from "
            f"0 to {card.outputs - 1}, with an interval made to hold 80 % of true ages; {groups}."
        )

    def columns(self, card: ModelCard) -> tuple[Column, ...]:
        """Years, interval and group, then the same before smoothing."""
        names = ("years", "low", "high")
        raw = columns("number", *(f"raw_{name}" for name in names))
        return (*columns("number", *names), Column("group", "text"), *raw)


def _interval(card: ModelCard) -> str:
    """What the interval of an age that is one number says."""
    if not card.residuals:
        return "with an interval of all ages, as its errors on validation were not known"
    low, high = card.residuals
    return (
        f"with an interval from {low:+.1f} to {high:+.1f} years about it, the same for all faces, which held "
        "80 % of true ages of the validation pictures"
    )
