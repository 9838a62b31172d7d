"""Pages that are one HTML file: tables, lists of facts, and pictures within them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

TILE = 80
"""Longer side of a picture on a contact sheet, in pixels."""


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


def figure(png: bytes, what: str) -> str:
    """A PNG within the page."""
    return f'<figure><img alt="{escape(what)}" src="{data_address(png, "image/png")}"></figure>'


def tile_address(image: NDArray[np.uint8]) -> str:
    """A picture of a contact sheet as an address of data: a JPEG, its longer side at most TILE.

    Args:
        image: RGB uint8 (H, W, 3), or grey (H, W).
    """
    shown = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    scale = min(1.0, TILE / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return data_address(data.tobytes(), "image/jpeg")


def data_address(data: bytes, kind: str) -> str:
    """Some data as an address that holds all of it; ``kind`` is its media type."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def document(title: str, style: str, parts: Sequence[str], theme: str = "") -> str:
    """The whole page.

    Args:
        title: What the browser's tab says.
        style: CSS.
        parts: HTML, from top to bottom; empty ones are left out.
        theme: "light" or "dark", for style to go by; empty where the system says.
    """
    chosen = f' data-theme="{theme}"' if theme else ""
    return (
        f'<!doctype html>\n<html lang="en"{chosen}>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


@cache
def shared_style() -> str:
    """The colours and letters of mimik's own page, as CSS."""
    return Path(__file__).with_name("page.css").read_text("utf-8")
