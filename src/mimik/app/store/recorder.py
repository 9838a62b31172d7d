"""Recording while live: results are on the disk within half a second, whatever happens to the server."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from mimik.app.store.sessions import Sessions
from mimik.errors import OutputError, RefusedError
from mimik.readings import FACE_VOICE
from mimik.types import RunInfo

FLUSH_S = 0.5
"""Between two commits: what a crash can take."""
MOST_WAITING = 20_000
"""Frames that may wait where the disk doesn't take them; then the recording fails."""

_log = logging.getLogger(__name__)


class Waiting(NamedTuple):
    """What is to be saved of one session."""

    frames: list[Mapping[str, Any]]
    """FrameResult.to_dict()."""
    spans: list[Mapping[str, Any]]
    """SpanResult.to_dict()."""

    def before(self, later: Waiting) -> Waiting:
        """This and what came later, as much as may wait."""
        return Waiting(*([*one, *other][:MOST_WAITING] for one, other in zip(self, later, strict=True)))


class Recording:
    """One session on its way to the disk. ``add`` may be called from any thread."""

    def __init__(
        self,
        session_id: int,
        zero_s: float | None,
        first_frame: int,
        first_id: int,
        saved: int = 0,
        first_span: int = 0,
        saved_spans: int = 0,
    ) -> None:
        self.session_id = session_id
        self.zero_s = zero_s
        """Time of the source that is the session's 0; None until the first frame where it decides."""
        self.saved = saved
        """The session's frames that are on the disk, also those of before."""
        self.saved_spans = saved_spans
        """Its utterances likewise."""
        self.problem: str | None = None
        """Why frames can't be saved, None if all is well."""
        self.last_s = 0.0
        """Time of the newest frame, or end of the newest utterance, by the session's clock."""
        self._first_frame, self._first_id, self._last_id = first_frame, first_id, first_id - 1
        self._next_span = first_span
        self._lock = threading.Lock()
        self._waiting = Waiting([], [])

    def add(self, frame: Mapping[str, Any]) -> None:
        """Take a frame, its time, number and ids moved behind what the session holds.

        A frame from before the session's 0, which was on its way when the recording began, is none of it.
        """
        if self.zero_s is None:
            self.zero_s = float(frame["time_s"])
        time_s = round(float(frame["time_s"]) - self.zero_s, 6)
        if time_s < 0:
            return
        self.last_s = time_s
        faces = [{**face, "id": face["id"] + self._first_id} for face in frame["faces"]]
        self._last_id = max([self._last_id, *(face["id"] for face in faces)])
        number = int(frame["frame"]) + self._first_frame
        with self._lock:
            if len(self._waiting.frames) < MOST_WAITING:
                self._waiting.frames.append({**frame, "frame": number, "time_s": time_s, "faces": faces})

    def add_span(self, span: Mapping[str, Any]) -> None:
        """Take an utterance, its times and number moved likewise, and the id of the face that speaks.

        One of which half or more lies before the session's 0 is none of it; without a 0 none is.
        """
        if self.zero_s is None or (span["start_s"] + span["end_s"]) / 2 < self.zero_s:
            return
        times = {name: round(span[name] - self.zero_s, 3) for name in ("start_s", "end_s")}
        fused = span.get(FACE_VOICE)
        if fused and fused["id"] is not None:
            span = {**span, FACE_VOICE: {**fused, "id": fused["id"] + self._first_id}}
        self.last_s = max(self.last_s, times["end_s"])
        with self._lock:
            if len(self._waiting.spans) < MOST_WAITING:
                self._waiting.spans.append({**span, "span": self._next_span, **times})
                self._next_span += 1

    def new_people(self) -> None:
        """Ids start at 0 again, and are others than before."""
        self._first_id = self._last_id + 1

    def take(self) -> Waiting:
        """What waits, to be saved."""
        with self._lock:
            waiting, self._waiting = self._waiting, Waiting([], [])
        return waiting

    def give_back(self, unsaved: Waiting, problem: str) -> None:
        """Keep what couldn't be saved for the next try."""
        with self._lock:
            self._waiting = unsaved.before(self._waiting)
        self.problem = problem

    def took(self, saved: Waiting) -> None:
        """Count what is on the disk."""
        self.saved += len(saved.frames)
        self.saved_spans += len(saved.spans)
        self.problem = None


class Recorder:
    """The thread that saves all recordings together."""

    def __init__(self, sessions: Sessions) -> None:
        """Start the thread."""
        self._sessions = sessions
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._recordings: dict[int, Recording] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mimik recorder", daemon=True)
        self._thread.start()

    def begin(self, session_id: int, info: RunInfo, zero_s: float | None) -> Recording:
        """Record into a session.

        Args:
            session_id: An existing session.
            info: What makes the results.
            zero_s: The source's time that is the session's 0; None is that of the first frame.

        Raises:
            RefusedError: There is no such session, or it is being recorded.
        """
        with self._lock:
            if session_id in self._recordings:
                raise RefusedError("busy", f"session {session_id} is being recorded by another window")
            before = self._sessions.get(session_id)
            numbers = self._sessions.next_numbers(session_id)
            spans = (self._sessions.next_span(session_id), before["spans"])
            recording = Recording(session_id, zero_s, *numbers, before["frames"], *spans)
            self._sessions.add_made_by(session_id, info.to_dict())
            self._sessions.set_state(session_id, "recording")
            self._recordings[session_id] = recording
        return recording

    def end(self, recording: Recording) -> None:
        """Save what waits, and close the session."""
        self._save([recording])
        with self._lock:
            self._recordings.pop(recording.session_id, None)
            self._sessions.set_state(recording.session_id, "closed")

    def _work(self) -> None:
        while not self._stop.wait(FLUSH_S):
            with self._lock:
                recordings = list(self._recordings.values())
            self._save(recordings)

    def _save(self, recordings: list[Recording]) -> None:
        """One transaction for all; one after the other, so that frames stay in order."""
        with self._saving:
            taken = [(r, waiting) for r in recordings if any(waiting := r.take())]
            if not taken:
                return
            try:
                frames = {r.session_id: waiting.frames for r, waiting in taken}
                self._sessions.append_all(frames, {r.session_id: waiting.spans for r, waiting in taken})
            except (sqlite3.Error, OutputError, RefusedError) as error:
                reason = error.__cause__ or error
                _log.error("what was recorded can't be saved: %s", reason)
                for recording, waiting in taken:
                    recording.give_back(waiting, f"frames can't be saved: {reason}; free some space")
                return
            for recording, waiting in taken:
                recording.took(waiting)

    def close(self) -> None:
        """Save everything and end the thread."""
        self._stop.set()
        self._thread.join(10)
        for recording in list(self._recordings.values()):
            self.end(recording)
