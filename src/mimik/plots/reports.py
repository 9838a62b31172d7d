"""Pictures of a report: confusion matrix, reliability, error by age. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mimik.plots.files import BLUE, GREY, RED, check_available, save_figure, save_figures


def draw_report(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what a report of evaluate_model holds.

    Args:
        report: The report.
        folder: Where the PNG files go; made if it isn't there.

    Returns:
        The files: confusion.png, and reliability.png or age_error.png; units.png of action units.

    Raises:
        MissingExtraError: matplotlib isn't installed.
        OutputError: The folder can't be written.
    """
    check_available()
    from matplotlib.figure import Figure

    drawings = {"units.png": _units} if "units" in report else {"confusion.png": _confusion}
    if "reliability" in report:
        drawings["reliability.png"] = _reliability
    elif report.get("mae") is not None:
        drawings["age_error.png"] = _age_error
    figures = {name: Figure(figsize=(6, 5), layout="constrained") for name in drawings}
    for name, figure in figures.items():
        drawings[name](report, figure.subplots())
    return save_figures(figures, folder)


def _title(report: Mapping[str, Any]) -> str:
    data = report["data"]
    return f"{report['model']['name']} on {data['reader']} {data['split']} (n = {report['n']:,})"


def _confusion(report: Mapping[str, Any], axes: Any) -> None:
    """Rows sum to 100 %; the diagonal is right."""
    labels = report.get("labels") or report["groups"]
    counts = np.array(report["confusion"], float)
    share = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    for row, column in np.ndindex(share.shape):
        colour = "white" if share[row, column] > 55 else "black"
        axes.text(column, row, f"{share[row, column]:.0f}", ha="center", va="center", color=colour)
    names = [f"{label} ({int(n):,})" for label, n in zip(labels, counts.sum(axis=1), strict=True)]
    axes.set_yticks(range(len(labels)), names)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set(xlabel="answer", ylabel="truth", title=f"{_title(report)}\n% of each true class")


def _units(report: Mapping[str, Any], axes: Any) -> None:
    """Area under the curve of each action unit, with the number of its positives."""
    rows = {name: row for name, row in report["units"].items() if row["auc"] is not None}
    places = np.arange(len(rows))
    axes.barh(places, [row["auc"] for row in rows.values()], color=BLUE)
    axes.plot([row["f1"] for row in rows.values()], places, "o", color=RED, label="F1")
    axes.axvline(0.5, color=GREY, linestyle="--", label="chance (AUC)")
    axes.set_yticks(places, [f"{name} ({row['positives']:,})" for name, row in rows.items()])
    axes.set(xlim=(0, 1), xlabel="AUC", title=_title(report))
    axes.invert_yaxis()
    axes.legend(loc="lower left")


def _reliability(report: Mapping[str, Any], axes: Any) -> None:
    """Accuracy against confidence; on the diagonal the confidence can be taken at its word."""
    bins = report["reliability"]
    count = np.array(bins["count"])
    full = count > 0
    width = 1 / len(count)
    centres = (np.arange(len(count)) + 0.5) * width
    axes.bar(centres, np.array(bins["accuracy"]) * full, width * 0.92, color=BLUE, label="accuracy")
    axes.bar(centres, count / count.sum(), width * 0.3, color=GREY, label="share of answers")
    axes.plot([0, 1], [0, 1], color=RED, linestyle="--", label="calibrated")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence")
    axes.set_title(f"{_title(report)}\nexpected calibration error {report['ece']:.3f}")
    axes.legend(loc="upper left")


def _age_error(report: Mapping[str, Any], axes: Any) -> None:
    """How far off the years are, and in which direction, by true age."""
    groups = {name: row for name, row in report["subgroups"].get("age_group", {}).items() if row["n"]}
    places = np.arange(len(groups))
    axes.bar(places, [row["mae"] for row in groups.values()], color=BLUE, label="mean absolute error")
    axes.plot(
        places, [row["bias"] for row in groups.values()], "o-", color=RED, label="bias (answer - truth)"
    )
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xticks(places, [f"{name}\n{row['n']:,}" for name, row in groups.items()])
    axes.set(xlabel="true age, number of faces", ylabel="years")
    axes.set_title(f"{_title(report)}\nmean absolute error {report['mae']:.2f} years")
    axes.legend()


def draw_robustness(report: Mapping[str, Any], path: Path) -> None:
    """Draw a report of robustness.crop_robustness.

    Args:
        report: The report.
        path: PNG file to write.

    Raises:
        MissingExtraError: matplotlib isn't installed.
        OutputError: The file can't be written.
    """
    check_available()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    moved, scaled = figure.subplots(1, 2, sharey=True)
    factor, unit = (1, "MAE, years") if report["figure"] == "mae" else (100, f"{report['figure']}, %")
    for way, colour in (("right", BLUE), ("down", RED)):
        steps, values = zip(*report[way], strict=True)
        moved.plot([100 * s for s in steps], [factor * v for v in values], "o-", color=colour, label=way)
    steps, values = zip(*report["scale"], strict=True)
    scaled.plot(steps, [factor * v for v in values], "o-", color=BLUE)
    moved.set(xlabel="box moved by, % of its side", ylabel=unit)
    scaled.set(xlabel="box scaled by")
    moved.legend()
    for axes in (moved, scaled):
        axes.grid(alpha=0.3)
    figure.suptitle(_title(report))
    save_figure(figure, path)
