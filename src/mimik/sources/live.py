"""Cameras and network streams: the newest frame wins, and what breaks is opened again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from mimik.errors import LiveSourceError
from mimik.sources.address import public_name
from mimik.sources.arrivals import HANG_S, Arrivals
from mimik.sources.base import BaseSource
from mimik.sources.options import SourceOptions
from mimik.sources.select import select, shrink
from mimik.types import Frame, Image

Grab: TypeAlias = Callable[[], Image]
"""Converts a frame that has arrived; not called for one that is skipped."""
Feed: TypeAlias = Callable[[], Iterator[Grab]]
"""Opens the device or address and gives its frames as they arrive; called again after a loss."""


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
        self._arrivals = Arrivals(name, feed, options.patience_s)

    def __iter__(self) -> Iterator[Frame]:
        """Newest frames, without end; time counts from the first by the monotonic clock.

        Raises:
            LiveSourceError: It can't be opened, or was silent for longer than the patience.
            DecodeError, TooLargeError: What arrives can't be used.
        """
        with closing(iter(self._arrivals)) as arrivals:
            for index, time_s, grab in select(arrivals, self.options):
                self.skipped = self._arrivals.skipped
                yield Frame(shrink(grab(), self.options.max_size), index, time_s, self.name)

    @property
    def began_s(self) -> float:
        """When the first picture arrived, by the monotonic clock; 0 before. It is time 0."""
        return self._arrivals.began_s

    def close(self) -> None:
        """Stop reading; returns when the thread has ended, or after 5 s if its device hangs."""
        self._arrivals.close()


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

    wait_s = min(HANG_S, max(0.5, options.patience_s / 2))
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
