"""The one decoder of pictures: Pillow, with its errors in words."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
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

from mimik.errors import DecodeError, SourceError, TooLargeError
from mimik.sources.deep import from_16_bits, from_deep_colour, has_deep_colour
from mimik.sources.files import EXPORT, RAW, START_BYTES, is_film, open_file, sniff_image
from mimik.sources.hdr import high_range, in_standard_range
from mimik.sources.options import SourceOptions
from mimik.sources.orientation import upright
from mimik.types import Image

MAX_PIXELS = SourceOptions().max_pixels
"""Default of ``decode_image``'s limit."""

_ORIENTATION, _EXIF, _TAKEN, _TAKEN_ZONE = 0x0112, 0x8769, 0x9003, 0x9011
"""Tags of EXIF."""
_REDUCED, _WITHIN, _DNG = 254, 330, 50706
"""Tags of TIFF: whether it is a thumbnail, where further pictures lie, and that it is a DNG."""
_RANGE = "mimik: high range"
"""Where an open picture keeps what it says of its high dynamic range."""
_TOO_LARGE = "exceeds the maximum image size"
"""What the decoder of HEIC says of one whose whole picture has far more pixels than are shown (clap)."""
_TAIL_BYTES, _LAST_ROWS = 24, 8
"""How much of a JPEG's data is some of its last block, and rows that are in the last ones."""
KNOWN = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, JPEG 2000, BMP, GIF, TGA or PPM"
"""What a picture may be, for messages."""

_LOCK = threading.RLock()


def decode_image(data: bytes | Path, max_pixels: int = MAX_PIXELS, where: str = "") -> Image:
    """Decode one picture: JPEG, PNG, WebP, BMP, TIFF or GIF.

    EXIF rotation is applied; grey and CMYK become RGB; what is transparent shows white; 16 bits
    are scaled to 8; high dynamic range (PQ, HLG) is brought to the standard one. Of an animation or
    a TIFF of several pages the first picture is read. Colour profiles are left out of account.

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
    with (
        open_stream_of(data, where) as stream,
        explained(where),
        open_picture(stream, max_pixels, where) as image,
    ):
        return to_array(image, where)


def open_stream_of(data: bytes | Path, where: str) -> BinaryIO:
    """A picture's bytes as a stream."""
    if isinstance(data, Path):
        return open_file(data)
    if not data:
        raise DecodeError(f"{where}: there are no bytes; read the file again")
    return io.BytesIO(data)


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back Pillow's warnings and its own pixel limit, which are the process's, not ours."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Pillow.MAX_IMAGE_PIXELS = Pillow.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Pillow.MAX_IMAGE_PIXELS = limit


@contextmanager
def forgiving() -> Iterator[None]:
    """Have Pillow read pictures that end early; it knows this as a switch of the process only."""
    with _LOCK:
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def is_all_there(data: bytes) -> bool:
    """Whether a JPEG that lacks its end has its last rows: then its last bytes make a difference there.

    Where its data end earlier, libjpeg fills the rest with one colour, whatever the last bytes are.
    """
    rows = []
    for part in (data, data[:-_TAIL_BYTES]):
        with forgiving(), Pillow.open(io.BytesIO(part), formats=["JPEG"]) as image:
            rows.append(np.asarray(image)[-_LAST_ROWS:])
    return bool((rows[0] != rows[1]).any())


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn whatever Pillow raises on damaged data into a DecodeError."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:  # Pillow's plugins raise nearly every type on damaged data
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        if _TOO_LARGE in reason:
            raise DecodeError(
                f"{where}: shows a small part of a large picture, which the decoder refuses; {EXPORT}"
            ) from error
        raise DecodeError(f"{where}: truncated or damaged picture ({reason}); export it again") from error


def open_picture(stream: BinaryIO, max_pixels: int, where: str) -> Pillow.Image:
    """Read a picture's header and check its size."""
    start = stream.read(START_BYTES)
    stream.seek(0)
    kind = sniff_image(start)
    if kind is None and Path(str(getattr(stream, "name", ""))).suffix.lower() == ".tga":
        kind = "TGA"  # It has no mark of its own.
    if kind is None:
        hint = "a video" if is_film(start) else "nothing that is known"
        raise DecodeError(f"{where}: not a picture (it holds {hint}); use {KNOWN}")
    if kind == "HEIF":
        _load_heif(where)
    with quiet():
        try:
            image = Pillow.open(stream, formats=[kind])
        except UnidentifiedImageError as error:
            name = "HEIC" if kind == "HEIF" else kind
            raise DecodeError(f"{where}: damaged picture (it begins as {name}); export it again") from error
    if kind == "TIFF" and _is_raw(image, start):
        raise DecodeError(f"{where}: {RAW}: {EXPORT}")
    check_picture_size(image, max_pixels, where)
    image.info[_RANGE] = high_range(stream, kind)
    return image


def _is_raw(image: Pillow.Image, start: bytes) -> bool:
    """Whether a TIFF is a camera's raw picture, by its first directory, which mostly holds a thumbnail."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    thumbnail = tags.get(_REDUCED) == 1 and _WITHIN in tags
    return start[8:10] == b"CR" or _DNG in tags or thumbnail


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


def _has_exif(image: Pillow.Image) -> bool:
    """Whether there is any EXIF; of a PNG also as ImageMagick and older programs write it."""
    return "exif" in image.info or "Raw profile type exif" in image.info


def taken_at(image: Pillow.Image) -> str | None:
    """When a photo was taken, by its EXIF: the camera's clock, with its time zone if it knows one."""
    if not _has_exif(image):
        return None
    try:
        with quiet():
            taken = image.getexif().get_ifd(_EXIF)
        moment = datetime.strptime(str(taken[_TAKEN])[:19], "%Y:%m:%d %H:%M:%S")
        return moment.isoformat() + str(taken.get(_TAKEN_ZONE, "")).strip("\0 ")
    except Exception:  # damaged EXIF, or a time that is none, leaves the picture whole
        return None


def check_picture_size(image: Pillow.Image, max_pixels: int, where: str) -> None:
    """Refuse a picture with too many pixels.

    Raises:
        TooLargeError: It has more than max_pixels.
    """
    width, height = image.size
    if width * height > max_pixels:
        raise TooLargeError(
            f"{where}: {width} x {height} pixels are more than the limit of {max_pixels}; "
            "scale it down, or raise the limit (max_pixels, --max-pixels)"
        )


def to_array(image: Pillow.Image, where: str) -> Image:
    """Decode an open picture."""
    deep = getattr(image, "fp", None) if has_deep_colour(image) and not image.info.get(_RANGE) else None
    if image.format == "TIFF":
        with quiet():  # only this plugin warns while it decodes
            image.load()
    else:
        image.load()
    pixels = _pixels(image, deep, where)
    if said := image.info.get(_RANGE):
        pixels = in_standard_range(pixels, said)
    return upright(pixels, _orientation(image))


def _pixels(image: Pillow.Image, deep: Any, where: str) -> Image:
    """The pixels of a decoded picture as they lie; deep is the file of one with 16 bits a colour."""
    if deep is not None:
        with quiet():
            return from_deep_colour(image, deep)
    # Of a PPM Pillow makes 16 bits in an image of 32.
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        return from_16_bits(image)
    if image.mode in ("I", "F"):
        raise DecodeError(f"{where}: pixels of 32 bits have no known range; export it with 8 or 16 bits")
    if image.has_transparency_data and not _is_padded(image):
        image = image.convert("LA") if image.mode == "La" else image
        image = Pillow.alpha_composite(Pillow.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _is_padded(image: Pillow.Image) -> bool:
    """Whether what stands for an alpha fills up 32 bits: many a TGA or BMP with zeros there is opaque."""
    padded = image.format in ("TGA", "BMP", "DIB") and image.mode in ("RGBA", "LA")
    return padded and image.getchannel("A").getextrema() == (0, 0)


def _orientation(image: Pillow.Image) -> int:
    """How the picture lies, 1 to 8."""
    if not _has_exif(image) and image.format != "TIFF":
        return 1
    try:
        with quiet():
            value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF, which many cameras and editors write, leaves the pixels whole
        return 1
    return value if isinstance(value, int) else 1
