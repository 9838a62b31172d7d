"""A study's timelines and intervals, from what its sessions hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mimik.app.store.markers import Markers
from mimik.app.store.sessions import Sessions
from mimik.app.store.studies import Studies, sessions_of
from mimik.errors import RefusedError
from mimik.results.groups import group_timeline, interval_row, mean_of, samples, stepped

TABLES = {
    "timeline": ("group", "time_s", "seen", "mean", "low", "high"),
    "groups": ("label", "group", "n", "seen", "mean", "sd", "low", "high", "max", "share_active"),
    "intervals": (
        "label",
        "start_s",
        "end_s",
        "group",
        "person",
        "session",
        "seconds_seen",
        "mean",
        "max",
        "share_active",
    ),
}
"""A study's numbers as tables: name to columns."""


def timeline_rows(groups: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """study_timeline's answer with a row a group and step."""
    names = TABLES["timeline"][1:]
    for group in groups:
        for cells in zip(*(group[name] for name in names), strict=True):
            yield {"group": group["group"], **dict(zip(names, cells, strict=True))}


def study_timeline(
    sessions: Sessions, studies: Studies, number: int, signal: str, step_s: float, group: str | None
) -> list[dict[str, Any]]:
    """A signal's mean over the people of each group; sessions without a person are left out.

    Args:
        sessions: All of them.
        studies: All of them.
        number: The study.
        signal: See mimik.results.groups.check_signal.
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
    own = sessions.all(number)
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
    sessions: Sessions, markers: Markers, studies: Studies, number: int, signal: str
) -> Iterator[dict[str, Any]]:
    """A signal within each marked interval of each session.

    Raises:
        RefusedError: There is no such study.
    """
    for session, person in sessions_of(sessions, studies, number):
        marked = [m for m in markers.all(session["id"]) if m["end_s"] is not None]
        if not marked:
            continue
        values = list(samples(sessions.frames(session["id"]), signal))
        for marker in marked:
            yield {
                "person": person["code"],
                "group": person["group"],
                "session": session["id"],
                "label": marker["label"],
                "start_s": marker["time_s"],
                "end_s": marker["end_s"],
                **interval_row(values, marker["time_s"], marker["end_s"]),
            }
