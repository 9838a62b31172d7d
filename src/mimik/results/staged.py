"""Tables that are made at once, of rows that were gathered beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from mimik.errors import DataError
from mimik.results.rows import plain
from mimik.results.tables import Table, table_for
from mimik.storage.append import AppendFile
from mimik.storage.whole import output_errors, whole_file
from mimik.types import FrameResult, SpanResult


class TableFile(Protocol):
    """A table in a file of a format."""

    table: Table
    tells_torn: bool
    """Whether a file that is torn can't be read to its end."""

    def records(self, result: FrameResult | SpanResult) -> Iterator[Any]:
        """The rows of a result, as JSON can hold them."""
        ...

    def write(self, records: Iterable[Any], path: Path) -> None:
        """Write a whole file, a few thousand rows in memory at once."""
        ...

    def read(self, path: Path) -> Iterator[tuple[str, Any]]:
        """The source and the record of each row; raises a DataError unless it is as it was written."""
        ...

    def check(self, path: Path) -> None:
        """Read a file to its end, if that tells whether it is torn; raises a DataError if it is."""
        ...


class Staged:
    """One table or several, made when all rows are there.

    Rows are gathered as JSON lines in PATH.rows, which a crash can't spoil, and made into the files at the
    end, under other names that are renamed when all are whole. A line is a row; if there are several tables,
    with its table's number before it.
    """

    staged = True

    def __init__(self, files: Sequence[TableFile]) -> None:
        self._files = files
        self._tables = [file.table for file in files]
        self._several = len(files) > 1

    def header(self) -> bytes:
        """Nothing: the columns are known."""
        return b""

    def encode(self, result: FrameResult | SpanResult) -> bytes:
        """A JSON line a face, or an utterance."""
        number, _ = table_for(self._tables, result)
        return b"".join(self._line(number, record) for record in self._files[number].records(result))

    def _line(self, number: int, record: Any) -> bytes:
        text = json.dumps([number, record] if self._several else record, ensure_ascii=False, allow_nan=False)
        return text.encode() + b"\n"

    def is_span(self, record: bytes) -> bool:
        """Whether a line tells of an utterance."""
        number = int(record[1 : record.index(b",")]) if self._several else 0
        return self._tables[number].kind is SpanResult

    def files(self, path: Path) -> tuple[Path, ...]:
        """The tables' files, the output first."""
        return tuple(table.file(path) for table in self._tables)

    def publish(self, rows: Path, path: Path) -> None:
        """Stream the gathered rows into the files.

        Raises:
            OutputError: The disk is full, say, or a value has another type than its column.
        """
        with output_errors(path), ExitStack() as stack:
            parts = [stack.enter_context(whole_file(target)) for target in self.files(path)]
            for number, (file, part) in enumerate(zip(self._files, parts, strict=True)):
                file.write(self._gathered(rows, number), part)
                # The gathered rows go next: a power cut must not find only half of a file on the disk.
                with part.open("rb+") as whole:
                    os.fsync(whole.fileno())

    def _gathered(self, rows: Path, number: int) -> Iterator[Any]:
        """The records of a table."""
        with rows.open("rb") as lines:
            for line in lines:
                if not self._several:
                    yield json.loads(line)
                elif line.startswith(b"[%d," % number):
                    yield json.loads(line)[1]

    def check(self, path: Path, size: int) -> None:
        """Raise a DataError unless all files are there and whole.

        Args:
            path: The output.
            size: Bytes of the rows that were gathered.
        """
        targets = self.files(path)
        for file, target in zip(self._files, targets, strict=True):
            if not target.exists():
                raise DataError(f"{target}: is gone")
            file.check(target)
        if all(file.tells_torn for file in self._files):
            return
        if (
            sum(len(self._line(n, record)) for n, found in enumerate(self._read(path)) for _, record in found)
            != size
        ):
            names = " or ".join(target.name for target in targets)
            raise DataError(f"{path}: {names} was cut short, or changed by something else")

    def _read(self, path: Path) -> list[Iterator[tuple[str, Any]]]:
        """The source and the record of each row, table by table."""
        return [file.read(target) for file, target in zip(self._files, self.files(path), strict=True)]

    def unpublish(self, path: Path, rows: Path, sources: Sequence[str]) -> None:
        """Gather the rows of the files again, to add others.

        Args:
            path: The output.
            rows: Where they are gathered.
            sources: Those that have rows, in their order.

        Raises:
            DataError: The files aren't as they were written.
        """
        with whole_file(rows) as part, closing(AppendFile(part)) as gathered:
            for number, record in _in_turn(self._read(path), sources):
                gathered.append(self._line(number, record))
            gathered.sync()


def _in_turn(
    tables: Sequence[Iterator[tuple[str, Any]]], sources: Sequence[str]
) -> Iterator[tuple[int, Any]]:
    """The records of all tables with their table's number, source by source; last what is of none of them."""
    groups = [groupby(rows, key=lambda row: row[0]) for rows in tables]
    ahead = [next(own, None) for own in groups]
    for source in (*map(plain, sources), None):
        for number, own in enumerate(groups):
            while (group := ahead[number]) and source in (group[0], None):
                yield from ((number, record) for _, record in group[1])
                ahead[number] = next(own, None)
