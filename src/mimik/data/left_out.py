"""Pictures that are left out: which, and why."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mimik.errors import DataError, some_of

COLUMNS = ("key", "reason", "of")
"""Columns of a list that training leaves out."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture of a data set that isn't used."""

    key: str
    """Its key: row number or path."""
    reason: str
    """Why, in a word or two: "undecodable", "blank", "no face", "listed"."""
    of: str = ""
    """Key of the picture that it copies, if that is why."""


def read_left_out(path: Path) -> list[LeftOut]:
    """Read a list of pictures to leave out: a CSV with ``key``, and perhaps ``reason`` and ``of``.

    Raises:
        DataError: It can't be read, or has no column ``key``.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream)
            names = table.fieldnames or []
            rows = [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: the list of pictures to leave out can't be read: {why}") from error
    if "key" not in names:
        found = ", ".join(names) or "nothing"
        raise DataError(f"{path}: a list of pictures to leave out needs a column key; it has {found}")
    return [LeftOut(row["key"], row["reason"] or "listed", row["of"]) for row in rows if row["key"]]


def left_out_lines(left_out: Iterable[LeftOut]) -> list[str]:
    """How many are left out and which, a line for each reason."""
    items = list(left_out)
    counts = Counter(item.reason for item in items)
    return [
        f"{reason}: {count:,} ({some_of(item.key for item in items if item.reason == reason)})"
        for reason, count in counts.items()
    ]
