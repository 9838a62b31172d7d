"""Tables that people keep in spreadsheets: CSV as these save it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from mimik.errors import DataError

SEPARATORS = (",", ";", "\t")
"""What may stand between the cells of a CSV; spreadsheets write ; where the comma is in numbers."""
_SAID = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
"""Excel's line above the table that says what stands between its cells."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it was saved."""

    names: tuple[str, ...]
    """Of its columns, without blanks around them; "" for a column without a name."""
    separator: str
    """What stands between its cells."""
    rows: Iterator[tuple[int, list[str]]]
    """Number of the line, and a cell for each column, without blanks around it; those that are empty are
    left out. A row has more cells only where the further ones hold something. Raises a DataError at a quote
    that is never closed, which would else swallow the lines after it."""


def read_sheet(lines: Iterable[str], known_as: object) -> Sheet:
    """Read a CSV separated by commas, semicolons or tabs, whose rows may end before or after its columns.

    Args:
        lines: Of the text, with their ends, decoded as "utf-8-sig".
        known_as: What messages call it.

    Raises:
        DataError: Two columns have the same name but for capitals, or a quote of the first line is never
            closed.
    """
    rest = iter(lines)
    first = next(rest, "")
    said = _SAID.fullmatch(first)
    if said is None:
        rest = chain([first], rest)
    unquoted = re.sub('"[^"]*"', "", first)
    separator = said[1] if said else max(SEPARATORS, key=unquoted.count)
    rows = _rows(rest, separator, int(said is not None), known_as)
    _, names = next(rows, (0, []))
    small = [name.casefold() for name in names]
    if again := sorted({name for name in small if name and small.count(name) > 1}):
        raise DataError(f"{known_as}: two columns are called {again[0]!r}; rename one")
    return Sheet(tuple(names), separator, _filled_up(rows, len(names)))


def _rows(
    lines: Iterable[str], separator: str, before: int, known_as: object
) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, with the numbers of their lines, of which some were read before."""
    rows = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for row in rows:
            if any(cells := [cell.strip() for cell in row]):
                yield rows.line_num + before, cells
    except csv.Error as error:
        line = rows.line_num + before
        raise DataError(f"{known_as}, line {line}: no CSV: {error}; look at the quotes") from error


def _filled_up(rows: Iterable[tuple[int, list[str]]], wanted: int) -> Iterator[tuple[int, list[str]]]:
    """A cell for each column; spreadsheets may leave out those that are empty at the end, or add some."""
    for line, cells in rows:
        more = cells[wanted:] if any(cells[wanted:]) else []
        yield line, cells[:wanted] + [""] * (wanted - len(cells)) + more
