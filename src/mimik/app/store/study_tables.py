"""A study's timelines and intervals, from what its sessions hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mimik.app.store.markers import Markers
from mimik.app.store.sessions import Sessions
from mimik.app.store.studies import Studies, sessions_of
from mimik.errors import RefusedError
from mimik.results.groups import (
    difference_rows,
    group_rows,
    group_timeline,
    interval_row,
    mean_of,
    stepped,
)
from mimik.results.signals import all_samples, samples

TABLES = {
    "timeline": ("group", "time_s", "seen", "mean", "low", "high"),
    "groups": (
        *("signal", "label", "group", "n", "seen"),
        *("mean", "sd", "low", "high", "max", "share_active"),
    ),
    "differences": ("signal", "label", "group", "other", "difference", "low", "high", "freedom"),
    "intervals": (
        "signal",
        "label",
        "start_s",
        "end_s",
        "group",
        "person",
        "session",
        "counts",
        "seconds_seen",
        "mean",
        "max",
        "share_active",
    ),
}
"""A study's numbers as tables: name to columns."""
WHOLE = "(whole)"
"""The label of what needs no marker: from time 0 to the end of the film, or of the session without one."""


def timeline_rows(groups: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """study_timeline's answer with a row a group and step."""
    names = TABLES["timeline"][1:]
    for group in groups:
        for cells in zip(*(group[name] for name in names), strict=True):
            yield {"group": group["group"], **dict(zip(names, cells, strict=True))}


def study_timeline(
    sessions: Sessions, studies: Studies, number: int, signal: str, step_s: float, group: str | None
) -> list[dict[str, Any]]:
    """A signal's mean over the people of each group.

    Sessions without a person are left out, and runs that don't count: those that were broken off.

    Args:
        sessions: All of them.
        studies: All of them.
        number: The study.
        signal: See mimik.results.signals.check_signal.
        step_s: Length of a step.
        group: Only this group.

    Raises:
        RefusedError: There is no such study or group, or there are too many steps.
    """
    groups = groups_of(studies, number)
    if group is not None and group not in groups:
        raise RefusedError(
            "invalid", f"the study has no group {group!r}; it has {', '.join(groups) or 'none'}"
        )
    own = [session for session in sessions.all(number) if session["counts"]]
    found = []
    for name in groups if group is None else [group]:
        people = [p["id"] for p in studies.people(number) if p["group"] == name]
        lines = []
        for person in people:
            parts = [
                stepped(samples(sessions.frames(s["id"]), signal), step_s)
                for s in own
                if s["person_id"] == person
            ]
            if line := mean_of(parts):
                lines.append(line)
        found.append({"group": name, "n": len(lines), **group_timeline(lines, step_s, signal)})
    return found


def groups_of(studies: Studies, number: int) -> list[str]:
    """A study's groups in their order, "" last if someone is in none."""
    named = list(studies.get(number)["groups"])
    return [*named, *([""] if any(p["group"] == "" for p in studies.people(number)) else [])]


def study_intervals(
    sessions: Sessions, markers: Markers, studies: Studies, number: int, signal: str | None
) -> dict[str, list[dict[str, Any]]]:
    """A signal, or every one, within the whole stimulus and each marked interval.

    Args:
        sessions: All of them.
        markers: All of them.
        studies: All of them.
        number: The study.
        signal: See mimik.results.signals.check_signal; None for all.

    Returns:
        rows (an interval of a session each, also of those that don't count), groups and differences (over the
        people whose sessions count); see group_rows and difference_rows.

    Raises:
        RefusedError: There is no such study.
    """
    groups = groups_of(studies, number)
    found = list(_measured(sessions, markers, studies, number, signal))
    names = list(dict.fromkeys(name for _, numbers in found for name in numbers))
    # A person of whom nothing was seen has a row, too.
    rows = [
        {"signal": name, **where, **(numbers.get(name) or interval_row([], 0, 0))}
        for where, numbers in found
        for name in names
    ]
    told: dict[str, list[dict[str, Any]]] = {"rows": rows, "groups": [], "differences": []}
    for name in names:
        own = [row for row in rows if row["signal"] == name and row["counts"]]
        told["groups"] += [{"signal": name, **row} for row in group_rows(own, groups, name)]
        told["differences"] += [{"signal": name, **row} for row in difference_rows(own, groups, name)]
    return told


def _measured(
    sessions: Sessions, markers: Markers, studies: Studies, number: int, signal: str | None
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each session's whole and its marked intervals: whose they are and where, and numbers by signal."""
    stimulus = studies.get(number)["stimulus"] or {}
    for session, person in sessions_of(sessions, studies, number):
        frames = sessions.frames(session["id"])
        values = all_samples(frames) if signal is None else {signal: list(samples(frames, signal))}
        head = {"person": person["code"], "group": person["group"]}
        head |= {"session": session["id"], "counts": session["counts"]}
        marked = [m for m in markers.all(session["id"]) if m["end_s"] is not None]
        whole = [_whole(session, stimulus)] if session["frames"] else []
        for marker in (*whole, *marked):
            start_s, end_s = marker["time_s"], marker["end_s"]
            where = {"label": marker["label"], "start_s": start_s, "end_s": end_s}
            yield {**head, **where}, {name: interval_row(own, start_s, end_s) for name, own in values.items()}


def _whole(session: Mapping[str, Any], stimulus: Mapping[str, Any]) -> dict[str, Any]:
    """A session from time 0 on, until its last frame has passed, and no longer than its film."""
    steps = session["frames"] - 1
    end_s = session["last_s"] + (session["duration_s"] / steps if steps else 1.0)
    if stimulus.get("kind") == "video" and stimulus["name"] == session["source"] and stimulus["duration_s"]:
        end_s = min(end_s, stimulus["duration_s"])
    return {"label": WHOLE, "time_s": 0.0, "end_s": round(end_s, 3)}
