"""A results dataset: a folder of Parquet parts, one or two a source, here or in a store.

    rows/source=KEY/part-0.parquet     the rows of a source's faces
    spans/source=KEY/part-0.parquet    its utterances, where voices are heard
    run/head.json                      RunInfo.to_dict() of what made it
    run/done/HASH.json                 a source's entry in the journal, with its parts; written last
    run/failed/HASH.json               why a source failed; the next run tries it again
    run/left_out/HASH.json             what lies in the folders that were named, and isn't read

A source counts once its record lies in run/done. Parts have no column for the source: it is the value of
their folder's name, as Hive writes it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate, takewhile
from pathlib import Path
from typing import Any, TypeAlias

from mimik.errors import DataError, SourceNotFoundError
from mimik.results.rows import plain
from mimik.storage.folder import Folder, open_folder
from mimik.storage.remote import STORES, WEB, scheme_of, without_secrets
from mimik.types import FrameResult, SpanResult

HEAD = "run/head.json"
DONE, FAILED, LEFT_OUT = "run/done", "run/failed", "run/left_out"
ROWS, SPANS = "rows", "spans"
TABLES: dict[type, str] = {FrameResult: ROWS, SpanResult: SPANS}
"""Kind of result to the folder that holds its parts."""
PART = "part-0.parquet"
SOURCE = "source"
"""The column that the folders' names stand for."""
LONGEST_KEY = 240
"""Bytes of a source's name in a folder's: file systems end at 255."""

_RESERVED = re.compile(r"[^0-9A-Za-z_.~@\x80-\U0010ffff-]")
"""What is percent-encoded; letters of other alphabets aren't, as Spark decodes byte by byte."""


def key_of(source: str) -> str:
    """What stands for a source in the names of its folders: percent-encoded, as readers of Hive's decode it.

    One that would be longer than a file's name may be is its hash and its end: "~0123456789abcdef~...a.mp4".
    """
    name = plain(source)
    pieces = [_RESERVED.sub(lambda found: f"%{ord(found[0]):02X}", character) for character in name]
    if pieces[-1:] == ["."]:  # Windows drops it.
        pieces[-1] = "%2E"
    if len((key := "".join(pieces)).encode()) <= LONGEST_KEY:
        return key
    begin = f"~{hashlib.sha256(name.encode()).hexdigest()[:16]}~"
    room = LONGEST_KEY - len(begin)
    sizes = accumulate(len(piece.encode()) for piece in reversed(pieces))
    kept = sum(1 for _ in takewhile(lambda size: size <= room, sizes))
    return begin + "".join(pieces[-kept:])


def part_of(table: str, source: str) -> str:
    """The part of a source in a table's folder."""
    return f"{table}/{SOURCE}={key_of(source)}/{PART}"


def record_of(folder: str, place: str) -> str:
    """The record of a source in a folder of records, by where the source lies."""
    key = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{folder}/{key}.json"


class Dataset:
    """Results in parts, to be read."""

    def __init__(self, folder: Folder) -> None:
        """Name a folder; nothing is read yet."""
        self.folder = folder

    @property
    def name(self) -> str:
        """Its path or address, as it may be written."""
        return self.folder.name

    def __str__(self) -> str:
        return self.name

    @cached_property
    def head(self) -> dict[str, Any]:
        """What made it.

        Raises:
            DataError: It is no results dataset, or damaged.
            SourceError, MissingExtraError: It can't be read.
        """
        try:
            head = json.loads(self.folder.read(HEAD))
        except SourceNotFoundError as error:
            raise DataError(
                f"{self.name}: no results in parts lie there, as it has no {HEAD}; name the folder that "
                "mimik analyze wrote, or a .jsonl, .csv or .parquet file"
            ) from error
        except ValueError as error:
            raise self._damaged(HEAD) from error
        if not isinstance(head, dict) or "mimik" not in head:
            raise self._damaged(HEAD)
        return head

    @cached_property
    def done(self) -> list[dict[str, Any]]:
        """The records of the sources that are in it, by name; raises as head."""
        return self._records(DONE)

    @cached_property
    def failed(self) -> list[dict[str, Any]]:
        """The records of those that have failed, and aren't done since; raises as head."""
        done = {_place(record) for record in self.done}
        return [record for record in self._records(FAILED) if _place(record) not in done]

    @cached_property
    def left_out(self) -> list[dict[str, Any]]:
        """What lay in the folders that were named and wasn't read; raises as head."""
        lists = self._read(LEFT_OUT)
        return list({_place(record): record for _, told in lists for record in told}.values())

    @property
    def of_spans_alone(self) -> bool:
        """Whether voices were heard, and no faces looked for."""
        return bool(self.head.get("heard")) and self.head.get("detector") is None

    def parts(self, table: str) -> Iterator[tuple[str, str]]:
        """Each source with its part in a table, ROWS or SPANS, in the order of their names."""
        for record in self.done:
            for file in record.get("parts") or ():
                if file.startswith(f"{table}/"):
                    yield record["source"], file

    def _records(self, folder: str) -> list[dict[str, Any]]:
        records = [record for _, record in self._read(folder)]
        return sorted(records, key=lambda record: str(record["source"]))

    def _read(self, folder: str) -> Iterator[tuple[str, Any]]:
        """The records in a folder, by name."""
        names = [file for file in self.folder.sizes(folder) if file.endswith(".json")]
        for file, data in sorted(self.folder.read_several(names).items()):
            try:
                record = json.loads(data)
                if isinstance(record, dict) and not isinstance(record["source"], str):
                    raise TypeError
            except (ValueError, KeyError, TypeError) as error:
                raise self._damaged(file) from error
            yield file, record

    def _damaged(self, file: str) -> DataError:
        return DataError(f"{self.name}{file}: damaged: remove it, and run the same analyze command again")


Located: TypeAlias = Path | Dataset
"""A results file, or a dataset of parts."""


def located(results: str | Path | Dataset) -> Located:
    """What a user calls results: a file, or a dataset where it is a folder or an address.

    Raises:
        DataError: It is an address that nothing can be listed at.
    """
    if isinstance(results, Dataset):
        return results
    if isinstance(results, str) and "://" in results:
        scheme = scheme_of(results)
        if scheme not in STORES or scheme in WEB:
            raise DataError(
                f"{without_secrets(results)}: results are read from this machine and from object stores "
                f"(s3://bucket/out/), not from {scheme}://: copy them here first"
            )
        return Dataset(open_folder(results))
    path = Path(results)
    return Dataset(open_folder(path)) if path.is_dir() else path


def is_same(file: Path, results: Located) -> bool:
    """Whether a file is the results file itself."""
    return isinstance(results, Path) and file.exists() and results.exists() and file.samefile(results)


def _place(record: Mapping[str, Any]) -> str:
    return str(record.get("place") or record[SOURCE])
