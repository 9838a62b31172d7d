"""Cameras, files and streams at the server: a thread each, and the newest frame for each viewer."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mimik.app.live.hearing import Ear
from mimik.app.live.sounds import Begun, SoundFeed
from mimik.app.options import Limits
from mimik.app.problems import INTERNAL, one_line
from mimik.errors import MimikError, RefusedError
from mimik.sources.address import is_camera, is_live, public_name
from mimik.sources.base import Source
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.types import Frame

T = TypeVar("T")
MAX_SIZE = 1280
"""Longer side of a server source's frames, in pixels."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class End:
    """A source is over."""

    message: str


class Slot(Generic[T]):
    """Holds one thing, the newest, and what comes after the last. Belongs to the event loop."""

    def __init__(self) -> None:
        self.skipped = 0
        """How many were replaced before they were taken."""
        self._item: T | None = None
        self._end: End | None = None
        self._news = asyncio.Event()

    def offer(self, item: T) -> None:
        """Put something in, in the place of what waits."""
        self.skipped += self._item is not None
        self._item = item
        self._news.set()

    def finish(self, end: End) -> None:
        """Nothing comes any more; what waits is still to be taken."""
        self._end = end
        self._news.set()

    async def take(self) -> T | End:
        """Wait for something, and take it."""
        while self._item is None:
            if self._end is not None:
                return self._end
            self._news.clear()
            await self._news.wait()
        item, self._item = self._item, None
        return item


@dataclass(frozen=True, slots=True, eq=False)
class Viewer:
    """Where a viewer's frames go."""

    slot: Slot[Frame]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def give(self, item: Frame | End) -> None:
        """Called by a source's thread."""
        try:
            if isinstance(item, End):
                self.loop.call_soon_threadsafe(self.slot.finish, item)
            else:
                self.loop.call_soon_threadsafe(self.slot.offer, item)
        except RuntimeError:  # the loop is closed: the server ends
            _log.debug("a frame came after the end")


class Feed:
    """One source that is being read; ends when its last viewer has gone."""

    def __init__(self, spec: str, limits: Limits) -> None:
        self.name = public_name(spec)
        self.ended = False
        self._spec, self._limits = spec, limits
        self._paced = not is_live(spec)
        self._lock = threading.Lock()
        self._viewers: list[Viewer] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"mimik {self.name}", daemon=True)
        self._first: Begun | None = None
        self._ready = threading.Event()
        self._sound = SoundFeed(spec, self.name, self._begun)

    def join(self, viewer: Viewer) -> bool:
        """Add a viewer; False if the source has ended."""
        with self._lock:
            if self.ended:
                return False
            self._viewers.append(viewer)
            if self._thread.ident is None:
                self._thread.start()
            return True

    def hear(self, ear: Ear) -> None:
        """Let a viewer listen, too; see SoundFeed."""
        self._sound.join(ear)

    def unhear(self, ear: Ear) -> None:
        """Let a viewer listen no more."""
        self._sound.leave(ear)

    def _begun(self) -> Begun | None:
        """Wait for the first picture; None if none comes."""
        self._ready.wait()
        return self._first

    def _begin(self, frame: Frame) -> None:
        """The first picture is here."""
        if not self._ready.is_set():
            self._first = Begun(frame.source, time.monotonic() - frame.time_s)
            self._ready.set()

    def leave(self, viewer: Viewer) -> None:
        """Take a viewer away."""
        with self._lock:
            if viewer in self._viewers:
                self._viewers.remove(viewer)
            if not self._viewers:
                self.ended = True
                self._stop.set()

    def _read(self) -> None:
        message = "the source is over"
        try:
            options = SourceOptions(
                max_size=MAX_SIZE, max_fps=self._limits.rate_fps, max_pixels=self._limits.pixels, threads=1
            )
            with open_source(self._spec, options) as source:
                self._publish(source)
                message = source.problem or message
        except MimikError as error:
            message = one_line(str(error).replace(self._spec, self.name))
        except Exception:  # the viewers must hear of it
            _log.exception("a source failed")
            message = INTERNAL
        with self._lock:
            self.ended = True
            viewers = list(self._viewers)
        self._ready.set()  # Who waits for a first picture waits no more.
        self._sound.close()
        for viewer in viewers:
            viewer.give(End(message))

    def _publish(self, source: Source) -> None:
        start_s = time.monotonic()
        with closing(iter(source)) as frames:  # type: ignore[type-var]
            for frame in frames:
                # A file is shown as fast as it was filmed.
                if self._paced and self._stop.wait(max(0.0, start_s + frame.time_s - time.monotonic())):
                    return
                self._begin(frame)
                with self._lock:
                    viewers = list(self._viewers)
                for viewer in viewers:
                    viewer.give(frame)
                if self._stop.is_set():
                    return

    def close(self) -> None:
        """Stop, and wait for the thread a while."""
        self._stop.set()
        self._sound.close()
        if self._thread.ident is not None:
            self._thread.join(3)


class Feeds:
    """The sources that the server was started with. A camera is shared, a file begins for each viewer."""

    def __init__(self, specs: Sequence[str], limits: Limits) -> None:
        """Take what a user wrote; nothing is opened before someone looks."""
        self._specs, self._limits = tuple(specs), limits
        self._lock = threading.Lock()
        self._feeds: list[Feed] = []
        self._shared: dict[int, Feed] = {}

    @property
    def names(self) -> list[str]:
        """Their names, without passwords; a camera's number says that it is one."""
        return [f"camera {spec}" if is_camera(spec) else public_name(spec) for spec in self._specs]

    def join(self, index: int, viewer: Viewer) -> Feed:
        """Let a viewer look at a source.

        Raises:
            RefusedError: There is no such source.
        """
        if not 0 <= index < len(self._specs):
            known = ", ".join(f"{i} ({name})" for i, name in enumerate(self.names)) or "none"
            raise RefusedError("not_found", f"the server has no source {index}; it has {known}")
        spec = self._specs[index]
        with self._lock:
            self._feeds = [feed for feed in self._feeds if not feed.ended]
            feed = self._shared.get(index)
            if feed is None or not feed.join(viewer):
                feed = Feed(spec, self._limits)
                feed.join(viewer)
                self._feeds.append(feed)
                if is_live(spec):
                    self._shared[index] = feed
        return feed

    def close(self) -> None:
        """Stop all of them."""
        for feed in self._feeds:
            feed.close()
