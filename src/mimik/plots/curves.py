"""How a training went, epoch by epoch. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mimik.plots.files import BLUE, RED, check_available, save_figures

_COLOURS = (BLUE, RED, "#6a994e", "#8d6a9f", "#b08900", "#5b605c")
GREY = "#5b605c"
"""Of the borders between phases."""
_LOSSES = {"loss": "training", "validation_loss": "validation"}
_OTHERS = {"epoch", "phase", "rate", "seconds", "pictures"}


def draw_curves(rows: Sequence[Mapping[str, Any]], path: Path, chosen: int = 0) -> None:
    """Draw the losses and the figures of validation by epoch, with the borders between phases.

    Args:
        rows: Of a run's log.
        path: PNG file to write.
        chosen: The epoch whose weights were exported, which is marked; none if 0.

    Raises:
        MissingExtraError: matplotlib isn't installed.
        OutputError: The file can't be written.
    """
    check_available()
    from matplotlib.figure import Figure

    epochs = [row for row in rows if "epoch" in row]
    names = list(dict.fromkeys(name for row in epochs for name in row if name not in {*_OTHERS, *_LOSSES}))
    units = sorted({name.split(" ")[-1] for name in names})
    figure = Figure(figsize=(4.5 * (1 + len(units)), 3.6), layout="constrained")
    panels = figure.subplots(1, 1 + len(units), squeeze=False)[0]
    _lines(panels[0], epochs, _LOSSES, "loss")
    for axes, unit in zip(panels[1:], units, strict=True):
        own = {name: name for name in names if name.split(" ")[-1] == unit}
        _lines(axes, epochs, own, f"validation {unit}")
    for axes in panels:
        _borders(axes, phase_spans(epochs))
        if chosen:
            axes.axvline(chosen, color="black", linewidth=0.8, linestyle=":")
    save_figures({path.name: figure}, path.parent)


def phase_spans(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Phase to its first and last epoch; none where a run has no phases.

    Args:
        rows: Epochs of a run's log.
    """
    spans: dict[str, tuple[int, int]] = {}
    for row in rows:
        if "phase" in row:
            first, _ = spans.get(row["phase"], (row["epoch"], 0))
            spans[row["phase"]] = (first, row["epoch"])
    return spans


def _borders(axes: Any, spans: Mapping[str, tuple[int, int]]) -> None:
    """The border before each phase but the first, and the phases' names above."""
    for number, (name, (first, last)) in enumerate(spans.items()):
        if number:
            axes.axvline(first - 0.5, color=GREY, linewidth=1.2, linestyle="--")
        place = {"xy": ((first + last) / 2, 1.02), "xycoords": ("data", "axes fraction")}
        axes.annotate(name, **place, ha="center", va="bottom", fontsize=8, color=GREY)


def _lines(axes: Any, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], what: str) -> None:
    """A line for each name that is in the rows, with a point where it stands alone."""
    for number, (name, label) in enumerate(names.items()):
        points = [(row["epoch"], row[name]) for row in rows if name in row]
        if points:
            form = "o-" if len(points) < 20 else "-"
            colour = _COLOURS[number % len(_COLOURS)]
            axes.plot(*zip(*points, strict=True), form, color=colour, markersize=3, label=label)
    axes.set(xlabel="epoch", ylabel=what)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend()
