"""One source, read to its end: its frames, and what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeAlias

from mimik.errors import MimikError, OutputError
from mimik.types import FrameResult

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """One frame that was read."""

    result: FrameResult
    """Its faces and their readings."""
    expected: int | None = None
    """Frames that its source says it has."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What there is to say of a source that has been read."""

    problem: str | None = None
    """Why it ended early."""
    note: str | None = None
    """What else a user must know; nothing is missing for it."""


Analyse: TypeAlias = Callable[[str], Generator[Read, None, Ending | None]]
"""Yields a source's frames and returns what there is to say of it, or None."""
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

    @property
    def failed(self) -> bool:
        """Whether there is nothing of it."""
        return self.problem is not None and self.frames == 0


class SourceReader:
    """Goes through one source and keeps what went wrong."""

    def __init__(self, analyse: Analyse, source: str) -> None:
        self.source = source
        self._analyse = analyse
        self._ending = Ending()
        self._last: FrameResult | None = None
        self.count = 0
        """Frames that were taken, counted by the taker."""

    def frames(self) -> Generator[Read, None, None]:
        """The source's frames; its errors end it, and are kept.

        Raises:
            OutputError: A picture of it can't be written.
        """
        try:
            with closing(self._analyse(self.source)) as stream:
                while True:
                    read = next(stream)
                    self._last = read.result
                    yield read
        except StopIteration as stop:
            self._ending = stop.value or self._ending
        except OutputError:
            raise
        except MimikError as error:
            self._ending = Ending(str(error))
        except Exception as error:  # One bad item must not end a batch of thousands.
            _log.exception("unexpected error in %s", self.source)
            self._ending = Ending(f"{self.source}: unexpected {type(error).__name__}: {error}")

    def outcome(self) -> Outcome:
        """How it ended."""
        return Outcome(self.count, self._ending.problem, self._last, self._ending.note)
