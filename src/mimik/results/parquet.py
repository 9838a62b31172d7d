"""Parquet: one row a face, one row an utterance, in typed columns. Needs the extra [table]."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from mimik.errors import DataError, MissingExtraError, OutputError
from mimik.readings import Kind
from mimik.results.base import Format
from mimik.results.head import check_version
from mimik.results.rows import Cell, plain
from mimik.results.staged import Staged
from mimik.results.tables import Table, tables_of
from mimik.types import FrameResult, RunInfo, SpanResult

Wanted: TypeAlias = Callable[[Sequence[str]], Iterable[str]]
"""Chooses among the names of a table's columns."""
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


def arrow_schema(kinds: Mapping[str, Kind], made_by: Any = None) -> Any:
    """The columns of a Parquet file, with what made its results.

    Args:
        kinds: Column to what it holds.
        made_by: RunInfo.to_dict(), of one run or of several; None says nothing, as in a dataset's parts.
    """
    arrow, _ = import_pyarrow("Parquet output")
    held = {
        "text": arrow.string(),
        "whole": arrow.int64(),
        "points": arrow.list_(arrow.list_(arrow.float64())),
    }
    held |= {"number": arrow.float64(), "truth": arrow.bool_()}
    columns = [(name, held[kind]) for name, kind in kinds.items()]
    if made_by is None:
        return arrow.schema(columns)
    told = json.dumps(made_by, ensure_ascii=True, sort_keys=True)
    return arrow.schema(columns, metadata={"mimik": told})


def arrow_column(values: Iterable[Cell], kind: Kind, held: Any) -> Any:
    """The values of a column as pyarrow holds them: lists of points instead of their JSON."""
    arrow, _ = import_pyarrow("Parquet output")
    lists = (value and json.loads(str(value)) for value in values)
    return arrow.array(list(lists if kind == "points" else values), held)


def parquet_format(info: RunInfo) -> Format:
    """A file for each table; what made them is in the metadata of each."""
    return Staged([ParquetTable(table, info.to_dict()) for table in tables_of(info)])


def parts_format(info: RunInfo, without: str) -> tuple[Staged, tuple[type, ...]]:
    """The format of a dataset's parts, and the kind of result that each of its files holds.

    Args:
        info: What makes them.
        without: The column that the names of their folders stand for.
    """
    tables = [table.without_column(without) for table in tables_of(info)]
    return Staged([ParquetTable(table) for table in tables]), tuple(table.kind for table in tables)


class ParquetTable:
    """A table as a Parquet file, which is nothing until its last byte; its rows are gathered as lists."""

    tells_torn = True

    def __init__(self, table: Table, made_by: Any = None) -> None:
        self._arrow, self._parquet = import_pyarrow("Parquet output")
        self.table = table
        self._schema = arrow_schema(table.kinds, made_by)

    def records(self, result: FrameResult | SpanResult) -> Iterator[list[Cell]]:
        """The values of each row, in the order of the columns."""
        return (list(map(_plain, row.values())) for row in self.table.rows(result))

    def write(self, records: Iterable[list[Cell]], path: Path) -> None:
        """Write a whole file, a row group at a time.

        Args:
            records: The values of each row.
            path: The file with .part behind its name, until it is whole.

        Raises:
            OutputError: A value has another type than its column.
        """
        rows = iter(records)
        try:
            with self._parquet.ParquetWriter(path, self._schema) as writer:
                while chunk := list(islice(rows, GROUP_ROWS)):
                    writer.write_table(self._arrow_table(chunk), row_group_size=GROUP_ROWS)
        except (self._arrow.ArrowInvalid, self._arrow.ArrowTypeError) as error:
            reason = str(error).splitlines()[0]
            raise OutputError(
                f"{path.with_suffix('')}: a reading doesn't fit its column: {reason}"
            ) from error

    def _arrow_table(self, chunk: list[list[Cell]]) -> Any:
        columns = [
            arrow_column(values, kind, field.type)
            for values, kind, field in zip(
                zip(*chunk, strict=True), self.table.kinds.values(), self._schema, strict=True
            )
        ]
        return self._arrow.Table.from_arrays(columns, schema=self._schema)

    def read(self, path: Path) -> Iterator[tuple[str, list[Cell]]]:
        """The source and the values of each row.

        Raises:
            DataError: It isn't as it was written.
        """
        for row in read_parquet(path):
            if row.keys() != self.table.kinds.keys():
                raise DataError(f"{path}: not a table of this run")
            yield row["source"], list(row.values())

    def check(self, path: Path) -> None:
        """Read a file to its end; raises a DataError if it is torn."""
        for _ in parquet_batches(path):
            pass


def columns_of_parquet(path: Path) -> tuple[str, ...]:
    """The names of the columns of a Parquet file; raises as read_parquet."""
    arrow, parquet = import_pyarrow("Parquet input")
    try:
        return tuple(parquet.read_schema(path).names)
    except (arrow.ArrowException, OSError) as error:
        raise _not_whole(path, error) from error


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, a few thousand in memory at once.

    Raises:
        OSError: It can't be opened.
        DataError: It isn't one, or is torn.
        MissingExtraError: pyarrow isn't installed.
    """
    for batch in parquet_batches(path):
        yield from rows_of(batch)


def rows_of(batch: Any) -> Iterator[dict[str, Any]]:
    """The rows of a batch, lists as their JSON."""
    lists = [field.name for field in batch.schema if str(field.type).startswith("list")]
    for row in batch.to_pylist():
        yield row | {name: json.dumps(row[name]) for name in lists if row[name] is not None}


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


def by_source(batch: Any) -> Iterator[tuple[str, Any]]:
    """A batch in pieces, each of one source."""
    sources = batch.column("source").to_pylist()
    begin = 0
    for source, own in groupby(sources):
        count = sum(1 for _ in own)
        yield str(source), batch.slice(begin, count)
        begin += count


def parquet_batches(
    file: Path | BinaryIO, name: str | None = None, wanted: Wanted | None = None
) -> Iterator[Any]:
    """The rows of a Parquet file as pyarrow holds them.

    Args:
        file: The file, or one that is open.
        name: What messages call it; its path if None.
        wanted: Gives those columns of all that are read; all if None.

    Raises:
        OSError, DataError, MissingExtraError: See read_parquet.
    """
    arrow, parquet = import_pyarrow("Parquet input")
    name = name or str(file)
    try:
        with parquet.ParquetFile(file) as opened:
            _check_version(name, opened.schema_arrow.metadata or {})
            columns = wanted and list(wanted(opened.schema_arrow.names))
            yield from map(_without_nan, opened.iter_batches(batch_size=4096, columns=columns))
    except (arrow.ArrowException, OSError) as error:
        raise _not_whole(name, error) from error


def _without_nan(batch: Any) -> Any:
    """A batch with NaN, as NumPy and other programs write what is missing, as a missing value."""
    import pyarrow.compute as compute

    columns = list(batch.columns)
    for at, values in enumerate(columns):
        if str(values.type) in ("double", "float", "halffloat"):
            unknown = compute.is_nan(values)
            if compute.any(unknown).as_py():
                columns[at] = compute.if_else(unknown, None, values)
    return batch.from_arrays(columns, schema=batch.schema)


def _not_whole(path: Path | str, error: Exception) -> Exception:
    """What is wrong with a file that can't be read; the system's own errors as they are."""
    # Bytes that can't be unpacked are an OSError without a number.
    if isinstance(error, OSError) and error.errno is not None:
        return error
    reason = str(error).splitlines()[0].split(". ")[0].rstrip(".")
    return DataError(f"{path}: not a whole Parquet file: {reason}")


def _check_version(path: str, metadata: Mapping[bytes, bytes]) -> None:
    """Refuse results of a later mimik; what another program has left out or spoilt is no matter."""
    try:
        made_by = json.loads(metadata.get(b"mimik", b"null"))
    except ValueError:
        return
    check_version(path, made_by)


def _plain(cell: Cell) -> Cell:
    return plain(cell) if isinstance(cell, str) else cell
