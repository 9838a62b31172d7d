"""What a results file says of the voices in each source: speech, time of each expression, whom not to trust.

Nothing here knows a task by name. Every utterance counts by its length; those that can't be trusted
(quality.reason) count as speech, but their readings are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mimik.errors import DataError
from mimik.readings import AGAINST_REFERENCE, UNCERTAIN
from mimik.results.dataset import Located
from mimik.results.origin import made_by
from mimik.results.outcomes import Outcome
from mimik.results.person import Line, reasons_of, rounded
from mimik.results.read import read_spans
from mimik.results.rows import Cell
from mimik.results.summary_columns import LABEL
from mimik.results.tally import vote

HEARD = (
    *("status", "problem", "utterances", "first_s", "last_s", "speech_seconds"),
    *("untrusted_utterances", "untrusted"),
)
"""Columns of every row of a source's voices, whatever was heard."""
PARTS = ("share", "seconds", "utterances")
"""Of an answer: its part of the trusted speech, its seconds, and in how many utterances it was given."""


@dataclass(slots=True)
class Answers:
    """What one task says of a source's utterances, those that can be trusted."""

    sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """"happy" or "raw_happy" to its probability over time."""
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Label to its time."""
    times: Counter[str] = field(default_factory=Counter)
    """Label to its utterances."""

    def add(self, reading: Mapping[str, Any], seconds: float) -> None:
        """Count one utterance."""
        self.seconds[reading["label"]] += seconds
        self.times[reading["label"]] += 1
        for begin, values in (("", reading["probabilities"]), ("raw_", reading.get("raw") or {})):
            for name, value in values.items():
                self.sums[begin + name] += seconds * (value or 0.0)

    def tell(self, task: str, line: Line) -> None:
        """Put it into a row."""
        whole_s = sum(self.seconds.values()) or 1.0
        line.cells[task + LABEL] = _longest(self.seconds)
        for name, total in self.sums.items():
            line.cells[f"{task}_{name}_mean"] = round(total / whole_s, 6)
        for label, seconds in self.seconds.items():
            told = (round(seconds / whole_s, 6), round(seconds, 3), self.times[label])
            line.cells |= {f"{task}_{label}_{part}": v for part, v in zip(PARTS, told, strict=True)}
        line.idle[task] = {"share": 0.0, "seconds": 0.0, "utterances": 0}
        for part in PARTS[:2]:
            line.nested[f"{task}{LABEL}_{part}"] = {
                label: line.cells[f"{task}_{label}_{part}"] for label in self.seconds
            }


def _longest(seconds: Mapping[str, float]) -> str | None:
    """The answer that was heard longest, "uncertain" only where there is no other."""
    return vote(Counter({name: round(1000 * value) for name, value in seconds.items()}), (UNCERTAIN,))


@dataclass(slots=True)
class Speech:
    """What is heard in one source."""

    source: str
    utterances: int = 0
    first_s: float | None = None
    last_s: float | None = None
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    answers: defaultdict[str, Answers] = field(default_factory=lambda: defaultdict(Answers))
    early: defaultdict[str, Answers] = field(default_factory=lambda: defaultdict(Answers))
    """Of utterances before a reference of the voice was known; they count where there are no others."""
    numbers: set[int] = field(default_factory=set)
    """Those of the utterances."""

    def add(self, span: Mapping[str, Any]) -> None:
        """Count one utterance.

        Raises:
            ValueError: It was counted before, or its times can't be.
        """
        number, start_s, end_s = span["span"], span["start_s"], span["end_s"]
        if number in self.numbers:
            raise ValueError(f"utterance {number} is there twice: leave out rows that are there twice")
        if start_s is None or end_s is None or end_s < start_s:
            raise ValueError(f"utterance {number} is from {start_s} to {end_s} s: mend or remove its row")
        if number is not None:
            self.numbers.add(number)
        self.utterances += 1
        self.first_s = start_s if self.first_s is None else min(self.first_s, start_s)
        self.last_s = end_s if self.last_s is None else max(self.last_s, end_s)
        self.seconds += end_s - start_s
        if (reason := (span["quality"] or {}).get("reason")) is not None:
            self.reasons[str(reason)] += 1
            return
        for task, reading in readings_of(span):
            early = reading.get(AGAINST_REFERENCE) is False
            (self.early if early else self.answers)[task].add(reading, end_s - start_s)

    def line(self) -> Line:
        """What is known of it, for a row."""
        line = Line(
            {
                "source": self.source,
                "status": "done" if self.utterances else "nobody speaks",
                "utterances": self.utterances,
                "first_s": self.first_s,
                "last_s": self.last_s,
                "speech_seconds": rounded(self.seconds),
                "untrusted_utterances": self.reasons.total(),
                "untrusted": reasons_of(self.reasons),
            }
        )
        line.nested["untrusted"] = dict(self.reasons)
        for task, answers in {**self.early, **self.answers}.items():
            answers.tell(task, line)
        for task in self.early.keys() & self.answers.keys():
            line.cells[f"{task}_before_reference"] = self.early[task].times.total()
        return line


def readings_of(span: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The readings of an utterance that are one of several classes, by task."""
    for task, reading in span.items():
        if isinstance(reading, Mapping) and reading.get("label") and reading.get("probabilities"):
            yield task, reading


@dataclass(frozen=True, slots=True)
class Heard:
    """The voices of all sources, summed up."""

    lines: list[Line]
    """A row a source."""
    ways: dict[str, str]
    """The columns of all tasks, to the task whose answers they count, or ""."""


def heard_tasks(path: Located) -> tuple[str, ...]:
    """The tasks that a run read in voices, as OUT.run says."""
    return tuple(dict.fromkeys(task for head in made_by(path) for task in head.get("heard") or ()))


def sum_voices(path: Located, ends: Iterable[Outcome] | None, raw: bool) -> Heard | None:
    """Sum the voices of a results file up.

    Args:
        path: The results.
        ends: What became of its sources; None where that isn't known.
        raw: Whether values without a reference of the voice are summed up, too.

    Returns:
        None where it holds no voices, and nothing says that they were listened to.

    Raises:
        DataError: An utterance is there twice, as in a file that was joined by hand, or has no times.
    """
    tasks = heard_tasks(path)
    classes: dict[str, dict[str, None]] = {task: _declared(path, task) for task in tasks}
    speeches: dict[str, Speech] = {}
    for span in read_spans(path):
        source = str(span["source"])
        try:
            speeches.setdefault(source, Speech(source)).add(span)
        except ValueError as error:
            raise DataError(f"{path}: {source}: {error}") from error
        for task, reading in readings_of(span):
            classes.setdefault(task, {}).update(dict.fromkeys(reading["probabilities"]))
    if not speeches and not tasks:
        return None
    lines = list(_with_ends(speeches, ends))
    ways = {name: way for task, known in classes.items() for name, way in _columns(task, known, raw)}
    early = [name for name in _before(lines) if name not in ways]
    return Heard(lines, {**ways, **dict.fromkeys(early, "")})


def _declared(path: Located, task: str) -> dict[str, None]:
    """The classes of a task, as the head names them."""
    own = [head.get("columns", {}).get(task, {}) for head in made_by(path)]
    names = (name for columns in own for name, kind in columns.items() if kind == "number")
    return dict.fromkeys(name for name in names if not name.startswith("raw_"))


def _columns(task: str, classes: Iterable[str], raw: bool) -> Iterator[tuple[str, str]]:
    """The columns of a task, with the task where what they hold may be nothing."""
    yield task + LABEL, ""
    for name in classes:
        yield f"{task}_{name}_mean", ""
        yield from ((f"{task}_{name}_{part}", task) for part in PARTS)
    yield from ((f"{task}_{UNCERTAIN}_{part}", task) for part in PARTS)
    if raw:
        yield from ((f"{task}_raw_{name}_mean", "") for name in classes)


def _before(lines: Iterable[Line]) -> list[str]:
    """The columns of utterances before a reference was known."""
    return list(
        dict.fromkeys(name for line in lines for name in line.cells if name.endswith("_before_reference"))
    )


def _with_ends(speeches: Mapping[str, Speech], ends: Iterable[Outcome] | None) -> Iterator[Line]:
    """A row a source, with how it ended; sources in which nobody speaks, or that failed, too."""
    known = {end.source: end for end in ends or ()}
    for source in {**speeches, **known}:
        line = speeches.get(source, Speech(source)).line()
        end = known.get(source)
        problem: Cell = end.problem if end else None
        if end is None and known:
            problem = "not finished: run the same analyze command again"
        if problem:
            line.cells["problem"] = problem
            line.cells["status"] = "failed" if end and end.failed else "partial"
        yield line
