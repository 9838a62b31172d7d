"""Comma-separated values: one row a face, one row an utterance."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from mimik.errors import DataError
from mimik.results.base import Format
from mimik.results.rows import Cell, Row, plain
from mimik.results.staged import Staged
from mimik.results.tables import Table, table_for, tables_of
from mimik.tasks.years import group_as_text, group_from_text
from mimik.types import FrameResult, RunInfo, SpanResult

POINTS_IN_CSV = "points_in_csv"
"""The setting of a run that has CSV hold lists of points, too: a face's mesh takes 9 kB of text."""
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


def csv_format(info: RunInfo) -> Format:
    """Rows as they come into one table; two tables are made of gathered rows."""
    tables = tables_of(info)
    if not info.settings.get(POINTS_IN_CSV):
        tables = tuple(table.without("points") for table in tables)
    return Csv(*tables) if len(tables) == 1 else Staged([CsvTable(table) for table in tables])


class Csv:
    """The flat columns of a table as UTF-8, None as an empty cell, true and false."""

    staged = False

    def __init__(self, table: Table) -> None:
        self._table = table

    def header(self) -> bytes:
        """The names of the columns."""
        return _encode([self._table.columns])

    def encode(self, result: FrameResult | SpanResult) -> bytes:
        """A row a face, or one with an empty id where there is none; a row an utterance."""
        table_for([self._table], result)
        return _encode(as_csv(row).values() for row in self._table.rows(result))

    def files(self, path: Path) -> tuple[Path, ...]:
        """The output alone."""
        return (path,)

    def is_span(self, record: bytes) -> bool:
        """Whether the table is one of utterances."""
        return self._table.kind is SpanResult

    def publish(self, rows: Path, path: Path) -> None:
        """Nothing: rows are written where they belong."""

    def check(self, path: Path, size: int) -> None:
        """Nothing: the journal's sizes tell."""

    def unpublish(self, path: Path, rows: Path, sources: Sequence[str]) -> None:
        """Nothing: rows are written where they belong."""


class CsvTable:
    """A table as a CSV file that is written at once; its rows are gathered as the file's lines."""

    tells_torn = False
    """A file that was cut between two lines looks whole."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def records(self, result: FrameResult | SpanResult) -> Iterator[str]:
        """The lines of a result."""
        return (plain(csv_line(as_csv(row).values())) for row in self.table.rows(result))

    def write(self, records: Iterable[str], path: Path) -> None:
        """Write a whole file."""
        with path.open("wb") as stream:
            stream.write(_encode([self.table.columns]))
            stream.writelines(line.encode() for line in records)

    def read(self, path: Path) -> Iterator[tuple[str, str]]:
        """The source and the line of each row.

        Raises:
            DataError: It isn't as it was written.
        """
        with path.open("rb") as stream:
            lines = _WholeLines(stream)
            reader = csv.reader(lines)
            whole = next(reader, None) == [*self.table.columns]
            for cells in reader:
                whole = whole and lines.whole and len(cells) == len(self.table.columns)
                if not whole:
                    break
                yield cells[0], csv_line(cells)
        if not whole:
            raise DataError(f"{path}: not a whole table of this run")

    def check(self, path: Path) -> None:
        """Nothing: see tells_torn."""


class _WholeLines:
    """The lines of a file as text; whole is whether the last one has its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.whole = stream, True

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            self.whole = line.endswith(b"\n")
            yield from io.StringIO(line.decode("utf-8", "replace"), newline="")


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
