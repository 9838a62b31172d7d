"""The figures of a run that may be published: those that mimik draws, in which nobody's face is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mimik.errors import MissingExtraError
from mimik.publish.choose import Chosen

PLOTS, FIGURES = "plots", "figures"
"""Folder of the figures in that of a run, and in a published one."""
DRAWN: Mapping[str, str] = {
    "curves.png": "Loss and figures by epoch",
    "confusion.png": "What is taken for what, on validation",
    "reliability.png": "How often an answer of some confidence is right",
    "age_error.png": "How far off the years are, by true age",
    "units.png": "Area under the curve of each action unit",
}
"""Name of a file to what it shows. Others in that folder aren't known to show no person."""


def copy_figures(chosen: Chosen, target: Path) -> dict[str, str]:
    """Copy a run's figures; the curves are drawn from its log where they are missing.

    Args:
        chosen: What is published.
        target: The folder that is being made.

    Returns:
        Path of a figure in that folder, with "/", to what it shows.
    """
    if chosen.run is None:
        return {}
    found: dict[str, str] = {}
    plots = chosen.run / PLOTS
    names = [card.name for card in chosen.cards]
    for folder in (plots, *(plots / name for name in names)):
        for name, shows in DRAWN.items():
            if (folder / name).is_file():
                own = "" if folder == plots else f"{folder.name}/"
                path = target / FIGURES / f"{own}{name}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes((folder / name).read_bytes())
                found[f"{FIGURES}/{own}{name}"] = f"{shows} ({folder.name})" if own else shows
    if "figures/curves.png" not in found and _draw_curves(chosen.run, target / FIGURES / "curves.png"):
        found = {"figures/curves.png": DRAWN["curves.png"], **found}
    return found


def _draw_curves(run: Path, path: Path) -> bool:
    """Draw how the training went; whether that could be done."""
    log = run / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    rows = [json.loads(line) for line in lines if line.endswith("}")]
    if not any("epoch" in row for row in rows):
        return False
    from mimik.plots.curves import draw_curves

    try:
        draw_curves(rows, path)
    except MissingExtraError:
        return False
    return True
