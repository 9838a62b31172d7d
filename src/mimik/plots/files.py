"""How figures become files. Needs matplotlib."""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.errors import MissingExtraError
from mimik.storage.whole import output_errors, whole_file

REPORT_DPI = 150
"""Dots an inch of the figures of models."""
BLUE, GREY, RED = "#2a6f97", "#9aa5b1", "#c1440e"
"""Their colours: of figures, of what they are held against, and of a second figure."""
SCRIPTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Microsoft YaHei", "Yu Gothic", "Arial Unicode MS")
"""Fonts that have what DejaVu Sans lacks."""


def check_available() -> None:
    """Make sure that plots can be drawn.

    Raises:
        MissingExtraError: matplotlib isn't installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("plotting", "plots")


def save_figure(figure: Any, path: Path, dpi: int = REPORT_DPI) -> None:
    """Write a figure whole or not at all, in the form that the file's name says.

    Raises:
        OutputError: It can't be written.
    """
    data = drawn(figure, path.suffix[1:].lower(), dpi)
    with output_errors(path), whole_file(path) as part:
        part.write_bytes(data)


def save_figures(figures: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write figures by the names of their files into a folder, which is made if need be.

    Raises:
        OutputError: One can't be written.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        save_figure(figure, folder / name)
    return [folder / name for name in figures]


def drawn(figure: Any, form: str, dpi: int) -> bytes:
    """A figure as "png", "svg" or "pdf"."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), _fonts():
        # Letters that no font here has become boxes.
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(stream, format=form, dpi=dpi)
    return stream.getvalue()


def _fonts() -> Any:
    """Fonts for names in any script, as far as they are here; whole in a PDF, as publishers ask."""
    from matplotlib import font_manager, rc_context

    there = {font.name for font in font_manager.fontManager.ttflist}
    return rc_context(
        {"font.family": ["DejaVu Sans", *(name for name in SCRIPTS if name in there)], "pdf.fonttype": 42}
    )
