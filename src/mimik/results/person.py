"""What one person showed in one source: counted face by face, then told as a row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from mimik.readings import AGAINST_NEUTRAL, UNCERTAIN
from mimik.results.events import EventCounts
from mimik.results.raw_states import RawStates
from mimik.results.rows import BASE_COLUMNS, CONTEXT_COLUMNS, Cell, Row, guessed_kind
from mimik.results.summary_columns import ACTIVE, LABEL, RAW
from mimik.results.tally import ACTIVITY, FIGURES, Numbers, States, vote


@dataclass(slots=True)
class Line:
    """A row that is to be."""

    cells: dict[str, Cell]
    """Whole name to value."""
    idle: dict[str, dict[str, float | None]] = field(default_factory=dict)
    """Way ("emotion", "emotion_raw") to what a state has that never was on."""
    states: dict[str, list[str]] = field(default_factory=dict)
    """Column of states to those that were."""
    nested: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What stands in no cell: seconds and share by state ("emotion_label_share"), frames by reason
    ("untrusted")."""

    def cell(self, name: str, way: str) -> Cell:
        """The value of a column; way is the one whose states it counts."""
        if name not in self.cells and way in self.idle:
            return self.idle[way][name.rpartition("_")[2]]
        return self.cells.get(name)


def time_of(row: Row) -> float | None:
    """Seconds since the source's first frame; None if they aren't known."""
    time_s = row["time_s"]
    return None if time_s is None else float(time_s)


def plus(total: float | None, seconds: float | None) -> float | None:
    """A sum that is None until something is known."""
    return total if seconds is None else (total or 0.0) + seconds


def rounded(seconds: float | None) -> float | None:
    """Seconds to the millisecond."""
    return None if seconds is None else round(seconds, 3)


@lru_cache(maxsize=4096)
def _names_of(name: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Names of figures, the same text for everybody: a million people needn't hold it a million times."""
    return tuple(f"{name}_{part}" for part in parts)


def reasons_of(counts: Counter[str]) -> str | None:
    """Reasons with their frames, the most frequent first: "too small 12, blurred 3"."""
    return ", ".join(f"{reason} {frames}" for reason, frames in counts.most_common() if frames) or None


def _is_truth(value: Cell) -> bool:
    """Whether a cell may be one of a column of true and false."""
    return value is None or isinstance(value, bool)


@lru_cache(maxsize=256)
def _ending_in(names: tuple[str, ...], ending: str) -> tuple[str, ...]:
    """Those of some columns that end so: rows by the million have the same."""
    return tuple(name for name in names if name.endswith(ending))


@lru_cache(maxsize=256)
def _counted(names: tuple[str, ...], apart: frozenset[str], raw: bool) -> tuple[str, ...]:
    """Those of some columns whose values are counted."""
    others = {*apart, *BASE_COLUMNS, *CONTEXT_COLUMNS}
    return tuple(
        name
        for name in names
        if name not in others
        and not name.endswith("_reason")
        and guessed_kind(name) != "points"
        and (raw or RAW not in name)
    )


def _truths(face: Row, ending: str) -> dict[str, Cell]:
    """The beginnings of the columns of true and false that end so, and what they say."""
    named = _ending_in(tuple(face), f"_{ending}")
    return {name.removesuffix(ending): value for name in named if _is_truth(value := face[name])}


@dataclass(slots=True)
class Person:
    """Counts of one person in one source."""

    frames: int = 0
    first_s: float | None = None
    last_s: float | None = None
    seconds: float | None = None
    context: dict[str, Cell] = field(default_factory=dict)
    """Whose face it is, where the table says so itself."""
    reasons: Counter[str] = field(default_factory=Counter)
    doubts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Of frames without such a reason: task to why its readings can't be trusted."""
    before: Counter[str] = field(default_factory=Counter)
    """Task to frames whose readings are not yet a change from the face at rest."""
    moved: set[str] = field(default_factory=set)
    """Tasks with readings that are."""
    answers: Answers = field(default_factory=lambda: Answers())
    early: Answers = field(default_factory=lambda: Answers())
    """Of those frames; they count where there are no others."""
    events: EventCounts = field(default_factory=EventCounts)
    """What happened over time, such as blinks."""

    def add(
        self,
        face: Row,
        seconds: float | None,
        raw: RawStates | None,
        *,
        again: bool,
        apart: frozenset[str] = frozenset(),
    ) -> None:
        """Count one face.

        Args:
            face: Its row.
            seconds: How long it was seen; None if that isn't known.
            raw: How states before smoothing are told; None if they aren't counted.
            again: Whether it is the frame's second face, or a later one.
            apart: Columns of numbers that are counted elsewhere (mimik.results.apart).
        """
        if (time_s := time_of(face)) is not None:
            self.first_s = time_s if self.first_s is None else self.first_s
            self.last_s = time_s
        if not self.frames:
            self.context = {name: face[name] for name in CONTEXT_COLUMNS[:3] if name in face}
        self.frames += not again
        self.seconds = plus(self.seconds, seconds)
        if face["reason"] is not None:
            self.reasons[str(face["reason"])] += 1
            return
        doubtful = self._doubt(face)
        early = self._early(face, doubtful)
        moment = Moment(time_s, seconds, again)
        trusted = {n: v for n, v in face.items() if not n.startswith(doubtful)} if doubtful else face
        self.events.add(trusted, time_s, seconds, again=again)
        for name in _counted(tuple(face), apart, raw is not None):
            if _is_truth(value := trusted.get(name)):
                continue
            answers = self.early if early and name.startswith(early) else self.answers
            answers.add(name, value, moment)
            if raw and name.endswith((LABEL, ACTIVE)):
                answers.add_raw(name, raw.on(face, name), moment)

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

    def line(self) -> Line:
        """What is known of the person, for a row."""
        line = Line(
            {
                **self.context,
                "frames": self.frames,
                "first_s": self.first_s,
                "last_s": self.last_s,
                "seconds": rounded(self.seconds),
                "untrusted_frames": self.reasons.total(),
                "untrusted": reasons_of(self.reasons),
            }
        )
        line.nested["untrusted"] = dict(self.reasons)
        for task, reasons in self.doubts.items():
            line.cells[f"{task}untrusted_frames"] = reasons.total()
            line.cells[f"{task}untrusted"] = reasons_of(reasons)
            line.nested[f"{task}untrusted"] = dict(+reasons)
        line.cells |= {f"{task}before_neutral_frames": self.before[task] for task in sorted(self.moved)}
        self.early.without(tuple(self.moved)).tell(line)
        self.answers.tell(line)
        line.cells |= self.events.cells()
        return line


@dataclass(frozen=True, slots=True)
class Moment:
    """When a face was seen."""

    time_s: float | None
    seconds: float | None
    """How long it lasts."""
    again: bool
    """Whether it is a further face of the same frame."""


@dataclass(slots=True)
class Answers:
    """What some frames of one person say, a column each."""

    texts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    states: defaultdict[str, States] = field(default_factory=lambda: defaultdict(States))
    raw_states: defaultdict[str, States] = field(default_factory=lambda: defaultdict(States))
    numbers: defaultdict[str, Numbers] = field(default_factory=lambda: defaultdict(Numbers))

    def add(self, name: str, value: Any, moment: Moment) -> None:
        """Count one column of one frame."""
        if not isinstance(value, str):
            self.numbers[name].add(float(value))
        elif name.endswith((LABEL, ACTIVE)):
            states = value.split("+") if name.endswith(ACTIVE) else [value]
            self._count(self.states, name, states, moment)
        else:
            self.texts[name][value] += 1

    def add_raw(self, name: str, states: list[str], moment: Moment) -> None:
        """Count the states that are on before smoothing, of the column that says it after."""
        if states:
            self._count(self.raw_states, name, states, moment)

    def _count(self, where: Mapping[str, States], name: str, states: list[str], moment: Moment) -> None:
        where[name].add(states, moment.time_s, moment.seconds, again=moment.again)

    def without(self, begin: tuple[str, ...]) -> Answers:
        """The same without the columns that begin so."""
        parts = (self.texts, self.states, self.raw_states, self.numbers)
        kept = ({n: found for n, found in part.items() if not n.startswith(begin)} for part in parts)
        return Answers(*kept)  # type: ignore[arg-type]

    def tell(self, line: Line) -> None:
        """Put it into a row."""
        for name, numbers in self.numbers.items():
            line.cells |= zip(_names_of(name, FIGURES), numbers.figures().values(), strict=True)
        for name, texts in self.texts.items():
            line.cells[name] = vote(texts)
        for ending, counted in (("", self.states), ("_raw", self.raw_states)):
            for name, states in counted.items():
                way = name.rpartition("_")[0] + ending
                line.idle[way] = states.idle()
                line.states.setdefault(name, []).extend(states.frames)
                for state, found in states.activity().items():
                    line.cells |= zip(_names_of(f"{way}_{state}", ACTIVITY), found.values(), strict=True)
        for name, states in self.states.items():
            line.cells[name] = vote(states.frames, (UNCERTAIN,))
            for part in ACTIVITY[:2]:
                told = {state: found[part] for state, found in states.activity().items()}
                line.nested[f"{name}_{part}"] = told
