"""Pictures, animations and arrays as sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from mimik.errors import DecodeError, OptionError, SourceError
from mimik.sources.base import BaseSource
from mimik.sources.decode import (
    check_picture_size,
    explained,
    forgiving,
    is_all_there,
    open_picture,
    open_stream_of,
    quiet,
    taken_at,
    to_array,
)
from mimik.sources.joined import further_frames
from mimik.sources.options import Colour, SourceOptions
from mimik.sources.select import select, shrink
from mimik.types import Frame, Image

_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")


class ImageSource(BaseSource):
    """A picture as a stream of one frame, or an animation (GIF, WebP, PNG) with its own times."""

    def __init__(self, source: Path | bytes, options: SourceOptions) -> None:
        """Read the header.

        Args:
            source: Path or bytes.
            options: Which frames are taken; a still picture always is.

        Raises:
            SourceNotFoundError, DecodeError, TooLargeError: See decode_image.
        """
        super().__init__(str(source) if isinstance(source, Path) else "bytes", options)
        self._stream = open_stream_of(source, self.name)
        try:
            with explained(self.name):
                self._image = open_picture(self._stream, options.max_pixels, self.name)
        except SourceError:
            self._stream.close()
            raise
        # The plain picture of an animated PNG needn't be a part of the animation.
        self._first = int(getattr(self._image, "default_image", False))
        self.frame_count = _count(self._image, self._first)
        self.left_out = _further(self._image, self._stream)
        self.created_at = taken_at(self._image)
        self.notes = () if self.frame_count == 1 else _not_used(options)
        self._length_s: float | None = None

    def __iter__(self) -> Iterator[Frame]:
        """The picture, or the animation's frames.

        Raises:
            DecodeError: Damaged before the first frame; later, what was read is kept and
                ``problem`` says what happened, also where no frame lies in the time range.
        """
        if self.frame_count == 1 and not self._first:
            image = shrink(self._still(), self.options.max_size)
            yield Frame(image, source=self.name, created_at=self.created_at)
            return
        taken = 0
        for index, time_s, image in select(self._animation(), self.options):
            taken += 1
            yield Frame(shrink(image, self.options.max_size), index, time_s, self.name)
        if taken == 0 and self.problem is None:
            self.problem = self._none_in_range(self._length_s)

    def _still(self) -> Image:
        """The one picture; a JPEG that lost its end, but no part of the picture, is read and told."""
        try:
            with explained(self.name):
                return to_array(self._image, self.name)
        except DecodeError:
            self._stream.seek(0)
            with explained(self.name):
                whole = self._image.format in ("JPEG", "MPO") and is_all_there(self._stream.read())
            if not whole:
                raise
            with explained(self.name), forgiving():
                image = to_array(self._image, self.name)
        self.problem = "cut short: its end is missing; export or copy it again"
        return image

    def _animation(self) -> Iterator[tuple[int, float, Image]]:
        """Index, time and picture of every frame."""
        index, time_s = 0, 0.0
        while index != self.frame_count:
            try:
                with explained(self.name):
                    picture = self._picture(index)
            except DecodeError as error:
                if index == 0:
                    raise
                self.problem = f"damaged after {index} frames ({error.__cause__}); the rest is missing"
                return
            yield index, time_s, picture
            time_s += _duration_s(self._image)
            index += 1
        self._length_s = time_s

    def _picture(self, index: int) -> Image:
        """One frame of an animation."""
        with quiet():
            self._image.seek(self._first + index)
        check_picture_size(self._image, self.options.max_pixels, self.name)
        return to_array(self._image, self.name)

    def close(self) -> None:
        """Close the file."""
        self._image.close()
        self._stream.close()


class ArraySource(BaseSource):
    """An array as a stream of one frame."""

    def __init__(self, source: NDArray[Any], options: SourceOptions, colour: Colour | None = None) -> None:
        """Check the array.

        Args:
            source: uint8 (H, W, 3), or (H, W) if grey.
            options: Only max_size matters.
            colour: "rgb", "bgr" or "grey".

        Raises:
            OptionError: No such order, or the array doesn't fit it.
        """
        super().__init__("array", options)
        self._image = _as_rgb(source, colour)
        self.frame_count = 1

    def __iter__(self) -> Iterator[Frame]:
        """The picture."""
        yield Frame(shrink(self._image, self.options.max_size), source=self.name)


def _as_rgb(array: NDArray[Any], colour: str | None) -> Image:
    """An array of a stated colour order as RGB."""
    if colour not in ("rgb", "bgr", "grey"):
        raise OptionError(f"an array needs colour='rgb', 'bgr' (OpenCV's order) or 'grey', not {colour!r}")
    fits = array.ndim == 2 if colour == "grey" else array.ndim == 3 and array.shape[2] == 3
    if array.dtype != np.uint8 or not fits or 0 in array.shape:
        wanted = "(H, W)" if colour == "grey" else "(H, W, 3)"
        raise OptionError(f"a {colour} array must be uint8 {wanted}, not {array.dtype} {array.shape}")
    if colour == "grey":
        return np.repeat(array[..., None], 3, axis=2)
    return np.ascontiguousarray(array[..., ::-1] if colour == "bgr" else array)


def _count(image: Pillow.Image, first: int) -> int | None:
    """Number of frames from the first; None if only reading them tells. Pages of a TIFF don't count."""
    if image.format not in _ANIMATED:
        return 1
    try:
        with quiet():
            return int(getattr(image, "n_frames", 1)) - first
    except Exception:  # damaged further on; the frames before that are still wanted
        return None


def _further(image: Pillow.Image, stream: BinaryIO) -> tuple[str, ...]:
    """What a file holds beside what is read: further pages of a TIFF, pictures of a HEIC or behind a JPEG."""
    try:
        more = _count_further(image, stream)
    except Exception:  # damaged further on; the first picture is still wanted
        return ()
    what = "page" if image.format == "TIFF" else "picture"
    return (f"{more} further {what}{'s' * (more > 1)}",) if more else ()


def _count_further(image: Pillow.Image, stream: BinaryIO) -> int:
    """How many pages or pictures follow the first."""
    if image.format == "JPEG":
        place = stream.tell()
        stream.seek(0)
        more = further_frames(stream)
        stream.seek(place)
        return more
    if image.format not in ("TIFF", "HEIF"):
        return 0
    with quiet():
        return int(getattr(image, "n_frames", 1)) - 1


def _not_used(options: SourceOptions) -> tuple[str, ...]:
    """What was asked for and makes no difference to an animation."""
    notes = []
    if options.fps:
        notes.append("it has times of its own, so the rate that was given (fps, --fps) is left out")
    if options.track is not None and options.track > 1:
        notes.append(
            f"it has no tracks, so the one that was given (track {options.track}, --track) is left out"
        )
    return tuple(notes)


def _duration_s(image: Pillow.Image) -> float:
    """How long the current frame of an animation is shown; 0.1 s where it doesn't say, as browsers do."""
    milliseconds = float(image.info.get("duration") or 0)
    return (milliseconds if milliseconds > 10 else 100.0) / 1000
