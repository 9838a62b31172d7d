"""What every executor offers, and the table of executors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from mimik.tables import load_entry

if TYPE_CHECKING:
    from mimik.runs.merge import Merger
    from mimik.runs.reader import Make

EXECUTORS: dict[str, str] = {
    "here": "mimik.runs.here:run",
    "workers": "mimik.runs.workers:run",
}
"""Name of an executor to "module:function": this process, and several processes of this machine."""


class Executor(Protocol):
    """Reads sources wherever it likes, and hands what was read to the merger, in parts or as it comes."""

    def __call__(self, sources: Sequence[str], make: Make, merger: Merger, workers: int) -> None:
        """Read all sources, unless Ctrl-C ends a live one.

        Args:
            sources: One or more, in the order of the results.
            make: Builds what reads them, once in each process.
            merger: Waits for these sources, and for no others.
            workers: Processes at most, 1 or more.

        Raises:
            OutputError: The results can't be written.
            MimikError: What reads the sources can't be built.
            KeyboardInterrupt: Ctrl-C, unless in a live source.
        """
        ...


def load_executor(name: str) -> Executor:
    """The executor of that name."""
    return cast("Executor", load_entry(EXECUTORS, name, "executor"))
