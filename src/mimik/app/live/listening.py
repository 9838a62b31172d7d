"""Whether a viewer is listened to, and what it is told of what was heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from mimik.app.live.feeds import Feed
from mimik.app.live.fusing import LiveFusing
from mimik.app.live.hearing import Ear, SteadyClock, hearing_message
from mimik.app.live.messages import split_sound
from mimik.app.live.offers import ReadOptions
from mimik.app.live.wire import Wire
from mimik.errors import RefusedError
from mimik.types import SpanResult

if TYPE_CHECKING:
    from mimik.app.state import State

BROWSER = "browser"
"""What results call the sound that a browser sends, as its pictures."""

_log = logging.getLogger(__name__)


class Listening:
    """One viewer's: off until it is asked for. Belongs to the event loop."""

    def __init__(
        self,
        state: State,
        wire: Wire,
        record: Callable[[dict[str, Any]], None],
        told: Callable[[], Awaitable[None]],
    ) -> None:
        """Begin deaf.

        Args:
            state: Of the server.
            wire: The viewer's.
            record: Given each utterance, as SpanResult.to_dict(), in a thread.
            told: Called after each message, some five a second while there is sound.
        """
        self._state, self._wire, self._record, self._told = state, wire, record, told
        self.fusing = LiveFusing()
        """Sees what the viewer's camera shows, and fuses it with what is heard."""
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._ear: Ear | None = None
        self._feed: Feed | None = None
        self._wanted: tuple[Any, ...] | None = None
        self._clock = SteadyClock(BROWSER)

    async def apply(self, options: ReadOptions) -> None:
        """Listen as the options say; nothing changes where they ask for what is heard already.

        Raises:
            ModelError: A file is missing or damaged.
            OptionError: The seconds of the speaker's own voice are out of range.
        """
        wanted = options.of_voices if options.heard else None
        if wanted == self._wanted:
            return
        ear = await asyncio.to_thread(self._ear_for, options)
        await self.stop()
        if ear:
            self._clock = SteadyClock(BROWSER)
            self._ear, self._wanted = ear, wanted
            self.attach(self._feed)

    def _ear_for(self, options: ReadOptions) -> Ear | None:
        """What hears by the options; None where nothing is to be heard."""
        listener = self._state.engine.listener(options)
        return Ear(listener, self._post, self._hear, options.voice_first) if listener else None

    def attach(self, feed: Feed | None) -> None:
        """Listen to a source of the server, if there is one; a browser sends its own sound."""
        self._feed = feed
        if feed and self._ear:
            feed.hear(self._ear)

    def take(self, data: bytes) -> None:
        """A block of the browser's sound.

        Raises:
            RefusedError: It is broken, or nobody listens.
        """
        if self._ear is None:
            raise RefusedError("invalid", 'nobody listens: send {"type":"options","listen":true} first')
        if not self._ear.push(self._clock.place(*split_sound(data))):
            self._state.metrics.add("sound_dropped")

    async def flush(self) -> None:
        """Close what is being said, and tell all that was heard."""
        if self._ear:
            await asyncio.to_thread(self._ear.flush)
        await self._send_waiting()

    async def stop(self) -> None:
        """Close what is being said, and listen no more."""
        ear, self._ear, self._wanted = self._ear, None, None
        if ear is None:
            return
        if self._feed:
            self._feed.unhear(ear)
        await asyncio.to_thread(ear.close)
        self._outbox.put_nowait(hearing_message("off"))

    # What is told

    async def tell(self) -> None:
        """Send what is heard, for as long as the viewer stays."""
        while True:
            await self._wire.send(await self._outbox.get())
            await self._told()

    async def _send_waiting(self) -> None:
        while not self._outbox.empty():
            await self._wire.send(self._outbox.get_nowait())

    def _hear(self, span: SpanResult) -> None:
        """An utterance; called in the ear's thread."""
        told = self.fusing.read(span).to_dict()
        self._record(told)
        self._state.metrics.add("spans")
        self._post({"type": "span", "span": told})

    def _post(self, message: dict[str, Any]) -> None:
        """A message for the viewer; called in the ear's thread."""
        try:
            self._loop.call_soon_threadsafe(self._outbox.put_nowait, message)
        except RuntimeError:  # the loop is closed: the server ends
            _log.debug("something was heard after the end")
