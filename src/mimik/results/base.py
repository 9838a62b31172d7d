"""What every results format offers, and the table of formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast

from mimik.errors import OutputError
from mimik.tables import load_entry
from mimik.types import FrameResult, RunInfo, SpanResult

FORMATS: dict[str, str] = {
    ".jsonl": "mimik.results.jsonl:Jsonl",
    ".csv": "mimik.results.csv:Csv",
    ".parquet": "mimik.results.parquet:Parquet",
}
"""Suffix of a results file to "module:class"."""


class Format(Protocol):
    """How results become bytes. Built from what made them: ``Jsonl(info)``."""

    staged: bool
    """Whether rows are gathered beside the output first, and published when all are there."""

    def header(self) -> bytes:
        """What a file begins with."""
        ...

    def encode(self, result: FrameResult | SpanResult) -> bytes:
        """One frame, or one utterance, as whole records."""
        ...

    def publish(self, rows: Path, path: Path) -> None:
        """Make the output from the gathered rows, under another name first; staged formats only."""
        ...

    def check(self, path: Path) -> None:
        """Raise a DataError unless an output can be read to its end; staged formats only."""
        ...

    def unpublish(self, path: Path, rows: Path) -> None:
        """Make the gathered rows from an output, to add to it; staged formats only."""
        ...


class Writer(Protocol):
    """Takes results, frame by frame. Use it in a ``with`` block."""

    def write(self, result: FrameResult | SpanResult) -> None:
        """Add one frame, or one utterance."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def load_format(path: Path, info: RunInfo) -> Format:
    """The format that a file's suffix names.

    Raises:
        OutputError: No format has this suffix.
        MissingExtraError: Its optional dependency isn't installed.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        got = f"not {suffix!r}" if suffix else "it has no suffix"
        raise OutputError(f"{path}: results can be written as {', '.join(FORMATS)}; {got}")
    build = cast("Callable[[RunInfo], Format]", load_entry(FORMATS, suffix, "results format"))
    return build(info)
