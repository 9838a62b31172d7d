"""Figures in words and tables, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest


def percent(share: float) -> str:
    """A share, 0 to 1, as "12.3 %"."""
    return f"{100 * share:.1f} %"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line a row, each column as wide as its longest cell; a row may lack its last cells."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
