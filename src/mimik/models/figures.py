"""How the figures of a card are written: numbers with their units, metrics by their names."""

from __future__ import annotations

_YEARS = ("mae",)
_PLAIN = ("mean ", "macro F1")
"""What metrics begin with that are no shares of faces: areas, and means of scores."""
_UNITS = ("pixels of the crop", "degrees")
"""Units that a metric names behind its last comma."""
_NAMES = {"mae": "mean absolute error", "macro_recall": "macro recall"}
"""Metrics that reports call by a short name, in words."""


def written(metric: str, value: float) -> tuple[str, str]:
    """A figure's number, and its unit with the space before it: ("68.9", " %"), ("4.88", " years").

    Args:
        metric: As the card has it: "accuracy", "mae", "median error of yaw, degrees".
        value: A share of pictures, 0 to 1, unless the metric says otherwise.
    """
    if metric in _YEARS:
        return f"{value:.2f}", " years"
    if unit := _unit(metric):
        return f"{value:g}", f" {unit}"
    return (f"{value:.3f}", "") if metric.startswith(_PLAIN) else (f"{100 * value:.1f}", " %")


def metric_name(metric: str) -> str:
    """What a metric is called in a sentence, without its unit."""
    return _NAMES.get(metric) or metric.removesuffix(f", {_unit(metric)}")


def _unit(metric: str) -> str:
    return next((unit for unit in _UNITS if metric.endswith(f", {unit}")), "")
