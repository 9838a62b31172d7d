"""Cameras and network streams: the newest frame wins, and what breaks is opened again."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from mimik.errors import LiveSourceError, MimikError
from mimik.sources.address import public_name
from mimik.sources.base import BaseSource
from mimik.sources.options import SourceOptions
from mimik.sources.select import select, shrink
from mimik.types import Frame, Image

Grab: TypeAlias = Callable[[], Image]
"""Converts a frame that has arrived; not called for one that is skipped."""
Feed: TypeAlias = Callable[[], Iterator[Grab]]
"""Opens the device or address and gives its frames as they arrive; called again after a loss."""

_PAUSES_S = (0.1, 0.3, 1.0)
_HANG_S = 5.0
"""How long closing waits for a device that hangs."""


class LiveSource(BaseSource):
    """Frames as they come: a thread keeps the newest, those that nobody fetched are counted."""

    live = True

    def __init__(self, name: str, feed: Feed, options: SourceOptions) -> None:
        """Prepare; the device is opened when iteration begins.

        Args:
            name: Address or name, without passwords.
            feed: Opens it and gives its frames.
            options: Which frames are taken, and the patience.
        """
        super().__init__(name, options)
        self._feed = feed
        self._news = threading.Condition()
        self._newest: tuple[int, float, Grab] | None = None
        self._count = 0
        self._first_s = self._heard_s = 0.0
        self._reason = "nothing arrived"
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __iter__(self) -> Iterator[Frame]:
        """Newest frames, without end; time counts from the first by the monotonic clock.

        Raises:
            LiveSourceError: It can't be opened, or was silent for longer than the patience.
            DecodeError, TooLargeError: What arrives can't be used.
        """
        self._heard_s = time.monotonic()
        self._thread = threading.Thread(target=self._read, name=f"mimik source {self.name}", daemon=True)
        self._thread.start()
        try:
            for index, time_s, grab in select(self._arrivals(), self.options):
                yield Frame(shrink(grab(), self.options.max_size), index, time_s, self.name)
        finally:
            self.close()

    def _arrivals(self) -> Iterator[tuple[int, float, Grab]]:
        """Index, time and unconverted picture of the newest frame, again and again."""
        while not self._stop.is_set():
            with self._news:
                # Waking now and then lets Ctrl-C through and notices silence.
                self._news.wait_for(lambda: self._newest or self._error or self._stop.is_set(), timeout=0.1)
                newest, self._newest = self._newest, None
            if newest is not None:
                yield newest
            elif self._error is not None:
                raise self._error
            elif time.monotonic() - self._heard_s > self.options.patience_s:
                raise LiveSourceError(
                    f"{self.name}: no picture for {self.options.patience_s:g} s ({self._reason}); "
                    "check the device or network, or have more patience (patience_s, --patience)"
                )

    def _read(self) -> None:
        """Thread: publish frames, and open again after a loss."""
        tries = 0
        while not self._stop.is_set():
            count = self._count
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
            tries = 0 if self._count > count else tries + 1
            self._stop.wait(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])

    def _publish(self) -> None:
        """Offer frames until the feed ends."""
        with closing(self._feed()) as feed:  # type: ignore[type-var]
            for grab in feed:
                now = time.monotonic()
                with self._news:
                    if self._count == 0:
                        self._first_s = now
                    self.skipped += self._newest is not None
                    self._newest = (self._count, now - self._first_s, grab)
                    self._count += 1
                    self._heard_s = now
                    self._news.notify()
                if self._stop.is_set():
                    return

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
            thread.join(_HANG_S + 1)


def open_stream(address: str, options: SourceOptions) -> LiveSource:
    """An RTSP, HTTP or other network stream.

    Args:
        address: With scheme; a password in it is kept out of results and messages.
        options: Which frames are taken, and the patience.
    """
    name = public_name(address)
    return LiveSource(name, partial(_network_frames, address, name, options), options)


def open_camera(index: int, options: SourceOptions) -> LiveSource:
    """A camera of this machine.

    Args:
        index: Its number, from 0.
        options: Which frames are taken, and the patience.
    """
    name = f"camera {index}"
    return LiveSource(name, partial(_camera_frames, index, name), options)


def _network_frames(address: str, name: str, options: SourceOptions) -> Iterator[Grab]:
    """Frames of a network stream until it ends."""
    from av.error import FFmpegError, InvalidDataError

    from mimik.sources.container import open_container, picture_stream, pixel_aspect
    from mimik.sources.convert import Converter

    wait_s = min(_HANG_S, max(0.5, options.patience_s / 2))
    quick = {"rtsp_transport": "tcp", "fflags": "nobuffer", "analyzeduration": "1000000"}
    with open_container(address, name, options, (wait_s, wait_s), **quick) as container:
        stream = picture_stream(container, name, options)
        convert = Converter(options, name, pixel_aspect(stream))
        stream.thread_type = "SLICE"  # threads over frames would hold back the newest ones
        try:
            for packet in container.demux(stream):
                try:
                    frames = stream.decode(packet)
                except InvalidDataError:  # damaged on the way
                    continue
                for frame in frames:
                    yield partial(convert, frame)
        except FFmpegError as error:
            raise LiveSourceError(f"{name}: the stream broke off ({error.strerror})") from error


def _camera_frames(index: int, name: str) -> Iterator[Grab]:
    """Frames of a camera until it vanishes."""
    with _quiet_opencv():
        capture = cv2.VideoCapture(index)
    try:
        if not capture.isOpened():
            raise LiveSourceError(
                f"{name} can't be opened; connect it, close other programs that use it, "
                f"or take another number{cameras_found()}"
            )
        while True:
            arrived, bgr = capture.read()
            if not arrived:
                raise LiveSourceError(f"{name} gives no more pictures")
            yield partial(_from_bgr, bgr)
    finally:
        capture.release()


def _from_bgr(bgr: Any) -> Image:
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def cameras_there() -> list[int] | None:
    """The numbers of this machine's cameras, without opening one; None where the system doesn't tell."""
    if not sys.platform.startswith("linux"):
        return None
    return sorted(int(p.name[5:]) for p in Path("/dev").glob("video*") if p.name[5:].isdecimal())


def cameras_found() -> str:
    """What can be said of the cameras that exist, for a message."""
    numbers = cameras_there()
    return "" if numbers is None else f" (found: {', '.join(map(str, numbers)) or 'none'})"


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """Keep OpenCV from writing of absent cameras to the terminal."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
