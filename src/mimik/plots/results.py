"""Pictures of results: emotions over time, action units over time, and a face shaded by its units.

Needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mimik.colours import class_colour, expression_colour
from mimik.errors import DataError, OptionError, printable, some_of
from mimik.facs import ACTION_UNITS
from mimik.plots.face import HEAT, INK, draw_face
from mimik.plots.files import check_available, save_figure
from mimik.plots.series import Person, alone, people_in, thinned, with_values
from mimik.results.read import is_named, read_rows

MOST_PEOPLE = 6
"""People in one picture; those seen longest are taken."""
DASHES = {"disgust": "--", "sad": "-.", "contempt": ":", "surprise": (0, (7, 2))}
"""Kinds of line, for eyes that can't tell all of the colours apart; the others' is whole."""
LINES = ("-", "--", "-.", ":", (0, (7, 2)))
"""The same of the classes of other tasks, one after the other."""
NAMES = ACTION_UNITS | {"AU45": "blink"}
CLASSES_HEIGHT = 1.9
"""Inches of a chart of classes."""
DPI = 130
_PANELS = {"emotion": "the emotions' chart", "au": "the action units' chart and the shaded face"}
"""Task to what is drawn of it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a picture shows, and what it can't."""

    people: int
    """Whose rows it has."""
    of: int
    """Those who could be drawn."""
    notes: tuple[str, ...] = ()
    """What isn't drawn, and why."""


def plot_results(results: Path, output: Path, source: str | None = None, person: int | None = None) -> Drawn:
    """Draw what a results file says.

    Args:
        results: A .jsonl, .csv or .parquet results file.
        output: The picture: .png, .svg or .pdf.
        source: Only this source, by name or by the end of its path.
        person: Only the person of this id.

    Returns:
        How many people were drawn of how many, and which panels could not be.

    Raises:
        SourceNotFoundError, DataError: The results can't be read, or hold nothing to draw.
        OptionError: The picture is of another kind.
        OutputError: It can't be written.
        MissingExtraError: matplotlib isn't installed.
    """
    if output.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise OptionError(f"{output}: a plot can be written as .png, .svg or .pdf")
    check_available()
    everybody = _wanted(people_in(read_rows(results)), results, source, person)
    people = with_values(everybody, str(results))
    chosen = sorted(people, key=lambda p: -len(p.times_s))[:MOST_PEOPLE]
    figure = draw_people(sorted(chosen, key=lambda p: (p.source, -1 if p.id is None else p.id)))
    save_figure(figure, output, DPI)
    return Drawn(len(chosen), len(people), tuple(_not_drawn(chosen, len(people), len(everybody))))


def _not_drawn(people: Sequence[Person], there: int, everybody: int) -> Iterator[str]:
    """What a picture of some people lacks, and why; there are more who could be drawn, and who couldn't."""
    for task, panels in _PANELS.items():
        without = sum(not person.labels(task) for person in people)
        doubtful = sum(
            bool(person.labels(task)) and bool(np.isnan(person.table(task)).all()) for person in people
        )
        if without:
            remedy = f"analyze with {task} among --tasks"
            yield f"{panels} can't be drawn{_of(without, people)}, as the results hold none; {remedy}"
        if doubtful:
            yield f"{panels} can't be drawn{_of(doubtful, people)}, as no frame of them can be trusted"
    if bare := everybody - there:
        what = "as the results hold neither their emotions nor action units"
        yield f"{bare} of {everybody} people not drawn, {what}"


def _of(some: int, people: Sequence[Person]) -> str:
    """For how many people, if not for all."""
    return "" if some == len(people) else f" for {some} of {len(people)} people"


def _wanted(people: Sequence[Person], results: Path, source: str | None, person: int | None) -> list[Person]:
    """Those of a source and id; the error names some that there are."""
    if not people:
        raise DataError(f"{results}: holds no face to plot")
    near = [p for p in people if source is None or is_named(p.source, source)]
    wanted = [p for p in near if person is None or p.id == person]
    if not wanted:
        there = [f"#{p.id}" for p in near if p.id is not None] or [p.source for p in people]
        raise DataError(f"{results}: holds no face of that source and id to plot; there is {some_of(there)}")
    return wanted


def draw_people(people: Sequence[Person], width_in: float = 11, names: Sequence[str] | None = None) -> Any:
    """A matplotlib figure with a row a person.

    Args:
        people: Whom to draw.
        width_in: Its width in inches; texts keep their size.
        names: What each person is called; by default see titles.
    """
    from matplotlib.figure import Figure

    names = titles(people) if names is None else names
    figure = Figure(figsize=(width_in, sum(map(_height, people))), layout="constrained")
    parts = figure.subfigures(len(people), 1, height_ratios=list(map(_height, people)), squeeze=False)
    for part, person, name in zip(parts[:, 0], people, names, strict=True):
        title = _shortened(printable(name), round(9 * width_in))
        part.suptitle(title, x=0.01, ha="left", fontsize=10, color=INK, parse_math=False)
        _draw_person(part, person)
    return figure


def titles(people: Sequence[Person]) -> list[str]:
    """Each person's file and "#id", with as many folders as tell the file from the others."""
    paths = {person.source: Path(person.source).parts for person in people}
    names = {}
    for source, parts in paths.items():
        others = [other for name, other in paths.items() if name != source]
        lengths = range(1, len(parts) + 1)
        length = next((n for n in lengths if all(other[-n:] != parts[-n:] for other in others)), 0)
        names[source] = str(Path(*parts[-length:])) if parts and length else source
    return [f"{names[p.source]}{_which(p)}" for p in people]


def _which(person: Person) -> str:
    """What of a source is drawn."""
    if person.id is not None:
        return f", #{person.id}"
    several = len(set(person.times_s)) < len(person.times_s)
    return f", mean of {len(person.times_s)} faces without an id" if several else ""


def _shortened(text: str, most: int) -> str:
    """A text without its middle, where it has more letters."""
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"


def _height(person: Person) -> float:
    """Inches of a person's row."""
    units = len(person.labels("au"))
    return 0.6 + CLASSES_HEIGHT * len(person.tasks) + (_units_height(units) if units else 0)


def _units_height(units: int) -> float:
    """Inches of the chart of some units; of the face beside it, at least."""
    return max(1.7, 0.5 + 0.16 * units)


def _draw_person(part: Any, person: Person) -> None:
    units, tasks = person.labels("au"), person.tasks
    if all(np.isnan(values).all() for values in person.columns.values()):
        part.text(0.5, 0.4, "this face could not be trusted in any frame", ha="center", color=INK)
        return
    heights = [CLASSES_HEIGHT] * len(tasks) + ([_units_height(len(units))] if units else [])
    widths = [8, 2.4] if units else [1]
    grid = part.subplots(len(heights), len(widths), width_ratios=widths, height_ratios=heights, squeeze=False)
    over_time = len(set(person.times_s)) > 1
    for row, task in enumerate(tasks):
        (_class_lines if over_time else _class_bars)(grid[row, 0], person, task, last=row == len(heights) - 1)
        if units:
            _legend(grid[row, 1], grid[row, 0])
    if units:
        _draw_units(grid[-1, 0], grid[-1, 1], person, over_time)


def _draw_units(chart: Any, face: Any, person: Person, over_time: bool) -> None:
    """Action units as a chart, and as a face shaded by their means."""
    table = person.table("au")
    if np.isnan(table).all():
        for axes in (chart, face):
            axes.axis("off")
            axes.text(0.5, 0.5, "action units\nnot reliable", ha="center", va="center", fontsize=8, color=INK)
        return
    if over_time:
        what = "part of the highest intensity" if person.intensities else "probability"
        bar = chart.figure.colorbar(_unit_heat(chart, person), ax=face, location="left", label=what)
        bar.outline.set_visible(False)
        _plain(bar.ax)
    else:
        _unit_bars(chart, person)
    draw_face(face, dict(zip(person.labels("au"), person.means("au").tolist(), strict=True)))
    title = ("mean " if over_time else "") + ("intensity" if person.intensities else "")
    face.set_title(title.strip(), fontsize=8, color=INK)


def _looks(person: Person, task: str) -> Iterator[tuple[str, str, Any]]:
    """Each class of a task with its colour and kind of line."""
    for number, label in enumerate(person.labels(task)):
        if task == "emotion":
            yield label, expression_colour(label), DASHES.get(label, "-")
        else:
            yield label, class_colour(number), LINES[number % len(LINES)]


def _class_lines(axes: Any, person: Person, task: str, last: bool) -> None:
    times, table = thinned(person.times_s, person.table(task))
    units = person.labels("au")
    for (label, colour, dash), values in zip(_looks(person, task), 100 * table.T, strict=True):
        width = 1.6 if np.nanmax(values, initial=0) > 25 else 0.8
        axes.plot(times, values, color=colour, linewidth=width, linestyle=dash, label=printable(label))
        lone = alone(values)
        axes.plot(times[lone], values[lone], ".", color=colour, markersize=2)
    _mark_rest(axes, person, "from here on against the face at rest" if task == person.tasks[0] else "")
    shared = not last and not (units and np.isnan(person.table("au")).all())
    axes.set(ylim=(0, 100), xlim=person.span_s, ylabel="probability, %", xlabel="" if shared else "seconds")
    axes.grid(alpha=0.25)
    if not units:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    _name_task(axes, person, task)
    _plain(axes)


def _class_bars(axes: Any, person: Person, task: str, last: bool) -> None:
    labels = [printable(label) for label in person.labels(task)]
    axes.barh(labels, 100 * person.means(task), color=[colour for _, colour, _ in _looks(person, task)])
    axes.set(xlim=(0, 100), xlabel="probability, %")
    axes.invert_yaxis()
    _name_task(axes, person, task)
    _plain(axes)


def _name_task(axes: Any, person: Person, task: str) -> None:
    """What a chart shows, where that isn't plain."""
    if task != "emotion":
        axes.set_title(task, loc="left", fontsize=8, color=INK, parse_math=False)


def _unit_heat(axes: Any, person: Person) -> Any:
    """The heat map; returns what a colour bar needs."""
    times, table = thinned(person.times_s, person.table("au"))
    edges = np.append(times, person.span_s[1])
    rows = np.arange(table.shape[1] + 1)
    mesh = axes.pcolormesh(edges, rows, table.T, cmap=HEAT, vmin=0, vmax=1, rasterized=True)
    axes.set(xlabel="seconds", ylim=(rows[-1], 0), xlim=person.span_s)
    _mark_rest(axes, person, "" if person.labels("emotion") else "from here on against the face at rest")
    _name_units(axes, person)
    return mesh


def _mark_rest(axes: Any, person: Person, text: str) -> None:
    """A line where readings become a change from the face at rest."""
    if not person.rest_known:
        return
    time_s = person.times_s[person.rest_known]
    axes.axvline(time_s, color=INK, linewidth=0.8, linestyle="--")
    place = {"transform": axes.get_xaxis_transform(), "va": "bottom", "fontsize": 7, "color": INK}
    axes.text(time_s, 1.01, text, **place)


def _unit_bars(axes: Any, person: Person) -> None:
    from matplotlib import colormaps

    values = person.means("au")
    places = np.arange(len(values)) + 0.5
    axes.barh(places, 100 * values, color=colormaps[HEAT](values))
    for place in places[np.isnan(values)]:
        axes.text(1, place, "not known", va="center", fontsize=7, color=INK)
    what = "% of the highest intensity" if person.intensities else "probability, %"
    axes.set(xlim=(0, 100), ylim=(len(values), 0), xlabel=what)
    _name_units(axes, person)


def _name_units(axes: Any, person: Person) -> None:
    units = person.labels("au")
    axes.set_yticks(np.arange(len(units)) + 0.5, [f"{NAMES.get(unit, '')} {unit}".strip() for unit in units])
    _plain(axes)


def _legend(axes: Any, lines: Any) -> None:
    """The emotions' names beside their lines."""
    axes.axis("off")
    if names := lines.get_legend_handles_labels()[1]:
        drawn = [line for line in lines.get_lines() if line.get_label() in names]
        axes.legend(drawn, names, loc="center left", fontsize=8, frameon=False)


def _plain(axes: Any) -> None:
    axes.tick_params(labelsize=7, colors=INK)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(fontsize=8, color=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
