"""How a search among recipes went: its trials, what mattered, and what was tried. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mimik.plots.axes import plain
from mimik.plots.files import BLUE, GREY, RED, check_available, save_figures

Trial = tuple[int, str, float | None]
"""Number of a trial, its state, and its figure if it has one."""
MARKS: Mapping[str, tuple[str, str]] = {
    "finished": ("o", BLUE),
    "ended early": ("o", GREY),
    "unfinished": (".", GREY),
}
"""How trials are drawn that have a figure."""


def draw_history(trials: Sequence[Trial], figure: str, path: Path, lower: bool) -> None:
    """Draw the figure of each trial in their order, and the best so far.

    Args:
        trials: By their numbers.
        figure: Name of what is compared.
        path: PNG file to write.
        lower: Whether it is better when lower.

    Raises:
        MissingExtraError: matplotlib isn't installed.
        OutputError: The file can't be written.
    """
    check_available()
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    drawn = Figure(figsize=(6, 3.6), layout="constrained")
    axes = drawn.subplots()
    for state, (mark, colour) in MARKS.items():
        points = [(number, value) for number, own, value in trials if own == state and value is not None]
        if points:
            inside: dict[str, Any] = {"markerfacecolor": colour if state == "finished" else "none"}
            axes.plot(*zip(*points, strict=True), mark, color=colour, markersize=6, label=state, **inside)
    if failed := [number for number, state, _ in trials if state == "failed"]:
        places: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "clip_on": False}
        axes.plot(failed, [0.0] * len(failed), "x", color=RED, markersize=6, label="failed", **places)
    if reached := best_so_far(trials, lower):
        inside = {"where": "post", "color": BLUE, "alpha": 0.5, "label": "the best so far"}
        axes.step(*zip(*reached, strict=True), **inside)
    axes.set(xlabel="trial", ylabel=f"validation {figure}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    plain(axes)
    if trials:
        axes.legend(fontsize=8)
    save_figures({path.name: drawn}, path.parent)


def best_so_far(trials: Sequence[Trial], lower: bool) -> list[tuple[int, float]]:
    """Number of each trial from the first that was finished to the last that was begun, and the best so far.

    Only finished trials count, as the others were judged before their end.
    """
    found: list[tuple[int, float]] = []
    for number, state, value in trials:
        reached = [value] if state == "finished" and value is not None else []
        reached += [found[-1][1]] if found else []
        if reached and state != "waiting":
            found.append((number, min(reached) if lower else max(reached)))
    return found


def draw_importance(shares: Mapping[str, float], count: int, path: Path) -> None:
    """Draw how much each field had to do with what made good trials good.

    Args:
        shares: Name of a field to its share, the largest first.
        count: How many trials that is of.
        path: PNG file to write.

    Raises:
        MissingExtraError: matplotlib isn't installed.
        OutputError: The file can't be written.
    """
    check_available()
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(6, 0.9 + 0.32 * len(shares)), layout="constrained")
    axes = drawn.subplots()
    bars = axes.barh(list(shares), list(shares.values()), color=BLUE, height=0.6)
    axes.bar_label(bars, [f"{share:.0%}" for share in shares.values()], padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel=f"share in what made good trials good ({count} trials)", xlim=(0, 1))
    plain(axes)
    save_figures({path.name: drawn}, path.parent)
