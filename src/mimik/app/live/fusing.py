"""What a viewer's camera shows and what is heard meanwhile, as one answer for each utterance."""

from __future__ import annotations

import threading

from mimik.runs.fusing import Fusing
from mimik.temporal.face_voice import FaceVoice
from mimik.types import FrameResult, SpanResult
from mimik.voice.segment import SegmentOptions


class LiveFusing:
    """Fuses the utterances of one stream; may be called from any thread.

    An utterance is told a pause after it ends, by when its frames have been read, so that it needn't wait
    for pictures, which may stop at any time.
    """

    def __init__(self, fusion: FaceVoice | None = None) -> None:
        """Start before the first frame.

        Args:
            fusion: What fuses; utterances stay as they are if None.
        """
        self._fusing = Fusing(fusion, SegmentOptions().longest_s, live=True)
        self._lock = threading.Lock()
        self._sees = False

    def see(self, result: FrameResult) -> None:
        """Keep what a frame shows, for as long as an utterance may need it."""
        with self._lock:
            self._sees = True
            self._fusing.see(result)
            self._fusing.forget(result.time_s)

    def read(self, span: SpanResult) -> SpanResult:
        """An utterance, with what its speaker's face and its voice say together, once there are pictures."""
        with self._lock:
            return self._fusing.read(span) if self._sees else span
