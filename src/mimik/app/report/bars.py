"""Shares as bars, in a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mimik.app.report.words import percent


def bars(title: str, rows: Sequence[tuple[str, float]], whole: float, colours: Sequence[str] = ()) -> str:
    """A table of shares; each bar in its colour, if there are any."""
    fills = [f";background:{colour}" for colour in colours] or [""] * len(rows)
    lines = "".join(
        f'<tr><td>{escape(name)}</td><td><i style="width:{100 * count / whole:.1f}%{fill}"></i></td>'
        f"<td>{escape(percent(count / whole))}</td></tr>"
        for (name, count), fill in zip(rows, fills, strict=True)
    )
    return f'<table class="bars"><caption>{escape(title)}</caption>{lines}</table>'
