"""What a viewer lets the server hear: blocks of sound in, utterances out, on a thread of its own."""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from mimik.app.problems import INTERNAL
from mimik.pipeline.listen import Listener, ListeningSession
from mimik.sources.highpass import HighPass
from mimik.types import SOUND_RATE, Samples, Sound, SpanResult

APART_S = 0.1
"""A block whose time is further from the end of the one before begins anew; less is the clocks' jitter."""
MOST_WAITING_S = 10.0
"""Sound that may wait to be heard; what comes beyond that is dropped, and counted."""
QUIET_S = 2.0
"""When no sound has come for so long, what was being said is taken to have ended."""
TELL_S = 0.2
"""Between two words on how loud it is, and whether someone speaks."""
SILENT_DB = -120.0
"""The level of silence, whose logarithm is none."""

State: TypeAlias = Literal["off", "waiting", "on", "lost"]

_log = logging.getLogger(__name__)


class SteadyClock:
    """Sets blocks one after the other: the times that come with them jitter, their samples don't."""

    def __init__(self, source: str) -> None:
        """Start before the first block of a source."""
        self._source = source
        self._next_s: float | None = None

    def place(self, time_s: float, samples: Samples) -> Sound:
        """A block where the one before ends, or at its own time where that is further off than APART_S."""
        if self._next_s is None or abs(time_s - self._next_s) > APART_S:
            self._next_s = time_s
        sound = Sound(samples, SOUND_RATE, self._next_s, self._source)
        self._next_s = sound.end_s
        return sound


@dataclass(frozen=True, slots=True)
class Lost:
    """The sound is over."""

    message: str
    """Why, in one line."""


class Ear:
    """Hears sound until it is closed; ``push`` and ``lose`` may be called from any thread."""

    def __init__(
        self,
        listener: Listener,
        tell: Callable[[dict[str, Any]], None],
        heard: Callable[[SpanResult], None],
        own_s: float | None = None,
    ) -> None:
        """Start the thread.

        Args:
            listener: Reads voices.
            tell: Given messages for the viewer, in the thread.
            heard: Given each utterance, in the thread.
            own_s: Seconds of speech that are the speaker's own voice; see Listener.session.

        Raises:
            OptionError: The seconds are out of range.
        """
        self._session = listener.session(own_s)
        self._high_pass = HighPass()
        self._tell, self._heard = tell, heard
        self._waiting: queue.SimpleQueue[Sound | Lost | threading.Event | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting_s = self._dropped_s = 0.0
        self._state: State = "waiting"
        self._told: tuple[State | None, bool] = (None, False)
        self._told_s = 0.0
        self._thread = threading.Thread(target=self._work, name="mimik ear", daemon=True)
        self._thread.start()

    def push(self, sound: Sound) -> bool:
        """Take a block; False if too much waits already, so that it is dropped."""
        with self._lock:
            if self._waiting_s + sound.duration_s > MOST_WAITING_S:
                self._dropped_s += sound.duration_s
                return False
            self._waiting_s += sound.duration_s
        self._waiting.put(sound)
        return True

    def lose(self, message: str) -> None:
        """No more sound comes, for a reason that the viewer is told."""
        self._waiting.put(Lost(message))

    def flush(self, patience_s: float = 5.0) -> None:
        """Close what is being said, and wait until all that came has been heard."""
        done = threading.Event()
        self._waiting.put(done)
        done.wait(patience_s if self._thread.is_alive() else 0)

    def close(self) -> None:
        """The same, and end the thread."""
        self._waiting.put(None)
        self._thread.join(5)

    # The thread

    def _work(self) -> None:
        try:
            session = self._session
            self._say(session)
            while (item := self._next()) is not None:
                self._do(session, item)
            self._give(session.finish())
        except Exception:  # the viewer must hear of it
            _log.exception("listening failed")
            self._tell(hearing_message("lost", INTERNAL))

    def _next(self) -> Sound | Lost | threading.Event | None:
        """What waits; that the sound stopped, after a while of nothing."""
        try:
            return self._waiting.get(timeout=QUIET_S if self._state == "on" else None)
        except queue.Empty:
            self._state = "waiting"
            return threading.Event()

    def _do(self, session: ListeningSession, item: Sound | Lost | threading.Event) -> None:
        if isinstance(item, Sound):
            self._hear(session, item)
            return
        self._give(session.finish())
        if isinstance(item, Lost):
            self._state = "lost"
            self._say(session, message=item.message)
        else:
            if self._told != (self._state, session.speaking):
                self._say(session)
            item.set()

    def _hear(self, session: ListeningSession, sound: Sound) -> None:
        with self._lock:
            self._waiting_s -= sound.duration_s
        self._state = "on"
        sound = replace(sound, samples=self._high_pass.of(sound.samples), full=sound.at_full)
        self._give(session.push(sound))
        if self._told != ("on", session.speaking) or time.monotonic() - self._told_s >= TELL_S:
            self._say(session, sound)

    def _give(self, spans: list[SpanResult]) -> None:
        for span in spans:
            self._heard(span)

    def _say(self, session: ListeningSession, sound: Sound | None = None, message: str | None = None) -> None:
        self._told, self._told_s = (self._state, session.speaking), time.monotonic()
        values = {"speaking": session.speaking, "dropped_s": round(self._dropped_s, 3)}
        if sound is not None:
            values |= {
                "time_s": round(sound.end_s, 3),
                "speech": round(session.speech, 3),
                "level_db": level_db(sound.samples),
            }
        self._tell(hearing_message(self._state, message, **values))


def hearing_message(state: State, message: str | None = None, **values: Any) -> dict[str, Any]:
    """What a viewer is told of how well it is heard."""
    nothing = {"time_s": None, "speech": None, "speaking": False, "level_db": None, "dropped_s": 0.0}
    return {"type": "hearing", "state": state, "message": message, **nothing, **values}


def level_db(samples: Samples) -> float:
    """Loudness (RMS) in decibels below full scale."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return round(max(SILENT_DB, 10 * math.log10(power)), 1) if power > 0 else SILENT_DB
