"""Figures in words and tables, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence


def percent(share: float) -> str:
    """A share, 0 to 1, as "12.3 %"."""
    return f"{100 * share:.1f} %"


def table_lines(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells as lines with even columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
