"""Made-up utterances beside the frames of synthetic_results, for tests of what comes after the pipeline."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

from mimik.runs.reader import Ending, Read
from mimik.types import FrameResult, RunInfo, SpanQuality, SpanResult
from synthetic_results import INFO, class_columns, class_reading, random_results

VOICES = ("angry", "happy", "sad", "neutral", "bored")
OF_VOICE = {"voice": class_columns(*VOICES)}
HEARD = replace(INFO, detector=None, tasks=("voice",), heard=("voice",), columns=OF_VOICE)
"""What makes results of voices alone."""
BOTH: RunInfo = replace(
    INFO, tasks=(*INFO.tasks, "voice"), heard=("voice",), columns={**INFO.columns, **OF_VOICE}
)
"""The same of faces and voices."""


def make_span(
    source: str = "a.mp4", number: int = 0, start_s: float = 0.5, *, label: str = "sad", share: float = 0.7
) -> SpanResult:
    quality = SpanQuality(0.9, -20.5, "too short" if number % 3 == 2 else None)
    return SpanResult(
        source, number, start_s, start_s + 1.25, quality, {"voice": class_reading(label, share, VOICES)}
    )


def random_spans(source: str, spans: int) -> Iterator[SpanResult]:
    """So many utterances, the same for the same source."""
    chance = random.Random(source)
    for number in range(spans):
        share = round(chance.uniform(0.2, 0.99), 3)
        yield make_span(source, number, 2.0 * number - 0.25, label=chance.choice(VOICES), share=share)


def seen_and_heard(source: str, frames: int = 8, spans: int = 3) -> list[FrameResult | SpanResult]:
    """A clip's frames, with utterances among them."""
    results: list[FrameResult | SpanResult] = [*random_results(source, frames)]
    for span in random_spans(source, spans):
        results.insert(min(len(results), 3 * span.span + 1), span)
    return results


@dataclass(frozen=True)
class Hearer:
    """Stands where the pipeline will; picklable. A source's name says what it has."""

    frames: int = 8
    spans: int = 3
    dumb: frozenset[str] = field(default_factory=frozenset)
    """Sources in which nobody speaks."""
    dark: frozenset[str] = field(default_factory=frozenset)
    """Sources that are sound alone."""

    def __call__(self) -> Hearer:
        return self

    def results(self, source: str) -> list[FrameResult | SpanResult]:
        """All that a source gives."""
        frames, spans = 0 if source in self.dark else self.frames, 0 if source in self.dumb else self.spans
        return [replace(one, source=source) for one in seen_and_heard(ascii(source), frames, spans)]

    def analyse(self, source: str) -> Generator[Read, None, Ending]:
        yield from map(Read, self.results(source))
        return Ending()
