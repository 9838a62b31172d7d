"""A file that only grows, by whole records, and says how far it is safe."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mimik.errors import MimikError, OutputError

BUFFER_BYTES = 1 << 16
BUFFER_S = 0.5

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


class AppendFile:
    """Appends whole records: whoever reads the file meanwhile, or after a crash, sees no half one."""

    def __init__(self, path: Path, size: int = 0) -> None:
        """Open or create a file and cut it.

        Args:
            path: The file.
            size: Bytes that are kept of what it holds.

        Raises:
            OutputError: It can't be written.
        """
        self.path = path
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._flushed_at = time.monotonic()
        with output_errors(path):
            self._file = path.open("ab", buffering=0)
            self._file.truncate(size)
        self._written = size
        self._torn = False

    @property
    def size(self) -> int:
        """Bytes so far, those still held back included."""
        return self._written + sum(map(len, self._pending))

    def append(self, record: bytes) -> None:
        """Add a whole record; it reaches the file within half a second of further records."""
        self._pending.append(record)
        self._pending_bytes += len(record)
        if self._pending_bytes >= BUFFER_BYTES or time.monotonic() - self._flushed_at >= BUFFER_S:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the system. After an error or an interruption it can be tried again.

        Raises:
            OutputError: The disk is full, say; the file is cut back to its last whole record.
        """
        self._flushed_at = time.monotonic()
        with output_errors(self.path):
            try:
                data = b"".join(self._pending)
                self._write(data)
            except OSError:
                self._file.truncate(self._written)
                raise
        self._written += len(data)
        self._pending, self._pending_bytes, self._torn = [], 0, False

    def _write(self, data: bytes) -> None:
        if self._torn:
            self._file.truncate(self._written)
        self._torn = True
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def sync(self) -> None:
        """Have everything on the disk, so that it outlives a power cut."""
        self.flush()
        with output_errors(self.path):
            os.fsync(self._file.fileno())

    def cut(self, size: int) -> None:
        """Drop what was appended after that size."""
        self.flush()
        with output_errors(self.path):
            self._file.truncate(size)
        self._written = size

    def fileno(self) -> int:
        """The system's number of the open file."""
        return self._file.fileno()

    def close(self) -> None:
        """Write what is left and close."""
        try:
            self.flush()
        finally:
            self._file.close()
