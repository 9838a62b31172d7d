"""A division of a data set kept in a file: which split and fold each picture is in, by its key."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mimik.data.base import Reader, Sample, Skipped, read_samples
from mimik.data.places import read_kept, table_text
from mimik.data.voices.people import check_people
from mimik.errors import DataError, MimikWarning, OptionError, some_of
from mimik.storage.whole import write_whole

COLUMNS = ("key", "split", "fold", "group")
_FOLD = re.compile(r"fold(\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """Where one picture belongs."""

    split: str
    """Name of its split."""
    fold: int = -1
    """Number of its fold, from 0; -1 if there are none."""
    group: str = ""
    """What it stays together with: a person, or the first key of its near copies; empty if it is alone."""


def write_split_file(path: Path, keys: Sequence[str], parts: Sequence[Part]) -> None:
    """Write a division as CSV, whole or not at all, in the given order: so that two can be compared by diff.

    Args:
        path: The file; what is there is replaced.
        keys: Of the N pictures, in their reader's order.
        parts: Where each belongs.

    Raises:
        OutputError: It can't be written.
    """
    rows = (
        (key, part.split, part.fold if part.fold >= 0 else "", part.group)
        for key, part in zip(keys, parts, strict=True)
    )
    write_whole(path, table_text([COLUMNS, *rows]))


def read_split_file(path: Path) -> dict[str, Part]:
    """The division that a file holds, by key.

    Raises:
        DataError: It can't be read, lacks a column, or puts one key into two parts; names the line.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such split file; mimik data split makes one")
    found: dict[str, Part] = {}
    for line, row in read_kept(path, COLUMNS[:2], COLUMNS):
        fold = row.get("fold", "")
        if not row["key"] or not row.get("split") or not (fold.isdecimal() or not fold):
            there = ", ".join(row.values())[:80]
            raise DataError(f"{path}, line {line}: expected key, split, fold and group, found {there!r}")
        part = Part(row["split"], int(fold) if fold else -1, row.get("group", ""))
        if found.setdefault(row["key"], part) != part:
            raise DataError(f"{path}, line {line}: {row['key']} is in two parts; leave one line for each key")
    return found


def read_divided(
    reader: Reader, data: Path, split: str, file: Path | None
) -> tuple[list[Sample], list[Skipped]]:
    """The samples of one part of a set, as a split file divides it, or as its reader does without one.

    Args:
        reader: Reads the set.
        data: Where it lies.
        split: A split of the file, "fold2" for those in fold 2, or "all".
        file: The split file; None for the reader's own splits.

    Returns:
        Samples with the file's split, fold and group, and what the reader left out. Warns of pictures that
        the file doesn't list, and so belong to no part, and of rows whose picture the set lacks.

    Raises:
        DataError: The file can't be used, lists none of the set's pictures, or has a voice on two sides.
        OptionError: It has no such split.
    """
    if file is None:
        return read_samples(reader, data, split)
    parts = read_split_file(file)
    check_part(split, parts.values(), file)
    samples, skipped = read_samples(reader, data)
    listed = [replace_part(sample, parts[sample.key]) for sample in samples if sample.key in parts]
    if not listed:
        known, asked = some_of(sample.key for sample in samples), some_of(parts)
        raise DataError(f"{file}: lists none of the pictures of {data} ({known}), but {asked or 'nothing'}")
    heard = [sample for sample in samples if sample.hear and sample.key in parts]
    check_people([(sample.group, _side_name(parts[sample.key])) for sample in heard], file)
    _warn_of_others(file, data, {sample.key for sample in samples}, parts)
    return [sample for sample in listed if _is_in(sample, split)], skipped


def replace_part(sample: Sample, part: Part) -> Sample:
    """A sample as a division has it."""
    return replace(sample, split=part.split, fold=part.fold, group=part.group or sample.group)


def _is_in(sample: Sample, split: str) -> bool:
    if split in ("all", sample.split):
        return True
    fold = _FOLD.fullmatch(split)
    return fold is not None and sample.fold == int(fold[1])


def _warn_of_others(file: Path, data: Path, keys: set[str], parts: Mapping[str, Part]) -> None:
    """Say which pictures the file doesn't list, and which of its rows have no picture."""
    if unlisted := [key for key in sorted(keys) if key not in parts]:
        count = f"{len(unlisted):,} picture{'s' * (len(unlisted) != 1)}"
        message = f"{file}: doesn't list {count} of {data}, left out: {some_of(unlisted)}"
        warnings.warn(message, MimikWarning, stacklevel=3)
    if absent := [key for key in parts if key not in keys]:
        verb = "isn't" if len(absent) == 1 else "aren't"
        message = f"{file}: {len(absent):,} of its pictures {verb} in {data}: {some_of(absent)}"
        warnings.warn(message, MimikWarning, stacklevel=3)


def check_part(split: str, parts: Collection[Part], file: Path) -> None:
    """Make sure that a file has a split or fold.

    Raises:
        OptionError: It has neither.
    """
    splits, folds = sorted({part.split for part in parts}), {part.fold for part in parts} - {-1}
    if split not in ("all", *splits, *(f"fold{fold}" for fold in folds)):
        known = [*splits, *([f"fold{min(folds)} to fold{max(folds)}"] if folds else []), "all"]
        raise OptionError(f"{file}: no split {split!r}: there is {', '.join(known)}")


def compare_parts(before: Mapping[str, Part], after: Mapping[str, Part]) -> dict[str, list[str]]:
    """Keys that are ``moved`` to another split or fold, ``new`` or ``gone`` from one division to another."""
    moved = [key for key in after if key in before and _side(before[key]) != _side(after[key])]
    return {
        "moved": moved,
        "new": [key for key in after if key not in before],
        "gone": [key for key in before if key not in after],
    }


def _side_name(part: Part) -> str:
    return f"{part.split}, fold{part.fold}" if part.fold >= 0 else part.split


def _side(part: Part) -> tuple[str, int]:
    return part.split, part.fold
