"""A folder of this machine or of a store, whose files are whole or not there.

Nothing is appended to, locked or renamed once it is there: object stores can't. Files are named from the
folder, with slashes: "run/head.json".
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from mimik.errors import SourceError, SourceNotFoundError
from mimik.storage.held import try_hold
from mimik.storage.whole import output_errors, whole_file

SCRATCH = "tmp-"
"""What the name of a folder begins with in which a run has files that aren't whole yet."""
YOUNG_S = 60.0
"""So old is a scratch folder, at least, that is taken for one of a run that was killed."""


class Folder(Protocol):
    """Whole files under a name of their own; picklable."""

    @property
    def name(self) -> str:
        """The path or address, as it may be written, with a slash at its end."""
        ...

    def is_empty(self) -> bool:
        """Whether nothing lies in it, or it isn't there.

        Raises:
            SourceError, MissingExtraError: It can't be read.
        """
        ...

    def sizes(self, below: str) -> dict[str, int]:
        """All files below a folder in it, of every depth, with their bytes; raises as is_empty."""
        ...

    def has(self, file: str) -> bool:
        """Whether there is such a file now; raises as is_empty."""
        ...

    def read(self, file: str) -> bytes:
        """A whole file; raises as is_empty, and a SourceNotFoundError where there is none."""
        ...

    def read_several(self, files: Iterable[str]) -> dict[str, bytes]:
        """Several whole files, by name; what is gone meanwhile is left out. Raises as is_empty."""
        ...

    def open(self, file: str) -> AbstractContextManager[BinaryIO]:
        """A file to be read in parts, for a ``with`` block; raises as read."""
        ...

    def write(self, file: str, data: bytes) -> None:
        """Have a file be there, whole, with these bytes.

        Raises:
            OutputError: It can't be written, and couldn't the next time.
            StoreError: The store fails; it may be otherwise the next time.
        """
        ...

    def create(self, file: str, data: bytes) -> bool:
        """The same of a file that isn't there yet; returns False, and leaves it, if it is."""
        ...

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder of this machine for a ``with`` block, whose files may be taken; then it is removed."""
        ...

    def tidy(self) -> None:
        """Remove what runs that were killed have left of theirs."""
        ...

    def take(self, ready: Path, file: str) -> None:
        """Have a file of the scratch folder be there, whole; raises as write."""
        ...

    def remove(self, below: str) -> None:
        """Remove a file, or all below a folder; what isn't there is no error. Raises as write."""
        ...


def open_folder(where: str | Path) -> Folder:
    """The folder at a path or address; nothing is read or made."""
    if isinstance(where, str) and "://" in where:
        from mimik.storage.stored import StoredFolder

        return StoredFolder(where.rstrip("/"))
    return LocalFolder(Path(where))


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of this machine, or one that it shares with others."""

    path: Path

    @property
    def name(self) -> str:
        """See Folder."""
        return f"{self.path}{os.sep}"

    def is_empty(self) -> bool:
        """See Folder."""
        with self._readable(self.path):
            return not self.path.exists() or next(self.path.iterdir(), None) is None

    def sizes(self, below: str) -> dict[str, int]:
        """See Folder."""
        found: dict[str, int] = {}
        for folder, _, files in os.walk(self.path / below):
            here = Path(folder).relative_to(self.path).as_posix()
            for file in files:
                with contextlib.suppress(FileNotFoundError):  # Another run has just removed it.
                    found[f"{here}/{file}"] = (Path(folder) / file).stat().st_size
        return found

    def has(self, file: str) -> bool:
        """See Folder."""
        return (self.path / file).exists()

    def read(self, file: str) -> bytes:
        """See Folder."""
        with self._readable(self.path / file):
            return (self.path / file).read_bytes()

    def read_several(self, files: Iterable[str]) -> dict[str, bytes]:
        """See Folder."""
        found = {}
        for file in files:
            with contextlib.suppress(SourceNotFoundError):
                found[file] = self.read(file)
        return found

    @contextmanager
    def open(self, file: str) -> Iterator[BinaryIO]:
        """See Folder."""
        with self._readable(self.path / file):
            stream = (self.path / file).open("rb")
        with stream:
            yield stream

    def write(self, file: str, data: bytes) -> None:
        """See Folder."""
        with self._ready(data) as ready:
            self.take(ready, file)

    def create(self, file: str, data: bytes) -> bool:
        """See Folder."""
        target = self.path / file
        with self._ready(data) as ready, output_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(ready, target)
            except FileExistsError:
                return False
            except OSError:  # A file system without links.
                if target.exists():
                    return False
                ready.replace(target)
            return True

    @contextmanager
    def _ready(self, data: bytes) -> Iterator[Path]:
        with self.scratch() as folder, output_errors(self.path):
            ready = folder / "ready"
            with ready.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())  # A power cut must not find its name with half of it.
            yield ready

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """See Folder; on the same file system, where a reader of rows doesn't look."""
        with output_errors(self.path):
            (self.path / "run").mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=self.path / "run"))
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            with contextlib.suppress(OSError):  # A file system without locks: then nobody clears up, either.
                if (held := try_hold(folder / "held")) is not None:
                    stack.enter_context(held)
            yield folder

    def tidy(self) -> None:
        """See Folder."""
        for folder in (self.path / "run").glob(f"{SCRATCH}*"):
            with contextlib.suppress(OSError):
                if (
                    time.time() - folder.stat().st_mtime < YOUNG_S
                    or (held := try_hold(folder / "held")) is None
                ):
                    continue
                held.close()
                shutil.rmtree(folder, ignore_errors=True)

    def take(self, ready: Path, file: str) -> None:
        """See Folder."""
        target = self.path / file
        with output_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with ready.open("rb+") as stream:
                os.fsync(stream.fileno())
            with whole_file(target, ready):
                pass

    def remove(self, below: str) -> None:
        """See Folder."""
        target = self.path / below
        with output_errors(target):
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)

    @contextmanager
    def _readable(self, path: Path) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise SourceNotFoundError(f"{path}: no such file; check the path") from error
        except OSError as error:
            raise SourceError(f"{path}: can't be read: {error.strerror or error}") from error
