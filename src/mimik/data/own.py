"""Tasks of one's own: what class names mean in data whose layout doesn't say it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mimik.models.card import ModelCard


@dataclass(frozen=True, slots=True)
class OwnTasks:
    """Tasks that only a recipe or a card describes, with their classes."""

    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Name of the task, or of its labels in the data, to its classes."""
    alone: bool = True
    """Whether nothing else is wanted of the data: then class names are theirs, whatever they are."""

    def of(self, names: Iterable[str]) -> tuple[str, ...]:
        """The tasks that a set of class names belongs to: those that have any of them, or all if alone."""
        plain = {_plain(name) for name in names}
        fitting = tuple(task for task, labels in self.labels.items() if plain & set(map(_plain, labels)))
        return fitting or (tuple(self.labels) if self.alone else ())

    def without(self, names: Container[str]) -> OwnTasks:
        """The same but for some tasks."""
        return replace(self, labels={task: own for task, own in self.labels.items() if task not in names})

    def label(self, task: str, name: str) -> str:
        """A class as the task writes it; as the data set does if the task has no such class."""
        return next((label for label in self.labels[task] if _plain(label) == _plain(name)), name.strip())


NO_OWN = OwnTasks()
"""None at all."""


def own_of(card: ModelCard) -> OwnTasks:
    """The task of a card, if only that describes it."""
    return OwnTasks({card.task: card.labels}) if card.kind else NO_OWN


def _plain(name: str) -> str:
    return name.strip().casefold()
