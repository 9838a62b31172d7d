"""Figures in words and tables, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap


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


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line a row, each column as wide as its longest cell; a row may lack its last cells."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def folded(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The same within a width: of columns that don't fit, the widest stand below their row, a line each.

    Args:
        rows: Cells; the first of each row names it and stays where it is.
        width: Of a line, in characters; only what has no comma to be broken at may be longer.
    """
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    beside = list(range(len(widths)))
    while len(beside) > 2 and sum(widths[k] + 2 for k in beside) - 2 > width:
        beside.remove(max(beside[1:], key=lambda k: widths[k]))
    heads = aligned([[row[k] for k in beside if k < len(row)] for row in rows])
    indent = " " * (widths[0] + 2) if widths else ""
    lines = []
    for head, row in zip(heads, rows, strict=True):
        below = [cell for k, cell in enumerate(row) if k not in beside and cell]
        lines += [head, *(indent + line for cell in below for line in _broken(cell, width - len(indent)))]
    return lines


def _broken(text: str, width: int) -> list[str]:
    """A text in lines, broken at its commas alone."""
    whole = text.replace(" ", "\xa0").replace(",\xa0", ", ")
    lines = wrap(whole, max(1, width), break_long_words=False, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]
