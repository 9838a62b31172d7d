"""Where the values of a flat row stand in readings: the way back from rows.flat_reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from mimik.results.rows import CONTEXT_COLUMNS, Cell, Row
from mimik.results.schema import empty_reading, fields_that_are_no_numbers, types_of_tasks

Place: TypeAlias = tuple[str, str, str | None]
"""Where a column's value stands: its task, the field of the reading, and the key in that."""


def place_readings(read: dict[str, Any], row: Row, base: tuple[str, ...]) -> None:
    """Add the readings that a row tells to a face or an utterance.

    Args:
        read: Gets a reading for each task of which the row has a value.
        row: The row.
        base: Its columns that are no task's.
    """
    for name, (task, field, key) in _places(tuple(row), base).items():
        if (value := row[name]) is None:
            continue
        reading = read.setdefault(task, empty_reading(task))
        if key is None:
            reading[field] = _listed(task, field, value)
        else:
            reading[field] = nested = reading.get(field) or {}
            nested[key] = value


def _listed(task: str, field: str, value: Cell) -> Any:
    """A value of a reading; what was joined is a list again."""
    if types_of_tasks().get(task, {}).get(field) != "array":
        return value
    return [] if value == "none" else str(value).split("+")


@lru_cache(maxsize=64)
def _places(names: tuple[str, ...], base: tuple[str, ...]) -> Mapping[str, Place]:
    """Where the values of the tasks' columns stand."""
    labelled = [name.removesuffix("_label") for name in names if name.endswith("_label")]
    own = [name for name in names if name not in base and name not in CONTEXT_COLUMNS]
    return {name: _place(name, labelled) for name in own}


def _place(name: str, labelled: Iterable[str]) -> Place:
    """The place of a column; a task that schema.json doesn't know is taken for one of classes.

    Args:
        name: Of the column.
        labelled: Tasks that have a column of labels, so that a name may have a "_" in it.
    """
    known = types_of_tasks()
    begun = [task for task in {*known, *labelled} if name.startswith(f"{task}_")]
    task = max(begun, key=len, default=name.partition("_")[0])
    rest = name[len(task) + 1 :]
    types = known.get(task) or {"probabilities": "object", "raw": "object"} | dict.fromkeys(
        fields_that_are_no_numbers(), "string"
    )
    if types.get(rest, "object") != "object":
        return task, rest, None
    nested = (field for field, held in types.items() if held == "object" and rest.startswith(f"{field}_"))
    if (field := next(nested, None)) is not None:
        return task, field, rest[len(field) + 1 :]
    return (task, "probabilities", rest) if "probabilities" in types else (task, rest, None)
