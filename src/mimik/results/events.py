"""What happens over time in a task's readings, such as blinks: figures of it in summaries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, cast

from mimik.results.rows import Cell, Row
from mimik.tables import Table, load_entry

EVENTS = Table("mimik.events", {"mesh": "mimik.temporal.blinks:BlinkCount"})
"""Task to "module:class" of what counts its events."""


class Events(Protocol):
    """Counts the events of one person, in one source."""

    reads: tuple[str, ...]
    """Columns of numbers that it reads, without the task's name before them."""
    names: tuple[str, ...]
    """Its figures, without the task's name."""

    def add(self, time_s: float, seconds: float, values: Mapping[str, float | None]) -> None:
        """Take one frame: its time, how long it lasts, and the values of ``reads``."""
        ...

    def figures(self) -> dict[str, float | None]:
        """The figures by name, None where they can't be told; asked for once, at the end."""
        ...


@cache
def _kind_of_events(task: str) -> type[Any]:
    return cast("type[Any]", load_entry(EVENTS, task, "kind of events"))


def event_names(columns: Iterable[str]) -> Iterator[str]:
    """The figures of the events that can be counted in rows with these columns."""
    there = set(columns)
    for task in EVENTS:
        kind = _kind_of_events(task)
        if there.issuperset(f"{task}_{name}" for name in kind.reads):
            yield from (f"{task}_{name}" for name in kind.names)


def is_read(column: str) -> bool:
    """Whether the events of a task are told by a column."""
    return any(column == f"{task}_{name}" for task in EVENTS for name in _kind_of_events(task).reads)


@dataclass(slots=True)
class EventCounts:
    """The events of one person: of all tasks that have any."""

    counts: dict[str, Events] = field(default_factory=dict)
    """Task to what counts its events."""
    several: bool = False
    """Whether a frame had several such faces: then nobody can say whose an event is."""

    def add(self, face: Row, time_s: float | None, seconds: float | None, *, again: bool) -> None:
        """Take one face; its readings can be trusted."""
        self.several |= again
        if time_s is None or seconds is None:
            return
        for task in EVENTS:
            kind = _kind_of_events(task)
            values = {name: _number(face.get(f"{task}_{name}")) for name in kind.reads}
            if any(value is not None for value in values.values()):
                if task not in self.counts:
                    self.counts[task] = kind()
                self.counts[task].add(time_s, seconds, values)

    def cells(self) -> dict[str, Cell]:
        """The figures by their columns' names."""
        return {
            f"{task}_{name}": None if self.several else value
            for task, events in self.counts.items()
            for name, value in events.figures().items()
        }


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None
