"""The rows of a manifest, of whatever format, and where each stands."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mimik.errors import DataError, MissingExtraError, OptionError, SourceNotFoundError
from mimik.storage.remote import RemoteFile, split_query
from mimik.storage.spreadsheet import read_sheet

SUFFIXES = (".csv", ".jsonl", ".parquet")
EXCESS = ""
"""Stands in a row for how many cells it has, where these are too many."""


def read_rows(spec: str, known_as: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a CSV, JSONL or Parquet file of this machine or of a store.

    Args:
        spec: Its path or address.
        known_as: What messages call it.

    Yields:
        Where each stands ("line 7"), and its cells by the names of their columns in small letters; EXCESS to
        how many there are, where these are too many.

    Raises:
        OptionError, SourceError, DataError, MissingExtraError: See mimik.runs.manifest.read_manifest.
    """
    suffix = PurePosixPath(split_query(spec)[0]).suffix.lower()
    if suffix not in SUFFIXES:
        raise OptionError(f"{known_as}: a manifest (--manifest) is {', '.join(SUFFIXES)}; name such a file")
    data = _bytes(spec, known_as)
    if suffix == ".parquet":
        return _parquet(data, known_as)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{known_as}: not a text in UTF-8: save the table as 'CSV UTF-8'") from error
    return _csv(text, known_as) if suffix == ".csv" else _jsonl(text, known_as)


def _bytes(spec: str, known_as: str) -> bytes:
    if "://" in spec:
        with RemoteFile(spec) as file:
            return file.read_all()
    try:
        return Path(spec).read_bytes()
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{known_as}: no such file; check the path of --manifest") from error
    except OSError as error:
        raise DataError(f"{known_as}: can't be read: {error.strerror}") from error


def _csv(text: str, known_as: str) -> Iterator[tuple[str, dict[str, Any]]]:
    sheet = read_sheet(io.StringIO(text, newline=""), known_as)
    names = list(map(_name, sheet.names))
    for line, cells in sheet.rows:
        row: dict[str, Any] = {name: cell for name, cell in zip(names, cells, strict=False) if name}
        if len(cells) > len(names):
            row[EXCESS] = len(cells)
        yield f"line {line}", row


def _jsonl(text: str, known_as: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(
                f"{known_as}, line {number}: no JSON ({error}); each line is an object"
            ) from error
        if not isinstance(row, dict):
            raise DataError(f'{known_as}, line {number}: each line is an object, such as {{"path": "a.mp4"}}')
        yield f"line {number}", {_name(name): value for name, value in row.items()}


def _parquet(data: bytes, known_as: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingExtraError("Parquet", "table") from error
    try:
        rows = parquet.read_table(io.BytesIO(data)).to_pylist()
    except (ArrowException, OSError, ValueError) as error:  # The last of text that is no UTF-8.
        raise DataError(f"{known_as}: not a Parquet file, or damaged; write it again") from error
    for number, row in enumerate(rows, 1):
        yield f"row {number}", {_name(name): value for name, value in row.items()}


def _name(column: str) -> str:
    return column.strip().casefold()
