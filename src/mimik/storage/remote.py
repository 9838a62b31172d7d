"""Files of object stores and web servers, through fsspec.

Nothing else imports fsspec, and this only when it is used.

Credentials are those that fsspec's packages find by themselves (environment, files of their own). What an
address holds of them is taken out of every name and message: see ``without_secrets``.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any, Self

from mimik.errors import (
    DecodeError,
    MimikError,
    MissingExtraError,
    SourceError,
    SourceNotFoundError,
    StoreError,
)
from mimik.storage.kinds import ARCHIVE, FINITE, PICTURES, SOUNDS

EXTRA = "remote"
STORES: dict[str, str] = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "adlfs"),
    "hf": "huggingface_hub",
    **dict.fromkeys(("http", "https"), "aiohttp"),
    "memory": "fsspec",
}
"""Scheme of an address to the package that reads it."""
IN_EXTRA = ("s3fs", "aiohttp", "fsspec")
"""Packages that mimik[remote] brings."""
WEB = ("http", "https")
BLOCK_BYTES = 1 << 20
BLOCKS = 16
"""A file is read in blocks of this size, of which so many are kept: that is all the memory it takes."""
MOST_BYTES = 1 << 30
"""What must be in memory as a whole, and is larger, is refused."""

_SECRET = re.compile(
    r"sig|token|secret|passw|pwd|auth|credential|policy|session|expires|jwt|key|code|x-amz|x-goog",
    re.IGNORECASE,
)
"""What the names of a query's parameters have in them that may be secret, or change with what is."""
_LONG = 16
"""A query's value of so many letters and digits may be a key, whatever its name."""


def scheme_of(address: str) -> str:
    """The scheme of an address in small letters; "" for all else."""
    scheme, found, _ = address.partition("://")
    return scheme.lower() if found else ""


def split_query(address: str) -> tuple[str, str]:
    """An address, and the query or fragment behind it: "?a=b"; the names in a store may hold ? and #."""
    if scheme_of(address) not in WEB:
        return address, ""
    place = re.split(r"(?=[?#])", address, maxsplit=1)
    return place[0], place[1] if len(place) > 1 else ""


def without_secrets(address: str) -> str:
    """An address without user, password, and a query that may be a signature or token.

    A container of Azure before its account (abfs://container@account...) stays.
    """
    scheme, found, rest = address.partition("://")
    if not found:
        return address
    who = r"^[^/?#]*:[^/?#]*@" if STORES.get(scheme.lower()) == "adlfs" else r"^[^/?#]*@"
    rest = re.sub(who, "", rest)
    place, mark, query = rest.partition("?")
    if STORES.get(scheme.lower(), "aiohttp") != "aiohttp" or not (mark or "#" in rest):
        return f"{scheme}://{rest}"
    place = place.partition("#")[0]
    return f"{scheme}://{place}" if _may_be_secret(query) else f"{scheme}://{place}?{query.partition('#')[0]}"


def _may_be_secret(query: str) -> bool:
    pairs = [pair.partition("=") for pair in re.split("[&;]", query.partition("#")[0])]
    return not query or any(_SECRET.search(name) or len(value) >= _LONG for name, _, value in pairs)


def is_web_file(address: str) -> bool:
    """Whether an HTTP address names a picture, video, recording or archive, which have an end."""
    place, _ = split_query(address)
    suffix = PurePosixPath(place).suffix.lower()
    return scheme_of(address) in WEB and (
        suffix in (*PICTURES, *FINITE, *SOUNDS, ARCHIVE) or in_archive(address) is not None
    )


def in_archive(address: str) -> tuple[str, str] | None:
    """An archive in a store and the file in it: "s3://bucket/a.zip/b.jpg"; None for all else."""
    place, query = split_query(address)
    found = re.match(rf"(.+?://.+?{re.escape(ARCHIVE)})/(.+)", place, re.IGNORECASE)
    return (found[1] + query, found[2]) if found else None


def entry_of(archive: str, name: str) -> str:
    """The address of a file in an archive: the way back from ``in_archive``."""
    place, query = split_query(archive)
    return f"{place}/{name}{query}"


class RemoteFile:
    """A file in a store, read in blocks when they are asked for. Use it in a ``with`` block, or close it.

    Its memory is constant, whatever its size. What goes wrong is a SourceError, on any read.
    """

    def __init__(self, address: str) -> None:
        """Open it.

        Args:
            address: With its scheme.

        Raises:
            SourceNotFoundError: There is no such file.
            StoreError: It may not be read, or the store doesn't answer.
            MissingExtraError: A package is missing.
        """
        self.name = without_secrets(address)
        """Its address, as it may be written."""
        self._address = address
        with explained(address):
            system, path = find_system(address)
            self._file: Any = system.open(
                path,
                "rb",
                block_size=BLOCK_BYTES,
                cache_type="background",
                cache_options={"maxblocks": BLOCKS},
            )
            try:
                self._file.seek(0, io.SEEK_END)
            except ValueError:  # A server that gives a file only from its beginning to its end.
                with self._file as stream:
                    self._file = io.BytesIO(self._limited(stream.read(MOST_BYTES + 1)))
            self._file.seek(0)

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all that follow."""
        with explained(self._address):
            return bytes(self._file.read(size))

    def read_all(self) -> bytes:
        """All of it.

        Raises:
            DecodeError: It is larger than MOST_BYTES.
        """
        self.seek(0)
        with explained(self._address):
            return self._limited(bytes(self._file.read(MOST_BYTES + 1)))

    def _limited(self, data: bytes) -> bytes:
        if len(data) > MOST_BYTES:
            raise DecodeError(
                f"{self.name}: larger than {MOST_BYTES >> 20} MiB; copy it to this machine first"
            )
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte; returns which."""
        with explained(self._address):
            self._file.seek(offset, whence)
            return int(self._file.tell())

    def tell(self) -> int:
        """The byte that is read next."""
        return int(self._file.tell())

    def seekable(self) -> bool:
        """That one may go to any byte."""
        return True

    def close(self) -> None:
        """Let go of it; may be called twice."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def list_folder(address: str) -> list[str]:
    """The addresses of all files below a folder, hidden ones too.

    Raises:
        SourceError, MissingExtraError: As RemoteFile.
    """
    with explained(address):
        system, path = find_system(address)
        system.invalidate_cache()  # A listing of an earlier run may be out of date.
        return [_address_of(name, address, path) for name in system.find(path) if not name.endswith("/")]


def match(pattern: str) -> list[str]:
    """The addresses of the files that a pattern names ("s3://bucket/*.mp4"), and of those in such folders.

    Raises:
        SourceError, MissingExtraError: As RemoteFile.
    """
    with explained(pattern):
        system, path = find_system(pattern)
        system.invalidate_cache()
        found = system.glob(path, detail=True)
        base = re.split(r"[*?\[]", pattern, maxsplit=1)[0].rpartition("/")[0]
        whole = base.endswith(":/")  # Even the bucket is a pattern.
        base, root = (f"{base}/", "") if whole else (base, find_system(base)[1])
        files = [name for name, info in found.items() if info["type"] != "directory"]
        folders = [name for name, info in found.items() if info["type"] == "directory"]
        files += [name for folder in folders for name in system.find(folder) if not name.endswith("/")]
        return [_address_of(name, base, root) for name in files]


def is_there(address: str) -> bool:
    """Whether there is such a file."""
    with explained(address):
        system, path = find_system(address)
        return bool(system.isfile(path))


def is_folder(address: str) -> bool:
    """Whether something lies below an address."""
    with explained(address):
        system, path = find_system(address)
        return bool(system.isdir(path))


_TAGS = ("ETag", "etag", "Content-MD5", "content_md5", "md5Hash", "crc32c", "blob_id")
_TIMES = ("LastModified", "last_modified", "Last-Modified", "updated", "mtime", "created")


def stamp(address: str) -> str | None:
    """What tells a file in a store from another under its address.

    Args:
        address: With its scheme; of a file in an archive, the archive tells.

    Returns:
        SHA-256 of its size and of its entity tag, or of when it was changed where it has none; None if the
        store doesn't say, or can't be asked.
    """
    archive = in_archive(address)
    address = archive[0] if archive else address
    try:
        with explained(address):
            system, path = find_system(address)
            info: Mapping[str, Any] = system.info(path)
    except MimikError:
        return None
    told = next((info[name] for name in (*_TAGS, *_TIMES) if info.get(name)), None)
    if told is None and info.get("size") is None:
        return None
    return hashlib.sha256(f"{info.get('size')} {told}".encode()).hexdigest()


def find_system(address: str) -> tuple[Any, str]:
    """The file system of an address, and its own name of it."""
    from fsspec.core import url_to_fs

    system, path = url_to_fs(address)
    return system, str(path)


def _address_of(name: str, base: str, root: str) -> str:
    """The address of what a file system calls so, written as its folder was."""
    root = root.rstrip("/")
    if root and name.startswith(f"{root}/"):
        return base.rstrip("/") + name[len(root) :]
    return name if "://" in name else f"{scheme_of(base)}://{name.lstrip('/')}"


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Turn what fsspec and its packages raise into a SourceError in one line, without secrets.

    What may be otherwise the next time is a StoreError.
    """
    try:
        yield
    except MimikError:
        raise
    except Exception as error:
        # Without its cause: that may show the address as it is.
        raise in_words(error, address) from None


def in_words(error: Exception, address: str) -> MimikError:
    """What fsspec and its packages raise, as an error of one line without secrets; see ``explained``."""
    name, scheme = without_secrets(address), scheme_of(address)
    package = STORES.get(scheme, "fsspec")
    if isinstance(error, ImportError):
        if package in IN_EXTRA:
            return MissingExtraError(f"{scheme}://", EXTRA)
        return SourceError(
            f"{name}: {scheme}:// is read by the package {package}: pip install {package} fsspec"
        )
    # Of a web server fsspec says that there is no such file, whatever the reason.
    if isinstance(error, FileNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    status = getattr(error, "status", None)
    if is_missing(error) or status in (404, 410):
        return SourceNotFoundError(f"{name}: no such file; check the address")
    if isinstance(error, PermissionError) or status in (401, 403):
        own = "" if scheme in WEB else f", which {package} takes from its own settings"
        return StoreError(
            f"{name}: may not be read ({reason_of(error, address)}); check the credentials{own}"
        )
    return StoreError(
        f"{name}: can't be read ({reason_of(error, address)}); check the address, or try again later"
    )


def is_missing(error: Exception) -> bool:
    """Whether there is no such file, or not even such a bucket."""
    response = getattr(error, "response", None)  # Of botocore, in what s3fs hands on as it came.
    code = response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None
    return isinstance(error, FileNotFoundError) or code in ("NoSuchBucket", "NoSuchKey")


def reason_of(error: Exception, address: str) -> str:
    """What an exception says, without addresses, nor what must stay secret of this one."""
    if status := getattr(error, "status", None):
        return f"status {status}"
    text = str(getattr(error, "strerror", None) or error).strip().partition("\n")[0]
    text = re.sub(r"\S*\w+://\S+", "...", text)
    _, _, rest = address.partition("://")
    who = rest.partition("/")[0].rpartition("@")[0]
    for secret in filter(None, (who, who.partition(":")[2], split_query(address)[1])):
        text = text.replace(secret, "...")
    return text[:120] or type(error).__name__
