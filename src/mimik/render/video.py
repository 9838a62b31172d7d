"""Annotated pictures and videos, written under another name first; where they go is in plan.py."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self, cast

import cv2
import numpy as np
from PIL import Image as Pictures

from mimik.errors import OptionError, OutputError
from mimik.storage.whole import lock, output_errors, part_of, whole_file
from mimik.types import Image

if TYPE_CHECKING:
    import av.container
    import av.video.stream

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""Suffix of a picture to Pillow's name of its format."""
VIDEOS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""Suffix of a video to FFmpeg's name of its container; all of them keep each frame's own time."""

TICKS = 90_000
"""Ticks a second of a video's clock."""


class PictureWriter(Protocol):
    """Takes annotated frames. Use it in a ``with`` block."""

    path: Path
    """Where they go."""

    def write(self, image: Image, time_s: float) -> None:
        """Add one frame, RGB uint8 (H, W, 3), with its time in seconds."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ImageWriter:
    """One picture, written under another name first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written = False

    def write(self, image: Image, time_s: float = 0.0) -> None:
        """Write the picture.

        Raises:
            OptionError: It is the second one.
            OutputError: It can't be written.
        """
        if self._written:
            raise OptionError(f"{self.path}: a picture holds one frame; name a video ({', '.join(VIDEOS)})")
        with output_errors(self.path), whole_file(self.path) as part:
            Pictures.fromarray(image).save(part, PICTURES[self.path.suffix.lower()], quality=92)
        self._written = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class VideoWriter:
    """H.264 video (MPEG-4 part 2 where this FFmpeg has no H.264), written under another name first.

    Each frame keeps its own time, so a variable frame rate stays one. The first frame gives the size;
    later ones of another size are fitted in. Odd sizes gain a row or column, since H.264 has none.
    Sound isn't kept.
    """

    def __init__(self, path: Path, fps: float | None = None, *, live: bool = False) -> None:
        """Prepare; the file is opened by the first frame.

        Args:
            path: Where it goes (.mp4, .m4v, .mov, .mkv).
            fps: Usual frames per second, which gives the length of the last frame; 25 if unknown.
            live: Whether what was written is kept when an interruption or a lost source ends it: a
                camera has no other end.
        """
        self.path = path
        self._live = live
        self._part = part_of(path)
        self._step = round(TICKS / (fps or 25.0))
        self._container: av.container.OutputContainer | None = None
        self._held: BinaryIO | None = None
        """Open while this run, and no other, writes the part."""
        self._stream: Any = None
        self._size = (0, 0)
        self._first_s = 0.0
        self._last = -1

    def _open(self, image: Image, time_s: float) -> None:
        import av

        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        self._first_s = time_s
        self._size = (image.shape[1] + image.shape[1] % 2, image.shape[0] + image.shape[0] % 2)
        if sys.platform != "win32":  # There a file that is open can't be renamed.
            self._held = _hold(self._part, self.path)
        self._container = av.open(str(self._part), "w", format=VIDEOS[self.path.suffix.lower()])
        stream = cast("av.video.stream.VideoStream", self._container.add_stream(codec, rate=30))
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS if codec == "libx264" else 1000)
        if codec == "libx264":
            stream.options = {"crf": "20", "preset": "veryfast"}
        self._stream = stream

    def write(self, image: Image, time_s: float) -> None:
        """Add one frame.

        Raises:
            OutputError: It can't be written.
        """
        import av

        with output_errors(self.path):
            if self._container is None:
                self._open(image, time_s)
            base = self._stream.time_base
            frame = av.VideoFrame.from_ndarray(fit(image, *self._size), format="rgb24")
            # Times that stand still or run back (a stream that reconnects) would stop the encoder.
            self._last = max(self._last + 1, round((time_s - self._first_s) / base))
            frame.pts, frame.time_base = self._last, base
            frame.duration = max(1, round(self._step / TICKS / base))
            self._container_or_fail().mux(self._stream.encode(frame))

    def _container_or_fail(self) -> av.container.OutputContainer:
        if self._container is None:
            raise RuntimeError("VideoWriter: no frame was written yet")
        return self._container

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._container is None:
            if self._held:
                self._part.unlink(missing_ok=True)
                self._held.close()
            return
        try:
            if error is None or (self._live and not isinstance(error, OutputError)):
                with output_errors(self.path):
                    self._container.mux(self._stream.encode(None))
                    self._container.close()
                    self._part.replace(self.path)
        finally:
            self._container.close()
            self._part.unlink(missing_ok=True)
            if self._held:
                self._held.close()


def _hold(part: Path, path: Path) -> BinaryIO:
    """Open a part that no other run writes.

    Raises:
        OutputError: Another one does.
    """
    held = part.open("ab")
    try:
        lock(held.fileno(), path)
    except OutputError:
        held.close()
        raise
    return held


def fit(image: Image, width: int, height: int) -> Image:
    """A picture at another size, RGB uint8 (height, width, 3).

    One missing row or column repeats its neighbour; else it is scaled, with bars where the shape differs.
    """
    rows, columns = image.shape[:2]
    if 0 <= height - rows <= 1 and 0 <= width - columns <= 1:
        if (rows, columns) == (height, width):
            return np.ascontiguousarray(image)
        return np.pad(image, ((0, height - rows), (0, width - columns), (0, 0)), mode="edge")
    ratio = min(width / columns, height / rows)
    small = max(1, round(columns * ratio)), max(1, round(rows * ratio))
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - small[0]) // 2, (height - small[1]) // 2
    canvas[top : top + small[1], left : left + small[0]] = cv2.resize(
        image, small, interpolation=cv2.INTER_AREA
    )
    return canvas
