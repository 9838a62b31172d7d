"""Comma-separated values: one row a face."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from mimik.results.rows import Cell, Row, flatten, in_order, kinds_of
from mimik.tasks.years import group_as_text, group_from_text
from mimik.types import FrameResult, RunInfo

AGE_GROUP = "age_group"
"""The column whose values a spreadsheet would take for dates; in CSV they are words, "3 to 9"."""
WITHOUT_PLUS = {"70": "70+", "100": "100+"}
"""What LibreOffice makes of the last groups where it is told to detect special numbers."""


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


def _encode(rows: Iterable[Iterable[Cell]]) -> bytes:
    return "".join(map(csv_line, rows)).encode("utf-8", "backslashreplace")


def csv_line(cells: Iterable[Cell]) -> str:
    """A row of CSV with its line end."""
    text = io.StringIO(newline="")
    # The writer puts quotes around line ends of its own kind only, so it gets both.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in cells])
    return text.getvalue()[:-2] + "\n"
