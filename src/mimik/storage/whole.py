"""Files that are written whole or not at all, and errors of writing in words."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
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


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all; a device or pipe is written to as it is.

    Raises:
        OutputError: It can't be written; what was there before is still there.
    """
    with output_errors(path):
        if path.is_char_device() or path.is_fifo():
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            return
        # A link stays one: /dev/stdout may lead to a file.
        target = path.resolve()
        part = target.with_name(target.name + ".part")
        try:
            part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
