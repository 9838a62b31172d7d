"""The table of sources, and how an address finds its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mimik.errors import DecodeError, OptionError, SourceNotFoundError, UnknownNameError
from mimik.sources.address import (
    SCHEMES,
    SOUND_SUFFIXES,
    STDIN,
    is_camera,
    is_sequence,
    is_video_file,
    public_name,
    without_file_scheme,
)
from mimik.sources.archive import read_entry, split_entry
from mimik.sources.base import Source
from mimik.sources.files import START_BYTES, lfs_problem, open_file, sniff_image
from mimik.sources.options import Colour, SourceOptions
from mimik.tables import load_entry

SOURCES: dict[str, str] = {
    "image": "mimik.sources.images:ImageSource",
    "array": "mimik.sources.images:ArraySource",
    "video": "mimik.sources.video:VideoSource",
    "sequence": "mimik.sources.sequence:SequenceSource",
    "stream": "mimik.sources.live:open_stream",
    "camera": "mimik.sources.live:open_camera",
}
"""Kind of source to "module:class", which takes what was named and the options."""


SUFFIXES: dict[str, str] = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib"), "image"),
    **dict.fromkeys((".tif", ".tiff", ".gif", ".heic", ".heif", ".hif", ".avif", ".avifs"), "image"),
    **dict.fromkeys(
        (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".tga", ".ppm", ".pgm", ".pbm", ".pnm"), "image"
    ),
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".qt", ".3gp", ".mkv", ".webm", ".avi", ".flv"), "video"),
    **dict.fromkeys((".wmv", ".asf", ".ogv", ".mpg", ".mpeg", ".vob", ".ts", ".mts", ".m2ts"), "video"),
    **dict.fromkeys((".mjpg", ".mjpeg", ".mxf", ".dv", ".y4m", ".h264", ".264", ".hevc", ".ivf"), "video"),
}
"""Suffix of a file to its kind of source, where its first bytes don't tell that it is a picture."""

OTHERS: dict[str, str] = {
    **dict.fromkeys(
        (".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf"), "a camera's raw picture"
    ),
    **dict.fromkeys((".exr", ".hdr", ".jxl", ".jxr"), "a picture of a kind that mimik doesn't read"),
    **dict.fromkeys((".psd", ".xcf", ".svg", ".eps", ".ai", ".pdf"), "a drawing or document"),
    **dict.fromkeys(SOUND_SUFFIXES, "sound alone"),
    **dict.fromkeys((".tar", ".tgz", ".gz", ".rar", ".7z"), "an archive"),
    **dict.fromkeys((".jsonl", ".csv", ".parquet"), "a table"),
}
"""Suffix of what can't be read to what it is."""
REMEDIES = {
    "sound alone": "it has a voice and no face: --tasks voice (in Python mimik.listen) hears it",
    "an archive": "unpack it, or pack it as a .zip",
    "a table": "name the pictures or videos; 'mimik summary' reads tables of results",
}
"""What can't be read to the way that works; all else is to be exported."""


def open_source(
    source: str | Path | bytes | NDArray[np.uint8] | int,
    options: SourceOptions | None = None,
    *,
    colour: Colour | None = None,
    name: str | None = None,
) -> Source:
    """Open whatever holds pictures as one lazy stream of frames.

    Args:
        source: Path of a picture or video, also within a .zip ("photos.zip/a.jpg"); numbered pictures as
            a film ("frame_%04d.jpg"); an address (RTSP, HTTP, file://); the number of a camera (0 or "0");
            "-" for what is piped in; the bytes of a picture or video; or an array, uint8 (H, W, 3) or (H, W).
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
    source = without_file_scheme(source) if isinstance(source, str) else source
    if source == STDIN:
        return _under(public_name(STDIN), _open(_standard_input(), options, None))
    if isinstance(source, str | Path) and (entry := split_entry(Path(source))):
        return _under(str(source), _open(read_entry(*entry), options, None))
    kind, what = _find(source)
    return cast(Source, load_entry(SOURCES, kind, "source")(what, options))


def _under(name: str, opened: Source) -> Source:
    """A source of bytes, under the name of where they came from."""
    opened.name = name
    return opened


def _standard_input() -> bytes:
    """All that is piped in; a picture or video can be read only once it is whole."""
    data = sys.stdin.buffer.read()
    if not data:
        raise DecodeError("stdin: nothing was piped in; use it as in 'cat photo.jpg | mimik analyze -'")
    return data


def _find(source: Any) -> tuple[str, Any]:
    """The kind of a source, and what its class takes."""
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        return ("image" if sniff_image(data[:START_BYTES]) else "video"), data
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
    if is_sequence(str(source)):
        return "sequence", Path(source)
    return _kind_of_file(Path(source)), Path(source)


def _kind_of_file(path: Path) -> str:
    """The kind of a file: by the first bytes of a picture, else by its suffix."""
    with open_file(path) as stream:
        start = stream.read(START_BYTES)
    if problem := lfs_problem(start, path, "file"):
        raise DecodeError(problem)
    suffix = path.suffix.lower()
    if sniff_image(start) and suffix not in (".mjpg", ".mjpeg"):
        return "image"
    if not start[4:8] == b"ftyp" and (other := OTHERS.get(suffix)):
        raise DecodeError(f"{path}: {other}: {REMEDIES.get(other, 'export it as PNG, JPEG or TIFF')}")
    # A film that is named like a picture.
    return "video" if start[4:8] == b"ftyp" else SUFFIXES.get(suffix, "video")
