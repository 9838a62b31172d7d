"""What must be in memory before it can be opened: what is piped in, and the files of a zip archive."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mimik.errors import DecodeError, SourceError
from mimik.sources.address import STDIN, public_name
from mimik.sources.archive import read_entry, split_entry


def is_held(source: str | Path | bytes) -> bool:
    """Whether what a user named is piped in, or lies in an archive."""
    return source == STDIN or _entry(source) is not None


def read_held(source: str | Path) -> tuple[bytes, str]:
    """The bytes of what ``is_held``, and what they are called; what is piped in can be read once.

    Raises:
        SourceNotFoundError: The archive holds no such file.
        DecodeError: Nothing was piped in, or the archive is damaged.
    """
    if source == STDIN:
        return _standard_input(), public_name(STDIN)
    entry = _entry(source)
    if entry is None:
        raise ValueError(f"read_held takes '-' or a file in an archive, not {source!r}")
    return read_entry(*entry), public_name(str(source))


@contextmanager
def called(name: str) -> Iterator[None]:
    """Let errors in opening bytes speak of where they came from."""
    try:
        yield
    except SourceError as error:
        said = str(error)
        if not said.startswith("bytes: "):
            raise
        raise type(error)(name + said.removeprefix("bytes")) from error


def _entry(source: Any) -> tuple[str | Path, str] | None:
    """The archive and the file in it; None for all else."""
    return split_entry(source) if isinstance(source, str | Path) else None


def _standard_input() -> bytes:
    """All that is piped in; a picture, video or recording can be read only once it is whole."""
    data = sys.stdin.buffer.read()
    if not data:
        raise DecodeError("stdin: nothing was piped in; use it as in 'cat photo.jpg | mimik analyze -'")
    return data
