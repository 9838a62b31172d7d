"""Reading results back: frames, or flat rows."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

from mimik.errors import DataError, MimikWarning, SourceNotFoundError, in_words
from mimik.readings import Kind
from mimik.results.csv import from_csv, unguarded
from mimik.results.head import declared_kinds
from mimik.results.rows import (
    BASE_KINDS,
    CONTEXT_COLUMNS,
    FACE_KEYS,
    FRAME_COLUMNS,
    TYPES,
    Cell,
    Row,
    flatten,
    guessed_kind,
    kinds_of_face,
)
from mimik.results.schema import not_readable_type, types_of_tasks

SUFFIXES = (".jsonl", ".csv", ".parquet")
NEEDED_COLUMNS = {"source", "frame", "time_s", "id", "x1", "reason"}
"""Columns without which a table isn't one of mimik's."""
_YES = ("true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "sant")
_NO = ("false", "falsch", "faux", "falso", "onwaar", "fałsz", "falskt")
TRUTHS = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
"""A cell's text in small letters to what it means: spreadsheets write TRUE in their own language."""
MISSING = ("NA", "NaN", "nan")
"""What R and other programs write into cells that mimik leaves empty."""
NAMES = ("source", *CONTEXT_COLUMNS)
"""Columns in which that may be a name."""
SEPARATORS = (",", ";", "\t")
"""What may stand between the cells of a CSV; spreadsheets write ; where the comma is in numbers."""


def is_named(source: str, name: str) -> bool:
    """Whether a name means a source, by its path or the last parts of it (b.mp4 of a/b.mp4, not ab.mp4)."""
    path, end = source.replace("\\", "/"), name.replace("\\", "/")
    return path == end or path.endswith(f"/{end}")


def read_results(path: str | Path) -> Iterator[dict[str, Any]]:
    """The frames of a JSONL results file, one at a time.

    Half a last line, as an interrupted run leaves it, is left out with a MimikWarning.

    Args:
        path: A .jsonl file.

    Yields:
        FrameResult.to_dict() of each frame.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't JSONL results, or of a later mimik; names the line.
    """
    path = Path(path)
    if path.suffix.lower() != ".jsonl":
        raise DataError(
            f"{path}: only .jsonl results hold whole frames; .csv and .parquet hold rows "
            "(in Python: mimik.results.read.read_rows)"
        )
    declared_kinds(path)  # refuses results of a later mimik
    for _, frame in _frames(path):
        yield frame


def read_spans(path: str | Path) -> Iterator[dict[str, Any]]:
    """The utterances of a JSONL results file, one at a time; see read_results.

    Yields:
        SpanResult.to_dict() of each utterance.
    """
    path = Path(path)
    declared_kinds(path)  # refuses results of a later mimik
    for _, line in _lines(path):
        if is_span(line):
            yield line


def is_span(line: Mapping[str, Any]) -> bool:
    """Whether a line tells of an utterance, not of a frame."""
    return line.get("type") == "span"


def _frames(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The frames among the lines."""
    return ((number, line) for number, line in _lines(path) if not is_span(line))


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a JSONL file with their numbers."""
    with _readable(path), path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.endswith(b"\n") and not _is_json(line):
                warnings.warn(_half(path), MimikWarning, stacklevel=3)
                return
            yield number, _line(path, number, line)


def _half(path: Path) -> str:
    return f"{path}: ends in half a line, which is left out; run the same analyze command again"


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        frame = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _not_ours(path, number, "no JSON") from error
    if problem := _problem(frame):
        raise _not_ours(path, number, problem)
    return dict(frame)


def _not_ours(path: Path, number: int, why: str) -> DataError:
    return DataError(f"{path}, line {number}: not a line of mimik's results: {why}")


def _problem(frame: Any) -> str | None:
    """What is wrong with the shape of a line; None if nothing is."""
    if isinstance(frame, dict) and (strange := not_readable_type(frame)):
        return strange
    if isinstance(frame, dict) and is_span(frame):
        return _span_problem(frame)
    if not isinstance(frame, dict) or not isinstance(frame.get("faces"), list):
        return "no object that holds faces"
    if lacking := [name for name in FRAME_COLUMNS[:3] if name not in frame]:
        return f"it lacks {', '.join(lacking)}"
    if wrong := _wrong_cells({name: frame.get(name) for name in FRAME_COLUMNS}, {}):
        return wrong
    if frame["source"] is None or frame["frame"] is None:
        return "source and frame must be there"
    return next(filter(None, map(_face_problem, frame["faces"])), None)


def _span_problem(span: Mapping[str, Any]) -> str | None:
    """What is wrong with the shape of a span; None if nothing is."""
    if lacking := [name for name in ("source", "span", "start_s", "end_s", "quality") if name not in span]:
        return f"a span lacks {', '.join(lacking)}"
    if not all(isinstance(span[name], int | float) for name in ("start_s", "end_s")):
        return "start_s and end_s must be numbers"
    return None


def _face_problem(face: Any) -> str | None:
    if not isinstance(face, dict):
        return "a face must be an object"
    if lacking := sorted(FACE_KEYS - face.keys()):
        return f"a face lacks {', '.join(lacking)}"
    box = face["box_xyxy"]
    if box is not None and not (isinstance(box, list) and len(box) == 4):
        return "box_xyxy must be four numbers or null"
    quality = face["quality"]
    if quality is not None and not isinstance(quality, dict):
        return "quality must be an object or null"
    if not isinstance((quality or {}).get("pose") or {}, dict):
        return "quality.pose must be an object or null"
    tasks = (name for name in face if name not in FACE_KEYS and not isinstance(face[name], dict))
    return next((f"{name} must be an object" for name in tasks), None)


def _wrong_cells(row: Row, kinds: Mapping[str, Kind]) -> str | None:
    """The first value of a row that isn't what its column holds."""
    for name, value in row.items():
        if value is None:
            continue
        kind = kinds.get(name) or guessed_kind(name)
        # JSON writes 1.0 as 1; true and false are numbers to Python only.
        fits = isinstance(value, (int, float) if kind == "number" else TYPES[kind])
        if not fits or (isinstance(value, bool) and kind != "truth"):
            return f"{name} can't be {value!r:.40}"
    return None


def read_rows(path: str | Path) -> Iterator[Row]:
    """The flat rows of a results file of any format, one at a time.

    Half a last line is left out with a MimikWarning. A last row of CSV without its newline counts as half
    where the lines end as mimik writes them: a number that was cut looks like any other. A CSV that a
    spreadsheet saved is read with its separators (;), decimal commas and words for true and false; one that
    pandas or R saved with its 3.0, NA and numbers of rows. Columns that someone added are taken over. The
    apostrophes that the app's exports put before names like "=A1" are taken away; not where an OUT.run lies
    beside the table, for ``mimik analyze`` writes none.

    Args:
        path: A .jsonl, .csv or .parquet file.

    Yields:
        A row a face: see mimik.results.rows. A frame without faces gives one whose id is None.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't a results file, or of a later mimik; names the line.
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
    return _jsonl_rows(path)


def _jsonl_rows(path: Path) -> Iterator[Row]:
    kinds = {**BASE_KINDS, **declared_kinds(path)}
    for number, frame in _frames(path):
        try:
            rows = list(flatten(frame))
            for face, row in zip(frame["faces"], rows, strict=False):
                if not row.keys() <= kinds.keys():
                    kinds = kinds_of_face(face) | kinds
        except (ValueError, TypeError, AttributeError) as error:
            raise _not_ours(path, number, in_words(error)) from error
        for row in rows:
            if wrong := _wrong_cells(row, kinds):
                raise _not_ours(path, number, wrong)
            yield row


def _csv_rows(path: Path) -> Iterator[Row]:
    kinds = declared_kinds(path)
    with _readable(path), path.open("rb") as stream:
        lines = _CsvLines(stream)
        separator = _separator(stream)
        reader = csv.DictReader(lines, delimiter=separator)
        _check_columns(path, reader.fieldnames or ())
        for texts in reader:
            if lines.half:
                warnings.warn(_half(path), MimikWarning, stacklevel=2)
                return
            try:
                # A column without a name is a program's number of the row.
                cells = ((name, _cell(name, text, kinds, separator)) for name, text in texts.items())
                yield from_csv({name: cell for name, cell in cells if name})
            except ValueError as error:
                why = f"not a row of mimik's results: {error}"
                raise DataError(f"{path}, line {reader.line_num}: {why}") from error


def _separator(stream: BinaryIO) -> str:
    """What stands between the names of the first line, none of which has such a character."""
    first = stream.readline()
    stream.seek(0)
    return max(SEPARATORS, key=lambda mark: first.count(mark.encode()))


class _CsvLines:
    """The lines of a CSV file as text."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.half = False
        """Whether the line that was given last may be cut: mimik ends each with a line feed alone."""

    def __iter__(self) -> Iterator[str]:
        ours = False
        for number, line in enumerate(self._stream):
            if number == 0:
                ours = line.endswith(b"\n") and not line.endswith(b"\r\n")
            self.half = ours and not line.endswith(b"\n")
            coding = "utf-8" if number else "utf-8-sig"
            # A cut may go through a letter of several bytes.
            text = line.decode(coding, "replace" if self.half else "strict")
            yield from io.StringIO(text, newline="")  # there may be more line ends in it, of another kind


def _check_columns(path: Path, names: Iterable[str]) -> None:
    if missing := sorted(NEEDED_COLUMNS - set(names)):
        raise DataError(
            f"{path}: not a table of mimik's results: no column {', '.join(missing)}; "
            "mimik convert --from reads those of other tools"
        )


def _cell(name: str | None, text: str | None, kinds: Mapping[str, Kind], separator: str = ",") -> Cell:
    if name is None or text is None:
        raise ValueError(f"it has {'fewer' if text is None else 'more'} cells than the first line")
    kind = kinds.get(name) or _undeclared_kind(name, bool(kinds))
    if text == "" or (text in MISSING and name not in NAMES):
        return None
    if kind in ("whole", "number") and separator != ",":
        text = text.replace(",", ".")
    try:
        if kind == "text" and (name in CONTEXT_COLUMNS or not kinds):
            return unguarded(text)
        return TRUTHS[text.lower()] if kind == "truth" else _number(text, kind) if kind != "text" else text
    except (ValueError, KeyError):
        unsaid = kind == "number" and name not in kinds and name not in BASE_KINDS
        remedy = (
            "; it is a number unless OUT.run says otherwise: put that beside the file, or leave out columns "
            "of your own"
        )
        raise ValueError(f"{name} can't be {text!r:.40}{remedy if unsaid else ''}") from None


@lru_cache(maxsize=1024)
def _undeclared_kind(name: str, declared: bool) -> Kind:
    """What a column holds that OUT.run doesn't name, or that has none: what someone added is text."""
    kind = guessed_kind(name)
    own = not name.startswith(tuple(f"{task}_" for task in types_of_tasks())) if declared else "_" not in name
    return "text" if own and kind == "number" and name not in BASE_KINDS else kind


def _number(text: str, kind: Kind) -> int | float:
    """A number; a whole one may read "3.0", as programs write it that know no missing whole numbers.

    Raises:
        ValueError: It is none.
    """
    number = float(text)
    if not isfinite(number) or (kind == "whole" and not number.is_integer()):
        raise ValueError(text)
    return int(number) if kind == "whole" else number


def _parquet_rows(path: Path) -> Iterator[Row]:
    from mimik.results.parquet import read_parquet

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
        begun = path.with_name(f"{path.name}.rows").exists()
        remedy = "its run isn't finished: run the same analyze command again" if begun else "check the path"
        raise SourceNotFoundError(f"{path}: no such results file; {remedy}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a results file, or not in UTF-8: save it as 'CSV UTF-8'") from error
    except csv.Error as error:
        raise DataError(f"{path}: not a results file: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or error}") from error
