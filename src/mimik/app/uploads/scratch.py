"""The one private folder for files on their way; nothing in it is called as a request says."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mimik.storage.whole import output_errors

PIECE = 1 << 20


class Scratch:
    """Files that vanish with the server, and at its next start where it had no time for that."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, or empty it.

        Args:
            folder: Used by nothing else; whoever made it is ours, since the database is locked by now.

        Raises:
            OutputError: It can't be written.
        """
        self.folder = folder
        with output_errors(folder):
            if folder.is_symlink() or folder.is_file():
                folder.unlink()
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)

    def path(self, suffix: str = "") -> Path:
        """A new name; the suffix comes from the code."""
        return self.folder / f"{secrets.token_hex(16)}{suffix}"

    def keep(self, stream: BinaryIO, suffix: str = "") -> Path:
        """Copy an upload; see ``path``."""
        path = self.path(suffix)
        stream.seek(0)
        with (
            output_errors(path),
            os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out,
        ):
            shutil.copyfileobj(stream, out, PIECE)
        return path

    @contextmanager
    def file(self, suffix: str) -> Iterator[Path]:
        """A file for as long as the block lasts."""
        path = self.path(suffix)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)
