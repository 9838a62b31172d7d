"""Pictures and videos in a zip archive: a source's name is the archive's path, and the entry's behind it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mimik.errors import DecodeError, SourceNotFoundError

SUFFIX = ".zip"
MOST_BYTES = 1 << 30
"""A larger entry is refused: it would have to fit into the memory."""


def is_archive(spec: str | Path) -> bool:
    """Whether a name is that of an archive that is there."""
    try:
        return Path(spec).suffix.lower() == SUFFIX and Path(spec).is_file()
    except (OSError, ValueError):  # A text that can be no path.
        return False


def split_entry(path: Path) -> tuple[Path, str] | None:
    """An archive and the entry in it that a path names; None if no part of it is an archive."""
    for parent in path.parents:
        if is_archive(parent):
            return parent, path.relative_to(parent).as_posix()
    return None


def list_entries(archive: str) -> list[str]:
    """The names of an archive's files but hidden ones.

    Raises:
        DecodeError: It is damaged.
    """
    with _explained(archive), zipfile.ZipFile(archive) as held:
        names = [info.filename for info in held.infolist() if not info.is_dir()]
    shown = [n for n in names if not any(part.startswith((".", "__MACOSX")) for part in n.split("/"))]
    return [f"{archive}/{name}" for name in shown]


def read_entry(archive: Path, name: str) -> bytes:
    """One file of an archive.

    Raises:
        SourceNotFoundError: It holds no such file.
        DecodeError: It is damaged, needs a password, or is larger than MOST_BYTES.
    """
    with _explained(str(archive)), zipfile.ZipFile(archive) as held:
        try:
            info = held.getinfo(name)
        except KeyError as error:
            raise SourceNotFoundError(f"{archive}/{name}: the archive holds no such file") from error
        if info.file_size > MOST_BYTES:
            raise DecodeError(
                f"{archive}/{name}: larger than {MOST_BYTES >> 20} MiB; unpack the archive first"
            )
        return held.read(info)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what zipfile raises into a DecodeError."""
    try:
        yield
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        if isinstance(error, (DecodeError, SourceNotFoundError)):
            raise
        raise DecodeError(
            f"{name}: the archive can't be read ({error}); unpack it, and name the folder"
        ) from error
