"""Pieces of a page: tables, lists of facts, pictures inside of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path


def table(rows: Sequence[Sequence[str]], caption: str = "", kind: str = "") -> str:
    """A table whose first row is its head."""
    head, *body = rows
    first = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in body)
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="wide"><table class="{kind}">{told}<thead><tr>{first}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def confusion(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """A confusion matrix: true class in rows, shades by the share of the row."""
    first = "".join(f'<th scope="col">{escape(label)}</th>' for label in ("truth", *labels, "n"))
    lines = []
    for label, row in zip(labels, counts, strict=True):
        whole = max(1, sum(row))
        cells = "".join(
            f'<td style="background:color-mix(in srgb, var(--cell) {70 * count / whole:.0f}%, '
            f'transparent)">{count:,}</td>'
            for count in row
        )
        lines.append(f"<tr><td>{escape(label)}</td>{cells}<td>{sum(row):,}</td></tr>")
    return (
        '<div class="wide"><table class="confusion"><caption>Truth in rows, answers in columns</caption>'
        f"<thead><tr>{first}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def facts(told: Mapping[str, str]) -> str:
    """Names and what is said of them; what is empty is left out."""
    rows = (f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told.items() if text)
    return f"<dl>{''.join(rows)}</dl>"


def picture(path: Path, what: str) -> str:
    """A PNG file inside of the page."""
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<figure><img alt="{escape(what)}" src="data:image/png;base64,{data}"></figure>'


def document(title: str, style: str, parts: Sequence[str]) -> str:
    """The whole page."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )
