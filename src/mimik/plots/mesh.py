"""A mesh over time: the head's angles, how far the eyes are open with blinks marked, gaze, and the mouth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from mimik.plots.face import INK
from mimik.plots.series import Person, alone, thinned
from mimik.results.gaps import lasting
from mimik.temporal.blinks import BlinkFigures, Closure, EyeWatch, figures_of, openness_of


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart."""

    title: str
    unit: str
    """What stands at its axis."""
    lines: Mapping[str, tuple[str, str, str]]
    """Column of a mesh, as Person has it, to what it is called, its colour, and kind of line."""
    floor: float | None = None
    """Where the axis begins; None where that follows from the values."""


_LEFT, _RIGHT = "#327ef4", "#d01a0c"
PANELS = (
    Panel(
        "head",
        "degrees",
        {
            "pose_yaw_deg": ("yaw (+ to own left)", "#327ef4", "-"),
            "pose_pitch_deg": ("pitch (+ up)", "#ce7c1e", "--"),
            "pose_roll_deg": ("roll (+ clockwise)", "#5e9d6c", "-."),
        },
    ),
    Panel(
        "eyes",
        "openness",
        {"raw_eye_openness_left": ("left", _LEFT, "-"), "raw_eye_openness_right": ("right", _RIGHT, "--")},
        floor=0.0,
    ),
    Panel(
        "gaze",
        "degrees",
        {
            "gaze_left_yaw_deg": ("left, to own left", _LEFT, "-"),
            "gaze_right_yaw_deg": ("right, to own left", _RIGHT, "-"),
            "gaze_left_pitch_deg": ("left, up", _LEFT, ":"),
            "gaze_right_pitch_deg": ("right, up", _RIGHT, ":"),
        },
    ),
    Panel("mouth", "opening", {"mouth_opening": ("gap of the lips", "#83624f", "-")}, floor=0.0),
)
"""The charts, from top to bottom; a line that can't be told by its colour is another kind of line."""
EYES = PANELS[1]
HEIGHT = 1.15
"""Inches of one."""
STILL_HEIGHT = 0.5
"""Inches of what is said of a picture."""
BLINK, SHUT = "#e0a83e", "#9a9da0"
"""What blinks, and longer closures, are shaded with."""


def heights(person: Person) -> list[float]:
    """Inches of each row of a person's mesh; none without one."""
    if not person.labels("mesh"):
        return []
    return [HEIGHT] * len(PANELS) if person.is_over_time else [STILL_HEIGHT]


def draw_mesh(grid: Any, person: Person) -> None:
    """Draw a person's mesh into rows of axes, (R, 1 or 2), as many as there are heights.

    The second column, if there is one, is for legends.
    """
    if not person.is_over_time:
        _say(grid[0, 0], person)
        return
    for cells, panel in zip(grid, PANELS, strict=True):
        _draw_panel(cells[0], person, panel)
        if panel is EYES:
            _mark_blinks(cells[0], person)
        lines = cells[0].get_legend_handles_labels()
        at = {"loc": "center left", "fontsize": 7, "frameon": False}
        if len(cells) > 1:
            cells[1].legend(*lines, **at)
        else:
            cells[0].legend(*lines, bbox_to_anchor=(1.0, 0.5), **at)
    grid[-1, 0].set_xlabel("seconds")


def _draw_panel(axes: Any, person: Person, panel: Panel) -> None:
    labels = person.labels("mesh")
    there = [column for column in panel.lines if column in labels]
    times, table = thinned(person.times_s, person.table("mesh"))
    for column in there:
        name, colour, dash = panel.lines[column]
        values = table[:, labels.index(column)]
        axes.plot(times, values, color=colour, linewidth=1.1, linestyle=dash, label=name)
        lone = alone(values)
        axes.plot(times[lone], values[lone], ".", color=colour, markersize=2)
    if panel.floor is None:
        axes.axhline(0, color=INK, linewidth=0.5, alpha=0.5)
    axes.set(xlim=person.axis_s, ylabel=panel.unit)
    axes.set_ylim(bottom=panel.floor, top=1.05 if panel is EYES else None)
    axes.set_title(panel.title, loc="left", fontsize=8, color=INK)
    axes.grid(alpha=0.25)


def _mark_blinks(axes: Any, person: Person) -> None:
    """Shade where the eyes are shut, and say how many blinks that is."""
    closures, figures = closures_of(person)
    for closure in closures:
        colour = BLINK if closure.is_blink else SHUT
        axes.axvspan(closure.start_s, closure.end_s, color=colour, alpha=0.55, linewidth=0)
    axes.set_title(f"eyes: {_told(figures)}", loc="left", fontsize=8, color=INK)


def _told(figures: BlinkFigures) -> str:
    if figures.blinks is None:
        return "frames are too far apart to count blinks"
    noun = "blink" if figures.blinks == 1 else "blinks"
    told = f"{figures.blinks} {noun}, {figures.blinks_per_minute:.0f} a minute"
    return f"{told}, shut for {figures.shut_seconds:.1f} s besides" if figures.shut_times else told


def closures_of(person: Person) -> tuple[Sequence[Closure], BlinkFigures]:
    """When a person's eyes are shut, and what that comes to; frames that can't be trusted aren't seen."""
    watch, closures, seen_s = EyeWatch(), list[Closure](), list[float]()
    frames = zip(person.times_s, _eyes(person), strict=True)
    for (time_s, eyes), seconds in lasting((frame[0], frame) for frame in frames):
        if eyes and seconds is not None:
            closures += watch.add(time_s, seconds, openness_of(eyes))
            seen_s.append(seconds)
    closures += watch.finish()
    return closures, figures_of(closures, len(seen_s), sum(seen_s))


def _eyes(person: Person) -> list[list[float]]:
    """How far the eyes are open that are seen in each frame."""
    labels = person.labels("mesh")
    table = person.table("mesh")[:, [labels.index(column) for column in EYES.lines if column in labels]]
    return [list(compress(row.tolist(), ~np.isnan(row))) for row in table]


def _say(axes: Any, person: Person) -> None:
    """What there is of a picture, in words."""
    labels = person.labels("mesh")
    known = dict(zip(labels, person.means("mesh").tolist(), strict=True))
    parts = []
    for panel in PANELS:
        told = [
            f"{name.partition(' (')[0]} {known[column]:.2g}"
            for column, (name, _, _) in panel.lines.items()
            if column in known and not np.isnan(known[column])
        ]
        parts += [f"{panel.title}: {', '.join(told)}"] if told else []
    axes.axis("off")
    axes.text(0, 0.5, "; ".join(parts) or "mesh not reliable", va="center", fontsize=8, color=INK)
