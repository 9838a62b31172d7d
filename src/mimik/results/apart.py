"""The numbers of Parquet's rows, counted column by column; the rows without them are read one by one.

A row has some sixty numbers and a dozen other cells. Means, medians and peaks need no order of the rows, so
their columns stay as pyarrow holds them, and a row costs a quarter of what it does with all of its cells.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.readings import AGAINST_NEUTRAL
from mimik.results.events import is_read
from mimik.results.person import Person
from mimik.results.rows import BASE_COLUMNS, CONTEXT_COLUMNS, OF_FACES, Row, guessed_kind, task_columns
from mimik.results.summary_columns import RAW, Columns

YEARS = "_years"
"""What the column of an age ends with: groups of another width are told by it."""
UNREAD = frozenset(
    {"offset_s", "created_at", *(name for name in OF_FACES if name.endswith(("1", "2", "_deg")))}
)
"""Columns of every row that no summary reads, but those that tell that there is a face."""
Mask = NDArray[np.bool_]


class Apart:
    """The numbers of one source's faces."""

    def __init__(self) -> None:
        self.columns: frozenset[str] = frozenset()
        """Those that are counted here."""
        self._found: defaultdict[tuple[int | None, bool], defaultdict[str, list[NDArray[np.float64]]]]
        self._found = defaultdict(lambda: defaultdict(list))

    def rows(self, batches: Iterable[tuple[str, Any]], columns: Columns) -> Iterator[Row]:
        """The rows of a source without the numbers, which are gathered here.

        Args:
            batches: Its name each time, and some of its rows as pyarrow holds them.
            columns: Learns of those that the head doesn't name.
        """
        for source, batch in batches:
            columns.see(_first_values(batch))
            numbers = [field.name for field in batch.schema if _is_number(field)]
            self.columns = self.columns.union(numbers)
            there = is_face_in(batch)
            self._gather(batch, [name for name in numbers if RAW not in name], there)
            for row, is_face in zip(_light(batch, numbers), there.tolist(), strict=True):
                row["source"] = source
                if is_face and row.get("score") is None:
                    row["score"] = 0.0  # It may be a face by a number that isn't in the row.
                yield row

    def give(self, people: Mapping[int | None, Person]) -> None:
        """Give each person the numbers that were gathered."""
        for (number, early), found in self._found.items():
            answers = people[number].early if early else people[number].answers
            for name, parts in found.items():
                for values in parts:
                    answers.numbers[name].add_all(values)

    def _gather(self, batch: Any, numbers: Iterable[str], there: Mask) -> None:
        """Take the numbers of those faces in whose readings can be trusted; see Person.add."""
        trusted = there & ~_known(batch, "reason")
        doubtful = {n.removesuffix("reliable"): _is_false(batch, n) for n in _truths(batch, "_reliable")}
        early = {
            n.removesuffix(AGAINST_NEUTRAL): _is_false(batch, n)
            for n in _truths(batch, f"_{AGAINST_NEUTRAL}")
        }
        ids = ids_of(batch)
        order = np.argsort(ids, kind="stable")
        people, begins = np.unique(ids[order], return_index=True)
        parts = list(zip(people.tolist(), begins, [*begins[1:], len(ids)], strict=True))
        for name in numbers:
            known = (trusted & _known(batch, name) & ~_of_task(name, doubtful, len(ids)))[order]
            before = _of_task(name, early, len(ids))[order]
            values = np.asarray(batch.column(name).to_numpy(zero_copy_only=False), np.float64)[order]
            for (number, begin, end), is_early in product(parts, (False, True)):
                own = slice(begin, end)
                chosen = values[own][known[own] & (before[own] == is_early)]
                if len(chosen):
                    self._found[None if number < 0 else number, is_early][name].append(chosen)


def _is_number(field: Any) -> bool:
    """Whether a column's numbers may be counted apart from its row."""
    own = field.name in BASE_COLUMNS or field.name in CONTEXT_COLUMNS
    return not own and str(field.type) in ("double", "float", "int64", "int32")


def _first_values(batch: Any) -> Row:
    """Of each column something that it holds, None if it holds nothing."""
    found: Row = {}
    for field in batch.schema:
        values = batch.column(field.name).drop_null().slice(0, 1).to_pylist()
        found[field.name] = None if not values else "[]" if isinstance(values[0], list) else values[0]
    return found


def _light(batch: Any, numbers: Iterable[str]) -> Iterator[Row]:
    """The rows without the numbers, and without what nobody reads for a summary."""
    gone = {name for name in numbers if not (is_read(name) or name.endswith(YEARS))} | UNREAD
    kept = [name for name in batch.schema.names if name not in gone and guessed_kind(name) != "points"]
    lists = [name for name in kept if str(batch.schema.field(name).type).startswith("list")]
    for row in batch.select(kept).to_pylist():
        for name in lists:
            row[name] = row[name] and json.dumps(row[name])
        yield row


def _known(batch: Any, name: str) -> Mask:
    return np.asarray(batch.column(name).is_valid().to_numpy(zero_copy_only=False), np.bool_)


def is_face_in(batch: Any) -> Mask:
    """Which rows tell of a face, as rows.is_face says."""
    return any_known(batch, [*OF_FACES, *task_columns(batch.schema.names)])


def any_known(batch: Any, names: Iterable[str]) -> Mask:
    """Rows in which one of some columns holds something."""
    found = np.zeros(len(batch), np.bool_)
    for name in names:
        if found.all():
            break
        if name in batch.schema.names:
            found |= _known(batch, name)
    return found


def ids_of(batch: Any) -> NDArray[np.int64]:
    """Each row's person, -1 where there is no number."""
    return np.asarray(batch.column("id").fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def _truths(batch: Any, ending: str) -> list[str]:
    return [f.name for f in batch.schema if f.name.endswith(ending) and str(f.type) == "bool"]


def _is_false(batch: Any, name: str) -> Mask:
    held = batch.column(name).fill_null(True).to_numpy(zero_copy_only=False)
    return ~np.asarray(held, np.bool_)


def _of_task(name: str, masks: Mapping[str, Mask], count: int) -> Mask:
    """The rows in which something is true of a task that a column is of."""
    found = np.zeros(count, np.bool_)
    for task, mask in masks.items():
        if name.startswith(task):
            found = found | mask
    return found
