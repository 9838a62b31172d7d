"""What a session's frames and utterances hold, counted for its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mimik.results.rows import FACE_KEYS
from mimik.results.schema import fields_of_tasks
from mimik.results.signals import main_face


@dataclass(slots=True)
class Tally:
    """Counts of frames, by the largest face of each."""

    frames: int = 0
    read: int = 0
    """Those whose face can be trusted."""
    not_read: Counter[str] = field(default_factory=Counter)
    """Why the others have none, in words."""
    labels: Counter[str] = field(default_factory=Counter)
    """Expressions."""
    others: dict[str, Counter[str]] = field(default_factory=dict)
    """Task that schema.json doesn't know, and whose answer is a class, to its labels."""
    units_asked: int = 0
    """Faces that can be trusted and whose action units were looked at."""
    units_read: int = 0
    """Those whose action units can be trusted, too."""
    units: Counter[str] = field(default_factory=Counter)
    """Active action units."""
    against_rest: bool = False
    """Whether anything was read as a change from a face at rest."""

    def add(self, frame: Mapping[str, Any]) -> None:
        """Count a frame."""
        self.frames += 1
        face = main_face(frame)
        if face is None:
            self.not_read[_why(frame["faces"])] += 1
            return
        self.read += 1
        emotion, units = face.get("emotion"), face.get("au")
        self.against_rest |= any((task or {}).get("against_neutral") is True for task in (emotion, units))
        if emotion:
            self.labels[emotion["label"]] += 1
        for task in (name for name in face if name not in FACE_KEYS and name not in fields_of_tasks()):
            if isinstance(label := face[task].get("label"), str):
                self.others.setdefault(task, Counter())[label] += 1
        if units:
            self.units_asked += 1
            if units["reliable"]:
                self.units_read += 1
                self.units.update(units["active"])


def _why(faces: Iterable[Mapping[str, Any]]) -> str:
    """Why a frame has no face to trust."""
    largest = max(faces, key=lambda face: face["quality"]["size_px"], default=None)
    return "No face found" if largest is None else f"Not to be trusted: {largest['quality']['reason']}"


@dataclass(slots=True)
class Spoken:
    """What one task heard in a session's utterances, in seconds."""

    seconds: float = 0.0
    """How long they are together."""
    utterances: int = 0
    read_s: float = 0.0
    """Those that can be trusted."""
    not_read: Counter[str] = field(default_factory=Counter)
    """Why the others can't, to seconds."""
    labels: Counter[str] = field(default_factory=Counter)
    """Label to seconds, of those that can."""

    def add(self, span: Mapping[str, Any], reading: Mapping[str, Any]) -> None:
        """Count an utterance."""
        length_s = span["end_s"] - span["start_s"]
        self.seconds += length_s
        self.utterances += 1
        if reason := _why_not(span, reading):
            self.not_read[f"Not to be trusted: {reason}"] += length_s
        else:
            self.read_s += length_s
            self.labels[reading["label"]] += length_s


def _why_not(span: Mapping[str, Any], reading: Mapping[str, Any]) -> str | None:
    """Why a reading of an utterance can't be trusted: a fused one only where neither side can."""
    if "sides" in reading:
        return None if reading["sides"] else reading["reason"]
    reason: str | None = span["quality"]["reason"]
    return reason


def tally_spans(spans: Iterable[Mapping[str, Any]]) -> dict[str, Spoken]:
    """Count a session's utterances, for each task whose answer is a class."""
    counts: dict[str, Spoken] = {}
    for span in spans:
        for task, reading in span.items():
            if isinstance(reading, Mapping) and isinstance(reading.get("label"), str):
                counts.setdefault(task, Spoken()).add(span, reading)
    return counts


def tally(frames: Iterable[Mapping[str, Any]]) -> Tally:
    """Count a session's frames."""
    counts = Tally()
    for frame in frames:
        counts.add(frame)
    return counts
