"""Other tools' tables: a CSV with a row a face."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

from mimik.errors import DataError, SourceNotFoundError, in_words
from mimik.results.interop.unread import NO_NUMBER, Unread
from mimik.storage.whole import output_errors, whole_file

Row: TypeAlias = "dict[str, Any]"
"""Column to value, of another tool's table."""


def write_table(header: Sequence[str], rows: Iterable[Row], path: Path) -> None:
    """Write a CSV whole or not at all; what a row lacks is an empty cell."""
    with (
        output_errors(path),
        whole_file(path) as part,
        part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
    ):
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def frames_of_table(
    path: Path,
    needed: Sequence[str],
    by: Sequence[str],
    whose: str,
    make: Callable[[list[Mapping[str, str]]], dict[str, Any]],
    known: Container[str],
) -> Iterator[dict[str, Any]]:
    """The frames of a CSV with a row a face.

    Args:
        path: The file; blanks around the names of its columns don't count.
        needed: Columns that must be there.
        by: Columns whose values are the same within a frame, where they are there.
        whose: The tool's name, for messages.
        make: A frame from its rows.
        known: The columns that it reads; others that hold something are named in a MimikWarning.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It is no such table: names the column that it lacks, or the row that is damaged.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, skipinitialspace=True)
            names = [name.strip() for name in rows.fieldnames or ()]
            if lacking := [name for name in needed if name not in names]:
                raise DataError(f"{path}: not {whose} form: it lacks the column {', '.join(lacking)}")
            rows.fieldnames = names
            lines = ((rows.line_num, row) for row in rows)
            seen: set[tuple[str | None, ...]] = set()
            unread = Unread(path, known)
            for key, group in groupby(lines, key=lambda line: tuple(line[1].get(name) for name in by)):
                numbers, found = zip(*group, strict=True)
                if key in seen:
                    again = f"line {numbers[0]}: frame {found[0].get('frame')} comes again"
                    raise DataError(
                        f"{path}, {again}; sort the table by frame, or name each video in a column, source"
                    )
                seen.add(key)
                for row in found:
                    unread.note(row)
                try:
                    frame = make(list(found))
                except (ValueError, TypeError, OverflowError) as error:
                    alone = len(numbers) == 1
                    where = f"line {numbers[0]}" if alone else f"lines {numbers[0]} to {numbers[-1]}"
                    raise DataError(f"{path}, {where}: not {whose} form ({in_words(error)})") from error
                yield frame
            unread.tell()
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: can't be read: {error}") from error


def number_in(row: Mapping[str, str], column: str) -> float | None:
    """A cell's number; None where the column or its value is missing, or it isn't finite.

    Raises:
        ValueError: It is something else.
    """
    text = (row.get(column) or "").strip()
    if not text or NO_NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def box_of_points(points: Iterable[tuple[float | None, float | None]]) -> list[float] | None:
    """Left, top, width and height of what points enclose; None if there are none."""
    known = [(x, y) for x, y in points if x is not None and y is not None]
    if len(known) < 3:
        return None
    xs, ys = zip(*known, strict=True)
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
