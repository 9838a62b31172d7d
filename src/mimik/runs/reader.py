"""One source, read to its end: its frames, and what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mimik.errors import MimikError, OutputError, StoreError
from mimik.types import FrameResult, SpanResult

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """One frame that was read, or one utterance that was heard."""

    result: FrameResult | SpanResult
    """Its faces and their readings, or what was heard."""
    expected: int | None = None
    """Frames that its source says it has."""
    snapshot: Callable[[], bytes] | None = None
    """Gives, until the next frame is asked for, what reading can go on from; None where it can't."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where the reading of a source goes on."""

    frames: int
    """Frames that are there already."""
    state: bytes
    """What Read.snapshot gave after the last of them."""
    spans: int = 0
    """Utterances that are there already."""


@dataclass(frozen=True, slots=True)
class About:
    """What a source's file says of itself; what isn't known, or goes without saying, is None or empty."""

    left_out: tuple[str, ...] = ()
    """What it holds beside what was read: "3 further pages"."""
    offset_s: float | None = None
    """Seconds from the beginning of its container, be it sound, to its first picture, if it isn't 0."""
    created_at: str | None = None
    """When it was recorded (ISO 8601)."""
    sync: Mapping[str, str | float] | None = None
    """Whether its sound is in time with the mouths in view, as Verdict.to_dict() says it; None where nobody
    asked."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What there is to say of a source that has been read."""

    problem: str | None = None
    """Why it ended early."""
    note: str | None = None
    """What else a user must know; nothing is missing for it."""
    about: About = About()
    """What its file says of it."""
    stopped: bool = False
    """Whether Ctrl-C ended it, which it may where it is live; all that it had is given."""
    again: bool = False
    """Whether nothing of it counts, so that the next run reads it from its beginning."""


class Analyse(Protocol):
    """Yields a source's frames and returns what there is to say of it, or None."""

    def __call__(self, source: str, /, resume: Resume | None = None) -> Generator[Read, None, Ending | None]:
        """Read a source, or go on with it.

        Args:
            source: Its name.
            resume: Given only if a frame of it had a snapshot.
        """
        ...


Make: TypeAlias = Callable[[], Analyse]
"""Builds the analyser; called once in each process, so it must be picklable for several."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one source ended."""

    frames: int
    """Frames that it gave."""
    problem: str | None = None
    """Why it failed or ended early."""
    last: FrameResult | None = None
    """Its last frame."""
    note: str | None = None
    """What else a user must know of it."""
    about: About = About()
    """What its file says of it."""
    spans: int = 0
    """Utterances that it gave."""

    @property
    def failed(self) -> bool:
        """Whether there is nothing of it."""
        return self.problem is not None and not self.frames and not self.spans


class SourceReader:
    """Goes through one source and keeps what went wrong."""

    def __init__(self, analyse: Analyse, source: str) -> None:
        self.source = source
        self._resume: Resume | None = None
        self._analyse = analyse
        self._ending = Ending()
        self._last: FrameResult | None = None
        self.count = 0
        """Frames that were taken, counted by the taker."""
        self.spans = 0
        """Utterances likewise."""

    def go_on(self, resume: Resume) -> None:
        """Begin after the frames that are there already."""
        self._resume, self.count, self.spans = resume, resume.frames, resume.spans

    def took(self, read: Read) -> None:
        """Count what was taken."""
        if isinstance(read.result, SpanResult):
            self.spans += 1
        else:
            self.count += 1
            self._last = read.result

    @property
    def stopped(self) -> bool:
        """Whether Ctrl-C ended it, and it gave all that it had."""
        return self._ending.stopped

    def frames(self) -> Generator[Read, None, None]:
        """The source's frames; its errors end it, and are kept.

        Raises:
            OutputError: A picture of it can't be written.
        """
        try:
            more = {"resume": self._resume} if self._resume else {}
            with closing(self._analyse(self.source, **more)) as stream:
                self._ending = (yield from stream) or self._ending
        except OutputError:
            raise
        except StoreError as error:  # The next run may fare better, and half a source would stay half.
            self._ending = Ending(str(error), again=True)
        except MimikError as error:
            self._ending = Ending(str(error))
        except Exception as error:  # One bad item must not end a batch of thousands.
            _log.exception("unexpected error in %s", self.source)
            self._ending = Ending(f"{self.source}: unexpected {type(error).__name__}: {error}")

    def outcome(self) -> Outcome:
        """How it ended."""
        end = self._ending
        if end.again:
            return Outcome(0, end.problem)
        return Outcome(self.count, end.problem, self._last, end.note, end.about, self.spans)
