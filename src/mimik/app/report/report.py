"""A session's report: one HTML file to print or to keep, with style and pictures inside and no script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mimik._version import __version__
from mimik.app.report.bars import bars
from mimik.app.report.drawing import Plot, people_of, plot_png, voices_of
from mimik.app.report.tally import Tally, tally
from mimik.app.report.voices import voices_section
from mimik.app.report.words import (
    FACTS,
    NOTICE,
    STATES,
    TASKS,
    clock,
    counted,
    moment,
    percent,
    rests,
    settings,
    span,
)
from mimik.colours import expression_colour
from mimik.errors import DataError, MissingExtraError, RefusedError
from mimik.facs import with_names
from mimik.plots.voices import Voice
from mimik.render.html import data_address, document
from mimik.tasks.words import capital

Frames: TypeAlias = "Callable[[], Iterator[Mapping[str, Any]]]"
"""Gives a session's results from the start, each time that it is called: an hour of them is too much for
the memory."""
Look: TypeAlias = Literal["light", "dark"]

_HERE = Path(__file__).parent
_PLOTS: dict[Plot, str] = {
    "timeline": "Expressions over time",
    "voices": "Voices over time",
    "classes": "Other readings over time",
    "units": "Action units over time",
}


def report_html(
    session: Mapping[str, Any],
    frames: Frames,
    markers: Sequence[Mapping[str, Any]],
    made_by: Sequence[Mapping[str, Any]],
    place: str = "",
    look: Look | None = None,
    spans: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The whole report.

    Args:
        session: As the API gives it.
        frames: Its results.
        markers: Its markers.
        made_by: What made the results: RunInfo.to_dict().
        place: Study and person, in words.
        look: Light or dark on a screen; the system's if None. Paper is always light.
        spans: Its utterances.
    """
    counts = tally(frames())
    parts = [
        _head(session["name"], place),
        f'<p class="notice">{escape(NOTICE)}</p>',
        _facts(session, counts),
        *([] if spans and not counts.frames else [_summary(counts)]),
        *_plots(frames, markers, voices_of(spans)),
        *voices_section(spans),
        _markers(markers),
        _models(made_by),
        f"<footer>Report of {escape(moment(datetime.now().astimezone()))}, made on this machine by mimik "
        f"{escape(__version__)}.</footer>",
    ]
    style, _ = _style()
    return document(f"{session['name']} - mimik", style, parts, look or "")


@cache
def _style() -> tuple[str, str]:
    """The report's style, and mimik's mark as an address of data."""
    mark = data_address((_HERE.parent / "page" / "mark.svg").read_bytes(), "image/svg+xml")
    return (_HERE / "report.css").read_text("utf-8"), mark


def _head(name: str, place: str) -> str:
    _, mark = _style()
    below = f'<p class="place">{escape(place)}</p>' if place else ""
    return (
        f'<header><div class="brand"><img alt="" src="{mark}"><b>mimik</b> Report of a session</div>'
        f"<h1>{escape(name)}</h1>{below}</header>"
    )


def _facts(session: Mapping[str, Any], counts: Tally) -> str:
    held = [counted(session["frames"], "frame"), counted(session["spans"], "utterance")]
    held, seen = (held, counts.frames > 0) if session["spans"] else (held[:1], True)
    told = {
        "recorded": moment(datetime.fromisoformat(session["created"]).astimezone()),
        "length": ", ".join((clock(session["duration_s"]), *held)),
        "state": STATES[session["state"]],
        "source": session["source"],
        "rest": " ".join(rests(session["references"], counts.against_rest)) if seen else "",
        "note": session["note"],
    }
    rows = (
        f'<dt>{FACTS[name]}</dt><dd class="{name}">{escape(text)}</dd>' for name, text in told.items() if text
    )
    return f'<dl class="facts">{"".join(rows)}</dl>'


def _summary(counts: Tally) -> str:
    """How far faces could be trusted, and how often each expression and unit was read of the largest."""
    if not counts.frames:
        return '<h2>Summary</h2><p class="quiet">This session holds no results.</p>'
    trust = [("Face read", counts.read), *counts.not_read.most_common()]
    parts = [bars("Of all frames; the largest face of each counts", trust, counts.frames)]
    if counts.labels:
        labels = counts.labels.most_common()
        rows = [(label.capitalize(), count) for label, count in labels]
        colours = [expression_colour(label) for label, _ in labels]
        what = "Expression, of the frames whose face was read"
        parts.append(bars(what, rows, counts.labels.total(), colours))
    for task, told in counts.others.items():
        shares = [(capital(label), told[label]) for label in sorted(told, key=lambda one: (-told[one], one))]
        parts.append(bars(f"{capital(task)}, of the frames in which it was read", shares, told.total()))
    if counts.units_read:
        units = [(with_names([unit]), count) for unit, count in counts.units.most_common()]
        rest = counts.units_asked - counts.units_read
        less = f"; they couldn't be trusted in {percent(rest / counts.units_asked)}" if rest else ""
        what = "Active action units, of the frames in which they were read" + less
        parts.append(bars(what, units or [("None", counts.units_read)], counts.units_read))
    return f'<h2>Summary</h2><div class="sides">{"".join(parts)}</div>'


def _plots(frames: Frames, markers: Sequence[Mapping[str, Any]], voices: Sequence[Voice]) -> Iterator[str]:
    """What was read over time; voices below the expressions, or alone where there are none."""
    try:
        people = people_of(frames())
    except DataError:  # nothing was read that is drawn
        people = []
    drawn = False
    for plot, title in _PLOTS.items():
        if plot == "voices" and drawn:
            continue
        try:
            picture = data_address(plot_png(people, plot, markers, voices), "image/png")
        except RefusedError:
            continue
        except MissingExtraError as error:
            yield f'<p class="quiet">{escape(str(error))}</p>'
            return
        drawn |= plot == "timeline"
        below = "Dotted lines are the markers, numbered as below." if markers else ""
        caption = f"<figcaption>{below}</figcaption>" if below else ""
        image = f'<img alt="{title}" src="{picture}">'
        yield f'<h2>{title}</h2><figure tabindex="0">{image}{caption}</figure>'


def _markers(markers: Sequence[Mapping[str, Any]]) -> str:
    if not markers:
        return ""
    rows = [
        (str(number), span(m["time_s"], m["end_s"]), m["label"], m["note"])
        for number, m in enumerate(markers, 1)
    ]
    return "<h2>Markers</h2>" + _table("Markers", ("No.", "Time", "Label", "Note"), rows, timed=1)


def _models(made_by: Sequence[Mapping[str, Any]]) -> str:
    """What made the results; the same once."""
    if not made_by:
        return '<h2>What made it</h2><p class="quiet">It isn\'t known; the results came without it.</p>'
    tables = dict.fromkeys(map(_run, made_by))
    return "<h2>What made it</h2>" + "".join(tables)


def _run(run: Mapping[str, Any]) -> str:
    rows = [
        (
            TASKS.get(task, capital(task)),
            f"{m.get('name', '')} {m.get('version', '')}",
            m.get("sha256", "")[:12],
        )
        for task, m in run["models"].items()
    ]
    found = [f"faces found by {run['detector']}"] if run["detector"] else []
    caption = ", ".join((f"mimik {run['mimik']}", *found, *settings(run)))
    head = ("Reads", "Model, version", "SHA-256 begins")
    return f'<div class="made">{_table("What made it", head, rows, caption=caption)}</div>'


def _table(
    what: str, head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "", timed: int | None = None
) -> str:
    """A table that can be scrolled by keys; `timed` is the column of times, which are not broken."""
    first = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    kinds = [' class="time"' if column == timed else "" for column in range(len(head))]
    lines = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(what)}"><table>{told}'
        f"<thead><tr>{first}</tr></thead><tbody>{lines}</tbody></table></div>"
    )
