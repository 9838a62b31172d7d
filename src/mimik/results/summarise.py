"""What a results file says about each person: time in each state, medians, whom not to trust.

Nothing here knows a task by name: a task's text columns (label, group) are voted on and timed, of a list
(active) each item by itself, and numbers have their median taken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from mimik.errors import DataError
from mimik.readings import AGAINST_NEUTRAL
from mimik.results.gaps import lasting
from mimik.results.read import read_rows
from mimik.results.rows import BASE_COLUMNS, Cell, Row, is_face


def summarise(path: str | Path) -> list[dict[str, Any]]:
    """Sum a results file up, a dict per source and person.

    A frame lasts until the next frame of its source; the last one, and one before a gap in the recording
    (mimik.results.gaps), as long as the one before it. Where no frame has a time, as in other tools'
    results, first_s, last_s and all seconds are None. A face that can't be trusted (quality.reason) counts
    as seen, but its readings are left out.
    Medians are exact: values in a file are rounded, so counting how often each occurs needs memory
    for the distinct values of one source's people only, whatever the number of frames.

    Args:
        path: A .jsonl, .csv or .parquet results file.

    Returns:
        By source and id: source, id, frames, first_s, last_s, seconds, untrusted_frames,
        untrusted (reason to frames); the same of the other frames for each task that says itself when
        not to trust it ("au_untrusted_frames", "au_untrusted"); where its readings are a change from a face
        at rest, the frames before that was known, which are left out ("au_before_neutral_frames"); for each
        text column its most frequent value ("emotion_label"), and value to seconds and share
        ("emotion_label_seconds", "emotion_label_share"; share is of trusted time, or of frames where no time
        passes); for each number its median ("age_years_median").

    Raises:
        SourceNotFoundError, DataError, MissingExtraError: See read_rows.
    """
    seen: set[str] = set()
    summaries = []
    for source, rows in groupby(read_rows(path), lambda row: str(row["source"])):
        if source in seen:
            raise DataError(f"{path}: the rows of {source} lie apart; sort the file by source and frame")
        seen.add(source)
        summaries += _summarise_source(source, rows)
    return summaries


def _summarise_source(source: str, rows: Iterable[Row]) -> list[dict[str, Any]]:
    people: defaultdict[int | None, _Person] = defaultdict(_Person)
    for faces, seconds in _timed(rows):
        there = [face for face in faces if is_face(face)]
        numbers = Counter(map(_id, there))
        begun: set[int | None] = set()
        for face in there:
            # Faces without an id share their frame.
            share = None if seconds is None else seconds / numbers[_id(face)]
            people[_id(face)].add(face, share, again=_id(face) in begun)
            begun.add(_id(face))
    ordered = sorted(people.items(), key=lambda item: (item[0] is None, item[0] or 0))
    return [{"source": source, "id": number, **person.to_dict()} for number, person in ordered]


def _id(face: Row) -> int | None:
    number = face["id"]
    return None if number is None else int(number)


def _timed(rows: Iterable[Row]) -> Iterator[tuple[list[Row], float | None]]:
    """Each frame's rows with the time that it lasts, None if it isn't known."""
    frames = (list(group) for _, group in groupby(rows, lambda row: row["frame"]))
    return lasting((_time(frame[0]), frame) for frame in frames)


def _time(row: Row) -> float | None:
    time_s = row["time_s"]
    return None if time_s is None else float(time_s)


def _is_truth(value: Cell) -> bool:
    """Whether a cell may be one of a column of true and false."""
    return value is None or isinstance(value, bool)


def _truths(face: Row, ending: str) -> dict[str, Cell]:
    """The beginnings of the columns of true and false that end so, and what they say."""
    found = {name: value for name, value in face.items() if name.endswith(f"_{ending}") and _is_truth(value)}
    return {name.removesuffix(ending): value for name, value in found.items()}


def _plus(total: float | None, seconds: float | None) -> float | None:
    """A sum that is None until something is known."""
    return total if seconds is None else (total or 0.0) + seconds


@dataclass(slots=True)
class _Person:
    """Counts of one person in one source."""

    frames: int = 0
    first_s: float | None = None
    last_s: float | None = None
    seconds: float | None = None
    reasons: Counter[str] = field(default_factory=Counter)
    doubts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Of frames without such a reason: task to why its readings can't be trusted."""
    before: Counter[str] = field(default_factory=Counter)
    """Task to frames whose readings are not yet a change from the face at rest."""
    moved: set[str] = field(default_factory=set)
    """Tasks with readings that are."""
    answers: _Answers = field(default_factory=lambda: _Answers())
    early: _Answers = field(default_factory=lambda: _Answers())
    """Of those frames; they count where there are no others."""

    def add(self, face: Row, seconds: float | None, *, again: bool = False) -> None:
        """Count one face; it is the frame's second, or a later one, if again."""
        if (time_s := _time(face)) is not None:
            self.first_s = time_s if self.first_s is None else self.first_s
            self.last_s = time_s
        self.frames += not again
        self.seconds = _plus(self.seconds, seconds)
        if face["reason"] is not None:
            self.reasons[str(face["reason"])] += 1
            return
        doubtful = self._doubt(face)
        early = self._early(face, doubtful)
        for name, value in face.items():
            if _is_truth(value) or name in BASE_COLUMNS or "_raw_" in name:
                continue
            if doubtful and name.startswith(doubtful):
                continue
            answers = self.early if early and name.startswith(early) else self.answers
            answers.add(name, value, seconds)

    def _doubt(self, face: Row) -> tuple[str, ...]:
        """Count what can't be trusted of a face that can be; the beginnings of those columns."""
        told = _truths(face, "reliable")
        for task, reliable in told.items():
            reason = str(face.get(f"{task}reason") or "not reliable")
            self.doubts[task][reason] += reliable is False
        return tuple(task for task, reliable in told.items() if reliable is False)

    def _early(self, face: Row, doubtful: tuple[str, ...]) -> tuple[str, ...]:
        """Count what isn't yet a change from the face at rest; the beginnings of those columns."""
        told = _truths(face, AGAINST_NEUTRAL)
        known = {task: moved for task, moved in told.items() if moved is not None and task not in doubtful}
        self.moved.update(task for task, moved in known.items() if moved)
        early = tuple(task for task, moved in known.items() if not moved)
        self.before.update(early)
        return early

    def to_dict(self) -> dict[str, Any]:
        """The summary."""
        texts, numbers = dict(self.answers.texts), dict(self.answers.numbers)
        moved = tuple(self.moved)
        texts |= {name: found for name, found in self.early.texts.items() if not name.startswith(moved)}
        numbers |= {name: found for name, found in self.early.numbers.items() if not name.startswith(moved)}
        summary: dict[str, Any] = {
            "frames": self.frames,
            "first_s": self.first_s,
            "last_s": self.last_s,
            "seconds": None if self.seconds is None else round(self.seconds, 3),
            "untrusted_frames": self.reasons.total(),
            "untrusted": dict(self.reasons),
        }
        for task, reasons in self.doubts.items():
            summary |= {f"{task}untrusted_frames": reasons.total(), f"{task}untrusted": dict(+reasons)}
        summary |= {f"{task}before_neutral_frames": self.before[task] for task in sorted(self.moved)}
        for name, found in texts.items():
            summary |= {name: found.vote, f"{name}_seconds": found.in_seconds, f"{name}_share": found.share}
        return summary | {f"{name}_median": _median(counts) for name, counts in numbers.items()}


@dataclass(slots=True)
class _Answers:
    """What some frames of one person say, a column each."""

    texts: dict[str, _Texts] = field(default_factory=dict)
    numbers: dict[str, Counter[float]] = field(default_factory=dict)

    def add(self, name: str, value: Any, seconds: float | None) -> None:
        """Count one column of one frame."""
        if not isinstance(value, str):
            self.numbers.setdefault(name, Counter())[float(value)] += 1
        elif name.endswith("_active"):
            self.texts.setdefault(name, _Texts()).add_each(value.split("+"), seconds)
        else:
            self.texts.setdefault(name, _Texts()).add(value, seconds)


@dataclass(slots=True)
class _Texts:
    """How often and how long a text column had each value."""

    frames: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    shown: int = 0
    whole_s: float | None = None

    def add(self, value: str, seconds: float | None) -> None:
        """Count one frame."""
        self.add_each([value], seconds)

    def add_each(self, values: Sequence[str], seconds: float | None) -> None:
        """Count one frame that has several values at once."""
        self.shown += 1
        self.whole_s = _plus(self.whole_s, seconds)
        for value in values:
            self.frames[value] += 1
            self.seconds[value] += seconds or 0.0

    @property
    def vote(self) -> str:
        """The value of most frames; "uncertain" only where there is no other."""
        certain = {value: n for value, n in self.frames.items() if value != "uncertain"}
        return max(certain or self.frames, key=self.frames.__getitem__)

    @property
    def in_seconds(self) -> dict[str, float | None]:
        """Value to seconds, None if no time is known."""
        known = self.whole_s is not None
        return {value: round(seconds, 3) if known else None for value, seconds in self.seconds.items()}

    @property
    def share(self) -> dict[str, float]:
        """Value to its part of the time, or of the frames where no time passes."""
        weights: dict[str, float] = dict(self.seconds) if self.whole_s else dict(self.frames)
        whole = self.whole_s or self.shown
        return {value: round(weight / whole, 6) for value, weight in weights.items()}


def _median(counts: Counter[float]) -> float:
    """Exact median of values that were counted."""
    half, passed, lower = counts.total() / 2, 0, None
    for value in sorted(counts):
        passed += counts[value]
        if lower is not None:
            return round((lower + value) / 2, 6)
        if passed > half:
            return value
        if passed == half:
            lower = value
    raise ValueError("no values")
