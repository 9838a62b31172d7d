"""Where the values of a flat row stand in readings: the way back from rows.flat_reading."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from mimik.results.rows import CONTEXT_COLUMNS, Cell, Row
from mimik.results.schema import (
    empty_object,
    empty_reading,
    fields_that_are_no_numbers,
    place_of,
    types_of_tasks,
)

Place: TypeAlias = tuple[str, ...]
"""Where a column's value stands: its task, the field of the reading, and the keys in that, if any."""


def place_readings(read: dict[str, Any], row: Row, base: tuple[str, ...]) -> None:
    """Add the readings that a row tells to a face or an utterance.

    Args:
        read: Gets a reading for each task of which the row has a value.
        row: The row.
        base: Its columns that are no task's.
    """
    for name, (task, *fields) in _places(tuple(row), base).items():
        if (value := row[name]) is None:
            continue
        holder = read.setdefault(task, empty_reading(task))
        for depth, field in enumerate(fields[:-1], 1):
            holder[field] = holder = holder.get(field) or empty_object(task, fields[:depth])
        holder[fields[-1]] = _listed(task, fields[0], value) if len(fields) == 1 else value


def _listed(task: str, field: str, value: Cell) -> Any:
    """A value of a reading; what was joined is a list again."""
    held = types_of_tasks().get(task, {}).get(field)
    if held == "points":
        return json.loads(str(value))
    if held != "array":
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
    if task in known:
        return (task, *place_of(task, rest))
    if rest in fields_that_are_no_numbers():
        return task, rest
    return (task, "raw", rest[4:]) if rest.startswith("raw_") else (task, "probabilities", rest)
