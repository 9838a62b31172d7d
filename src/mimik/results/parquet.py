"""Parquet: one row a face, in typed columns. Needs the extra [table]."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from mimik.errors import DataError, MissingExtraError, OutputError
from mimik.readings import Kind
from mimik.results.head import check_version
from mimik.results.rows import Cell, flatten, in_order, kinds_of
from mimik.storage.append import AppendFile
from mimik.storage.whole import output_errors, whole_file
from mimik.types import FrameResult, RunInfo

GROUP_ROWS = 10_000
"""Rows of a row group: what is in memory at once."""


def import_pyarrow(what: str) -> tuple[Any, Any]:
    """The modules pyarrow and pyarrow.parquet, only now that they are needed.

    Raises:
        MissingExtraError: They aren't installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(what, "table") from error
    return pyarrow, pyarrow.parquet


def arrow_schema(kinds: Mapping[str, Kind], made_by: Any) -> Any:
    """The columns of a Parquet file, with what made its results.

    Args:
        kinds: Column to what it holds.
        made_by: RunInfo.to_dict(), of one run or of several.
    """
    arrow, _ = import_pyarrow("Parquet output")
    held = {"text": arrow.string(), "whole": arrow.int64()}
    held |= {"number": arrow.float64(), "truth": arrow.bool_()}
    told = json.dumps(made_by, ensure_ascii=True, sort_keys=True)
    return arrow.schema([(name, held[kind]) for name, kind in kinds.items()], metadata={"mimik": told})


class Parquet:
    """The flat columns of mimik.results.rows, typed; what made them is in the file's metadata.

    A Parquet file is nothing until its last byte. Rows are therefore gathered as JSON lines in
    PATH.rows, which a crash can't spoil, and made into the file at the end, under another name
    that is renamed when it is whole.
    """

    staged = True

    def __init__(self, info: RunInfo) -> None:
        self._arrow, self._parquet = import_pyarrow("Parquet output")
        kinds = kinds_of(info)
        self._columns = tuple(kinds)
        self._schema = arrow_schema(kinds, info.to_dict())

    def header(self) -> bytes:
        """Nothing: the columns are known."""
        return b""

    def encode(self, result: FrameResult) -> bytes:
        """A JSON array a face, in the order of the columns."""
        return b"".join(_line(in_order(row, self._columns)) for row in flatten(result.to_dict()))

    def publish(self, rows: Path, path: Path) -> None:
        """Stream the gathered rows into the output, a row group at a time.

        Raises:
            OutputError: The disk is full, say, or a value has another type than its column.
        """
        with output_errors(path), whole_file(path) as part:
            try:
                with rows.open("rb") as lines, self._parquet.ParquetWriter(part, self._schema) as writer:
                    while chunk := [json.loads(line) for line in islice(lines, GROUP_ROWS)]:
                        writer.write_table(self._table(chunk), row_group_size=GROUP_ROWS)
                # The gathered rows go next: a power cut must not find only half of the file on the disk.
                with part.open("rb+") as whole:
                    os.fsync(whole.fileno())
            except (self._arrow.ArrowInvalid, self._arrow.ArrowTypeError) as error:
                reason = str(error).splitlines()[0]
                raise OutputError(f"{path}: a reading doesn't fit its column: {reason}") from error

    def _table(self, chunk: list[list[Cell]]) -> Any:
        columns = [
            self._arrow.array(values, field.type)
            for values, field in zip(zip(*chunk, strict=True), self._schema, strict=True)
        ]
        return self._arrow.Table.from_arrays(columns, schema=self._schema)

    def check(self, path: Path) -> None:
        """Read an output to its end.

        Raises:
            DataError: It is torn.
        """
        for _ in _batches(path):
            pass

    def unpublish(self, path: Path, rows: Path) -> None:
        """Write an output's rows back as JSON lines, to add others."""
        with whole_file(rows) as part, closing(AppendFile(part)) as gathered:
            for row in read_parquet(path):
                gathered.append(_line([row[name] for name in self._columns]))
            gathered.sync()


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, a few thousand in memory at once.

    Raises:
        OSError: It can't be opened.
        DataError: It isn't one, or is torn.
        MissingExtraError: pyarrow isn't installed.
    """
    for batch in _batches(path):
        yield from batch.to_pylist()


def read_metadata(path: Path) -> Any:
    """What a Parquet file says of what made its results; None if it says nothing.

    Raises:
        OSError: It can't be opened.
        DataError: It isn't one, or is torn.
        MissingExtraError: pyarrow isn't installed.
    """
    arrow, parquet = import_pyarrow("Parquet input")
    try:
        return json.loads((parquet.read_schema(path).metadata or {}).get(b"mimik", b"null"))
    except (arrow.ArrowException, ValueError) as error:
        raise DataError(
            f"{path}: not a whole Parquet file of mimik's: {str(error).splitlines()[0]}"
        ) from error


def _batches(path: Path) -> Iterator[Any]:
    """The rows of a Parquet file as pyarrow holds them; raises as read_parquet."""
    arrow, parquet = import_pyarrow("Parquet input")
    try:
        with parquet.ParquetFile(path) as file:
            _check_version(path, file.schema_arrow.metadata or {})
            yield from file.iter_batches(batch_size=4096)
    except (arrow.ArrowException, OSError) as error:
        # Bytes that can't be unpacked are an OSError without a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).splitlines()[0].split(". ")[0].rstrip(".")
        raise DataError(f"{path}: not a whole Parquet file: {reason}") from error


def _check_version(path: Path, metadata: Mapping[bytes, bytes]) -> None:
    """Refuse results of a later mimik; what another program has left out or spoilt is no matter."""
    try:
        made_by = json.loads(metadata.get(b"mimik", b"null"))
    except ValueError:
        return
    check_version(path, made_by)


def _line(values: list[Cell]) -> bytes:
    # Text that isn't UTF-8 (a file name) stands as \udcxx, since Parquet knows nothing else.
    whole = [v.encode("utf-8", "backslashreplace").decode() if isinstance(v, str) else v for v in values]
    return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode() + b"\n"
