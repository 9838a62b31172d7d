"""Utterances of a video wait until the pictures have come as far, and are fused with the speaker's face."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.listen import Listener
from mimik.pipeline.session import StreamSession
from mimik.pipeline.snapshot import from_bytes, to_bytes
from mimik.readings import FACE_VOICE
from mimik.temporal.face_voice import FaceVoice, why_not
from mimik.temporal.fusion_model import read_fusion
from mimik.temporal.speaker import Sights
from mimik.types import FrameResult, RunInfo, SpanResult

NOT_FREE = "face and voice aren't fused: what fuses them may not be used in products"
LATE_S = 2.0
"""How much longer than the longest utterance faces are kept: it is told after a pause."""
LIVE_LATE_S = 20.0
"""The same of what is live, where sound is heard beside the pictures."""


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

    def __init__(self, fusion: FaceVoice | None, longest_s: float, *, live: bool) -> None:
        """Start before the first frame.

        Args:
            fusion: What fuses; utterances go through as they are if None.
            longest_s: How long an utterance can be, in seconds.
            live: Whether the source is.
        """
        self._fusion = fusion
        self._sights = Sights(fusion.face if fusion else "")
        self._kept_s = longest_s + (LIVE_LATE_S if live else LATE_S)
        self._waiting: deque[SpanResult] = deque()

    def see(self, result: FrameResult) -> None:
        """Keep what a frame shows."""
        if self._fusion:
            self._sights.see(result)

    def hold(self, span: SpanResult) -> None:
        """Take an utterance, in order."""
        self._waiting.append(span)

    def until(self, time_s: float) -> Iterator[SpanResult]:
        """The utterances that the pictures have reached, which come up to a time, in seconds."""
        while self._waiting and (not self._fusion or self._waiting[0].end_s <= time_s):
            yield self.read(self._waiting.popleft())
        self.forget(time_s)

    def forget(self, time_s: float) -> None:
        """Drop what no utterance needs any more, now that the pictures have come up to a time, in seconds."""
        begun_s = min((span.start_s for span in self._waiting), default=time_s)
        self._sights.forget(min(begun_s, time_s - self._kept_s))

    def rest(self) -> Iterator[SpanResult]:
        """All that still wait: there are no more pictures."""
        while self._waiting:
            yield self.read(self._waiting.popleft())

    def read(self, span: SpanResult) -> SpanResult:
        """An utterance, with what its speaker's face and its voice say together if there is a fusion."""
        fusion = self._fusion
        return fusion.read(span, self._sights.during(span.start_s, span.end_s)) if fusion else span

    def snapshot(self, session: StreamSession) -> bytes:
        """What a source's reading can go on from. Utterances that wait are heard again."""
        state = session.snapshot()
        return to_bytes((self._sights.frames, state)) if self._fusion else state

    def restore(self, session: StreamSession, data: bytes) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: It is none, or damaged.
        """
        if self._fusion:
            self._sights.frames, data = from_bytes(data)
        session.restore(data)
