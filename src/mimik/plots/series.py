"""What is drawn of a results file: each person's values over time."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from mimik.errors import DataError
from mimik.readings import AGAINST_NEUTRAL
from mimik.results.gaps import longest_step, usual_step
from mimik.results.rows import Row, is_face
from mimik.results.schema import types_of_tasks

MOST_COLUMNS = 1200
"""Places in time that are drawn; of longer results, means of neighbours."""
INTENSITY, HIGHEST = "au_intensities_", 5
"""Columns of intensities, which other tools measure, and the highest one."""
MESH = (
    *("pose_yaw_deg", "pose_pitch_deg", "pose_roll_deg"),
    *("raw_eye_openness_left", "raw_eye_openness_right"),
    *(f"gaze_{side}_{angle}_deg" for side in ("left", "right") for angle in ("yaw", "pitch")),
    "mouth_opening",
)
"""Columns of a mesh that are drawn, without the task's name; eyes before smoothing, which dulls blinks."""
UNIT_COLUMN = re.compile(rf"(au_|{INTENSITY})AU\d\d")


@dataclass(slots=True)
class Person:
    """What was read of one person in one source."""

    source: str
    id: int | None
    times_s: list[float] = field(default_factory=list)
    columns: dict[str, array[float]] = field(default_factory=dict)
    """Name ("emotion happy", "au AU12", "glasses dark") to a value a frame, NaN where the face can't be
    trusted; a column ends with the last frame that has a value for it."""
    intensities: bool = False
    """Whether its action units are another tool's intensities, as parts of the highest."""
    rest_known: int | None = None
    """The first frame that is a change from the person's face at rest."""
    heard_s: tuple[float, float] | None = None
    """When the voices begin and end that are drawn on the same axis of time."""

    def add(self, row: Row) -> None:
        """Take a frame in."""
        taken = set()
        for column, name in plotted(tuple(row)).items():
            # Intensities come last: they stand in for probabilities that aren't there.
            if not isinstance(row[column], int | float) or name in taken:
                continue
            taken.add(name)
            values = self.columns.setdefault(name, array("f"))
            values.extend([float("nan")] * (len(self.times_s) - len(values)))
            values.append(_value(row, column))
            self.intensities = self.intensities or column.startswith(INTENSITY)
        if self.rest_known is None and any(
            row.get(f"{task}_{AGAINST_NEUTRAL}") for task in ("emotion", "au")
        ):
            self.rest_known = len(self.times_s)
        self.times_s.append(float(row["time_s"] or 0.0))

    @property
    def frames(self) -> int:
        """In which it was seen."""
        return len(self.times_s)

    @property
    def has_values(self) -> bool:
        """Whether there is something to draw."""
        return bool(self.columns)

    @property
    def span_s(self) -> tuple[float, float]:
        """When the first frame begins and the last one ends, which lasts as long as most do."""
        return self.times_s[0], self.times_s[-1] + usual_step(self.times_s)

    @property
    def axis_s(self) -> tuple[float, float]:
        """The ends of the axis of time: the same as span_s, or further apart where voices need it."""
        first_s, last_s = self.span_s
        begin_s, end_s = self.heard_s or self.span_s
        return min(first_s, begin_s), max(last_s, end_s)

    @property
    def is_over_time(self) -> bool:
        """Whether it was seen at several times."""
        return len(set(self.times_s)) > 1

    @property
    def is_trusted(self) -> bool:
        """Whether some frame can be trusted."""
        return not all(np.isnan(values).all() for values in self.columns.values())

    def means(self, task: str) -> NDArray[np.float32]:
        """Mean of each of a task's labels over the frames that mean the same."""
        return mean(self.table(task)[self.rest_known or 0 :])

    @property
    def tasks(self) -> list[str]:
        """Tasks of classes that are drawn: the expression, then those that the schema doesn't know."""
        return [
            task
            for task in dict.fromkeys(name.partition(" ")[0] for name in self.columns)
            if task not in ("au", "mesh")
        ]

    def labels(self, task: str) -> list[str]:
        """The labels of a task, action units in their order."""
        found = [label for own, _, label in (name.partition(" ") for name in self.columns) if own == task]
        return sorted(found) if task == "au" else found

    def table(self, task: str) -> NDArray[np.float32]:
        """A task's values, (frames, labels)."""
        labels = self.labels(task)
        table = np.full((len(self.times_s), len(labels)), np.nan, np.float32)
        for number, label in enumerate(labels):
            values = self.columns[f"{task} {label}"]
            table[: len(values), number] = values
        return table


def people_in(rows: Iterable[Row]) -> list[Person]:
    """Everybody in a results file's rows, in the order in which they are first seen."""
    people: dict[tuple[str, int | None], Person] = {}
    for row in filter(is_face, rows):
        key = (str(row["source"]), None if row["id"] is None else int(row["id"]))
        people.setdefault(key, Person(*key)).add(row)
    return list(people.values())


class Told(Protocol):
    """Of whom it is known whether there is something to draw."""

    @property
    def has_values(self) -> bool:
        """See Person."""
        ...


Who = TypeVar("Who", bound=Told)


def with_values(people: Sequence[Who], results: str = "the results") -> list[Who]:
    """Those of some people who have emotions, action units, a mesh, or classes of a task of one's own.

    Args:
        people: As people_in gives them, or sighted.
        results: What it is called in messages.

    Raises:
        DataError: None of them has.
    """
    drawn = [person for person in people if person.has_values]
    if people and not drawn:
        raise DataError(
            f"{results}: neither emotions, action units nor meshes to plot; "
            "analyze with --tasks emotion,au,mesh, or convert a table that has them"
        )
    return drawn


def read_people(rows: Iterable[Row], results: str = "the results") -> list[Person]:
    """The people of a results file who have something to draw; see with_values.

    Raises:
        DataError: See with_values.
    """
    return with_values(people_in(rows), results)


@lru_cache(maxsize=64)
def plotted(names: tuple[str, ...]) -> Mapping[str, str]:
    """Those of a row's columns that are drawn, to Person's names."""
    found: dict[str, str] = {}
    for task in ("emotion", *_other_tasks(names)):
        others = (f"{task}_label", f"{task}_raw_", f"{task}_{AGAINST_NEUTRAL}")
        own = [n for n in names if n.startswith(f"{task}_") and not n.startswith(others)]
        found |= {n: f"{task} {n.removeprefix(f'{task}_')}" for n in own}
    # Units that mimik doesn't read (OpenFace's AU45) are drawn, too.
    units = sorted((n for n in names if UNIT_COLUMN.fullmatch(n)), key=lambda n: n.startswith(INTENSITY))
    meshes = {f"mesh_{column}": f"mesh {column}" for column in MESH if f"mesh_{column}" in names}
    return found | {n: f"au {n[-4:]}" for n in units} | meshes


def _other_tasks(names: Iterable[str]) -> list[str]:
    """Tasks of classes that the schema doesn't know, by their columns."""
    ends = [name.removesuffix("_label") for name in names if name.endswith("_label")]
    return [task for task in ends if task not in types_of_tasks()]


def _value(row: Row, name: str) -> float:
    """A value, of a class or unit from 0 to 1, NaN where it can't be trusted."""
    hidden = row["reason"] is not None or row.get(f"{name.partition('_')[0]}_reliable") is False
    return float("nan") if hidden else float(row[name] or 0) / (HIGHEST if name.startswith(INTENSITY) else 1)


def mean(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over the trusted frames of a table (frames, labels); NaN where there is none."""
    known = ~np.isnan(table)
    total, count = np.where(known, table, 0).sum(axis=0), known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def thinned(
    times_s: Sequence[float], table: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times and values (frames, labels), about MOST_COLUMNS, with NaN where an absence begins."""
    every, usual, full = -(-len(times_s) // MOST_COLUMNS), usual_step(times_s), np.array(times_s)
    ends = [*(np.flatnonzero(np.diff(full) > longest_step(usual)) + 1), len(full)]
    times, rows = [], []
    for begin, end in zip([0, *ends], ends, strict=False):
        for start in range(begin, end, every):
            times.append(full[start])
            rows.append(mean(table[start : min(start + every, end)]))
        if end < len(full):
            times.append(full[end - 1] + usual)
            rows.append(np.full(table.shape[1], np.nan, np.float32))
    return np.array(times), np.stack(rows)


def alone(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Known values without a known neighbour, which a line would leave out."""
    known = np.pad(~np.isnan(values), 1)
    return np.asarray(known[1:-1] & ~known[:-2] & ~known[2:])
