"""Figures in words and tables, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest


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
