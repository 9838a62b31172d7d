"""A session's report: one HTML file to print or to keep, with pictures inside and no script."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, TypeAlias

from mimik.app.averages import main_face
from mimik.app.drawing import Plot, people_of, plot_png
from mimik.app.problems import Refusal
from mimik.errors import DataError, MissingExtraError
from mimik.facs import ACTION_UNITS

Frames: TypeAlias = "Callable[[], Iterator[Mapping[str, Any]]]"
"""Gives a session's results from the start, each time that it is called: an hour of them is too much for
the memory."""

NOTICE = (
    "An expression is what a face shows, not what a person feels. These are estimates with errors; "
    "decide about nobody by them."
)

STYLE = """
body { font: 11pt/1.5 system-ui, sans-serif; color: #222; max-width: 52rem; margin: 2rem auto;
  padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; width: 100% } caption { text-align: left; color: #555 }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ccc;
  vertical-align: top }
td.n { font-variant-numeric: tabular-nums } img { max-width: 100%; height: auto }
.notice { border-left: .25rem solid #b5651d; padding: .5rem 1rem; background: #fdf6ee }
code { overflow-wrap: anywhere } p.small { color: #555; font-size: .9em }
@media print { body { margin: 0; max-width: none } h2, img, table { break-inside: avoid } }
"""
_PLOTS: dict[Plot, str] = {"timeline": "Expression over time", "units": "Action units over time"}


def report_html(
    session: Mapping[str, Any],
    frames: Frames,
    markers: Sequence[Mapping[str, Any]],
    made_by: Sequence[Mapping[str, Any]],
    place: str = "",
) -> str:
    """The whole report.

    Args:
        session: As the API gives it.
        frames: Its results.
        markers: Its markers.
        made_by: What made the results: RunInfo.to_dict().
        place: Study and person, in words.
    """
    parts = [
        f"<h1>{escape(session['name'])}</h1>",
        f"<p>{escape(place)}</p>" if place else "",
        f'<p class="notice">{escape(NOTICE)}</p>',
        _facts(session),
        _summary(frames),
        *_plots(frames),
        _markers(markers),
        _models(made_by),
    ]
    title = escape(f"{session['name']} - mimik")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def _facts(session: Mapping[str, Any]) -> str:
    rows = [
        ("recorded", session["created"]),
        ("length", f"{session['duration_s']:.1f} s, {session['frames']} frames"),
        ("state", session["state"]),
        ("source", session["source"]),
        ("neutral faces", "; ".join(map(_rest, session["references"]))),
        ("note", session["note"]),
    ]
    return _table((), [row for row in rows if row[1]])


def _rest(reference: Mapping[str, Any]) -> str:
    """What is read against a face at rest, in words."""
    start, end = f"{reference['start_s']:.1f}", f"{reference['end_s']:.1f}"
    when = start if start == end else f"{start} to {end}"
    return f"#{reference['face']}: {' and '.join(reference['tasks'])} as a change from the face at {when} s"


def _summary(frames: Frames) -> str:
    """How often each expression was read of the largest face."""
    total = seen = trusted = 0
    labels: Counter[str] = Counter()
    active: Counter[str] = Counter()
    for frame in frames():
        total += 1
        face = main_face(frame)
        if face is None:
            continue
        seen += 1
        labels.update([face["emotion"]["label"]] if face.get("emotion") else [])
        if (units := face.get("au")) and units["reliable"]:
            trusted += 1
            active.update(f"{unit} {ACTION_UNITS.get(unit, '')}" for unit in units["active"])
    text = f"In {seen} of {total} frames a face could be trusted (the largest of each frame counts)."
    tables = [f"<h2>Summary</h2><p>{text}</p>"]
    for title, counts, whole in (("expression", labels, seen), ("action unit", active, trusted)):
        if counts:
            rows = [(name, f"{100 * count / whole:.0f} %") for name, count in counts.most_common()]
            tables.append(_table((title, "share of these frames"), rows))
    return "\n".join(tables)


def _plots(frames: Frames) -> list[str]:
    try:
        people = people_of(frames())
    except DataError:  # neither expressions nor action units were read
        return []
    parts = []
    for plot, title in _PLOTS.items():
        try:
            picture = base64.b64encode(plot_png(people, plot)).decode()
        except Refusal:
            continue
        except MissingExtraError as error:
            return [f"<p>{escape(str(error))}</p>"]
        parts.append(f'<h2>{title}</h2><img alt="{title}" src="data:image/png;base64,{picture}">')
    return parts


def _markers(markers: Sequence[Mapping[str, Any]]) -> str:
    if not markers:
        return ""
    rows = [
        (
            f"{m['time_s']:.1f}" + ("" if m["end_s"] is None else f" to {m['end_s']:.1f}"),
            m["label"],
            m["note"],
        )
        for m in markers
    ]
    return "<h2>Markers</h2>" + _table(("seconds", "label", "note"), rows)


def _models(made_by: Sequence[Mapping[str, Any]]) -> str:
    if not made_by:
        return ""
    rows = {
        (
            task,
            model.get("name", ""),
            model.get("version", ""),
            model.get("sha256", "")[:12],
            run["mimik"],
        ): None
        for run in made_by
        for task, model in run["models"].items()
    }
    return "<h2>Made by</h2>" + _table(("reads", "model", "version", "SHA-256", "mimik"), list(rows))


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    first = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{f'<tr>{first}</tr>' if head else ''}{lines}</table>"
