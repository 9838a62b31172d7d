"""How a batch of sources goes on and ends, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mimik.runs.reader import Outcome, Read
from mimik.temporal.sync import UNKNOWN
from mimik.types import FrameResult, SpanResult


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is."""

    source: str
    """The source at work."""
    frames: int
    """Its frames so far."""
    finished: bool
    """Whether it is through."""
    done: int
    """Sources that are through, those of earlier runs included."""
    total: int
    """Sources in all."""
    problem: str | None = None
    """Why it failed or ended early."""
    last: FrameResult | None = None
    """Its newest frame; with several workers, only once it is finished."""
    expected: int | None = None
    """Frames that the source says it has; None if it doesn't, or with several workers."""
    note: str | None = None
    """What else a user must know of a source that is through."""
    spans: int = 0
    """Its utterances so far; with several workers, only once it is finished."""
    heard: SpanResult | None = None
    """Its newest utterance, if that is what is told."""


@dataclass(slots=True)
class BatchReport:
    """How a batch ended."""

    done: int = 0
    """Sources that this run finished, those in part included."""
    skipped: int = 0
    """Sources that an earlier run had finished."""
    frames: int = 0
    """Frames that this run wrote."""
    spans: int = 0
    """Utterances that this run wrote."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Sources without results, and why."""
    partial: list[tuple[str, str]] = field(default_factory=list)
    """Sources that ended early (by an earlier run too), and why."""
    notes: list[tuple[str, str]] = field(default_factory=list)
    """Sources of which a user must know something else, and what: that no face at rest was found, say."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """What was named and isn't read, and why: files of unknown kind in a folder, further pages of a TIFF."""
    earlier: list[str] = field(default_factory=list)
    """Sources whose results an earlier run made, those included that only waited to be written."""
    unjudged: int = 0
    """Sources of which it can't be known whether their sound is in time with the mouths in view."""
    interrupted: bool = False
    """Whether Ctrl-C ended it."""

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.failed or self.partial or self.interrupted)


class Tally:
    """Keeps the report and tells the progress."""

    def __init__(self, total: int, skipped: int, on_progress: Callable[[Progress], None] | None) -> None:
        self.report = BatchReport(skipped=skipped)
        self._total = total
        self._through = skipped
        self._on_progress = on_progress

    def tick(self, source: str, frames: int, read: Read | None = None, spans: int = 0) -> None:
        """A source has gone on; read is its newest frame or utterance, if that is known."""
        if self._on_progress:
            result, expected = (read.result, read.expected) if read else (None, None)
            heard = result if isinstance(result, SpanResult) else None
            last = result if isinstance(result, FrameResult) else None
            at = (source, frames, False, self._through, self._total, None, last, expected)
            self._on_progress(Progress(*at, spans=spans, heard=heard))

    def close(self, source: str, outcome: Outcome) -> None:
        """A source has ended."""
        self._through += 1
        self.report.frames += outcome.frames
        self.report.spans += outcome.spans
        if outcome.failed:
            self.report.failed.append((source, outcome.problem or ""))
        else:
            self.report.done += 1
            if outcome.problem:
                self.report.partial.append((source, outcome.problem))
        self.report.unjudged += (outcome.about.sync or {}).get("verdict") == UNKNOWN
        self.report.left_out += [(source, what) for what in outcome.about.left_out]
        if outcome.note:
            self.report.notes.append((source, outcome.note))
        if self._on_progress:
            end = (outcome.problem, outcome.last, None, outcome.note, outcome.spans)
            self._on_progress(Progress(source, outcome.frames, True, self._through, self._total, *end))
