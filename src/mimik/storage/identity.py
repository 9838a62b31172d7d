"""Whether two names mean one file, and whether a file is still the one that was read."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from mimik.storage.remote import STORES, WEB, is_web_file, scheme_of, stamp

END_BYTES = 16_384
"""How much of a file's beginning and end is looked at: a film is too long to be read for its name."""


PART = re.compile(r"@\d+(?:\.\d+)?-(?:\d+(?:\.\d+)?)?$")
"""What stands behind a file's name where a part of it is meant: "@90-120.5", "@90-"."""


def part_name(file: str, start_s: float | None, end_s: float | None) -> str:
    """What a part of a file is called: "talk.mp4@90-120.5"; the file itself where no time is given."""
    if start_s is None and end_s is None:
        return file
    return f"{file}@{_plain(start_s or 0.0)}-{'' if end_s is None else _plain(end_s)}"


def whole_of(source: str) -> str:
    """The file of which a source is a part; the source itself where it is none."""
    return PART.sub("", source)


def _plain(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def place(source: str) -> str:
    """The one way to write where a file lies; an address stays as it is."""
    return source if "://" in source else os.path.abspath(source)  # noqa: PTH100 - links are not followed


def seen_from(folder: Path, source: str) -> str:
    """Where a file lies, from a folder: the same from wherever the command is run, or both are moved to."""
    if "://" in source:
        return source
    try:
        return Path(os.path.relpath(source, folder)).as_posix()
    except ValueError:  # On Windows, another drive.
        return place(source)


def once(sources: Iterable[str]) -> list[str]:
    """Sources in their order, each file by the first of its names."""
    first: dict[str, str] = {}
    for source in sources:
        first.setdefault(place(source), source)
    return list(first.values())


def fingerprint(source: str) -> str | None:
    """What tells a file from another under its name.

    Args:
        source: Path, address or camera number; a part of a file is told by the file.

    Returns:
        SHA-256 of its size and of its first and last END_BYTES; of a file in a store, of what the store says
        of it, see ``stamp``. None if it is no file, or can't be read.
    """
    if PART.search(source) and not os.path.exists(source):  # noqa: PTH110 - may be no path
        source = whole_of(source)
    if "://" in source:
        file = scheme_of(source) in STORES and (scheme_of(source) not in WEB or is_web_file(source))
        return stamp(source) if file else None
    try:
        if not Path(source).is_file():  # Opening a pipe would wait for who writes to it.
            return None
        with Path(source).open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(END_BYTES, size - END_BYTES))
            end = stream.read(END_BYTES)
            stream.seek(0)
            return hashlib.sha256(b"%d " % size + stream.read(END_BYTES) + end).hexdigest()
    except (OSError, ValueError):
        return None
