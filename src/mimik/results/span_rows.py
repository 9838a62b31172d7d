"""A flat row an utterance: the columns that tables of spans and DataFrames share, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.readings import Kind
from mimik.results.head import MARK
from mimik.results.places import place_readings
from mimik.results.rows import Row, flat_reading, own_kinds
from mimik.types import RunInfo

SPAN_KINDS: dict[str, Kind] = {
    **{"source": "text", "span": "whole", "start_s": "number", "end_s": "number"},
    **{"speech": "number", "level_db": "number", "reliable": "truth", "reason": "text"},
}
SPAN_COLUMNS = tuple(SPAN_KINDS)
"""The columns of every row; each task's follow, its name before them ("voice_label")."""
SPAN_PLACE, _QUALITY = SPAN_COLUMNS[:4], SPAN_COLUMNS[4:]
"""Those that say where it is, without which a table isn't one of spans; and how well it can be heard."""
SPAN_KEYS = frozenset({"type", "quality", *SPAN_PLACE})
"""What a span's dict holds besides its tasks."""


def spans_beside(output: Path) -> Path:
    """Where the spans of a run lie whose faces are in a table: talk.spans.csv of talk.csv."""
    return output.with_name(f"{output.stem}{MARK}{output.suffix}")


def kinds_of_spans(info: RunInfo) -> dict[str, Kind]:
    """All columns of a run's rows of spans, in order, and what each holds."""
    return {**SPAN_KINDS, **own_kinds(info, info.heard)}


def is_span(line: Mapping[str, Any]) -> bool:
    """Whether a line tells of an utterance, not of a frame."""
    return line.get("type") == "span"


def flatten_span(span: Mapping[str, Any]) -> Row:
    """The row of an utterance.

    Args:
        span: SpanResult.to_dict(), or a line of a JSONL results file.
    """
    quality: Mapping[str, Any] = span["quality"] or {}
    row: Row = {name: span[name] for name in SPAN_PLACE}
    row.update((name, quality.get(name)) for name in _QUALITY)
    for task, reading in span.items():
        if task not in SPAN_KEYS:
            flat_reading(row, task, reading)
    return row


def span_of(row: Row) -> dict[str, Any]:
    """An utterance as SpanResult.to_dict() has it: the way back from flatten_span."""
    span: dict[str, Any] = {"type": "span", **{name: row[name] for name in SPAN_PLACE}}
    span["quality"] = {name: row.get(name) for name in _QUALITY}
    place_readings(span, row, SPAN_COLUMNS)
    return span
