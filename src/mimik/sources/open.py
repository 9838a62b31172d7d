"""The table of sources, and how an address finds its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mimik.errors import DecodeError, OptionError, SourceNotFoundError, UnknownNameError
from mimik.sources.address import SCHEMES, is_camera, is_video_file
from mimik.sources.base import Source
from mimik.sources.files import STILL_BRANDS, lfs_problem, open_file, sniff_image
from mimik.sources.options import Colour, SourceOptions
from mimik.tables import load_entry

SOURCES: dict[str, str] = {
    "image": "mimik.sources.images:ImageSource",
    "array": "mimik.sources.images:ArraySource",
    "video": "mimik.sources.video:VideoSource",
    "stream": "mimik.sources.live:open_stream",
    "camera": "mimik.sources.live:open_camera",
}
"""Kind of source to "module:class", which takes what was named and the options."""


SUFFIXES: dict[str, str] = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib"), "image"),
    **dict.fromkeys((".tif", ".tiff", ".gif"), "image"),
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".qt", ".3gp", ".mkv", ".webm", ".avi", ".flv"), "video"),
    **dict.fromkeys((".wmv", ".asf", ".ogv", ".mpg", ".mpeg", ".vob", ".ts", ".mts", ".m2ts"), "video"),
    **dict.fromkeys((".mjpg", ".mjpeg", ".mxf", ".dv", ".y4m", ".h264", ".264", ".hevc", ".ivf"), "video"),
}
"""Suffix of a file to its kind of source, where its first bytes don't tell that it is a picture."""


def open_source(
    source: str | Path | bytes | NDArray[np.uint8] | int,
    options: SourceOptions | None = None,
    *,
    colour: Colour | None = None,
    name: str | None = None,
) -> Source:
    """Open whatever holds pictures as one lazy stream of frames.

    Args:
        source: Path of a picture or video, an address (RTSP, HTTP), the number of a camera (0 or
            "0"), the bytes of a picture or video, or an array, uint8 (H, W, 3) or (H, W).
        options: Which frames are taken, and what may be decoded.
        colour: Order of an array's channels: "rgb", "bgr" or "grey"; must be given for an array.
        name: What results and the source's own messages call it; by default its path or address without a
            password, "bytes" or "array". An error in opening it speaks of what was opened.

    Returns:
        The source, to be used in a ``with`` block.

    Raises:
        SourceNotFoundError: There is no such file.
        DecodeError: It is empty, a folder, damaged, or neither a picture nor a video.
        TooLargeError: It has more pixels than options.max_pixels; nothing was decoded.
        LiveSourceError: The address doesn't answer.
        OptionError: The array or its colour order can't be used.
    """
    opened = _open(source, options or SourceOptions(), colour)
    opened.name = name or opened.name
    return opened


def _open(source: Any, options: SourceOptions, colour: Colour | None) -> Source:
    """A source under its own name."""
    if isinstance(source, np.ndarray):
        return cast(Source, load_entry(SOURCES, "array", "source")(source, options, colour))
    if colour is not None:
        raise OptionError(f"colour is for arrays only; {str(source)[:80]!r} has its own")
    kind, what = _find(source)
    return cast(Source, load_entry(SOURCES, kind, "source")(what, options))


def _find(source: Any) -> tuple[str, Any]:
    """The kind of a source, and what its class takes."""
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        return ("image" if sniff_image(data[:16]) else "video"), data
    if isinstance(source, int) or (isinstance(source, str) and is_camera(source)):
        return "camera", int(source)
    if isinstance(source, str) and "://" in source:
        scheme, path = source.split("://", 1)
        if scheme.lower() not in SCHEMES:
            raise UnknownNameError("kind of address", scheme, SCHEMES)
        return ("video" if is_video_file(scheme, path) else SCHEMES[scheme.lower()]), source
    if source == "":
        raise SourceNotFoundError("the name of a source is empty; name a picture, video or folder")
    if not isinstance(source, str | Path):
        raise OptionError(f"a source is a path, address, camera number, bytes or array, not {type(source)}")
    return _kind_of_file(Path(source)), Path(source)


def _kind_of_file(path: Path) -> str:
    """The kind of a file: by the first bytes of a picture, else by its suffix."""
    with open_file(path) as stream:
        start = stream.read(64)
    if problem := lfs_problem(start, path, "file"):
        raise DecodeError(problem)
    suffix = path.suffix.lower()
    if sniff_image(start) and suffix not in (".mjpg", ".mjpeg"):
        return "image"
    # A film that is named like a picture, but not HEIC or AVIF, which begin alike and get their own words.
    film = start[4:8] == b"ftyp" and start[8:12] not in STILL_BRANDS
    return "video" if film else SUFFIXES.get(suffix, "video")
