"""fer: a list of boxes and emotions a picture, or a table with a row a frame for a video."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mimik.errors import DataError, OutputError, SourceNotFoundError
from mimik.results.interop.account import Account, Room, Written
from mimik.results.interop.base import (
    SOURCES,
    FrameDict,
    all_finite,
    box_xywh,
    check_suffix,
    class_dict,
    face_dict,
    face_lists,
    frame_dict,
    in_form,
    in_sources,
    not_in_form,
    numbered,
    read_json,
    source_of,
    write_lists,
)
from mimik.results.interop.unread import Unread
from mimik.storage.whole import output_errors, whole_file

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""In fer's order."""
ROOM = Room(
    tool="fer",
    frame=(),
    face=("box_xyxy",),
    tasks={"emotion": {"probabilities": EMOTIONS}},
    columns=EMOTIONS,
)

MOST_FACES = 64
"""Columns of a table are made for at most this many faces a frame."""


_READ = frozenset(("box", "emotions", *SOURCES))
_READ_OF_TABLE = frozenset(
    (*SOURCES, *(f"{name}{number}" for name in ("box", *EMOTIONS) for number in range(MOST_FACES)))
)


class Fer:
    """JSON of FER.detect_emotions, or the CSV of its video table (box0, angry0, ...; a row a frame).

    fer has no place for source, time, track id, score, quality, gender, age, values before smoothing,
    and "uncertain". The faces of a row are in the order of the frame's faces; an empty cell is no face.
    """

    suffixes = (".json", ".csv")

    def write(self, frames: Iterable[FrameDict], path: Path) -> Written:
        """See Form.write. A face whose emotion wasn't asked for can't be written."""
        check_suffix(path, self.suffixes, "fer")
        account = Account(ROOM)

        def faces(frame: FrameDict) -> list[dict[str, Any]]:
            return [to_fer(face) for face in frame["faces"]]

        lists = in_form(frames, "fer", faces, account)
        if path.suffix.lower() == ".json":
            write_lists(lists, path)
        else:
            _write_table(lists, path)
        return account.written()

    def read(self, path: Path) -> Iterator[dict[str, Any]]:
        """See Form.read."""
        table = path.suffix.lower() == ".csv"
        unread = Unread(path, _READ_OF_TABLE if table else _READ)
        lists = _read_table(path, unread) if table else in_sources(face_lists(read_json(path), path), path)
        for source, index, faces in numbered(lists):
            try:
                read = [from_fer(face) for face in faces]
                for face in faces if not table else ():
                    unread.note(face)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise not_in_form(path, source, f"frame {index}", "fer", error) from error
            yield frame_dict(source, index, read, None)
        unread.tell()


def to_fer(face: Mapping[str, Any]) -> dict[str, Any]:
    """One face of a frame in fer's form.

    Raises:
        DataError: It has no emotion or no box.
    """
    probabilities = face.get("emotion", {}).get("probabilities")
    if not probabilities:
        raise DataError("it holds emotions only, and a face has none; analyze with --tasks emotion")
    return {"box": box_xywh(face), "emotions": {name: probabilities.get(name) for name in EMOTIONS}}


def from_fer(peer: Mapping[str, Any]) -> dict[str, Any]:
    """A face of fer's as one of a frame.

    Raises:
        KeyError, TypeError, ValueError: It isn't in fer's form.
    """
    face = face_dict(peer["box"], None)
    if not all_finite(peer["emotions"].values()):
        return face
    return {**face, "emotion": class_dict({k: float(v) for k, v in peer["emotions"].items()})}


def _write_table(lists: Iterable[list[dict[str, Any]]], path: Path) -> None:
    """Write rows under another name; the widest frame, known at the end, makes the columns."""
    rows_path = path.with_name(path.name + ".rows")
    with output_errors(path), whole_file(path) as part:
        try:
            with rows_path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                widest = max((_write_row(writer, faces) for faces in lists), default=0)
            if widest > MOST_FACES:
                raise OutputError(
                    f"{path}: {widest} faces in a frame are too many for fer's table; name a .json"
                )
            _widen(rows_path, part, max(1, widest))
        finally:
            rows_path.unlink(missing_ok=True)


def _write_row(writer: Any, faces: list[dict[str, Any]]) -> int:
    writer.writerow([cell for face in faces for cell in (face["box"], *face["emotions"].values())])
    return len(faces)


def _widen(rows_path: Path, part: Path, faces: int) -> None:
    names = [f"{name}{number}" for number in range(faces) for name in ("box", *EMOTIONS)]
    with (
        rows_path.open(encoding="utf-8", newline="") as rows,
        part.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        for row in csv.reader(rows):
            writer.writerow(row + [""] * (len(names) - len(row)))


def _read_table(path: Path, unread: Unread) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if (lacking := _lacking(reader.fieldnames or ())) is not None:
                raise DataError(f"{path}: not fer's video table (no column {lacking})")
            for row in reader:
                unread.note(row)
                yield source_of(row, path), list(_row_faces(row))
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: can't be read: {error}") from error


def _lacking(names: Sequence[str]) -> str | None:
    """The first column that a table needs and hasn't: a box with each of its emotions."""
    boxes = [number for number in range(MOST_FACES) if number == 0 or f"box{number}" in names]
    needed = (f"{name}{number}" for number in boxes for name in ("box", *EMOTIONS))
    return next((name for name in needed if name not in names), None)


def _row_faces(row: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for number in range(MOST_FACES):
        if box := row.get(f"box{number}"):
            # fer writes [277, 90, 48, 63] or NumPy's [277  90  48  63].
            numbers = [float(v) for v in re.findall(r"-?\d+(?:\.\d+)?", box)]
            yield {"box": numbers, "emotions": {name: row[f"{name}{number}"] for name in EMOTIONS}}
