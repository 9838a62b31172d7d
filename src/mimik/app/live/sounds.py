"""The sound of the server's own sources: a thread for as long as someone listens."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from mimik.app.live.hearing import Ear
from mimik.app.problems import INTERNAL, one_line
from mimik.errors import MimikError
from mimik.sources.address import MICROPHONE, is_camera, is_live
from mimik.sources.live_sound import LiveSound
from mimik.sources.open_sound import open_sound
from mimik.sources.options import SoundOptions
from mimik.types import Sound

BLOCK_S = 0.1
"""Length of what is handed over at once, in seconds."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """A source whose first picture is there."""

    source: str
    """What results call it."""
    zero_s: float
    """When its time 0 was, by the monotonic clock."""


class SoundFeed:
    """The sound of one source, on the clock of its pictures; a camera's is that of the default microphone."""

    def __init__(self, spec: str, name: str, begun: Callable[[], Begun | None]) -> None:
        """Prepare; nothing is opened before someone listens.

        Args:
            spec: What a user wrote of the source.
            name: What messages call it.
            begun: Waits for the first picture; None if none comes.
        """
        self._spec, self._name, self._begun = spec, name, begun
        self._heard = MICROPHONE if is_camera(spec) else spec
        self._lock = threading.Lock()
        self._ears: list[Ear] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def join(self, ear: Ear) -> None:
        """Let someone listen."""
        with self._lock:
            self._ears.append(ear)
            if self._thread is None:
                self._stop = threading.Event()
                name = f"mimik sound {self._name}"
                self._thread = threading.Thread(target=self._work, args=(self._stop,), name=name, daemon=True)
                self._thread.start()

    def leave(self, ear: Ear) -> None:
        """Let go of who listened; the sound is closed with the last one."""
        with self._lock:
            if ear in self._ears:
                self._ears.remove(ear)
            if not self._ears:
                self._end()

    def close(self) -> None:
        """Stop."""
        with self._lock:
            self._ears.clear()
            self._end()

    def _end(self) -> None:
        self._stop.set()
        self._thread = None

    def _work(self, stop: threading.Event) -> None:
        message = "the sound is over"
        try:
            if begun := self._begun():
                message = self._read(begun, stop) or message
        except MimikError as error:
            message = one_line(str(error).replace(self._spec, self._name))
        except Exception:  # who listens must hear of it
            _log.exception("the sound of a source failed")
            message = INTERNAL
        with self._lock:
            if stop.is_set():  # nobody listens, or others do by now
                return
            ears, self._ears = self._ears, []
            self._end()
        for ear in ears:
            ear.lose(message)

    def _read(self, begun: Begun, stop: threading.Event) -> str | None:
        """Hand over blocks until the end; why it came early.

        Raises:
            SourceError: It can't be opened, has no sound, or has vanished.
        """
        live, zero_s = is_live(self._heard), begun.zero_s
        begin_s = None if live else max(0.0, time.monotonic() - zero_s)
        with open_sound(self._heard, SoundOptions(block_s=BLOCK_S, start_s=begin_s)) as source:
            with closing(iter(source)) as blocks:  # type: ignore[type-var]
                for sound in _timed(blocks, source, zero_s):
                    # A file is heard as fast as it was recorded.
                    if not live and stop.wait(max(0.0, zero_s + sound.end_s - time.monotonic())):
                        return None
                    with self._lock:
                        if stop.is_set():
                            return None
                        ears = list(self._ears)
                    for ear in ears:
                        ear.push(replace(sound, source=begun.source))
            return source.problem


def _timed(blocks: Iterator[Sound], source: object, zero_s: float) -> Iterator[Sound]:
    """Blocks on the clock of the pictures, which live sound doesn't know."""
    for sound in blocks:
        if isinstance(source, LiveSound):
            sound = replace(sound, time_s=sound.time_s + source.began_s - zero_s)
        yield sound
