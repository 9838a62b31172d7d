"""A folder of an object store, through fsspec."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from mimik.errors import (
    MimikError,
    MissingExtraError,
    OptionError,
    OutputError,
    SourceNotFoundError,
    StoreError,
)
from mimik.storage.remote import (
    STORES,
    explained,
    find_system,
    in_words,
    is_missing,
    reason_of,
    scheme_of,
    without_secrets,
)

WRITABLE = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory")
"""Schemes of the stores that results may lie in."""


def check_writable(address: str) -> None:
    """Refuse an address that no results can be written to.

    Raises:
        OptionError: Names those that there are.
    """
    if (scheme := scheme_of(address)) not in WRITABLE:
        names = ", ".join(f"{name}://" for name in WRITABLE[:-1])
        raise OptionError(
            f"{without_secrets(address)}: results can't be written to {scheme}://; write them to this "
            f"machine or to {names}"
        )


@dataclass(frozen=True, slots=True)
class StoredFolder:
    """A folder of a store: files appear whole when their last byte is there, as stores promise."""

    address: str

    @property
    def name(self) -> str:
        """See Folder."""
        return f"{without_secrets(self.address)}/"

    def _at(self, below: str) -> tuple[Any, str]:
        """The store, and its own name of a file."""
        system, path = find_system(f"{self.address}/{below}")
        system.invalidate_cache()  # Other runs write there, too.
        return system, path.rstrip("/")

    def is_empty(self) -> bool:
        """See Folder."""
        try:
            with explained(self.address):
                system, path = self._at("")
                return not system.ls(path, detail=False)
        except SourceNotFoundError:  # Stores know no empty folders; or there is no such bucket.
            return True

    def sizes(self, below: str) -> dict[str, int]:
        """See Folder."""
        with explained(f"{self.address}/{below}"):
            system, path = self._at(below)
            _, root = self._at("")
            found = system.find(path, detail=True)
        return {
            str(name).removeprefix(root).lstrip("/"): int(info.get("size") or 0)
            for name, info in found.items()
            if info.get("type") != "directory"
        }

    def has(self, file: str) -> bool:
        """See Folder."""
        try:
            with explained(f"{self.address}/{file}"):
                system, path = self._at(file)
                return bool(system.info(path))
        except SourceNotFoundError:
            return False

    def read(self, file: str) -> bytes:
        """See Folder."""
        with explained(f"{self.address}/{file}"):
            system, path = self._at(file)
            return bytes(system.cat_file(path))

    def read_several(self, files: Iterable[str]) -> dict[str, bytes]:
        """See Folder; many at once, where the store's package can."""
        names = {f"{self.address}/{file}": file for file in files}
        if not names:
            return {}
        with explained(self.address):
            system, _ = self._at("")
            paths = {find_system(address)[1]: file for address, file in names.items()}
            found = system.cat(list(paths), on_error="return")
            data = {}
            for path, got in found.items():
                if isinstance(got, FileNotFoundError):
                    continue
                if isinstance(got, Exception):
                    raise got
                data[paths[path]] = bytes(got)
        return data

    @contextmanager
    def open(self, file: str) -> Iterator[BinaryIO]:
        """See Folder."""
        with explained(f"{self.address}/{file}"):
            system, path = self._at(file)
            with system.open(path, "rb") as stream:
                yield cast("BinaryIO", stream)

    def write(self, file: str, data: bytes) -> None:
        """See Folder."""
        with _written(f"{self.address}/{file}"):
            system, path = self._at(file)
            system.pipe_file(path, data)

    def create(self, file: str, data: bytes) -> bool:
        """See Folder; where a store can't tell, of two that create it at one moment the last is left."""
        with _written(f"{self.address}/{file}"):
            system, path = self._at(file)
            try:
                system.pipe_file(path, data, mode="create")
            except Exception:
                system.invalidate_cache()
                if system.exists(path):
                    return False
                system.pipe_file(path, data)
            return True

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """See Folder; in this machine's own folder for such files (TMPDIR)."""
        with tempfile.TemporaryDirectory(prefix="mimik-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def tidy(self) -> None:
        """See Folder: there is nothing in the store that isn't whole."""

    def take(self, ready: Path, file: str) -> None:
        """See Folder."""
        with _written(f"{self.address}/{file}"):
            system, path = self._at(file)
            system.put_file(str(ready), path)
        ready.unlink()

    def remove(self, below: str) -> None:
        """See Folder."""
        with _written(f"{self.address}/{below}"):
            system, path = self._at(below)
            with suppress(FileNotFoundError):
                system.rm(path, recursive=True)
            system.invalidate_cache()


@contextmanager
def _written(address: str) -> Iterator[None]:
    """Turn what writing raises into errors of one line, without secrets."""
    try:
        yield
    except MimikError:
        raise
    except Exception as error:
        raise _in_words(error, address) from None


def _in_words(error: Exception, address: str) -> MimikError:
    name, status = without_secrets(address), getattr(error, "status", None)
    package = STORES.get(scheme_of(address), "fsspec")
    if isinstance(error, ImportError):
        told = in_words(error, address)
        return told if isinstance(told, MissingExtraError) else OutputError(str(told))
    if is_missing(error):
        return OutputError(f"{name}: can't be written: there is no such bucket or container; make it first")
    if isinstance(error, PermissionError) or status in (401, 403):
        return OutputError(
            f"{name}: may not be written ({reason_of(error, address)}); check the credentials, which "
            f"{package} takes from its own settings"
        )
    return StoreError(
        f"{name}: can't be written ({reason_of(error, address)}); run the same command again later"
    )
