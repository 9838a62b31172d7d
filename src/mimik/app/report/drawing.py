"""A session's plots, as PNG, by mimik.plots.results."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from mimik.app.report.words import person_name
from mimik.errors import RefusedError
from mimik.plots.face import INK, draw_face
from mimik.plots.files import check_available, drawn
from mimik.plots.results import DPI, MOST_PEOPLE, draw_people
from mimik.plots.series import Person, read_people
from mimik.plots.voices import Voice, voices_in
from mimik.results.rows import flatten

Plot: TypeAlias = Literal["timeline", "units", "face", "classes", "voices"]
_TASK = {"timeline": "emotion", "units": "au", "face": "au"}
"""Kind of plot to its task; "classes" are all tasks that schema.json doesn't know."""

WIDTH = 6.4
"""Inches of a plot over time: as wide as a page, so that its text is read in print, too."""
SHARP_DPI = DPI * 3 // 2

_ONE_AT_A_TIME = threading.Lock()
"""matplotlib's caches of fonts and texts are not made for threads."""


def people_of(frames: Iterable[Mapping[str, Any]]) -> list[Person]:
    """The people of a session who were seen longest, by id."""
    people = read_people(row for frame in frames for row in flatten(frame))
    chosen = sorted(people, key=lambda p: -len(p.times_s))[:MOST_PEOPLE]
    return sorted(chosen, key=lambda p: (p.source, -1 if p.id is None else p.id))


def voices_of(spans: Iterable[Mapping[str, Any]]) -> list[Voice]:
    """What a session's utterances say, task by task; readings that are none of classes are left out."""
    return voices_in({k: v for k, v in span.items() if _is_drawn(k, v)} for span in spans)


def _is_drawn(name: str, value: Any) -> bool:
    """Whether a field of an utterance can be drawn, or says where it is."""
    if name == "quality" or not isinstance(value, Mapping):
        return True
    shares = value.get("probabilities")
    return (
        isinstance(value.get("label"), str)
        and isinstance(shares, Mapping)
        and all(isinstance(share, float | int) for share in shares.values())
    )


def plot_png(
    people: Sequence[Person],
    plot: Plot,
    markers: Sequence[Mapping[str, Any]] = (),
    voices: Sequence[Voice] = (),
) -> bytes:
    """One kind of plot of a session's people and voices.

    Args:
        people: As people_of gives them.
        plot: Which kind.
        markers: The session's, drawn over time by their numbers from 1 on.
        voices: What is heard in it, drawn alone ("voices"), or below the expressions on one axis of time.

    Raises:
        RefusedError: The session holds nothing to draw of that kind.
        MissingExtraError: matplotlib isn't installed.
    """
    check_available()
    if plot == "voices":
        return _voices_png(voices, markers)
    parts = [part for person in people if (part := _only(person, plot)) is not None]
    if not parts:
        what = _TASK.get(plot, "classes of a task of your own")
        raise RefusedError("not_ready", f"the session holds no face with {what} to plot")
    with _ONE_AT_A_TIME:
        if plot == "face":
            return drawn(_faces(parts), "png", DPI)
        heard = voices if plot == "timeline" else ()
        return drawn(_over_time(parts, markers, heard), "png", SHARP_DPI)


def _voices_png(voices: Sequence[Voice], markers: Sequence[Mapping[str, Any]]) -> bytes:
    if not voices:
        raise RefusedError("not_ready", "the session holds no utterance to plot")
    with _ONE_AT_A_TIME:
        named = [dataclasses.replace(voice, source="Voices") for voice in voices]
        return drawn(_over_time([], markers, named), "png", SHARP_DPI)


def _only(person: Person, plot: Plot) -> Person | None:
    """A person with the values of a plot; None without any."""
    own = {name: values for name, values in person.columns.items() if _shows(plot, name.partition(" ")[0])}
    return dataclasses.replace(person, columns=own) if own else None


def _shows(plot: Plot, task: str) -> bool:
    """Whether a plot shows a task's values."""
    return task == _TASK[plot] if plot in _TASK else task not in _TASK.values()


def _name(person: Person) -> str:
    """What the page calls a person."""
    return "" if person.id is None else person_name(person.id)


def _over_time(
    people: Sequence[Person], markers: Sequence[Mapping[str, Any]], voices: Sequence[Voice]
) -> Any:
    """A figure with a row a person, what is heard below, and where the markers lie."""
    figure = draw_people(people, WIDTH, list(map(_name, people)), voices)
    for axes in figure.get_axes():
        # A chart that stands above another on the same axis of time doesn't name it.
        if axes.get_xlabel() == "seconds" or axes.get_ylabel() == "probability, %":
            _mark(axes, markers)
    return figure


def _mark(axes: Any, markers: Sequence[Mapping[str, Any]]) -> None:
    first, last = axes.get_xlim()
    for number, marker in enumerate(markers, 1):
        for at in (marker["time_s"], marker["end_s"]):
            if at is not None and first <= at <= last:
                axes.axvline(at, color=INK, linewidth=0.8, linestyle=(0, (1, 2)))
        if first <= marker["time_s"] <= last:
            titled = bool(axes.get_title(loc="left"))  # so there is no room above it
            place, shift = (marker["time_s"], 1.0), (4, -2) if titled else (0, 2)
            spot = {"xycoords": axes.get_xaxis_transform(), "xytext": shift, "textcoords": "offset points"}
            how = {"fontsize": 7, "ha": "center", "va": "top" if titled else "bottom", "color": INK}
            axes.annotate(str(number), place, **how, **spot)


def _faces(people: Sequence[Person]) -> Any:
    """A figure with a schematic face a person, shaded by the mean of the units."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.6 * len(people), 3.2), layout="constrained")
    for axes, person in zip(figure.subplots(1, len(people), squeeze=False)[0], people, strict=True):
        values = np.nan_to_num(person.means("au")).tolist()
        draw_face(axes, dict(zip(person.labels("au"), values, strict=True)))
        axes.set_title(_name(person), fontsize=9)
    return figure
