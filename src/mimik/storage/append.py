"""A file that only grows, by whole records, and says how far it is safe."""

from __future__ import annotations

import os
import time
from pathlib import Path

from mimik.storage.whole import output_errors

BUFFER_BYTES = 1 << 16
BUFFER_S = 0.5


class AppendFile:
    """Appends whole records: whoever reads the file meanwhile, or after a crash, sees no half record."""

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
