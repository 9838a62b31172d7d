"""Annotated pictures and videos: what --render writes, and where."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self, cast

import cv2
import numpy as np
from PIL import Image as Pictures

from mimik.errors import OptionError, OutputError, OutputExistsError
from mimik.types import Image
from mimik.writers.append import lock, output_errors

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
        part = self.path.with_name(self.path.name + ".part")
        with output_errors(self.path):
            try:
                Pictures.fromarray(image).save(part, PICTURES[self.path.suffix.lower()], quality=92)
                part.replace(self.path)
            finally:
                part.unlink(missing_ok=True)
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
        self._part = path.with_name(path.name + ".part")
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


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """Where the annotated pictures of each source go; picklable."""

    path: Path
    """As the user gave it."""
    stems: dict[str, str] | None
    """Source to its file's name without suffix, below the folder path; None if path is a file."""
    overwrite: bool = False
    """Whether existing files are replaced."""
    record: Path | None = None
    """Where it is noted what this run drew, so that a run that goes on replaces its own files only."""
    hide: str | None = None
    """How faces are hidden in them, for that note."""
    sources: frozenset[str] = frozenset()
    """Real paths of the sources that are files: none of them may be drawn over."""

    def target(self, source: str, moving: bool) -> Path:
        """The file for a source.

        Args:
            source: One of the plan's.
            moving: Whether it is a video rather than a picture.

        Raises:
            OptionError: A video can't go into a picture.
        """
        if self.stems is None:
            if moving and self.path.suffix.lower() in PICTURES:
                raise OptionError(f"{self.path}: {source} is a video; name a video ({', '.join(VIDEOS)})")
            return self.path
        own = Path(source).suffix.lower()
        suffix = (own if own in VIDEOS else ".mp4") if moving else (own if own in PICTURES else ".png")
        return self.path / (self.stems[source] + suffix)

    def check(self, moving: Mapping[str, bool]) -> None:
        """Find out before the work what can't be drawn.

        Args:
            moving: Source to whether it is a video, of those of which that is known.

        Raises:
            OptionError, OutputError, OutputExistsError: As open.
        """
        noted = self._noted()
        for source, moves in moving.items():
            self._check(self.target(source, moves), noted)

    def _check(self, path: Path, noted: Mapping[str, Any]) -> None:
        if path.exists() and os.path.realpath(path) in self.sources:
            raise OutputError(f"{path}: is a source itself; choose another name or folder")
        if path.exists() and not self.overwrite and str(path) not in noted:
            raise OutputExistsError(f"{path}: exists; choose another name or --overwrite")

    def undrawn(self, sources: Iterable[str]) -> list[str]:
        """Those of some sources that this run, or the one it goes on from, has not drawn like this."""
        noted = self._noted()

        def drawn(path: Path) -> bool:
            return noted.get(str(path)) == [True, self.hide] and path.exists()

        return [s for s in sources if not any(drawn(self._path(s, moving)) for moving in (False, True))]

    def _path(self, source: str, moving: bool) -> Path:
        """As target, without the check."""
        return self.path if self.stems is None else self.target(source, moving)

    def _noted(self) -> dict[str, list[Any]]:
        """File to whether it was finished, and how faces are hidden in it."""
        if self.record is None or not self.record.exists():
            return {}
        lines = self.record.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        return {name: state for name, *state in (json.loads(n) for n in lines if n.endswith("\n"))}

    def _note(self, path: Path, finished: bool) -> None:
        if self.record is not None:
            with output_errors(self.record), self.record.open("a", encoding="utf-8") as record:
                record.write(json.dumps([str(path), finished, self.hide]) + "\n")

    @contextmanager
    def drawing(
        self, source: str, moving: bool, fps: float | None = None, *, live: bool = False
    ) -> Iterator[PictureWriter]:
        """As open, for a ``with`` block; what was drawn to its end is noted as such."""
        with self.open(source, moving, fps, live=live) as writer:
            yield writer
        self._note(writer.path, finished=True)

    def open(
        self, source: str, moving: bool, fps: float | None = None, *, live: bool = False
    ) -> PictureWriter:
        """A writer for a source's annotated frames; see target.

        Args:
            source: One of the plan's.
            moving: Whether it is a video rather than a picture.
            fps: Its usual frames per second, if known.
            live: Whether it is a camera or stream.

        Raises:
            OutputError: The file would replace a source.
            OutputExistsError: The file exists.
        """
        path = self.target(source, moving)
        self._check(path, self._noted())
        with output_errors(path):
            if self.stems is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
        self._note(path, finished=False)
        return VideoWriter(path, fps, live=live) if path.suffix.lower() in VIDEOS else ImageWriter(path)


def plan_render(
    path: str | Path,
    sources: Sequence[str],
    *,
    overwrite: bool = False,
    record: Path | None = None,
    hide: str | None = None,
) -> RenderPlan:
    """Decide where annotated pictures go.

    Args:
        path: A picture or video for a single source; a folder for one or several.
        sources: All sources of the run. Files from several folders keep the part of their path below
            the common one; equal names get a number.
        overwrite: Whether existing files are replaced.
        record: See RenderPlan.
        hide: See RenderPlan.

    Raises:
        OptionError: The suffix is unknown, or several sources would go into one file.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    files = frozenset(os.path.realpath(source) for source in sources if _is_file(source))
    if path.is_dir() or not suffix:
        return RenderPlan(path, _stems(sources), overwrite, record, hide, files)
    if suffix not in PICTURES and suffix not in VIDEOS:
        allowed = ", ".join((*PICTURES, *VIDEOS))
        raise OptionError(f"{path}: pictures and videos can be written as {allowed}, or name a folder")
    if len(set(sources)) > 1:
        raise OptionError(f"{path}: {len(set(sources))} sources need a folder, not a single file")
    return RenderPlan(path, None, overwrite, record, hide, files)


def _stems(sources: Sequence[str]) -> dict[str, str]:
    """A name for each source, in the folders below their common one, if they lie in several.

    No two are the same, even where letters' case doesn't count.
    """
    parents = {s: Path(os.path.abspath(s)).parent for s in sources if _is_file(s)}  # noqa: PTH100 - keeps links
    common = _common_folder(set(parents.values()))
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for source in dict.fromkeys(sources):
        below = parents[source].relative_to(common).parts if common and source in parents else ()
        stem = "/".join(_plain_name(part) for part in (*below, Path(source).stem))
        name, number = stem, 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name.casefold())
        stems[source] = name
    return stems


def _common_folder(folders: Collection[Path]) -> Path | None:
    """The deepest folder that holds all of them; None if there is none (other drives)."""
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:
        return None


def _plain_name(name: str) -> str:
    """A name that every file system takes."""
    return "".join(c if c.isalnum() or c in " ._-" else "_" for c in name).strip(" .") or "source"


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):
        return False  # An address or anything else that can be no path.
