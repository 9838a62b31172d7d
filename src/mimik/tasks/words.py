"""Figures in words and tables, for the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from itertools import zip_longest

GAP = "  "
"""Between two columns."""
NARROWEST = 8
"""Columns of a table aren't made narrower than this, in characters: words of one letter say nothing."""


def percent(share: float) -> str:
    """A share, 0 to 1, as "12.3 %"."""
    return f"{100 * share:.1f} %"


def capital(text: str) -> str:
    """A sentence's beginning: the first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words in a sentence: "a", "a and b", "a, b and c"."""
    *before, end = words or ("",)
    return f"{', '.join(before)} {last} {end}" if before else end


def one_of(words: Sequence[str]) -> str:
    """Alternatives in a sentence: "a, b or c"."""
    return listed(words, "or")


def aligned(rows: Sequence[Sequence[str]], indent: str = "", width: int | None = None) -> list[str]:
    """A text a row, each column as wide as its longest cell.

    Args:
        rows: Cells; a row may lack its last ones.
        indent: What stands before each line.
        width: Characters that a line may have: the widest columns are made narrower, and their cells go on
            in further lines of the row's text. None keeps a line a row.

    Returns:
        As many texts as rows.
    """
    columns = list(zip_longest(*rows, fillvalue=""))
    widths = [max(map(len, column)) for column in columns]
    if width is not None:
        widths = _narrowed(columns, widths, width - len(indent) - len(GAP) * (len(widths) - 1))
    return ["\n".join(indent + line for line in _lines(row, widths)) for row in rows]


def fitted(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """The same, no wider than the terminal; a line a row, whatever its length, in a pipe or file."""
    return aligned(rows, indent, terminal_width())


def terminal_width() -> int | None:
    """How many characters a line of the output may have.

    Returns:
        What COLUMNS says, else the terminal's width (80 if it doesn't tell); None in a pipe or file, whose
        reader wants whole lines.
    """
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal():
        return shutil.get_terminal_size().columns
    return None


def _narrowed(columns: Sequence[Sequence[str]], widths: Sequence[int], room: int) -> list[int]:
    """Take from the widest columns until all fit.

    First where only the head needs the width, then between words, then, if it must be, within them.
    """
    found = list(widths)
    words = [max(map(_longest_word, column)) for column in columns]
    body = [
        max(word, min(len(head), NARROWEST), *map(len, rest or (head,)))
        for word, (head, *rest) in zip(words, columns, strict=True)
    ]
    for least in (body, words, [min(word, NARROWEST) for word in words]):
        while (over := sum(found) - room) > 0:
            spare = [width - low for width, low in zip(found, least, strict=True)]
            widest = max(range(len(found)), key=lambda i: (spare[i] > 0, found[i]))
            if spare[widest] <= 0:
                break
            second = max((w for i, w in enumerate(found) if i != widest), default=0)
            found[widest] -= min(over, spare[widest], max(1, found[widest] - second))
    return found


def _longest_word(cell: str) -> int:
    return max(map(len, _unbroken(cell).split(" ")))


def _unbroken(cell: str) -> str:
    """A cell in which a number and its % are one word."""
    return cell.replace(" %", "\xa0%")


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """A row's lines: each cell wrapped within its column."""
    cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=False)]
    lines = zip_longest(*cells, fillvalue="")
    return [GAP.join(map(str.ljust, line, widths)).rstrip().replace("\xa0%", " %") for line in lines]


def _wrapped(cell: str, width: int) -> list[str]:
    fits = len(cell) <= width
    return [cell] if fits else textwrap.wrap(_unbroken(cell), width, break_on_hyphens=False)
