"""What every source offers, its options, and how an address finds its source."""

from __future__ import annotations

import dataclasses
import glob
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Literal, Protocol, Self, TypeAlias, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mimik.errors import DecodeError, OptionError, SourceNotFoundError, UnknownNameError
from mimik.sources.files import LFS_POINTER, STILL_BRANDS, open_file, sniff_image
from mimik.tables import load_entry
from mimik.types import Frame

Colour: TypeAlias = Literal["rgb", "bgr", "grey"]
"""Order of an array's channels."""

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

SCHEMES: dict[str, str] = dict.fromkeys(
    ("rtsp", "rtsps", "rtmp", "http", "https", "udp", "tcp", "srt"), "stream"
)
"""Scheme of an address to its kind of source."""

FINITE = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
"""An HTTP address that ends so is a video file: no frame is skipped."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Which frames are taken, and what may be decoded.

    The time range, every and max_fps choose among the frames of what moves; a still picture is
    always taken.
    """

    start_s: float = 0.0
    """Frames before this time are left out, seconds from the first frame."""
    end_s: float | None = None
    """Frames at or after this time are left out."""
    every: int = 1
    """Take every Nth frame, the first of the time range and on from there."""
    max_fps: float | None = None
    """Take at most this many frames per second of the source's own time."""
    max_size: int | None = None
    """Frames with a longer side than this are scaled down to it, in pixels."""
    max_pixels: int = 100_000_000
    """Pictures with more pixels are refused before they are decoded."""
    patience_s: float = 10.0
    """How long a live source may be silent, and is reconnected to, before it is given up."""
    threads: int | None = None
    """Threads that decode a video; None is one a core, 4 at most."""

    def __post_init__(self) -> None:
        self._check_kinds()
        end_s = math.inf if self.end_s is None else self.end_s
        if not 0 <= self.start_s < end_s or math.isinf(self.start_s):
            until = "on" if self.end_s is None else f"to {self.end_s:g} s"
            raise OptionError(
                f"the time range from {self.start_s:g} s {until} is empty or negative "
                "(start_s and end_s, --start and --end)"
            )
        if self.every < 1:
            raise OptionError(f"every (--every) must be 1 or more, not {self.every}")
        if self.max_fps is not None and not self.max_fps > 0:
            raise OptionError(f"frames a second (max_fps, --max-fps) must be above 0, not {self.max_fps:g}")
        if self.max_size is not None and self.max_size < 16:
            raise OptionError(
                f"the longer side (max_size, --max-size) must be 16 pixels or more, not {self.max_size}"
            )
        if self.max_pixels < 1:
            raise OptionError(
                f"the limit of pixels (max_pixels, --max-pixels) must be 1 or more, not {self.max_pixels}"
            )
        if not self.patience_s > 0:
            raise OptionError(
                f"the patience (patience_s, --patience) must be above 0 seconds, not {self.patience_s:g}"
            )
        if self.threads is not None and self.threads < 1:
            raise OptionError(f"threads must be 1 or more, not {self.threads}")

    def _check_kinds(self) -> None:
        """Refuse what is no number, such as a text that was read from a file."""
        for option in dataclasses.fields(self):
            value = getattr(self, option.name)
            if value is None and option.default is None:
                continue
            whole = "int" in str(option.type)
            if not isinstance(value, Integral if whole else Real):
                kind = "a whole number" if whole else "a number"
                raise OptionError(f"{option.name} must be {kind}, not {value!r}")

    def settings(self) -> dict[str, Any]:
        """Those that change what is read, JSON-safe, as RunInfo's settings hold them under "frames"."""
        values = dataclasses.asdict(self)
        # Whether a source can be read at all, and how fast, changes nothing in what was read.
        for name in ("max_pixels", "patience_s", "threads"):
            del values[name]
        return values


@runtime_checkable
class Source(Protocol):
    """A stream of frames. Use it in a ``with`` block and iterate once."""

    name: str
    """Path, address or name, as in results."""
    live: bool
    """Whether the newest frame wins; a file never skips."""
    skipped: int
    """Frames of a live source that came while the reader was busy."""
    frame_count: int | None
    """Expected number of frames, for a progress bar; None if unknown."""
    fps: float | None
    """Mean frames per second, None for a picture or if unknown."""
    problem: str | None
    """Why a file ended early (a video cut in half), None if nothing went wrong."""

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BaseSource:
    """What sources share: the attributes of Source and the ``with`` block."""

    live = False

    def __init__(self, name: str, options: SourceOptions) -> None:
        """Start with nothing known.

        Args:
            name: Path, address or name, as in results.
            options: Which frames are taken.
        """
        self.name = name
        self.options = options
        self.skipped = 0
        self.frame_count: int | None = None
        self.fps: float | None = None
        self.problem: str | None = None

    def _none_in_range(self, length_s: float | None) -> str:
        """What to say where no frame was taken; length_s is the source's length, if known."""
        length = "" if length_s is None else f"; it is {length_s:.1f} s long"
        return f"it has no frame in the time range that was asked for{length}"

    def close(self) -> None:
        """Let go of the file or device; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_source(
    source: str | Path | bytes | NDArray[np.uint8] | int,
    options: SourceOptions | None = None,
    *,
    colour: Colour | None = None,
) -> Source:
    """Open whatever holds pictures as one lazy stream of frames.

    Args:
        source: Path of a picture or video, an address (RTSP, HTTP), the number of a camera (0 or
            "0"), the bytes of a picture or video, or an array, uint8 (H, W, 3) or (H, W).
        options: Which frames are taken, and what may be decoded.
        colour: Order of an array's channels: "rgb", "bgr" or "grey"; must be given for an array.

    Returns:
        The source, to be used in a ``with`` block.

    Raises:
        SourceNotFoundError: There is no such file.
        DecodeError: It is empty, a folder, damaged, or neither a picture nor a video.
        TooLargeError: It has more pixels than options.max_pixels; nothing was decoded.
        LiveSourceError: The address doesn't answer.
        OptionError: The array or its colour order can't be used.
    """
    options = options or SourceOptions()
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
        return ("video" if _is_file(scheme, path) else SCHEMES[scheme.lower()]), source
    if source == "":
        raise SourceNotFoundError("the name of a source is empty; name a picture, video or folder")
    if not isinstance(source, str | Path):
        raise OptionError(f"a source is a path, address, camera number, bytes or array, not {type(source)}")
    return _kind_of_file(Path(source)), Path(source)


def public_name(spec: str) -> str:
    """What a user wrote, without the name and password of a stream's address: for results and messages."""
    return re.sub(r"(?<=://)[^/?#]*@", "", spec)


def is_live(spec: str) -> bool:
    """Whether what a user wrote is a camera's number or a stream's address, which have no end."""
    scheme, _, path = spec.partition("://")
    return is_camera(spec) or (path != "" and not _is_file(scheme, path))


def is_camera(spec: str) -> bool:
    """Whether what a user wrote is a camera's number; a file or folder of that name goes first."""
    return spec.isdecimal() and not _exists(spec)


def _exists(spec: str) -> bool:
    """Whether there is such a file or folder; a text that can be no path is none."""
    try:
        return Path(spec).exists()
    except (OSError, ValueError):
        return False


def _is_file(scheme: str, path: str) -> bool:
    """Whether an address names a video file."""
    return scheme.lower() in ("http", "https") and _suffix(path) in FINITE


def _suffix(address: str) -> str:
    """The suffix of an address, in small letters, without its query."""
    return PurePosixPath(re.split(r"[?#]", address)[0]).suffix.lower()


def _kind_of_file(path: Path) -> str:
    """The kind of a file: by the first bytes of a picture, else by its suffix."""
    with open_file(path) as stream:
        start = stream.read(len(LFS_POINTER))
    if start == LFS_POINTER:
        raise DecodeError(f"{path}: a Git LFS pointer, not the file itself: run 'git lfs pull'")
    suffix = path.suffix.lower()
    if sniff_image(start) and suffix not in (".mjpg", ".mjpeg"):
        return "image"
    # A film that is named like a picture, but not HEIC or AVIF, which begin alike and get their own words.
    film = start[4:8] == b"ftyp" and start[8:12] not in STILL_BRANDS
    return "video" if film else SUFFIXES.get(suffix, "video")


def expand_sources(specs: Sequence[str]) -> list[str]:
    """Replace folders and patterns by the pictures and videos in them.

    Args:
        specs: Files, folders, patterns ("photos/*.jpg", "**" for all folders below), addresses and
            camera numbers, as a user writes them.

    Returns:
        One string a source, none twice: a folder's files of every depth in natural order (a2
        before a10), a pattern's likewise; all else as it came. Hidden files are left out. A folder
        that can't be listed stands there itself: opening it says why.

    Raises:
        SourceNotFoundError: A folder or pattern holds no picture and no video.
    """
    found = [path for spec in specs for path in _expand(spec)]
    return list(dict.fromkeys(found))


def _expand(spec: str) -> list[str]:
    """What one folder or pattern stands for."""
    if "://" in spec or is_camera(spec):
        return [spec]
    if _exists(spec):
        if not Path(spec).is_dir():
            return [spec]
        paths, kind = _walk(spec), "folder"
    elif glob.has_magic(spec):
        matches = glob.glob(spec, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
        found = [path for match in matches for path in (_walk(match) if Path(match).is_dir() else [match])]
        paths, kind = [path for path in found if _is_readable(path)], "pattern"
    else:
        return [spec]
    if not paths:
        raise SourceNotFoundError(
            f"{spec}: no picture or video in this {kind}; known are .jpg, .png, .webp, .tiff, .gif, .mp4, "
            f".mov, .mkv, .webm, .avi and {len(SUFFIXES) - 10} more"
        )
    return sorted(set(paths), key=_natural)


def _is_readable(path: str) -> bool:
    """Whether a path is named like a picture or video, or is a folder that couldn't be listed."""
    return Path(path).suffix.lower() in SUFFIXES or Path(path).is_dir()


def _walk(folder: str) -> list[str]:
    """All pictures and videos under a folder but hidden ones, and the folders that can't be listed."""
    paths: list[str] = []
    unlisted: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unlisted.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files = (str(Path(parent, name)) for name in names if not name.startswith("."))
        paths += [path for path in files if Path(path).suffix.lower() in SUFFIXES]
    return [*paths, *(str(error.filename) for error in unlisted)]


def _natural(path: str) -> list[tuple[int, str]]:
    """Sort key by which a2 comes before a10; the last part tells names apart that differ in case."""
    parts = re.split(r"([0-9]+)", path.casefold())
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts] + [(-1, path)]
