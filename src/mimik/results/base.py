"""What every results format offers, and the table of formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast

from mimik.errors import OutputError
from mimik.tables import load_entry
from mimik.types import FrameResult, RunInfo, SpanResult

FORMATS: dict[str, str] = {
    ".jsonl": "mimik.results.jsonl:Jsonl",
    ".csv": "mimik.results.csv:csv_format",
    ".parquet": "mimik.results.parquet:parquet_format",
}
"""Suffix of a results file to "module:what builds its format"."""


class Format(Protocol):
    """How results become bytes. Built from what makes them: ``Jsonl(info)``."""

    staged: bool
    """Whether rows are gathered beside the output first, and published when all are there."""

    def header(self) -> bytes:
        """What a file begins with."""
        ...

    def encode(self, result: FrameResult | SpanResult) -> bytes:
        """One frame, or one utterance, as whole records."""
        ...

    def files(self, path: Path) -> tuple[Path, ...]:
        """All files of an output: itself first, then those beside it."""
        ...

    def is_span(self, record: bytes) -> bool:
        """Whether a record tells of an utterance."""
        ...

    def publish(self, rows: Path, path: Path) -> None:
        """Make the output from the gathered rows, under other names first; staged formats only."""
        ...

    def check(self, path: Path, size: int) -> None:
        """Make sure that an output stands for so many bytes of gathered rows; staged formats only.

        Raises:
            DataError: It is torn, or a part of it is gone.
        """
        ...

    def unpublish(self, path: Path, rows: Path, sources: Sequence[str]) -> None:
        """Make the gathered rows from an output, source by source, to add to it; staged formats only.

        Raises:
            DataError: It isn't as it was written.
        """
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
