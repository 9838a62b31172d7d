"""Folders, patterns and archives -> the pictures and videos in them, and what is left out."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from mimik.errors import SourceNotFoundError
from mimik.sources.address import (
    STDIN,
    exists,
    is_camera,
    is_microphone,
    is_sequence,
    is_stored,
    plain,
    public_name,
)
from mimik.sources.archive import is_archive, list_entries, match_entries, split_entry
from mimik.sources.open import SUFFIXES
from mimik.storage import remote
from mimik.storage.kinds import SOUNDS
from mimik.storage.remote import split_query

Sense: TypeAlias = Literal["sight", "hearing"]
"""What is looked for: what can be seen, or what can be heard."""
SIGHT: Sense = "sight"
HEARING: Sense = "hearing"
UNKNOWN, LOOP = "unknown kind", "a link to a folder that is read already"
"""Why something that lies in a folder isn't read."""
NOT_SOUGHT = {
    "sound": ("sound alone", "recording{s} without pictures, which --tasks voice hears"),
    "image": ("a picture alone", "picture{s}, which have no sound"),
}
"""Kind of file that isn't looked for to why it isn't read, and how those are counted."""


@dataclass(slots=True)
class Expanded:
    """What some names stand for."""

    sources: list[str] = field(default_factory=list)
    """One string a source, none twice."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Files and folders that were named, by a folder or pattern around them, and aren't read; and why."""


def expand(specs: Sequence[str], senses: Collection[Sense] = (SIGHT,)) -> Expanded:
    """Replace folders, patterns and archives by the pictures, videos and recordings in them.

    Args:
        specs: Files, folders, patterns ("photos/*.jpg", "**" for all folders below), zip archives,
            numbered pictures ("frame_%04d.jpg"), addresses and camera numbers, as a user writes them; files,
            folders, patterns and archives in stores likewise ("s3://bucket/clips/*.mp4").
        senses: SIGHT finds pictures and videos, HEARING videos and recordings.

    Returns:
        The sources: a folder's files of every depth in natural order (a2 before a10), a pattern's
        likewise; all else as it came. Hidden files are passed over; all other files that can't be
        read, and links that lead back, are among what is left out. A folder that can't be listed
        stands there itself: opening it says why.

    Raises:
        SourceNotFoundError: A folder, pattern or archive holds none of these.
    """
    found = Expanded()
    for spec in specs:
        _expand(plain(spec), found, senses)
    found.sources = list(dict.fromkeys(found.sources))
    return found


def expand_sources(specs: Sequence[str]) -> list[str]:
    """The sources that ``expand`` finds."""
    return expand(specs).sources


def in_words(left_out: Iterable[tuple[str, str]]) -> str:
    """What was left out, counted: "2 files of unknown kind (.xyz), 3 further pages of scan.tiff"."""
    unknown: list[str] = []
    others: list[str] = []
    left_out = list(left_out)
    whys = Counter(why for _, why in left_out)
    for why, words in NOT_SOUGHT.values():
        if whys[why]:
            others.append(f"{whys[why]} {words.format(s='s' * (whys[why] != 1))}")
    for name, why in left_out:
        if why == UNKNOWN:
            unknown.append(Path(name).suffix.lower() or "no suffix")
        elif why not in dict(NOT_SOUGHT.values()):
            others.append(f"{name} ({why})" if why == LOOP else f"{why} of {Path(name).name}")
    if unknown:
        kinds = ", ".join(kind for kind, _ in Counter(unknown).most_common(6))
        files = "file" if len(unknown) == 1 else "files"
        others.insert(0, f"{len(unknown)} {files} of unknown kind ({kinds})")
    return ", ".join(others)


def _expand(spec: str, found: Expanded, senses: Collection[Sense]) -> None:
    """Add what one name stands for."""
    held = _stored(spec) if is_stored(spec) else _local(spec, found)
    if held is None:
        found.sources.append(spec)
        return
    paths, kind = held
    known = {path for path in paths if _is_readable(path, senses)}
    if not known:
        raise SourceNotFoundError(f"{public_name(spec)}: {_nothing(kind, senses)}")
    found.left_out += [(public_name(path), _why_not(path)) for path in paths if path not in known]
    found.sources += sorted(known, key=natural)


def _local(spec: str, found: Expanded) -> tuple[list[str], str] | None:
    """The files of a folder, pattern or archive of this machine, and which it is; None for all else."""
    if "://" in spec or spec == STDIN or is_camera(spec) or is_sequence(spec) or is_microphone(spec):
        return None
    if exists(spec):
        if is_archive(spec):
            return list_entries(spec), "archive"
        return (_walk(spec, found), "folder") if Path(spec).is_dir() else None
    if not glob.has_magic(spec):
        return None
    if split_entry(spec):
        return match_entries(spec), "pattern"
    matches = glob.glob(spec, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [p for match in matches for p in _matched(match, found)], "pattern"


def _stored(spec: str) -> tuple[list[str], str] | None:
    """The same of a store, which is asked only where the name doesn't tell."""
    place = split_query(spec)[0]
    if split_entry(spec):
        return (match_entries(spec), "pattern") if glob.has_magic(place) else None
    if place.endswith("/"):
        return _shown(remote.list_folder(spec), spec), "folder"
    if glob.has_magic(place) and not remote.is_there(spec):
        return _shown(remote.match(spec), spec), "pattern"
    if is_archive(spec):
        return list_entries(spec), "archive"
    if not _kind(spec) and remote.is_folder(spec):
        return _shown(remote.list_folder(spec), spec), "folder"
    return None


def _shown(paths: Iterable[str], spec: str) -> list[str]:
    """Those that aren't hidden, unless they were named so."""
    named = spec.split("/")
    return [p for p in paths if not any(part[:1] == "." and part not in named for part in p.split("/"))]


def _nothing(kind: str, senses: Collection[Sense]) -> str:
    """That a folder, pattern or archive holds nothing to read, and what could be."""
    if SIGHT not in senses:
        return (
            f"no recording or video in this {kind}; known are .wav, .mp3, .m4a, .ogg, .opus, .flac, .mp4, "
            f".mov, .mkv, .webm and {len(SOUNDS) + len(SUFFIXES) - 10} more"
        )
    what = "picture, video or recording" if HEARING in senses else "picture or video"
    return (
        f"no {what} in this {kind}; known are .jpg, .png, .webp, .heic, .tiff, .gif, "
        f".mp4, .mov, .mkv, .webm, .avi and {len(SUFFIXES) - 11} more"
    )


def _matched(path: str, found: Expanded) -> list[str]:
    """What a match of a pattern stands for."""
    if Path(path).is_dir():
        return _walk(path, found)
    return list_entries(path) if is_archive(path) else [path]


def _is_readable(path: str, senses: Collection[Sense]) -> bool:
    """Whether a path is named like what is looked for, or is a folder that couldn't be listed."""
    kind = _kind(path)
    seen = SIGHT in senses and kind in ("image", "video")
    return seen or (HEARING in senses and kind in ("sound", "video")) or Path(path).is_dir()


def _kind(path: str) -> str | None:
    """What kind of file a path is named like: "image", "video", "sound", or none that is known."""
    suffix = Path(split_query(path)[0]).suffix.lower()
    return "sound" if suffix in SOUNDS else SUFFIXES.get(suffix)


def _why_not(path: str) -> str:
    """Why a file in a folder isn't read."""
    return NOT_SOUGHT.get(_kind(path) or "", (UNKNOWN, ""))[0]


def _walk(folder: str, found: Expanded) -> list[str]:
    """All files under a folder but hidden ones, and the folders that can't be listed.

    Folders behind links come last, and each folder once, however often it is linked.
    """
    paths: list[str] = []
    seen: set[str] = set()
    waiting: list[str] = [folder]
    links: list[str] = []
    while waiting or links:
        here = waiting.pop() if waiting else links.pop(0)
        real = os.path.realpath(here)
        if real in seen:
            found.left_out.append((here, LOOP))
            continue
        seen.add(real)
        try:
            entries = sorted(os.scandir(here), key=lambda entry: natural(entry.name))
        except OSError:
            paths.append(here)
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not entry.is_dir():
                paths.append(entry.path)
            elif entry.is_symlink():
                links.append(entry.path)
            else:
                waiting.append(entry.path)
    return paths


def natural(path: str) -> list[tuple[int, str]]:
    """Sort key by which a2 comes before a10; the last part tells names apart that differ in case."""
    parts = re.split(r"([0-9]+)", path.casefold())
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts] + [(-1, path)]
