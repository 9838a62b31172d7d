"""How a report says things: in the page's words (page/src/texts.ts), with times as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

NOTICE = (
    "An expression is not a feeling: it is what a face shows, not what a person feels. "
    "These are estimates, and readings err; decide about nobody by them."
)
FACTS = {
    "recorded": "Made",
    "length": "Length",
    "state": "State",
    "source": "Source",
    "rest": "Face at rest",
    "note": "Note",
}
STATES = {
    "recording": "still being recorded",
    "closed": "complete",
    "interrupted": "interrupted: the server ended while this was recorded",
}
TASKS = {
    "emotion": "Expression",
    "au": "Action units",
    "gender": "Gender in appearance",
    "age": "Age in appearance",
    "cover": "What hides a face",
    "tilt": "Which way up a face is",
    "voice": "Expression of the voice",
    "face_voice": "Expression of face and voice together",
    "detector": "Faces",
    "speech": "Speech",
}
_MOVED = {"emotion": "expressions", "au": "action units"}
"""What is read against a face at rest."""


def percent(share: float) -> str:
    """0.973 -> "97 %"; never "100 %" or "0 %" of what isn't wholly so."""
    if 0.99 < share < 1:
        return "> 99 %"
    if 0 < share < 0.01:
        return "< 1 %"
    return f"{100 * share:.0f} %"


def counted(count: int, what: str) -> str:
    """1, "frame" -> "1 frame"; 2 -> "2 frames"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def clock(seconds: float) -> str:
    """75.3 -> "1:15.3"; 3675 -> "1:01:15.0"."""
    tenths = round(abs(seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    begun = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{'-' if seconds < 0 else ''}{begun}:{rest // 10:02}.{rest % 10}"


def span(start_s: float, end_s: float | None) -> str:
    """A moment or an interval by the session's clock."""
    same = end_s is None or end_s == start_s
    return clock(start_s) if same else f"{clock(start_s)} to {clock(end_s or 0.0)}"


def moment(when: datetime) -> str:
    """A date and time with its zone: "2026-11-22 10:05 (UTC+01:00)"."""
    zone = f"{when:%z}"
    hours = f"UTC{zone[:3]}:{zone[3:5]}" if zone.strip("+-0") else "UTC"
    return f"{when:%Y-%m-%d %H:%M} ({hours})"


def person_name(face_id: int) -> str:
    """What page and report call a person: they count from 1, ids in results from 0."""
    return f"Person {face_id + 1}"


def rests(references: Sequence[Mapping[str, Any]], live: bool) -> Iterator[str]:
    """What is read as a change from a face at rest, in sentences.

    Args:
        references: A session's.
        live: Whether any reading is against a face at rest.
    """
    if not references:
        if live:
            yield "Set while live: expressions and action units are a change from it from then on."
        else:
            yield "None was set; readings are of the face as it is."
    for reference in references:
        what = " and ".join(_MOVED.get(task, task) for task in reference["tasks"])
        frames = "1 frame" if reference["frames"] == 1 else f"the mean of {reference['frames']} frames"
        when = span(reference["start_s"], reference["end_s"])
        yield f"{person_name(reference['face'])}: {what} are a change from the face at {when} ({frames})."


def settings(run: Mapping[str, Any]) -> Iterator[str]:
    """The settings that change results most, as far as they are known."""
    known = run["settings"]
    if (smoothing := known.get("smoothing")) is not None:
        strength = smoothing["strength"]
        yield f"smoothing of strength {strength:g}" if strength else "no smoothing"
    if width := known.get("age_groups"):
        yield f"age groups of {width} years"
    if (threshold := known.get("threshold")) is not None:
        yield f"uncertain below {percent(threshold)}"
    for task, shares in (known.get("prior") or {}).items():
        told = ", ".join(f"{label} {percent(share)}" for label, share in shares.items())
        yield f"prior of {task}: {told}"
