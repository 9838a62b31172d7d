"""Pictures of results: emotions and action units over time, a face shaded by its units, and voices below.

Needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mimik.colours import class_colour, expression_colour
from mimik.errors import DataError, OptionError, printable, some_of
from mimik.facs import ACTION_UNITS
from mimik.plots.axes import legend, mark_rest, plain
from mimik.plots.face import HEAT, INK, draw_face
from mimik.plots.files import check_available, save_figure
from mimik.plots.mesh import draw_mesh
from mimik.plots.mesh import heights as mesh_heights
from mimik.plots.series import Person, alone, thinned, with_values
from mimik.plots.sighted import Sighted, drawn_of, everybody_in
from mimik.plots.titles import short_paths, shortened, titles
from mimik.plots.voices import Voice, draw_voice, voice_legend, voices_in
from mimik.results.dataset import Dataset, Located, located
from mimik.results.read import is_named, read_spans

MOST_PEOPLE = 6
"""People in one picture; those seen longest are taken."""
DASHES = {"disgust": "--", "sad": "-.", "contempt": ":", "surprise": (0, (7, 2))}
"""Kinds of line, for eyes that can't tell all of the colours apart; the others' is whole."""
LINES = ("-", "--", "-.", ":", (0, (7, 2)))
"""The same of the classes of other tasks, one after the other."""
NAMES = ACTION_UNITS | {"AU45": "blink"}
CLASSES_HEIGHT, VOICE_HEIGHT = 1.9, 1.5
"""Inches of a chart of classes, and of one of voices."""
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
    voices: int = 0
    """Sources whose voices it shows."""
    of_voices: int = 0
    """Those whose voices could be drawn."""
    notes: tuple[str, ...] = ()
    """What isn't drawn, and why."""


def plot_results(
    results: str | Path | Dataset, output: Path, source: str | None = None, person: int | None = None
) -> Drawn:
    """Draw what some results say.

    Args:
        results: A .jsonl, .csv or .parquet results file, or a dataset of parts by its folder or address.
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
    results = located(results)
    heard = voices_in(read_spans(results))
    seen = everybody_in(results)
    near = [voice for voice in heard if source is None or is_named(voice.source, source)]
    if heard and not near:
        _check_source(results, source, [*seen, *heard])
    everybody = _wanted(seen, results, source, person, near)
    people = with_values(everybody, str(results)) if everybody and not near else _with_values(everybody)
    chosen = drawn_of(results, sorted(people, key=lambda p: -p.frames)[:MOST_PEOPLE])
    drawn = _chosen(near, {p.source for p in chosen}, MOST_PEOPLE - len(chosen))
    ordered = sorted(chosen, key=lambda p: (p.source, -1 if p.id is None else p.id))
    save_figure(draw_people(ordered, voices=drawn), output, DPI)
    return Drawn(
        people=len(chosen),
        of=len(people),
        voices=len({voice.source for voice in drawn}),
        of_voices=len({voice.source for voice in near}),
        notes=tuple(_not_drawn(chosen, len(people), len(everybody))) if everybody else (),
    )


def _with_values(people: Iterable[Person | Sighted]) -> list[Person | Sighted]:
    """Those who have something to draw; there may be nobody, where there are voices."""
    return [person for person in people if person.has_values]


def _chosen(voices: Sequence[Voice], seen: set[str], most: int) -> list[Voice]:
    """The voices of the sources whose people are drawn, and of those others in which is spoken longest."""
    spoken: dict[str, float] = {}
    for voice in voices:
        spoken[voice.source] = max(spoken.get(voice.source, 0.0), voice.spoken_s)
    others = sorted((source for source in spoken if source not in seen), key=lambda name: -spoken[name])
    wanted = seen | {*others[:most]}
    return [voice for voice in voices if voice.source in wanted]


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
        what = "as the results hold neither their emotions nor action units nor meshes"
        yield f"{bare} of {everybody} people not drawn, {what}"


def _of(some: int, people: Sequence[Person]) -> str:
    """For how many people, if not for all."""
    return "" if some == len(people) else f" for {some} of {len(people)} people"


def _check_source(results: Located, source: str | None, there: Sequence[Person | Sighted | Voice]) -> None:
    """Raise where neither a face nor a voice is of a source."""
    if source is not None and not any(is_named(one.source, source) for one in there):
        known = some_of(one.source for one in there)
        raise DataError(f"{results}: holds no face or voice of that source to plot; there is {known}")


def _wanted(
    people: Sequence[Person | Sighted],
    results: Located,
    source: str | None,
    person: int | None,
    voices: Sequence[Voice],
) -> list[Person | Sighted]:
    """Those of a source and id; the error names some that there are, unless voices can be drawn instead."""
    if voices and person is None and not any(source is None or is_named(p.source, source) for p in people):
        return []
    if not people:
        raise DataError(f"{results}: holds no face to plot")
    near = [p for p in people if source is None or is_named(p.source, source)]
    wanted = [p for p in near if person is None or p.id == person]
    if not wanted:
        there = [f"#{p.id}" for p in near if p.id is not None] or [p.source for p in people]
        raise DataError(f"{results}: holds no face of that source and id to plot; there is {some_of(there)}")
    return wanted


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands in one row of a picture: a person, voices, or both on one axis of time."""

    title: str
    person: Person | None
    voices: tuple[Voice, ...]

    @property
    def height(self) -> float:
        """Its inches."""
        faces = 0.6 if self.person is None else _height(self.person)
        return faces + VOICE_HEIGHT * len(self.voices)


def draw_people(
    people: Sequence[Person],
    width_in: float = 11,
    names: Sequence[str] | None = None,
    voices: Sequence[Voice] = (),
) -> Any:
    """A matplotlib figure with a row a person, and below the last one of a source what is heard in it.

    Args:
        people: Whom to draw.
        width_in: Its width in inches; texts keep their size.
        names: What each person is called; by default see titles.
        voices: What is heard, of sources in which nobody is drawn, too: these have rows of their own.
    """
    from matplotlib.figure import Figure

    rows = list(_rows(people, titles(people) if names is None else names, voices))
    heights = [row.height for row in rows]
    figure = Figure(figsize=(width_in, sum(heights)), layout="constrained")
    parts = figure.subfigures(len(rows), 1, height_ratios=heights, squeeze=False)
    for part, row in zip(parts[:, 0], rows, strict=True):
        title = shortened(printable(row.title), round(9 * width_in))
        part.suptitle(title, x=0.01, ha="left", fontsize=10, color=INK, parse_math=False)
        _draw_row(part, row)
    return figure


def _rows(people: Sequence[Person], names: Sequence[str], voices: Sequence[Voice]) -> Iterator[_Row]:
    """The rows of a picture: voices go with a person whose chart has the same axis of time, or alone."""
    heard: dict[str, list[Voice]] = {}
    for voice in voices:
        heard.setdefault(voice.source, []).append(voice)
    last = {person.source: number for number, person in enumerate(people)}
    for number, (person, name) in enumerate(zip(people, names, strict=True)):
        own = heard.get(person.source, [])
        if own:
            person = replace(person, heard_s=_span(own))
        joined = number == last[person.source] and person.is_over_time and person.is_trusted
        yield _Row(name, person, tuple(own) if joined else ())
        if joined:
            heard.pop(person.source, None)
    paths = short_paths([*heard, *last])
    for source, own in heard.items():
        yield _Row(paths[source], None, tuple(own))


def _span(voices: Sequence[Voice]) -> tuple[float, float]:
    """When some voices begin and end."""
    return min(voice.span_s[0] for voice in voices), max(voice.span_s[1] for voice in voices)


def _height(person: Person) -> float:
    """Inches of a person's row."""
    units = len(person.labels("au"))
    own = CLASSES_HEIGHT * len(person.tasks) + (_units_height(units) if units else 0)
    return 0.6 + own + sum(mesh_heights(person))


def _units_height(units: int) -> float:
    """Inches of the chart of some units; of the face beside it, at least."""
    return max(1.7, 0.5 + 0.16 * units)


def _draw_row(part: Any, row: _Row) -> None:
    """A person's charts, and below them those of voices."""
    person, voices = row.person, row.voices
    if person is not None and not person.is_trusted:
        part.text(0.5, 0.4, "this face could not be trusted in any frame", ha="center", color=INK)
        return
    units, tasks = (person.labels("au"), person.tasks) if person else ([], [])
    heights = [CLASSES_HEIGHT] * len(tasks) + ([_units_height(len(units))] if units else [])
    heights += mesh_heights(person) if person else []
    heights += [VOICE_HEIGHT] * len(voices)
    widths = [8, 2.4] if units else [8, 1.5] if voices else [1]
    grid = part.subplots(len(heights), len(widths), width_ratios=widths, height_ratios=heights, squeeze=False)
    if person is not None:
        _draw_person(grid, person, beside=len(widths) > 1, below=bool(voices))
    limits_s = person.axis_s if person else _span(voices)
    for cells, voice in zip(grid[len(heights) - len(voices) :], voices, strict=True):
        draw_voice(cells[0], voice, limits_s)
        voice_legend(cells[1], voice)
        plain(cells[0])
    for axes in grid[len(heights) - len(voices) : -1, 0] if voices else ():
        axes.set_xlabel("")


def _draw_person(grid: Any, person: Person, beside: bool, below: bool) -> None:
    """A person's charts, in the first rows of a grid.

    Args:
        grid: Of axes; with a second column for legends and the face, if beside.
        person: Whom to draw.
        beside: Whether there is a second column.
        below: Whether something with the same axis of time stands below them.
    """
    units, tasks, rows = person.labels("au"), person.tasks, len(mesh_heights(person))
    for row, task in enumerate(tasks):
        last = not below and not units and not rows and row == len(tasks) - 1
        (_class_lines if person.is_over_time else _class_bars)(grid[row, 0], person, task, last, beside)
        if beside:
            legend(grid[row, 1], grid[row, 0])
    if units:
        chart, face = grid[len(tasks)]
        _draw_units(chart, face, person, person.is_over_time)
        if below or rows:
            grid[len(tasks), 0].set_xlabel("")
    if rows:
        first = len(tasks) + bool(units)
        own = grid[first : first + rows]
        draw_mesh(own, person)
        if below:
            own[-1, 0].set_xlabel("")
        for axes in own[:, 0]:
            plain(axes)
        for axes in own[:, 1:].flat:
            axes.axis("off")


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
        plain(bar.ax)
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


def _class_lines(axes: Any, person: Person, task: str, last: bool, beside: bool) -> None:
    times, table = thinned(person.times_s, person.table(task))
    units = person.labels("au")
    for (label, colour, dash), values in zip(_looks(person, task), 100 * table.T, strict=True):
        width = 1.6 if np.nanmax(values, initial=0) > 25 else 0.8
        axes.plot(times, values, color=colour, linewidth=width, linestyle=dash, label=printable(label))
        lone = alone(values)
        axes.plot(times[lone], values[lone], ".", color=colour, markersize=2)
    mark_rest(axes, person, "from here on against the face at rest" if task == person.tasks[0] else "")
    shared = not last and not (units and np.isnan(person.table("au")).all())
    axes.set(ylim=(0, 100), xlim=person.axis_s, ylabel="probability, %", xlabel="" if shared else "seconds")
    axes.grid(alpha=0.25)
    if not beside:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    _name_task(axes, person, task)
    plain(axes)


def _class_bars(axes: Any, person: Person, task: str, last: bool, beside: bool) -> None:
    labels = [printable(label) for label in person.labels(task)]
    axes.barh(labels, 100 * person.means(task), color=[colour for _, colour, _ in _looks(person, task)])
    axes.set(xlim=(0, 100), xlabel="probability, %")
    axes.invert_yaxis()
    _name_task(axes, person, task)
    plain(axes)


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
    axes.set(xlabel="seconds", ylim=(rows[-1], 0), xlim=person.axis_s)
    mark_rest(axes, person, "" if person.labels("emotion") else "from here on against the face at rest")
    _name_units(axes, person)
    return mesh


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
    plain(axes)
