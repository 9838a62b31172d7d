"""Utterances that no network made, for tests of what becomes of what was heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from mimik.readings import ClassReading
from mimik.runs.writer import open_writer
from mimik.types import FrameResult, RunInfo, SpanQuality, SpanResult
from synthetic_results import INFO, class_columns, class_reading

VOICES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "calm", "bored")
HEARD = replace(
    INFO,
    detector=None,
    tasks=("voice",),
    heard=("voice",),
    models={"voice": {"name": "voice.test", "version": "1", "sha256": "cd"}},
    columns={"voice": class_columns(*VOICES)},
)
"""What made a run of voices alone."""
BOTH = replace(
    INFO, tasks=(*INFO.tasks, "voice"), heard=("voice",), columns={**INFO.columns, **HEARD.columns}
)
"""What made a run of faces and voices."""


def make_span(
    source: str = "a.wav",
    span: int = 0,
    start_s: float = 0.0,
    end_s: float = 1.0,
    label: str = "happy",
    share: float = 0.8,
    reason: str | None = None,
) -> SpanResult:
    """An utterance; its voice is uncertain where the share is below 0.4."""
    reading: ClassReading = class_reading(label, share, VOICES)
    return SpanResult(source, span, start_s, end_s, SpanQuality(0.9, -22.0, reason), {"voice": reading})


def write(path: Path, results: Iterable[FrameResult | SpanResult], info: RunInfo = HEARD) -> Path:
    """A results file with what made it, and no word on its sources."""
    with open_writer(path, info) as writer:
        for result in results:
            writer.write(result)
    return path
