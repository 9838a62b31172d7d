"""Folders and patterns -> the pictures and videos in them."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from mimik.errors import SourceNotFoundError
from mimik.sources.address import exists, is_camera
from mimik.sources.open import SUFFIXES


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
    if exists(spec):
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
    return sorted(set(paths), key=natural)


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


def natural(path: str) -> list[tuple[int, str]]:
    """Sort key by which a2 comes before a10; the last part tells names apart that differ in case."""
    parts = re.split(r"([0-9]+)", path.casefold())
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts] + [(-1, path)]
