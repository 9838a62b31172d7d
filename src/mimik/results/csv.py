"""Comma-separated values: one row a face."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from mimik.results.rows import Cell, flatten, in_order, kinds_of
from mimik.types import FrameResult, RunInfo


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
        return _encode(in_order(row, self._columns) for row in flatten(result.to_dict()))

    def publish(self, rows: Path, path: Path) -> None:
        """Nothing: rows are written where they belong."""

    def check(self, path: Path) -> None:
        """Nothing: the journal's sizes tell."""

    def unpublish(self, path: Path, rows: Path) -> None:
        """Nothing: rows are written where they belong."""


def _encode(rows: Iterable[Iterable[Cell]]) -> bytes:
    return "".join(map(csv_line, rows)).encode("utf-8", "backslashreplace")


def csv_line(cells: Iterable[Cell]) -> str:
    """A row of CSV with its line end."""
    text = io.StringIO(newline="")
    # The writer puts quotes around line ends of its own kind only, so it gets both.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in cells])
    return text.getvalue()[:-2] + "\n"
