"""Files that are written whole or not at all, and errors of writing in words."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mimik.errors import MimikError, OutputError

_REMEDIES = {
    errno.ENOSPC: "free some space and run the same command again",
    errno.EDQUOT: "free some space and run the same command again",
    errno.EFBIG: "the file is larger than this system allows",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "choose a folder that you may write to",
    errno.EISDIR: "it is a folder; name a file",
    errno.ENOENT: "its folder doesn't exist; make it first",
    errno.ENOTDIR: "its folder is a file; choose another",
}


def part_of(path: Path) -> Path:
    """Where a file is written before it is whole: beside it, so that renaming is one step."""
    return path.with_name(path.name + ".part")


@contextmanager
def whole_file(path: Path, part: Path | None = None) -> Iterator[Path]:
    """Have a file be there whole or not at all: it gets its name when the block has ended well.

    Args:
        path: The file; what is there is replaced.
        part: Where it is written meanwhile, in the same folder; ``part_of(path)`` if None.

    Yields:
        The part, which is gone after an error; what was at the path before is then still there.

    Raises:
        OSError: It can't be renamed; ``output_errors`` puts that into words.
    """
    part = part or part_of(path)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors into an OutputError that names the file and the remedy."""
    try:
        yield
    except MimikError:
        raise  # Already says what and where, be it of a file that is read meanwhile.
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "choose another place")
        reason = error.strerror or str(error)
        raise OutputError(f"{path}: can't be written ({reason}): {remedy}") from error


def lock(number: int, path: Path) -> None:
    """Keep a second run off an output (not on Windows, which has no flock), until the file is closed.

    Args:
        number: The system's number of an open file.
        path: What it is called in messages.

    Raises:
        OutputError: Another process has it.
    """
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(
                f"{path}: another run is writing this output; wait for it or choose another name"
            ) from error


def write_whole(path: Path, text: str | Iterable[str]) -> None:
    """Write a text file whole or not at all; a device or pipe is written to as it is.

    Args:
        path: The file.
        text: What is written, at once or piece by piece.

    Raises:
        OutputError: It can't be written; what was there before is still there.
    """
    pieces = [text] if isinstance(text, str) else text
    with output_errors(path):
        if path.is_char_device() or path.is_fifo():
            with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.writelines(pieces)
            return
        # A link stays one: /dev/stdout may lead to a file.
        with (
            whole_file(path.resolve()) as part,
            part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
        ):
            stream.writelines(pieces)
