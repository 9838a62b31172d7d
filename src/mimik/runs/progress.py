"""How a batch of sources goes on and ends; shared by the ways to run one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeAlias

from mimik.errors import MimikError, OutputError
from mimik.types import FrameResult

Analyse: TypeAlias = Callable[[str], Generator[FrameResult, None, str | None]]
"""Yields a source's frames and returns why it ended early, or None."""
Make: TypeAlias = Callable[[], Analyse]
"""Builds the analyser; called once in each process, so it must be picklable for several."""

_log = logging.getLogger(__name__)


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


@dataclass(slots=True)
class BatchReport:
    """How a batch ended."""

    done: int = 0
    """Sources that this run finished, those in part included."""
    skipped: int = 0
    """Sources that an earlier run had finished."""
    frames: int = 0
    """Frames that this run wrote."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Sources without results, and why."""
    partial: list[tuple[str, str]] = field(default_factory=list)
    """Sources that ended early (by an earlier run too), and why."""
    earlier: list[str] = field(default_factory=list)
    """Sources whose results an earlier run made, those included that only waited to be written."""
    interrupted: bool = False
    """Whether Ctrl-C ended it."""

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.failed or self.partial or self.interrupted)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one source ended."""

    frames: int
    """Frames that it gave."""
    problem: str | None = None
    """Why it failed or ended early."""
    last: FrameResult | None = None
    """Its last frame."""

    @property
    def failed(self) -> bool:
        """Whether there is nothing of it."""
        return self.problem is not None and self.frames == 0


class Tally:
    """Keeps the report and tells the progress."""

    def __init__(self, total: int, skipped: int, on_progress: Callable[[Progress], None] | None) -> None:
        self.report = BatchReport(skipped=skipped)
        self._total = total
        self._through = skipped
        self._on_progress = on_progress

    def tick(self, source: str, frames: int, last: FrameResult | None = None) -> None:
        """A source has gone on."""
        if self._on_progress:
            self._on_progress(Progress(source, frames, False, self._through, self._total, None, last))

    def close(self, source: str, outcome: Outcome) -> None:
        """A source has ended."""
        self._through += 1
        self.report.frames += outcome.frames
        if outcome.failed:
            self.report.failed.append((source, outcome.problem or ""))
        else:
            self.report.done += 1
            if outcome.problem:
                self.report.partial.append((source, outcome.problem))
        if self._on_progress:
            end = (outcome.problem, outcome.last)
            self._on_progress(Progress(source, outcome.frames, True, self._through, self._total, *end))


class SourceReader:
    """Goes through one source and keeps what went wrong."""

    def __init__(self, analyse: Analyse, source: str) -> None:
        self._analyse = analyse
        self._source = source
        self._problem: str | None = None
        self._last: FrameResult | None = None
        self.count = 0
        """Frames that were taken, counted by the taker."""

    def frames(self) -> Generator[FrameResult, None, None]:
        """The source's frames; its errors end it, and are kept.

        Raises:
            OutputError: A picture of it can't be written.
        """
        try:
            with closing(self._analyse(self._source)) as stream:
                while True:
                    self._last = next(stream)
                    yield self._last
        except StopIteration as stop:
            self._problem = stop.value
        except OutputError:
            raise
        except MimikError as error:
            self._problem = str(error)
        except Exception as error:  # One bad item must not end a batch of thousands.
            _log.exception("unexpected error in %s", self._source)
            self._problem = f"{self._source}: unexpected {type(error).__name__}: {error}"

    def outcome(self) -> Outcome:
        """How it ended."""
        return Outcome(self.count, self._problem, self._last)
