"""Utterances of a video wait until the pictures have come as far, and are fused with the speaker's face."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.listen import Listener
from mimik.pipeline.session import StreamSession
from mimik.pipeline.snapshot import from_bytes, to_bytes
from mimik.readings import FACE_VOICE
from mimik.tasks.loaded import LoadedModel
from mimik.temporal.face_voice import FaceVoice, why_not
from mimik.temporal.fusion_model import read_fusion
from mimik.temporal.lag import EDGE, LAGS, MARGIN_S, Match
from mimik.temporal.speaker import STILL, Sights
from mimik.temporal.sync import Sync, Verdict
from mimik.types import FrameResult, RunInfo, SpanResult
from mimik.voice.level import LEVEL_RATE, Levels

NOT_FREE = "face and voice aren't fused: what fuses them may not be used in products"
LATE_S = 2.0
"""How much longer than the longest utterance faces are kept: it is told after a pause."""
LIVE_LATE_S = 20.0
"""The same of what is live, where sound is heard beside the pictures."""
REACH_S = (LAGS + EDGE) / LEVEL_RATE + MARGIN_S
"""How much earlier and later than an utterance faces are looked at, to see whether its sound is in time."""
HOLD_S = 90.0
"""How long an utterance waits for that to be known. Then it is fused as it is."""
SEEN = 0.8
"""Share of an utterance in which its speaker's mouth must be seen for that."""


def joined(seen: RunInfo | None, heard: RunInfo | None) -> RunInfo:
    """What makes results of faces and of voices, one or both.

    Raises:
        ValueError: Neither is.
    """
    if seen is None or heard is None:
        if (only := seen or heard) is None:
            raise ValueError("faces or voices are read")
        return only
    return replace(
        seen,
        tasks=(*seen.tasks, *heard.tasks),
        models={**seen.models, **heard.models},
        settings={**heard.settings, **seen.settings},
        columns={**seen.columns, **heard.columns},
        heard=heard.heard,
    )


def fusion_of(
    analyzer: Analyzer | None, listener: Listener | None, *, commercial: bool = False
) -> tuple[FaceVoice | None, str | None]:
    """What fuses expressions of face and voice, where both are read; else None, and why it can't be if so.

    Args:
        analyzer: Reads faces, if they are read.
        listener: Reads voices, if they are heard.
        commercial: Whether what may not be used in products is refused.
    """
    seen = analyzer.models if analyzer else {}
    for voice in listener.models.values() if listener else ():
        if (face := seen.get(getattr(voice.task, "beside", ""))) is not None:
            note = NOT_FREE if commercial and not read_fusion().free else why_not(face.card, voice.card)
            return (None, note) if note else (FaceVoice.of(face.card, voice.card), None)
    return None, None


def with_fusion(info: RunInfo, fusion: FaceVoice | None, *, against_reference: bool) -> RunInfo:
    """What makes the results, with the reading of face and voice together if there is one."""
    if fusion is None:
        return info
    own = {FACE_VOICE: fusion.columns(against_reference=against_reference)}
    return replace(
        info,
        settings={**info.settings, "fusion": dict(fusion.settings)},
        columns={**info.columns, **own},
        heard=(*info.heard, FACE_VOICE),
    )


class Fusing:
    """The faces and utterances of one source."""

    def __init__(
        self, fusion: FaceVoice | None, longest_s: float, *, live: bool, levels: Levels | None = None
    ) -> None:
        """Start before the first frame.

        Args:
            fusion: What fuses; utterances go through as they are if None.
            longest_s: How long an utterance can be, in seconds.
            live: Whether the source is.
            levels: The level of its sound, as far as it has been heard, against which mouths are held; None
                if nobody asks whether it is in time.
        """
        self._fusion = fusion
        self._sights = Sights(fusion.face if fusion else "")
        self._kept_s = longest_s + (LIVE_LATE_S if live else LATE_S) + (REACH_S if levels else 0.0)
        self._waiting: deque[SpanResult] = deque()
        self._levels = levels if fusion else None
        self._sync = Sync()

    def see(self, result: FrameResult) -> None:
        """Keep what a frame shows."""
        if self._fusion:
            self._sights.see(result)

    def hold(self, span: SpanResult) -> None:
        """Take an utterance, in order."""
        self._waiting.append(span)

    def until(self, time_s: float) -> Iterator[SpanResult]:
        """The utterances that can be told, now that the pictures have come up to a time, in seconds."""
        self._compare(time_s - REACH_S)
        while self._waiting and self._ready(self._waiting[0], time_s):
            yield self.read(self._waiting.popleft())
        self.forget(time_s)

    def _ready(self, span: SpanResult, time_s: float) -> bool:
        if not self._fusion or not self._levels:
            return not self._fusion or span.end_s <= time_s
        known = self._sync.last is not None and span.span <= self._sync.counted
        return known or span.end_s + HOLD_S <= time_s

    def forget(self, time_s: float) -> None:
        """Drop what no utterance needs any more, now that the pictures have come up to a time, in seconds."""
        begun_s = min((span.start_s for span in self._waiting), default=time_s)
        before_s = min(begun_s - (REACH_S if self._levels else 0.0), time_s - self._kept_s)
        self._sights.forget(before_s)
        if self._levels:
            self._levels.forget(before_s)

    def rest(self) -> Iterator[SpanResult]:
        """All that still wait: there are no more pictures."""
        self._compare(math.inf)
        while self._waiting:
            yield self.read(self._waiting.popleft())

    def read(self, span: SpanResult) -> SpanResult:
        """An utterance, with what its speaker's face and its voice say together if there is a fusion."""
        if self._fusion is None:
            return span
        shown = self._sights.during(span.start_s, span.end_s)
        if reason := self._sync.reason((span.start_s + span.end_s) / 2):
            shown = replace(shown, probabilities={}, reason="; ".join(filter(None, (shown.reason, reason))))
        return self._fusion.read(span, shown)

    def _compare(self, time_s: float) -> None:
        """Hold mouths against the sound of the utterances that end by a time, in seconds."""
        if self._levels is None:
            return
        for span in self._waiting:
            if self._sync.counted < span.span and span.end_s <= time_s:
                self._sync.counted = span.span
                if match := self._match(span, self._levels):
                    self._sync.add(match)

    def _match(self, span: SpanResult, levels: Levels) -> Match | None:
        """The mouth of who speaks against the level of the sound; None where none can be seen to move."""
        shown = self._sights.during(span.start_s, span.end_s)
        if shown.id is None or shown.reason == STILL:
            return None
        first = round((span.start_s - MARGIN_S) * LEVEL_RATE) - EDGE
        last = round((span.end_s + MARGIN_S) * LEVEL_RATE) + EDGE
        times_s = (np.arange(first - LAGS, last + LAGS) + 0.5) / LEVEL_RATE
        mouth, moves = self._sights.opening(shown.id, times_s)
        said = mouth[(times_s >= span.start_s) & (times_s <= span.end_s)]
        seen = said[np.isfinite(said)]
        if len(seen) < SEEN * len(said) or np.std(seen) < moves:
            return None
        return Match.of(span.start_s, span.end_s, mouth, levels.between(first, last))

    def verdict(self) -> Verdict | None:
        """Whether the sound is in time with mouths; None where nobody asked, or nobody was seen to speak."""
        return self._sync.verdict() if self._levels and self._sync.counted >= 0 else None

    def snapshot(self, session: StreamSession) -> bytes:
        """What a source's reading can go on from. Utterances that wait are heard again."""
        state = session.snapshot()
        return to_bytes((self._sights.frames, self._sync, state)) if self._fusion else state

    def restore(self, session: StreamSession, data: bytes) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: It is none, or damaged.
        """
        if self._fusion:
            self._sights.frames, self._sync, data = from_bytes(data)
        session.restore(data)


def levels_for(fusion: FaceVoice | None, analyzer: Analyzer, *, live: bool) -> Levels | None:
    """Takes the sound that mouths are held against; None where they aren't read, and of what is live."""
    return Levels() if fusion and not live and any(map(_tells_mouth, analyzer.models.values())) else None


def _tells_mouth(model: LoadedModel) -> bool:
    """Whether a model's task says how far a mouth is open."""
    return bool(getattr(model.task, "tells_mouth", False))
