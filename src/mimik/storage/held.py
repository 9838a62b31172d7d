"""Locks between processes: what one holds, others wait for or leave alone, until it ends, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock's file, once no other process does (on Windows, which has no flock, at once)."""
    with path.open("ab") as file:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def try_hold(path: Path) -> BufferedWriter | None:
    """Hold a lock's file until what is returned is closed; None if another process holds it."""
    file = path.open("ab")
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
    return file
