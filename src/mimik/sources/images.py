"""Pictures: the one decoder of mimik, and pictures, animations and arrays as sources."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import (  # noqa: F401 - plugins that are here needn't be searched for by Pillow
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)
from PIL import Image as Pillow

from mimik.errors import DecodeError, OptionError, SourceError, TooLargeError
from mimik.sources.base import BaseSource
from mimik.sources.files import START_BYTES, open_file, sniff_image
from mimik.sources.options import Colour, SourceOptions
from mimik.sources.orientation import upright
from mimik.sources.select import select, shrink
from mimik.types import Frame, Image

MAX_PIXELS = SourceOptions().max_pixels
"""Default of ``decode_image``'s limit."""

_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
_ORIENTATION = 0x0112
_EXIF, _TAKEN, _TAKEN_ZONE = 0x8769, 0x9003, 0x9011
_MAX_SAMPLE_VALUE = 281
_TAIL_BYTES, _LAST_ROWS = 24, 8
"""How much of a JPEG's data is some of its last block, and rows that are in the last ones."""
KNOWN = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, JPEG 2000, BMP, GIF, TGA or PPM"
"""What a picture may be, for messages."""
_LOCK = threading.RLock()


def decode_image(data: bytes | Path, max_pixels: int = MAX_PIXELS, where: str = "") -> Image:
    """Decode one picture: JPEG, PNG, WebP, BMP, TIFF or GIF.

    EXIF rotation is applied; grey and CMYK become RGB; what is transparent shows white; 16 bits
    are scaled to 8. Of an animation or a TIFF of several pages the first picture is read. Colour
    profiles are left out of account.

    Args:
        data: The file's bytes or its path.
        max_pixels: A picture with more is refused before it is decoded.
        where: What the messages call it; the path if empty.

    Returns:
        RGB, uint8, (H, W, 3), upright; the array may be read-only.

    Raises:
        SourceNotFoundError: There is no such file.
        DecodeError: Empty, truncated, damaged or not a picture.
        TooLargeError: More pixels than the limit; nothing was decoded.
    """
    where = where or (str(data) if isinstance(data, Path) else "picture")
    with _stream(data, where) as stream, _explained(where), _open(stream, max_pixels, where) as image:
        return _to_array(image, where)


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
        self._stream = _stream(source, self.name)
        try:
            with _explained(self.name):
                self._image = _open(self._stream, options.max_pixels, self.name)
        except SourceError:
            self._stream.close()
            raise
        self.frame_count = _count(self._image)
        self.left_out = _further(self._image)
        self.created_at = _created_at(self._image)
        self._length_s: float | None = None

    def __iter__(self) -> Iterator[Frame]:
        """The picture, or the animation's frames.

        Raises:
            DecodeError: Damaged before the first frame; later, what was read is kept and
                ``problem`` says what happened, also where no frame lies in the time range.
        """
        if self.frame_count == 1:
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
            with _explained(self.name):
                return _to_array(self._image, self.name)
        except DecodeError:
            self._stream.seek(0)
            with _explained(self.name):
                whole = self._image.format in ("JPEG", "MPO") and _is_all_there(self._stream.read())
            if not whole:
                raise
            with _explained(self.name), _forgiving():
                image = _to_array(self._image, self.name)
        self.problem = "cut short: its end is missing; export or copy it again"
        return image

    def _animation(self) -> Iterator[tuple[int, float, Image]]:
        """Index, time and picture of every frame."""
        index, time_s = 0, 0.0
        while index != self.frame_count:
            try:
                with _explained(self.name):
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
        with _quiet():
            self._image.seek(index)
        _check_size(self._image, self.options.max_pixels, self.name)
        return _to_array(self._image, self.name)

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


def _stream(data: bytes | Path, where: str) -> BinaryIO:
    """A picture's bytes as a stream."""
    if isinstance(data, Path):
        return open_file(data)
    if not data:
        raise DecodeError(f"{where}: there are no bytes; read the file again")
    return io.BytesIO(data)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back Pillow's warnings and its own pixel limit, which are the process's, not ours."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Pillow.MAX_IMAGE_PIXELS = Pillow.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Pillow.MAX_IMAGE_PIXELS = limit


@contextmanager
def _forgiving() -> Iterator[None]:
    """Have Pillow read pictures that end early; it knows this as a switch of the process only."""
    with _LOCK:
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _is_all_there(data: bytes) -> bool:
    """Whether a JPEG that lacks its end has its last rows: then its last bytes make a difference there.

    Where its data end earlier, libjpeg fills the rest with one colour, whatever the last bytes are.
    """
    rows = []
    for part in (data, data[:-_TAIL_BYTES]):
        with _forgiving(), Pillow.open(io.BytesIO(part), formats=["JPEG"]) as image:
            rows.append(np.asarray(image)[-_LAST_ROWS:])
    return bool((rows[0] != rows[1]).any())


@contextmanager
def _explained(where: str) -> Iterator[None]:
    """Turn whatever Pillow raises on damaged data into a DecodeError."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:  # Pillow's plugins raise nearly every type on damaged data
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DecodeError(f"{where}: truncated or damaged picture ({reason}); export it again") from error


def _open(stream: BinaryIO, max_pixels: int, where: str) -> Pillow.Image:
    """Read a picture's header and check its size."""
    start = stream.read(START_BYTES)
    stream.seek(0)
    kind = sniff_image(start)
    if kind is None and Path(str(getattr(stream, "name", ""))).suffix.lower() == ".tga":
        kind = "TGA"  # It has no mark of its own.
    if kind is None:
        hint = "a video" if start[4:8] == b"ftyp" else "nothing that is known"
        raise DecodeError(f"{where}: not a picture (it holds {hint}); use {KNOWN}")
    if kind == "HEIF":
        _load_heif(where)
    with _quiet():
        try:
            image = Pillow.open(stream, formats=[kind])
        except UnidentifiedImageError as error:
            name = "HEIC" if kind == "HEIF" else kind
            raise DecodeError(f"{where}: damaged picture (it begins as {name}); export it again") from error
    _check_size(image, max_pixels, where)
    return image


def _load_heif(where: str) -> None:
    """Teach Pillow to read HEIC.

    Raises:
        DecodeError: The decoder isn't installed.
    """
    try:
        from pi_heif import register_heif_opener
    except ImportError as error:
        raise DecodeError(
            f"{where}: HEIC, as phones store photos, needs a decoder of its own: pip install 'mimik[heic]'"
        ) from error
    register_heif_opener()


def _count(image: Pillow.Image) -> int | None:
    """Number of frames; None if it can only be known by reading them. Pages of a TIFF don't count."""
    if image.format not in _ANIMATED:
        return 1
    try:
        with _quiet():
            return int(getattr(image, "n_frames", 1))
    except Exception:  # damaged further on; the frames before that are still wanted
        return None


def _created_at(image: Pillow.Image) -> str | None:
    """When a photo was taken, by its EXIF: the camera's clock, with its time zone if it knows one."""
    if "exif" not in image.info:
        return None
    try:
        with _quiet():
            taken = image.getexif().get_ifd(_EXIF)
        moment = datetime.strptime(str(taken[_TAKEN])[:19], "%Y:%m:%d %H:%M:%S")
        return moment.isoformat() + str(taken.get(_TAKEN_ZONE, "")).strip("\0 ")
    except Exception:  # damaged EXIF, or a time that is none, leaves the picture whole
        return None


def _further(image: Pillow.Image) -> tuple[str, ...]:
    """What a file holds beside the picture that is read: pages of a TIFF, further pictures of a HEIC."""
    if image.format not in ("TIFF", "HEIF"):
        return ()
    try:
        with _quiet():
            more = int(getattr(image, "n_frames", 1)) - 1
    except Exception:  # damaged further on; the first picture is still wanted
        return ()
    what = "page" if image.format == "TIFF" else "picture"
    return (f"{more} further {what}{'s' * (more > 1)}",) if more else ()


def _check_size(image: Pillow.Image, max_pixels: int, where: str) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise TooLargeError(
            f"{where}: {width} x {height} pixels are more than the limit of {max_pixels}; "
            "scale it down, or raise the limit (max_pixels, --max-pixels)"
        )


def _to_array(image: Pillow.Image, where: str) -> Image:
    """Decode an open picture."""
    if image.format == "TIFF":
        with _quiet():  # only this plugin warns while it decodes
            image.load()
    else:
        image.load()
    orientation = _orientation(image)
    # Of a PPM Pillow makes 16 bits in an image of 32.
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        return upright(_from_16_bits(image), orientation)
    if image.mode in ("I", "F"):
        raise DecodeError(f"{where}: pixels of 32 bits have no known range; export it with 8 or 16 bits")
    if image.has_transparency_data:
        image = Pillow.alpha_composite(Pillow.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return upright(np.asarray(image if image.mode == "RGB" else image.convert("RGB")), orientation)


def _orientation(image: Pillow.Image) -> int:
    """How the picture lies, 1 to 8."""
    if "exif" not in image.info and image.format != "TIFF":
        return 1
    try:
        with _quiet():
            value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF, which many cameras and editors write, leaves the pixels whole
        return 1
    return value if isinstance(value, int) else 1


def _from_16_bits(image: Pillow.Image) -> Image:
    """Grey of 16 bits as RGB of 8: 0 stays 0, and the largest value that there may be becomes 255.

    Cameras and scanners store 10, 12 or 14 bits in 16. A TIFF may say what its largest value is; else it
    is that of the fewest such bits that hold all values of the picture.
    """
    values = np.asarray(image).astype(np.uint32)
    said = image.tag_v2.get(_MAX_SAMPLE_VALUE) if isinstance(image, TiffImagePlugin.TiffImageFile) else None
    most = int(said[0] if isinstance(said, tuple) else said or 0)
    largest = int(values.max(initial=0))
    if not largest <= most <= 65535:
        most = next((1 << bits) - 1 for bits in (10, 12, 14, 16) if largest < 1 << bits)
    grey = ((values * 255 + most // 2) // most).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _duration_s(image: Pillow.Image) -> float:
    """How long the current frame of an animation is shown; 0.1 s where it doesn't say, as browsers do."""
    milliseconds = float(image.info.get("duration") or 0)
    return (milliseconds if milliseconds > 10 else 100.0) / 1000
