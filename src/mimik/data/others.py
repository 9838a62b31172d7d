"""Several sets read as one, for readers that make something else of their pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from mimik.data.base import Sample, Skipped, load_reader
from mimik.errors import DataError

Sets: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""Name of a set's reader to the splits of the whole, and those of the set that they are."""


def sets_at(path: Path, sets: Sets) -> list[str]:
    """Names of the readers whose sets are at a path.

    Raises:
        DataError: None is.
    """
    if not path.exists():
        raise DataError(f"{path}: no such file or folder; name the folder that holds the sets")
    there = [name for name in sets if load_reader(name).fits(path)]
    if not there:
        raise DataError(f"{path}: expected one or more of {', '.join(sets)}")
    return there


def of_sets(path: Path, split: str, sets: Sets) -> Iterator[Sample | Skipped]:
    """Samples of the sets at a path, under keys and splits of the whole.

    Args:
        path: Where they lie.
        split: One of the whole's, or "all".
        sets: Those that may be there.

    Raises:
        DataError: None is, or one is in another layout.
    """
    told: set[str] = set()  # A reader leaves out the same in each of its splits.
    for name in sets_at(path, sets):
        for own, its in sets[name].items():
            if split not in ("all", own):
                continue
            for found in load_reader(name).read(path, its):
                key = f"{name}/{found.key}"
                if not isinstance(found, Skipped):
                    yield replace(found, split=own, key=key)
                elif key not in told:
                    told.add(key)
                    yield Skipped(key)
