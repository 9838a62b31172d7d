"""Rows of CSV files, also of those that a spreadsheet, pandas or R has saved again."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import BinaryIO

from mimik.errors import DataError, MimikWarning
from mimik.readings import Kind
from mimik.results.csv import from_csv, unguarded
from mimik.results.head import declared_kinds
from mimik.results.readable import half_a_line, readable
from mimik.results.rows import CONTEXT_COLUMNS, Cell, Row, guessed_kind
from mimik.results.schema import types_of_tasks
from mimik.storage.spreadsheet import SEPARATORS

_YES = ("true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "sant")
_NO = ("false", "falsch", "faux", "falso", "onwaar", "fałsz", "falskt")
TRUTHS = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
"""A cell's text in small letters to what it means: spreadsheets write TRUE in their own language."""
MISSING = ("NA", "NaN", "nan")
"""What R and other programs write into cells that mimik leaves empty."""
NAMES = ("source", *CONTEXT_COLUMNS)
"""Columns in which that may be a name."""


def csv_rows(
    path: Path, base: Mapping[str, Kind], check: Callable[[Path, Collection[str]], None]
) -> Iterator[Row]:
    """The rows of a CSV file, one at a time; see mimik.results.read.read_rows.

    Args:
        path: The file.
        base: What the columns of every row hold.
        check: Refuses the names of columns of another table.

    Raises:
        SourceNotFoundError, DataError: As read_rows.
    """
    kinds = declared_kinds(path)
    with readable(path), path.open("rb") as stream:
        lines = _CsvLines(stream)
        separator = _separator(stream)
        reader = csv.DictReader(lines, delimiter=separator)
        check(path, reader.fieldnames or ())
        columns = _Columns(base, kinds, separator)
        for texts in reader:
            if not any(map(any, (text or "" for text in texts.values()))):
                continue  # Spreadsheets add empty rows at the end.
            if lines.half:
                warnings.warn(half_a_line(path), MimikWarning, stacklevel=2)
                return
            try:
                # A column without a name is a program's number of the row.
                cells = ((name, columns.cell(name, text)) for name, text in texts.items())
                yield from_csv({name: cell for name, cell in cells if name})
            except ValueError as error:
                why = f"not a row of mimik's results: {error}"
                raise DataError(f"{path}, line {reader.line_num}: {why}") from error


def columns_of_csv(path: Path) -> Sequence[str]:
    """The names of the columns of a CSV file.

    Raises:
        OSError: It can't be opened.
        UnicodeDecodeError, csv.Error: It is no table.
    """
    with path.open("rb") as stream:
        separator = _separator(stream)
        return csv.DictReader(_CsvLines(stream), delimiter=separator).fieldnames or ()


def _separator(stream: BinaryIO) -> str:
    """What stands between the names of the first line, none of which has such a character."""
    first = stream.readline()
    stream.seek(0)
    return max(SEPARATORS, key=lambda mark: first.count(mark.encode()))


class _CsvLines:
    """The lines of a CSV file as text."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.half = False
        """Whether the line that was given last may be cut: mimik ends each with a line feed alone."""

    def __iter__(self) -> Iterator[str]:
        ours = False
        for number, line in enumerate(self._stream):
            if number == 0:
                ours = line.endswith(b"\n") and not line.endswith(b"\r\n")
            self.half = ours and not line.endswith(b"\n")
            coding = "utf-8" if number else "utf-8-sig"
            # A cut may go through a letter of several bytes.
            text = line.decode(coding, "replace" if self.half else "strict")
            yield from io.StringIO(text, newline="")  # there may be more line ends in it, of another kind


class _Columns:
    """What the columns of a CSV file hold."""

    def __init__(self, base: Mapping[str, Kind], declared: Mapping[str, Kind], separator: str) -> None:
        """Know what can be known before the first row.

        Args:
            base: Those of every row.
            declared: Those that OUT.run names.
            separator: What stands between cells; where it isn't the comma, that may be in numbers.
        """
        self._base, self._declared, self._separator = base, declared, separator
        self._kinds: dict[str, Kind] = {**base, **declared}

    def cell(self, name: str | None, text: str | None) -> Cell:
        """What a cell holds.

        Raises:
            ValueError: It can't be in its column, or there is no such column.
        """
        if name is None or text is None:
            raise ValueError(f"it has {'fewer' if text is None else 'more'} cells than the first line")
        kind = self._kind(name)
        if text == "" or (text in MISSING and name not in NAMES):
            return None
        if kind in ("whole", "number") and self._separator != ",":
            text = text.replace(",", ".")
        try:
            if kind == "points":
                json.loads(text)
                return text
            if kind == "text":
                return unguarded(text) if name in CONTEXT_COLUMNS or not self._declared else text
            return TRUTHS[text.lower()] if kind == "truth" else _number(text, kind)
        except (ValueError, KeyError):
            unsaid = kind == "number" and name not in self._declared and name not in self._base
            remedy = (
                "; it is a number unless OUT.run says otherwise: put that beside the file, or leave out "
                "columns of your own"
            )
            raise ValueError(f"{name} can't be {text!r:.40}{remedy if unsaid else ''}") from None

    def _kind(self, name: str) -> Kind:
        """What a column holds; one that OUT.run doesn't name, or that has none, was added and is text."""
        if name not in self._kinds:
            kind = guessed_kind(name)
            known = name.startswith(tuple(f"{task}_" for task in types_of_tasks()))
            own = not known if self._declared else "_" not in name
            self._kinds[name] = "text" if own and kind == "number" else kind
        return self._kinds[name]


def _number(text: str, kind: Kind) -> int | float:
    """A number; a whole one may read "3.0", as programs write it that know no missing whole numbers.

    Raises:
        ValueError: It is none.
    """
    number = float(text)
    if not isfinite(number) or (kind == "whole" and not number.is_integer()):
        raise ValueError(text)
    return int(number) if kind == "whole" else number
