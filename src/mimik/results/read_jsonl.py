"""The lines of JSONL results: frames and utterances."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mimik.errors import DataError, MimikWarning, in_words
from mimik.readings import Kind
from mimik.results.head import declared_kinds
from mimik.results.readable import half_a_line, readable
from mimik.results.rows import (
    BASE_KINDS,
    FACE_KEYS,
    FRAME_COLUMNS,
    TYPES,
    Row,
    flatten,
    guessed_kind,
    kinds_of_readings,
)
from mimik.results.schema import not_readable_type
from mimik.results.span_rows import SPAN_KEYS, SPAN_KINDS, SPAN_PLACE, flatten_span, is_span

_DECODER = json.JSONDecoder(parse_constant=lambda _: None)


def spans_in(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The utterances among the lines of a JSONL file, with their numbers; raises as read_results."""
    return ((number, line) for number, line in _lines(path) if is_span(line))


def frames_in(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The frames among the lines."""
    return ((number, line) for number, line in _lines(path) if not is_span(line))


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a JSONL file with their numbers."""
    with readable(path), path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.endswith(b"\n") and not _is_json(line):
                warnings.warn(half_a_line(path), MimikWarning, stacklevel=3)
                return
            yield number, _line(path, number, line)


def _decoded(line: bytes) -> Any:
    """What a line of JSON holds; NaN and infinities, which it has no words for, are missing values.

    Raises:
        ValueError, RecursionError: It is none.
    """
    return _DECODER.decode(line.decode(json.detect_encoding(line)))


def _is_json(line: bytes) -> bool:
    try:
        _decoded(line)
    except (ValueError, RecursionError):
        return False
    return True


def _line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        frame = _decoded(line)
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
    """What is wrong with the shape of an utterance; None if nothing is."""
    if lacking := sorted(SPAN_KEYS - span.keys()):
        return f"a span lacks {', '.join(lacking)}"
    if not isinstance(span["quality"], dict | None):
        return "quality must be an object or null"
    if wrong := _wrong_cells({name: span[name] for name in SPAN_PLACE}, SPAN_KINDS):
        return wrong
    if missing := [name for name in SPAN_PLACE if span[name] is None]:
        return f"{', '.join(missing)} must be there"
    tasks = (name for name in span if name not in SPAN_KEYS and not isinstance(span[name], dict))
    return next((f"{name} must be an object" for name in tasks), None)


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


def face_rows(path: Path) -> Iterator[Row]:
    """The flat rows of the frames of a JSONL file, one at a time; raises as read_rows."""
    kinds = {**BASE_KINDS, **declared_kinds(path)}
    for number, frame in frames_in(path):
        try:
            rows = list(flatten(frame))
            for face, row in zip(frame["faces"], rows, strict=False):
                if not row.keys() <= kinds.keys():
                    kinds = kinds_of_readings(face) | kinds
        except (ValueError, TypeError, AttributeError) as error:
            raise _not_ours(path, number, in_words(error)) from error
        for row in rows:
            if wrong := _wrong_cells(row, kinds):
                raise _not_ours(path, number, wrong)
            yield row


def span_rows(path: Path) -> Iterator[Row]:
    """The flat rows of the utterances of a JSONL file, one at a time; raises as read_spans."""
    kinds = {**SPAN_KINDS, **declared_kinds(path)}
    for number, span in spans_in(path):
        try:
            row = flatten_span(span)
            if not row.keys() <= kinds.keys():
                kinds = kinds_of_readings(span, SPAN_KEYS) | kinds
        except (ValueError, TypeError, AttributeError) as error:
            raise _not_ours(path, number, in_words(error)) from error
        if wrong := _wrong_cells(row, kinds):
            raise _not_ours(path, number, wrong)
        yield row
