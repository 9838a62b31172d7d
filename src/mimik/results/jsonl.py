"""JSON lines: one line a frame or utterance, everything in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mimik.types import FrameResult, RunInfo, SpanResult


class Jsonl:
    """FrameResult.to_dict() or SpanResult.to_dict() as a line of UTF-8."""

    staged = False

    def __init__(self, info: RunInfo) -> None:
        del info  # A line names all that it holds.

    def header(self) -> bytes:
        """Nothing: the first line is the first frame."""
        return b""

    def encode(self, result: FrameResult | SpanResult) -> bytes:
        """One line."""
        text = json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False)
        # A file name that isn't UTF-8 holds lone surrogates: as \udcxx they are valid JSON.
        return text.encode("utf-8", "backslashreplace") + b"\n"

    def files(self, path: Path) -> tuple[Path, ...]:
        """The output alone."""
        return (path,)

    def is_span(self, record: bytes) -> bool:
        """Whether a line tells of an utterance."""
        return record.startswith(b'{"type": "span"')

    def publish(self, rows: Path, path: Path) -> None:
        """Nothing: lines are written where they belong."""

    def check(self, path: Path, size: int) -> None:
        """Nothing: the journal's sizes tell."""

    def unpublish(self, path: Path, rows: Path, sources: Sequence[str]) -> None:
        """Nothing: lines are written where they belong."""
