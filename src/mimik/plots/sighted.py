"""Who is in results, told without reading what was read of them: of many people only some are drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimik.plots.series import Person, people_in, plotted
from mimik.results.apart import any_known, ids_of, is_face_in
from mimik.results.dataset import Located
from mimik.results.read import holds_spans_alone, read_batches, read_rows
from mimik.results.rows import OF_FACES, Row


@dataclass(slots=True)
class Sighted:
    """A person of one source."""

    source: str
    id: int | None
    frames: int = 0
    """In which it was seen."""
    has_values: bool = False
    """Whether there is something to draw."""


def everybody_in(results: Located) -> Sequence[Person | Sighted]:
    """Everybody in some results; of Parquet without what is drawn, which of many people is more than fits."""
    if holds_spans_alone(results):
        return []
    batches = read_batches(results, _telling_columns)
    return people_in(read_rows(results)) if batches is None else _sighted(batches)


def drawn_of(results: Located, people: Sequence[Person | Sighted]) -> Sequence[Person]:
    """The same people with what is drawn of them."""
    there = [person for person in people if isinstance(person, Person)]
    told = [person for person in people if isinstance(person, Sighted)]
    if not told:
        return there
    sources = {person.source for person in told}
    return [*there, *_read_chosen(told, read_batches(results, sources=sources) or ())]


def _telling_columns(names: Collection[str]) -> list[str]:
    """Those of a table's columns that tell who is there, and whether there is something to draw."""
    drawn = plotted(tuple(names))
    return [name for name in names if name in ("source", *OF_FACES) or name in drawn]


def _sighted(batches: Iterable[tuple[str, Any]]) -> list[Sighted]:
    """Everybody in some results, in the order in which they are first seen; as people_in tells them.

    Args:
        batches: A source each time, and some of its rows as pyarrow holds them.
    """
    found: dict[tuple[str, int | None], Sighted] = {}
    for source, batch in batches:
        faces = batch.filter(is_face_in(batch))
        ids = ids_of(faces)
        valued = any_known(faces, plotted(tuple(batch.schema.names)))
        numbers, firsts, counts = np.unique(ids, return_index=True, return_counts=True)
        for at in np.argsort(firsts).tolist():
            key = (source, None if numbers[at] < 0 else int(numbers[at]))
            one = found.setdefault(key, Sighted(*key))
            one.frames += int(counts[at])
            one.has_values |= bool(valued[ids == numbers[at]].any())
    return list(found.values())


def _read_chosen(chosen: Collection[Sighted], batches: Iterable[tuple[str, Any]]) -> list[Person]:
    """Some people with what is drawn of them, from the rows of their sources."""
    keys = {(one.source, one.id) for one in chosen}

    def rows() -> Iterator[Row]:
        for source, batch in batches:
            for row in batch.to_pylist():
                if (source, row["id"]) in keys:
                    yield {**row, "source": source}

    return people_in(rows())
