"""Where annotated pictures go: what --render names."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mimik.errors import OptionError, OutputError, OutputExistsError
from mimik.render.drawn import DrawnNotes
from mimik.render.video import PICTURES, VIDEOS, ImageWriter, PictureWriter, VideoWriter
from mimik.storage.identity import whole_of
from mimik.storage.whole import output_errors

LONGEST = 200
"""Bytes that are kept of a file's name: with a number, a suffix and ".part" it may have 255."""


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """Where the annotated pictures of each source go; picklable."""

    path: Path
    """As the user gave it."""
    stems: dict[str, str] | None
    """Source to its file's name without suffix, below the folder path; None if path is a file."""
    overwrite: bool = False
    """Whether existing files are replaced."""
    notes: DrawnNotes = field(default_factory=lambda: DrawnNotes(None, None))
    """What this run drew, and the one it goes on from: only their own files are replaced."""
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
        for source, moves in moving.items():
            self._check(source, self.target(source, moves))

    def _check(self, source: str, path: Path) -> None:
        if not path.exists():
            return
        if os.path.realpath(path) in self.sources:
            raise OutputError(f"{path}: is a source itself; choose another name or folder")
        if self.overwrite:
            return
        owner = self.notes.owner(path, source)
        if owner is None:
            raise OutputExistsError(f"{path}: exists; choose another name or --overwrite")
        if owner:
            raise OutputExistsError(f"{path}: shows {owner}; choose another folder for {source}")

    def undrawn(self, sources: Iterable[str]) -> list[str]:
        """Those of some sources that this run, or the one it goes on from, has not drawn like this."""

        def drawn(source: str, path: Path) -> bool:
            return path.exists() and self.notes.holds(path, source)

        return [s for s in sources if not any(drawn(s, self._path(s, moving)) for moving in (False, True))]

    def _path(self, source: str, moving: bool) -> Path:
        """As target, without the check."""
        return self.path if self.stems is None else self.target(source, moving)

    @contextmanager
    def drawing(
        self, source: str, moving: bool, fps: float | None = None, *, live: bool = False
    ) -> Iterator[PictureWriter]:
        """As open, for a ``with`` block; what was drawn to its end is noted as such."""
        with self.open(source, moving, fps, live=live) as writer:
            yield writer
        self.notes.add(writer.path, source, finished=True)

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
        self._check(source, path)
        with output_errors(path):
            if self.stems is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
        self.notes.add(path, source, finished=False)
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
        record: Where it is noted what was drawn; None notes nothing.
        hide: How faces are hidden in them, for that note.

    Raises:
        OptionError: The suffix is unknown, or several sources would go into one file.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    parts = (name for source in sources for name in (source, whole_of(source)))
    files = frozenset(os.path.realpath(name) for name in parts if _is_file(name))
    if path.is_dir() or not suffix:
        return RenderPlan(path, _stems(sources), overwrite, DrawnNotes(record, hide), files)
    if suffix not in PICTURES and suffix not in VIDEOS:
        allowed = ", ".join((*PICTURES, *VIDEOS))
        raise OptionError(f"{path}: pictures and videos can be written as {allowed}, or name a folder")
    if len(set(sources)) > 1:
        raise OptionError(f"{path}: {len(set(sources))} sources need a folder, not a single file")
    return RenderPlan(path, None, overwrite, DrawnNotes(record, hide), files)


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
    plain = "".join(c if c.isalnum() or c in " ._-" else "_" for c in name)
    return plain.encode()[:LONGEST].decode(errors="ignore").strip(" .") or "source"


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):
        return False  # An address or anything else that can be no path.
