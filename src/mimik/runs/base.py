"""What every executor offers, the table of executors, and the engines that a user chooses from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from mimik.errors import UnknownNameError
from mimik.tables import load_entry

if TYPE_CHECKING:
    from mimik.runs.merge import Merger
    from mimik.runs.reader import Make

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


class Executor(Protocol):
    """Reads sources wherever it likes, and hands what was read to the merger, in parts or as it comes."""

    def __call__(self, sources: Sequence[str], make: Make, merger: Merger, workers: int | None) -> None:
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
