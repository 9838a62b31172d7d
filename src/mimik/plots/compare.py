"""Pictures of a comparison: figures against cost, and differences. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.plots.files import BLUE, GREY, check_available, save_figures

COSTS = {
    "ms_a_face": ("ms a face (one CPU thread)", 1.0),
    "flops": ("MFLOPs a face", 1e-6),
    "bytes": ("file, MB", 1e-6),
}
"""What models cost, to what stands below the axis and what it is multiplied by."""
ALIKE, APART = 1.02, 1.06
"""Models whose costs differ by less than the one factor are drawn the other one apart, so that their
intervals can be seen."""


def draw_comparison(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what a report of compare_models holds.

    Args:
        report: The report.
        folder: Where the PNG files go; made if it isn't there.

    Returns:
        The files: cost.png, and differences.png of two models or more.

    Raises:
        MissingExtraError: matplotlib isn't installed.
        OutputError: The folder can't be written.
    """
    check_available()
    drawings = {"cost.png": _cost} | ({"differences.png": _differences} if report["pairs"] else {})
    return save_figures({name: draw(report) for name, draw in drawings.items()}, folder)


def _main(report: Mapping[str, Any]) -> tuple[str, float, str]:
    """Name of the figure that counts first, what it is multiplied by, and what the axis says."""
    name, measure = next(iter(report["measures"].items()))
    share = measure["unit"] == "share"
    better = "" if measure["rising"] else " (less is better)"
    return name, 100.0 if share else 1.0, measure["title"] + (", %" if share else "") + better


def _title(report: Mapping[str, Any]) -> str:
    data = report["data"]
    return f"{report['task']} on {data['reader']} {data['split']} (n = {report['n']:,})"


def _cost(report: Mapping[str, Any]) -> Any:
    """The first figure with its interval against each cost."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    for axes, cost in zip(figure.subplots(1, len(COSTS), sharey=True), COSTS, strict=True):
        _against(report, cost, axes)
    figure.axes[0].set_ylabel(_main(report)[2])
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")
    figure.suptitle(f"{_title(report)}, 95 % intervals")
    return figure


def _against(report: Mapping[str, Any], cost: str, axes: Any) -> None:
    """A point a model; the cost on a logarithmic axis."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    (name, scale, _), (words, unit), models = _main(report), COSTS[cost], report["models"]
    for number, model in enumerate(models):
        alike = [k for k, other in enumerate(models) if 1 / ALIKE < other[cost] / model[cost] < ALIKE]
        at = model[cost] * unit * APART ** (alike.index(number) - (len(alike) - 1) / 2)
        value, (low, high) = (model["figures"][name][key] for key in ("value", "ci95"))
        reach = [[scale * max(0.0, value - low)], [scale * max(0.0, high - value)]]
        colour = f"C{number % 10}"
        axes.errorbar([at], [scale * value], reach, fmt="o", capsize=3, color=colour, label=model["name"])
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.25)
    axes.set_xlabel(words)
    axes.grid(alpha=0.3)


def _differences(report: Mapping[str, Any]) -> Any:
    """How far each model's first figure is from the reference's, with the paired interval."""
    from matplotlib.figure import Figure

    name, scale, _ = _main(report)
    measure, pairs = report["measures"][name], report["pairs"]
    rows = [(pair["model"], pair["figures"][name]) for pair in pairs]
    if len(pairs) == 1:  # Then there is room for its subgroups.
        rows += [
            (f"{value} ({found['n']:,})", found)
            for values in pairs[0]["subgroups"].values()
            for value, found in values.items()
        ]
    rows = [(label, found) for label, found in rows if found["difference"] is not None]
    figure = Figure(figsize=(7, 1.6 + 0.28 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.axvline(0, color="black", linewidth=0.8)
    for place, (_, found) in enumerate(rows):
        low, high = (scale * end for end in found["ci95"])
        axes.plot([low, high], [place, place], color=BLUE if place < len(pairs) else GREY)
        axes.plot([scale * found["difference"]], [place], "o", color=BLUE)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows])
    axes.invert_yaxis()
    axes.grid(alpha=0.3, axis="x")
    points = ", percentage points" if measure["unit"] == "share" else ""
    better = "more" if measure["rising"] else "less"
    axes.set_xlabel(f"{measure['title']}, difference to {pairs[0]['against']}{points} ({better} is better)")
    axes.set_title(f"{_title(report)}\npaired 95 % intervals")
    return figure
