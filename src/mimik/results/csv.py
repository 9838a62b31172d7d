"""Comma-separated values: one row a face."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from mimik.results.rows import Cell, Row, flatten, in_order, kinds_of
from mimik.tasks.years import group_as_text, group_from_text
from mimik.types import FrameResult, RunInfo

AGE_GROUP = "age_group"
"""The column whose values a spreadsheet would take for dates; in CSV they are words, "3 to 9"."""
WITHOUT_PLUS = {"70": "70+", "100": "100+"}
"""What LibreOffice makes of the last groups where it is told to detect special numbers."""
_BEGINS = r"(?:^|(?<=[;\t\r\n]))"
"""Where a spreadsheet sees a cell begin, be it after a separator of another country within quotes."""
_FORMULA = r"(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"
"""What makes it take the cell for a formula, or did but for an apostrophe; the last four are wide forms."""
_BARE, _GUARDED = re.compile(_BEGINS + _FORMULA), re.compile(_BEGINS + "'" + _FORMULA)
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


class Csv:
    """The flat columns of mimik.results.rows as UTF-8, None as an empty cell, true and false."""

    staged = False

    def __init__(self, info: RunInfo) -> None:
        self._columns = tuple(kinds_of(info))

    def header(self) -> bytes:
        """The names of the columns."""
        return _encode([self._columns])

    def encode(self, result: FrameResult) -> bytes:
        """A row a face, or one with an empty id where there is none."""
        return _encode(in_order(as_csv(row), self._columns) for row in flatten(result.to_dict()))

    def publish(self, rows: Path, path: Path) -> None:
        """Nothing: rows are written where they belong."""

    def check(self, path: Path) -> None:
        """Nothing: the journal's sizes tell."""

    def unpublish(self, path: Path, rows: Path) -> None:
        """Nothing: rows are written where they belong."""


def as_csv(row: Row) -> Row:
    """A row as CSV holds it."""
    group = row.get(AGE_GROUP)
    return {**row, AGE_GROUP: group_as_text(group)} if isinstance(group, str) else row


def from_csv(row: Row) -> Row:
    """The way back; a row of before mimik wrote groups as words stays as it is."""
    group = row.get(AGE_GROUP)
    if not isinstance(group, str):
        return row
    return {**row, AGE_GROUP: group_from_text(WITHOUT_PLUS.get(group, group))}


def guarded(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before a text that looks like one.

    Numbers stay as they are, also in a text ("-5").
    """
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    return _BARE.sub("'", cell)


def unguarded(text: str) -> str:
    """The text of which ``guarded`` made this one."""
    return _GUARDED.sub("", text)


def _encode(rows: Iterable[Iterable[Cell]]) -> bytes:
    return "".join(map(csv_line, rows)).encode("utf-8", "backslashreplace")


def csv_line(cells: Iterable[Cell]) -> str:
    """A row of CSV with its line end."""
    text = io.StringIO(newline="")
    # The writer puts quotes around line ends of its own kind only, so it gets both.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in cells])
    return text.getvalue()[:-2] + "\n"
