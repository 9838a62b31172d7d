"""What every executor offers, the table of executors, and the engines that a user chooses from."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Protocol, cast

from mimik.errors import UnknownNameError
from mimik.results.base import Format
from mimik.runs.parts import Piece
from mimik.runs.reader import Make, Outcome, Resume, SourceReader
from mimik.tables import load_entry

EXECUTORS: dict[str, str] = {
    "here": "mimik.runs.here:run",
    "workers": "mimik.runs.workers:run",
    "ray": "mimik.runs.ray.pool:run",
}
"""Name of an executor to "module:function": this process, several processes of this machine, and those of
a Ray cluster."""
LOCAL = "local"
"""The engine that is this machine: the executor "here", or "workers" where there are several."""
ENGINES = (LOCAL, "ray")
"""What a user chooses from; all but LOCAL are executors."""


class Part(Protocol):
    """A source's part that is being written."""

    resume: Resume | None
    """Where the source goes on, if some of it is safe."""

    def add(self, piece: Piece) -> None:
        """Add records.

        Raises:
            OutputError: They can't be written.
        """
        ...

    def end(self, outcome: Outcome) -> Outcome:
        """Say that the part is whole, unless the source has failed; returns how it ended. Raises as add."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class PartsPlace(Protocol):
    """Where whole sources are written, each by itself; picklable."""

    @property
    def anywhere(self) -> bool:
        """Whether any machine may write there; if not, only this one, and those that share its folders."""
        ...

    def prepare(self) -> None:
        """Make the place, once and before any part is written; raises as gather."""
        ...

    def form(self) -> Format:
        """The format of records; to be asked for once in each process."""
        ...

    def gather(self, source: str) -> Part:
        """Begin a source's part, or go on with what is safe of it.

        Raises:
            OutputError: It can't be written.
        """
        ...

    def writing(self, reader: SourceReader, form: Format) -> Generator[int, None, Outcome]:
        """Read a source to its end into its part.

        Yields:
            Now and then how many frames there are.

        Returns:
            How it ended.

        Raises:
            OutputError: It can't be written, nor could a further one.
        """
        ...

    def write(self, reader: SourceReader, form: Format, tell: Callable[[int], None]) -> Outcome:
        """The same, telling instead of yielding."""
        ...


class Merging(Protocol):
    """Takes each source once: as it is read in this process, or when it has become a part."""

    @property
    def waiting(self) -> bool:
        """Whether sources are missing."""
        ...

    @property
    def parts(self) -> PartsPlace:
        """Where parts are written."""
        ...

    def tick(self, source: str, frames: int) -> None:
        """A part has grown to so many frames."""
        ...

    def add(self, source: str, outcome: Outcome) -> None:
        """Take a source whose part is whole, or that has failed.

        Raises:
            OutputError: The results can't be written.
        """
        ...

    def stream(self, reader: SourceReader) -> bool:
        """Read a source here, and take it; returns whether there may be more. Raises as add."""
        ...


class Executor(Protocol):
    """Reads sources wherever it likes, and hands what was read to the merger, in parts or as it comes."""

    def __call__(self, sources: Sequence[str], make: Make, merger: Merging, workers: int | None) -> None:
        """Read all sources, unless Ctrl-C ends a live one.

        Args:
            sources: One or more, in the order of the results.
            make: Builds what reads them, once in each process.
            merger: Waits for these sources, and for no others.
            workers: Processes at most, 1 or more; None for as many as there is room for.

        Raises:
            OutputError: The results can't be written.
            MimikError: What reads the sources can't be built, or no worker can begin.
            KeyboardInterrupt: Ctrl-C, unless in a live source.
        """
        ...


def load_executor(name: str) -> Executor:
    """The executor of that name."""
    return cast("Executor", load_entry(EXECUTORS, name, "executor"))


def executor_of(engine: str, workers: int | None, sources: int) -> str:
    """The executor that is an engine's.

    Args:
        engine: One of ENGINES.
        workers: Processes at most.
        sources: How many there are to read.

    Raises:
        UnknownNameError: There is no such engine.
    """
    if engine not in ENGINES:
        raise UnknownNameError("engine", engine, ENGINES)
    if engine != LOCAL:
        return engine
    return "workers" if (workers or 1) > 1 and sources > 1 else "here"
