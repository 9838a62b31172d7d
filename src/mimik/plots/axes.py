"""How axes look, what stands beside them, and where readings begin to be a change."""

from __future__ import annotations

from typing import Any

from mimik.plots.face import INK
from mimik.plots.series import Person


def plain(axes: Any) -> None:
    """Small grey letters, and no frame above and to the right."""
    axes.tick_params(labelsize=7, colors=INK)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(fontsize=8, color=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def legend(axes: Any, lines: Any) -> None:
    """The emotions' names beside their lines."""
    axes.axis("off")
    if names := lines.get_legend_handles_labels()[1]:
        drawn = [line for line in lines.get_lines() if line.get_label() in names]
        axes.legend(drawn, names, loc="center left", fontsize=8, frameon=False)


def mark_rest(axes: Any, person: Person, text: str) -> None:
    """A line where readings become a change from the face at rest."""
    if not person.rest_known:
        return
    time_s = person.times_s[person.rest_known]
    axes.axvline(time_s, color=INK, linewidth=0.8, linestyle="--")
    place = {"transform": axes.get_xaxis_transform(), "va": "bottom", "fontsize": 7, "color": INK}
    axes.text(time_s, 1.01, text, **place)
