"""The sound of a microphone or stream: heard on a thread of its own, so that nothing waits for it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from mimik.pipeline.listen import Listener
from mimik.sources.arrivals import HANG_S
from mimik.sources.live_sound import LiveSound
from mimik.sources.sound import SoundSource
from mimik.types import Sound, SpanResult
from mimik.voice.reference import VoiceReference

Began: TypeAlias = Callable[[], float]
"""When the first picture arrived, by the monotonic clock; 0 before."""

WAIT_S = 0.02
"""How often it is looked whether the pictures have begun."""


class HeardSource:
    """What there is to say of sound that is heard, from a file or live."""

    def __init__(
        self,
        listener: Listener,
        source: SoundSource | LiveSound,
        reference: VoiceReference | float | None = None,
    ) -> None:
        """Prepare.

        Args:
            listener: Reads voices.
            source: The sound.
            reference: The speaker's own voice; see Listener.session.
        """
        self._session, self._sound = listener.session(reference), source
        self._reached_s: float | None = None
        """How far it was heard."""

    @property
    def spans(self) -> int:
        """Utterances so far."""
        return self._session.spans

    @property
    def problem(self) -> str | None:
        """What is missing in the sound."""
        return self._sound.problem

    @property
    def offset_s(self) -> float:
        """Seconds from the beginning of the file to time 0, its first picture."""
        return self._sound.offset_s if isinstance(self._sound, SoundSource) else 0.0

    def notes(self) -> list[str]:
        """What else a user must know of the sound; complete once it has ended."""
        # That nobody speaks goes without saying where there is nothing to hear.
        mute = self._reached_s is None or self._sound.silent
        note = None if mute else self._session.note()
        return [*self._sound.notes, *([note] if note else [])]


class LiveHearing(HeardSource):
    """What is heard live, on the clock of the pictures beside it or its own. Use it in a ``with`` block.

    The sound is taken from the beginning of the block on. What is heard waits until it is asked for.
    """

    live = True
    left_out: tuple[str, ...] = ()

    def __init__(
        self,
        listener: Listener,
        source: LiveSound,
        began: Began | None = None,
        start_s: float | None = None,
        reference: VoiceReference | float | None = None,
    ) -> None:
        """Prepare; the device is opened by the ``with`` block.

        Args:
            listener: Reads voices.
            source: The sound, from its beginning on.
            began: When the pictures beside it did; None is time 0 where the sound begins.
            start_s: What comes before this time is left out.
            reference: The speaker's own voice; see Listener.session.
        """
        super().__init__(listener, source, reference)
        self._source = source
        self._began, self._start_s = began, start_s
        self._heard: deque[SpanResult | None] = deque()
        self._news, self._stopped = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._listen, name=f"mimik hearing {source.name}", daemon=True)

    def __enter__(self) -> LiveHearing:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        self._thread.join(HANG_S)

    def stop(self) -> None:
        """Take no more sound; ``rest`` then gives what was being said."""
        self._stopped.set()
        self._source.close()

    def until(self, time_s: float) -> Iterator[SpanResult]:
        """The utterances that have ended by now, whatever the time.

        Raises:
            SourceError: The sound was given up; what came before is given first.
        """
        del time_s  # It is now.
        yield from self._taken(wait=False)

    def rest(self) -> Iterator[SpanResult]:
        """All further utterances, until the sound ends or is stopped; raises as until."""
        yield from self._taken(wait=True)

    def _taken(self, *, wait: bool) -> Iterator[SpanResult]:
        while not self._ended:
            if not self._heard:
                if not wait:
                    return
                # Waking now and then lets Ctrl-C through: before something is taken, so that nothing is lost.
                self._news.wait(0.1)
                self._news.clear()
                continue
            span = self._heard.popleft()
            if span is None:
                self._ended = True
            else:
                yield span
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _listen(self) -> None:
        """Thread: hear to the end."""
        try:
            for sound in self._on_the_clock():
                self._reached_s = sound.end_s
                if self._start_s is None or sound.end_s > self._start_s:
                    self._tell(self._session.push(sound))
        except Exception as error:  # a thread's error must reach the one who asks
            self._error = error
        try:
            self._tell(self._session.finish())
        except Exception as error:
            self._error = self._error or error
        self._tell([None])

    def _tell(self, spans: Sequence[SpanResult | None]) -> None:
        self._heard.extend(spans)
        self._news.set()

    def _on_the_clock(self) -> Iterator[Sound]:
        """The sound, its times set against the pictures' beginning; it waits at the device for that."""
        shift_s: float | None = None
        for sound in self._source:
            shift_s = self._shift_s() if shift_s is None else shift_s
            if shift_s is None:
                return
            yield replace(sound, time_s=sound.time_s + shift_s)

    def _shift_s(self) -> float | None:
        """When the sound began on the pictures' clock, once they have begun; None if they never do."""
        if self._began is None:
            return 0.0
        while not (began_s := self._began()) and not self._stopped.wait(WAIT_S):
            pass
        return self._source.began_s - began_s if began_s else None
