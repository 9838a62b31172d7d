"""Which states are on by the values before smoothing; results don't say it, the models' thresholds do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mimik.errors import some_of
from mimik.models.card import ModelCard
from mimik.models.store import catalogue
from mimik.readings import UNCERTAIN
from mimik.results.rows import Row
from mimik.results.summary_columns import ACTIVE, NONE, RAW

HALF = 0.5
"""From when on a unit is active whose threshold isn't known."""


class RawStates:
    """Turns raw values into states, task by task."""

    def __init__(self, heads: Iterable[Mapping[str, Any]]) -> None:
        """Look the models up.

        Args:
            heads: RunInfo.to_dict() of what made the results.
        """
        self._floor: dict[str, float] = {}
        self._floors: dict[str, Mapping[str, float]] = {}
        self._lost: set[str] = set()
        self._used: dict[str, None] = {}
        cards = catalogue()
        for head in heads:
            asked = head.get("settings", {}).get("threshold")
            for task in head.get("columns") or head.get("models", {}):  # 0.1 names no columns.
                made = head.get("models", {}).get(task, {})
                card = cards.get(str(made.get("name")))
                if card is None or card.sha256 != made.get("sha256"):
                    self._lost.add(task)
                else:
                    self._know(task, card, asked)

    def notes(self) -> list[str]:
        """Whose thresholds aren't known, of all that were asked for."""
        unknown = [task for task in self._used if task in self._lost or task not in self._floor]
        if not unknown:
            return []
        return [
            f"thresholds of {some_of(unknown)} aren't known, as OUT.run doesn't lie beside the results "
            "or the model that it names isn't here: of values before smoothing the likeliest class counts, "
            "however probable, and a unit from 0.5"
        ]

    def _know(self, task: str, card: ModelCard, asked: float | None) -> None:
        self._floor[task] = card.threshold if asked is None else asked
        self._floors[task] = dict(zip(card.labels, card.thresholds, strict=False))

    def on(self, row: Row, answer: str) -> list[str]:
        """The states that are on in a face's row.

        Args:
            row: The face.
            answer: The column that says it after smoothing ("emotion_label", "au_active").

        Returns:
            Labels; none at all where the row has no raw values of this task.
        """
        task = answer.rpartition("_")[0]
        begin = f"{task}{RAW}"
        values = {
            name.removeprefix(begin): value
            for name, value in row.items()
            if name.startswith(begin) and isinstance(value, float | int)
        }
        if not values:
            return []
        self._used[task] = None
        if answer.endswith(ACTIVE):
            floors = self._floors.get(task, {})
            return [label for label, value in values.items() if value >= floors.get(label, HALF)] or [NONE]
        best = max(values, key=values.__getitem__)
        return [best if values[best] >= self._floor.get(task, 0.0) else UNCERTAIN]
