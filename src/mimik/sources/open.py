"""The table of sources, and how an address finds its own."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from mimik.errors import (
    DecodeError,
    NoPictureError,
    OptionError,
    SourceError,
    SourceNotFoundError,
    UnknownNameError,
)
from mimik.sources.address import (
    SCHEMES,
    SOUND_REMEDY,
    is_camera,
    is_sequence,
    is_stored,
    is_video_file,
    plain,
    public_name,
)
from mimik.sources.base import Source
from mimik.sources.files import (
    EXPORT,
    RAW,
    START_BYTES,
    is_film,
    is_sound_alone,
    lfs_problem,
    open_file,
    sniff_image,
)
from mimik.sources.held import called, is_held, read_held
from mimik.sources.joined import further_frames
from mimik.sources.options import Colour, SourceOptions
from mimik.storage.identity import whole_of
from mimik.storage.kinds import PICTURES, SOUNDS
from mimik.storage.remote import STORES, RemoteFile, split_query
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
    **dict.fromkeys(PICTURES, "image"),
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".qt", ".3gp", ".mkv", ".webm", ".avi", ".flv"), "video"),
    **dict.fromkeys((".wmv", ".asf", ".ogv", ".mpg", ".mpeg", ".vob", ".ts", ".mts", ".m2ts"), "video"),
    **dict.fromkeys((".mjpg", ".mjpeg", ".mxf", ".dv", ".y4m", ".h264", ".264", ".hevc", ".ivf"), "video"),
}
"""Suffix of a file to its kind of source, where its first bytes don't tell that it is a picture."""

SOUND_ALONE = "sound alone"
OTHERS: dict[str, str] = {
    **dict.fromkeys(
        (".cr2", ".cr3", ".nef", ".nrw", ".arw", ".dng", ".orf", ".rw2", ".raf", ".pef", ".srw"), RAW
    ),
    **dict.fromkeys((".exr", ".hdr", ".jxl", ".jxr"), "a picture of a kind that mimik doesn't read"),
    **dict.fromkeys((".psd", ".xcf", ".svg", ".eps", ".ai", ".pdf"), "a drawing or document"),
    **dict.fromkeys(SOUNDS, SOUND_ALONE),
    **dict.fromkeys((".tar", ".tgz", ".gz", ".rar", ".7z"), "an archive"),
    **dict.fromkeys((".jsonl", ".csv", ".parquet"), "a table"),
}
"""Suffix of what can't be read to what it is."""
REMEDIES = {
    SOUND_ALONE: SOUND_REMEDY,
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
            a film ("frame_%04d.jpg"); an address (RTSP, HTTP, file://, or of an object store: s3://, gs://,
            az://, hf://); the number of a camera (0 or "0"); "-" for what is piped in; the bytes of a
            picture or video; or an array, uint8 (H, W, 3) or (H, W).
        options: Which frames are taken, and what may be decoded.
        colour: Order of an array's channels: "rgb", "bgr" or "grey"; must be given for an array.
        name: What results and the source's own messages call it; by default its path or address without a
            password, "bytes" or "array". An error in opening it speaks of what was opened.

    Returns:
        The source, to be used in a ``with`` block.

    Raises:
        SourceNotFoundError: There is no such file.
        NoPictureError: It holds sound alone.
        DecodeError: It is empty, a folder, damaged, or neither a picture nor a video.
        TooLargeError: It has more pixels than options.max_pixels; nothing was decoded.
        LiveSourceError: The address doesn't answer.
        OptionError: The array or its colour order can't be used.
    """
    if colour is None and isinstance(source, str | Path):
        source = plain(source) if isinstance(source, str) else source
        if is_held(source):
            held, known_as = read_held(source)
            return open_held(held, options, name or known_as)
        if isinstance(source, str) and is_stored(source):
            return _open_stored(source, options or SourceOptions(), name or public_name(source))
    opened = _open(source, options or SourceOptions(), colour)
    opened.name = name or opened.name
    return opened


def open_held(data: bytes, options: SourceOptions | None, name: str) -> Source:
    """Open bytes under the name of where they came from, in messages too; see open_source."""
    suffix = PurePosixPath(whole_of(name)).suffix
    with called(name):
        opened = _open(data, options or SourceOptions(), None, suffix)
    opened.name = name
    return opened


def _open_stored(address: str, options: SourceOptions, name: str) -> Source:
    """A file of a store: a picture is fetched as a whole, a video is read as its frames are asked for."""
    file = RemoteFile(address)
    try:
        start = file.read(START_BYTES)
        file.seek(0)
        if not start:
            raise DecodeError(f"{file.name}: the file is empty; copy or export it again")
        if _kind_of(start, file.name, PurePosixPath(split_query(address)[0]).suffix) == "image":
            with file, called(name):
                opened = cast(Source, load_entry(SOURCES, "image", "source")(file.read_all(), options))
        else:
            opened = cast(Source, load_entry(SOURCES, "video", "source")(file, options))
    except SourceError:
        file.close()
        raise
    opened.name = name
    return opened


def _open(source: Any, options: SourceOptions, colour: Colour | None, suffix: str = "") -> Source:
    """A source under its own name; of bytes, suffix is that of the file which they are from."""
    if isinstance(source, np.ndarray):
        return cast(Source, load_entry(SOURCES, "array", "source")(source, options, colour))
    if colour is not None:
        raise OptionError(f"colour is for arrays only; {str(source)[:80]!r} has its own")
    kind, what = _find(source, suffix)
    return cast(Source, load_entry(SOURCES, kind, "source")(what, options))


def _find(source: Any, suffix: str) -> tuple[str, Any]:
    """The kind of a source, and what its class takes."""
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        kind = _kind_of(data[:START_BYTES], "bytes", suffix)
        return _or_film(kind, suffix, io.BytesIO(data)), data
    if isinstance(source, int) or (isinstance(source, str) and is_camera(source)):
        return "camera", int(source)
    if isinstance(source, str) and "://" in source:
        scheme, path = source.split("://", 1)
        if scheme.lower() not in SCHEMES:
            raise UnknownNameError("kind of address", scheme, {*SCHEMES, *STORES, "file", "zip"})
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
        kind = _kind_of(stream.read(START_BYTES), str(path), path.suffix)
        return _or_film(kind, path.suffix, stream)


def _or_film(kind: str, suffix: str, stream: BinaryIO) -> str:
    """The kind of a file, but "video" of JPEGs one after another that aren't named as a picture."""
    if kind != "image" or suffix.lower() in PICTURES:
        return kind
    stream.seek(0)
    return "video" if further_frames(stream) else kind


def _kind_of(start: bytes, name: str, suffix: str) -> str:
    """The same, by its first START_BYTES, what messages call it, and its suffix."""
    if problem := lfs_problem(start, name, "file"):
        raise DecodeError(problem)
    suffix = suffix.lower()
    kind, other = sniff_image(start), OTHERS.get(suffix)
    # Most raw pictures begin as a TIFF, of which a thumbnail would be read; Canon's as an MP4.
    if (other == RAW and kind == "TIFF") or start[4:12] == b"ftypcrx ":
        raise DecodeError(f"{name}: {RAW}: {EXPORT}")
    if kind and suffix not in (".mjpg", ".mjpeg"):
        return "image"
    if start[4:8] != b"ftyp" and other:
        error = NoPictureError if other == SOUND_ALONE else DecodeError
        raise error(f"{name}: {other}: {REMEDIES.get(other, EXPORT)}")
    if is_sound_alone(start):
        raise NoPictureError(f"{name}: {SOUND_ALONE}: {SOUND_REMEDY}")
    # A film that is named like a picture.
    return "video" if is_film(start) else SUFFIXES.get(suffix, "video")
