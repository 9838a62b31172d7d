"""Reading results back: frames, flat rows, a DataFrame, and a summary per person."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.errors import DataError, MissingExtraError, SourceNotFoundError
from mimik.types import FrameResult
from mimik.writers.rows import BASE_COLUMNS, FACE_KEYS, Cell, Row, column_type, flatten

if TYPE_CHECKING:
    import pandas

SUFFIXES = (".jsonl", ".csv", ".parquet")
NEEDED_COLUMNS = {"source", "frame", "time_s", "id", "x1", "reason"}
"""Columns without which a table isn't one of mimik's."""


def read_results(path: str | Path) -> Iterator[dict[str, Any]]:
    """The frames of a JSONL results file, one at a time.

    Half a last line, as an interrupted run leaves it, is left out.

    Args:
        path: A .jsonl file.

    Yields:
        FrameResult.to_dict() of each frame.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't JSONL results; names the line.
    """
    path = Path(path)
    if path.suffix.lower() != ".jsonl":
        raise DataError(
            f"{path}: only .jsonl results hold whole frames; .csv and .parquet hold rows "
            "(in Python: mimik.results.read_rows)"
        )
    with _readable(path), path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.endswith(b"\n"):
                yield _frame(path, number, line)


def _frame(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        frame = json.loads(line)
        faces = [face.keys() for face in frame["faces"]]
        if {"source", "frame", "time_s"} <= frame.keys() and all(face >= FACE_KEYS for face in faces):
            return dict(frame)
    except (ValueError, AttributeError, TypeError, KeyError):
        pass
    raise DataError(f"{path}, line {number}: not a line of mimik's results")


def read_rows(path: str | Path) -> Iterator[Row]:
    """The flat rows of a results file of any format, one at a time.

    Args:
        path: A .jsonl, .csv or .parquet file.

    Yields:
        A row a face: see mimik.writers.rows. A frame without faces gives one whose id is None.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't a results file; names the line.
        MissingExtraError: Parquet without pyarrow.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _csv_rows(path)
    if suffix == ".parquet":
        return _parquet_rows(path)
    if suffix != ".jsonl":
        raise DataError(f"{path}: results are {', '.join(SUFFIXES)} files")
    return chain.from_iterable(map(flatten, read_results(path)))


def _csv_rows(path: Path) -> Iterator[Row]:
    with _readable(path), path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        _check_columns(path, reader.fieldnames or ())
        for texts in reader:
            try:
                yield {name: _cell(name, text) for name, text in texts.items()}
            except (ValueError, TypeError, AttributeError) as error:
                raise DataError(f"{path}, line {reader.line_num}: not a row of mimik's results") from error


def _check_columns(path: Path, names: Iterable[str]) -> None:
    if missing := sorted(NEEDED_COLUMNS - set(names)):
        raise DataError(f"{path}: not a table of mimik's results: no column {', '.join(missing)}")


def _cell(name: str, text: str) -> Cell:
    if text == "":
        return None
    kind = column_type(name)
    return text == "true" if kind is bool else kind(text)


def _parquet_rows(path: Path) -> Iterator[Row]:
    from mimik.writers.parquet import read_parquet

    with _readable(path):
        for row in read_parquet(path):
            _check_columns(path, row)
            yield row


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Name the file in the errors of reading it."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path}: no such results file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a results file: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or error}") from error


def to_dataframe(results: str | Path | Iterable[FrameResult | Mapping[str, Any]]) -> pandas.DataFrame:
    """Results as a pandas DataFrame with a row a face.

    Args:
        results: A results file, or frames: FrameResult or its dicts.

    Returns:
        The flat columns of mimik.writers.rows; a frame without faces has one row without an id.

    Raises:
        MissingExtraError: pandas isn't installed.
        SourceNotFoundError, DataError: See read_rows.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError("a DataFrame", "table") from error
    if isinstance(results, str | Path):
        rows = read_rows(results)
    else:
        frames = (r.to_dict() if isinstance(r, FrameResult) else r for r in results)
        rows = chain.from_iterable(map(flatten, frames))
    found = list(rows)
    columns = dict.fromkeys((*BASE_COLUMNS, *(name for row in found for name in row)))
    table = pandas.DataFrame.from_records(found, columns=list(columns))
    kinds = {str: "object", int: "Int64", float: "float64", bool: "boolean"}
    return table.astype({name: kinds[column_type(name)] for name in table.columns})
