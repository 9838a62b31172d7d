"""Where annotated pictures go, and the note of what was drawn: what --render names."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mimik.errors import OptionError, OutputError, OutputExistsError
from mimik.writers.append import output_errors
from mimik.writers.identity import seen_from
from mimik.writers.video import PICTURES, VIDEOS, ImageWriter, PictureWriter, VideoWriter

LONGEST = 200
"""Bytes that are kept of a file's name: with a number, a suffix and ".part" it may have 255."""


class Drawn(NamedTuple):
    """A note of a file that was drawn: a line of OUT.drawn, after the file's path."""

    finished: bool
    hide: str | None
    """How faces are hidden in it."""
    source: str | None = None
    """Where its source lies, seen from the note's folder; None in notes of before that was kept."""


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
            self._check(source, self.target(source, moves), noted)

    def _check(self, source: str, path: Path, noted: Mapping[str, Drawn] | None = None) -> None:
        if not path.exists():
            return
        if os.path.realpath(path) in self.sources:
            raise OutputError(f"{path}: is a source itself; choose another name or folder")
        if self.overwrite:
            return
        note = (self._noted() if noted is None else noted).get(str(path))
        if note is None:
            raise OutputExistsError(f"{path}: exists; choose another name or --overwrite")
        if note.source not in (None, self._place(source)):
            raise OutputExistsError(f"{path}: shows {note.source}; choose another folder for {source}")

    def undrawn(self, sources: Iterable[str]) -> list[str]:
        """Those of some sources that this run, or the one it goes on from, has not drawn like this."""
        noted = self._noted()

        def drawn(source: str, path: Path) -> bool:
            alike = {Drawn(True, self.hide), Drawn(True, self.hide, self._place(source))}
            return noted.get(str(path)) in alike and path.exists()

        return [s for s in sources if not any(drawn(s, self._path(s, moving)) for moving in (False, True))]

    def _path(self, source: str, moving: bool) -> Path:
        """As target, without the check."""
        return self.path if self.stems is None else self.target(source, moving)

    def _place(self, source: str) -> str:
        return seen_from(self.record.parent if self.record else Path(), source)

    def _noted(self) -> dict[str, Drawn]:
        """File to its last note. A line that a full disk or a crash cut is left out: its file isn't known."""
        noted: dict[str, Drawn] = {}
        if self.record is None or not self.record.exists():
            return noted
        for line in self.record.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                name, *state = json.loads(line)
                noted[name] = Drawn(*state)
            except (ValueError, TypeError):
                continue
        return noted

    def _note(self, source: str, path: Path, finished: bool) -> None:
        if self.record is None:
            return
        line = json.dumps([str(path), *Drawn(finished, self.hide, self._place(source))]) + "\n"
        with output_errors(self.record), self.record.open("ab+") as record:
            if record.tell() and record.seek(-1, os.SEEK_END) >= 0 and record.read(1) != b"\n":
                line = f"\n{line}"  # What stands there was cut: it must not take this line along.
            record.write(line.encode())

    @contextmanager
    def drawing(
        self, source: str, moving: bool, fps: float | None = None, *, live: bool = False
    ) -> Iterator[PictureWriter]:
        """As open, for a ``with`` block; what was drawn to its end is noted as such."""
        with self.open(source, moving, fps, live=live) as writer:
            yield writer
        self._note(source, writer.path, finished=True)

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
        self._note(source, path, finished=False)
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
    plain = "".join(c if c.isalnum() or c in " ._-" else "_" for c in name)
    return plain.encode()[:LONGEST].decode(errors="ignore").strip(" .") or "source"


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):
        return False  # An address or anything else that can be no path.
