"""What arrives live, handed over to whoever iterates: what breaks is opened again."""

from __future__ import annotations

import gc
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Generic, TypeVar

from mimik.errors import LiveSourceError, MimikError

T = TypeVar("T")

PAUSES_S = (0.1, 0.3, 1.0)
"""How long to wait before it is opened again; the last one from then on."""
LONG_S = 10.0
"""A stream that lasted longer is worth a collection of garbage, which holds everything up for a moment."""
HANG_S = 5.0
"""How long closing waits for a device that hangs."""


class Arrivals(Generic[T]):
    """What a device or address gives, as it comes: a thread keeps the newest, the older ones are dropped."""

    def __init__(
        self,
        name: str,
        feed: Callable[[], Iterator[T]],
        patience_s: float,
        room: int = 1,
        what: str = "picture",
    ) -> None:
        """Prepare; the device is opened when iteration begins.

        Args:
            name: Address or name, without passwords.
            feed: Opens it and gives what arrives; called again after a loss.
            patience_s: How long it may be silent, in seconds.
            room: How many are kept for whoever iterates; with 1 the newest wins.
            what: What arrives, in the singular, for messages.
        """
        self.name = name
        self.skipped = 0
        """How many were dropped because nobody fetched them."""
        self.began_s = 0.0
        """When the first one arrived, by the monotonic clock."""
        self._feed, self._patience_s, self._room, self._what = feed, patience_s, room, what
        self._news = threading.Condition()
        self._waiting: deque[tuple[int, float, T]] = deque()
        self._count = 0
        self._heard_s = 0.0
        self._reason = "nothing arrived"
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __iter__(self) -> Generator[tuple[int, float, T]]:
        """Number, time in seconds since the first one by the monotonic clock, and what arrived; without end.

        Raises:
            LiveSourceError: It can't be opened, or was silent for longer than the patience.
            DecodeError, TooLargeError: What arrives can't be used.
        """
        self._heard_s = time.monotonic()
        thread = threading.Thread(target=self._read, name=f"mimik source {self.name}", daemon=True)
        thread.start()
        self._thread = thread  # Only now: another thread may close at any time.
        try:
            while not self._stop.is_set():
                if (next_one := self._next()) is not None:
                    yield next_one
            while self._room > 1 and self._waiting:  # Of what must be whole nothing that arrived is lost.
                yield self._waiting.popleft()
        finally:
            self.close()

    def _next(self) -> tuple[int, float, T] | None:
        """The oldest that is kept; None if nothing came for a moment."""
        with self._news:
            # Waking now and then lets Ctrl-C through and notices silence.
            self._news.wait_for(lambda: self._waiting or self._error or self._stop.is_set(), timeout=0.1)
            if self._waiting:
                return self._waiting.popleft()
        if self._error is not None:
            raise self._error
        if time.monotonic() - self._heard_s > self._patience_s:
            raise LiveSourceError(
                f"{self.name}: no {self._what} for {self._patience_s:g} s ({self._reason}); "
                "check the device or network, or have more patience (patience_s, --patience)"
            )
        return None

    def _read(self) -> None:
        """Thread: publish what comes, and open again after a loss."""
        tries = 0
        while not self._stop.is_set():
            count, opened_s = self._count, time.monotonic()
            try:
                self._publish()
                self._reason = "the stream ended"
            except MimikError as error:
                if self._count == 0 or not isinstance(error, LiveSourceError):
                    self._fail(error)
                    return
                self._reason = str(error)
            except Exception as error:  # a thread's error must reach the one who iterates
                self._fail(error)
                return
            if time.monotonic() - opened_s > LONG_S:
                gc.collect()  # What FFmpeg held of the stream refers to itself, and waits for hours.
            tries = 0 if self._count > count else tries + 1
            self._stop.wait(PAUSES_S[min(tries, len(PAUSES_S) - 1)])

    def _publish(self) -> None:
        """Offer what comes until the feed ends."""
        with closing(self._feed()) as feed:  # type: ignore[type-var]
            for item in feed:
                now = time.monotonic()
                with self._news:
                    self._keep(item, now)
                    self._news.notify()
                if self._stop.is_set():
                    return

    def _keep(self, item: T, now_s: float) -> None:
        if self._count == 0:
            self.began_s = now_s
        if len(self._waiting) == self._room:
            self._waiting.popleft()
            self.skipped += 1
        self._waiting.append((self._count, now_s - self.began_s, item))
        self._count += 1
        self._heard_s = now_s

    def _fail(self, error: Exception) -> None:
        """Hand an error over to the one who iterates."""
        with self._news:
            self._error = error
            self._news.notify()

    def close(self) -> None:
        """Stop reading; returns when the thread has ended, or after 5 s if its device hangs."""
        self._stop.set()
        with self._news:
            self._news.notify()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(HANG_S + 1)
