"""Pictures that are left out: which, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from mimik.data.base import Skipped
from mimik.data.places import read_kept, table_text
from mimik.errors import DataError, some_of

COLUMNS = ("key", "reason", "of")
"""Columns of a list that training leaves out."""
LISTED = "listed"
"""Why a picture is left out that a list names without saying why."""
OWN_RULE = "by the reader's rule"
"""Why one is that a reader leaves out without saying why."""


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
        DataError: It isn't there, can't be read, or has no column ``key``.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such list of pictures to leave out; mimik data audit -o writes one")
    cells = (
        [row.get(name, "").strip() for name in COLUMNS] for _, row in read_kept(path, COLUMNS[:1], COLUMNS)
    )
    return [LeftOut(key, reason or LISTED, of) for key, reason, of in cells if key]


def left_out_text(items: Iterable[LeftOut]) -> str:
    """Such a list as CSV."""
    return table_text([COLUMNS, *map(astuple, items)])


def by_reason(items: Iterable[LeftOut | Skipped]) -> dict[str, list[str]]:
    """Reason to the keys of what is left out for it, in the order in which they first come."""
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(item.reason or OWN_RULE, []).append(item.key)
    return found


def left_out_lines(found: Mapping[str, Sequence[str]], most: int = 4) -> list[str]:
    """What is left out, a line a reason: how many, and the first of them by name."""
    return [f"{reason}: {len(keys):,} ({some_of(keys, most)})" for reason, keys in found.items()]
