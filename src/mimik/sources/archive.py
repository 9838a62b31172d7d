"""Pictures and videos in a zip archive: a source's name is the archive's path, and the entry's behind it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, cast

from mimik.errors import DecodeError, SourceError, SourceNotFoundError
from mimik.sources.address import is_stored
from mimik.storage.kinds import ARCHIVE, ARCHIVE_ERRORS
from mimik.storage.remote import MOST_BYTES, RemoteFile, entry_of, in_archive, split_query, without_secrets


def is_archive(spec: str | Path) -> bool:
    """Whether a name is that of an archive that is there; of an address its name alone tells."""
    if isinstance(spec, str) and is_stored(spec):
        return split_query(spec)[0].lower().endswith(ARCHIVE)
    try:
        return Path(spec).suffix.lower() == ARCHIVE and Path(spec).is_file()
    except (OSError, ValueError):  # A text that can be no path.
        return False


def split_entry(path: str | Path) -> tuple[str | Path, str] | None:
    """An archive and the entry in it that a path or address names; None if no part of it is an archive."""
    if isinstance(path, str) and "://" in path:
        return in_archive(path) if is_stored(path) else None
    path = Path(path)
    for parent in path.parents:
        if is_archive(parent):
            return parent, path.relative_to(parent).as_posix()
    return None


def list_entries(archive: str) -> list[str]:
    """The names of an archive's files but hidden ones.

    Raises:
        DecodeError: It is damaged.
    """
    with _opened(archive) as held:
        names = [info.filename for info in held.infolist() if not info.is_dir()]
    shown = [n for n in names if not any(part.startswith((".", "__MACOSX")) for part in n.split("/"))]
    return [entry_of(archive, name) for name in shown]


def match_entries(pattern: str) -> list[str]:
    """The files of an archive that a pattern names: "photos.zip/*.jpg"; "**" stands for all folders below.

    Raises:
        SourceError: As list_entries.
    """
    if (inner := split_entry(pattern)) is None:
        raise ValueError(f"match_entries takes a pattern in an archive, not {pattern!r}")
    archive, wanted = str(inner[0]), inner[1]
    start = len(entry_of(split_query(archive)[0], ""))
    names = {path: split_query(path)[0][start:] for path in list_entries(archive)}
    deep = "**" in wanted
    return [
        path
        for path, name in names.items()
        if fnmatchcase(name, wanted) and (deep or name.count("/") == wanted.count("/"))
    ]


def read_entry(archive: str | Path, name: str) -> bytes:
    """One file of an archive.

    Raises:
        SourceNotFoundError: It holds no such file.
        DecodeError: It is damaged, needs a password, or is larger than MOST_BYTES.
    """
    known_as = without_secrets(str(archive))
    with _opened(archive) as held:
        try:
            info = held.getinfo(name)
        except KeyError as error:
            raise SourceNotFoundError(f"{known_as}/{name}: the archive holds no such file") from error
        if info.file_size > MOST_BYTES:
            raise DecodeError(
                f"{known_as}/{name}: larger than {MOST_BYTES >> 20} MiB; unpack the archive first"
            )
        return held.read(info)


@contextmanager
def _opened(archive: str | Path) -> Iterator[zipfile.ZipFile]:
    """An archive of this machine or of a store, of which no more is read than is asked for."""
    with _explained(without_secrets(str(archive))):
        if isinstance(archive, str) and "://" in archive:
            with RemoteFile(archive) as file, zipfile.ZipFile(cast("IO[bytes]", file)) as held:
                yield held
        else:
            with zipfile.ZipFile(archive) as held:
                yield held


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what zipfile raises into a DecodeError."""
    try:
        yield
    except (*ARCHIVE_ERRORS, OSError) as error:
        if isinstance(error, SourceError):
            raise
        raise DecodeError(
            f"{name}: the archive can't be read ({error}); unpack it, and name the folder"
        ) from error
