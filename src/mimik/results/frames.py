"""Whole frames of a results file of any format; those of CSV and Parquet are put together from their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from mimik.results.dataset import Dataset, located
from mimik.results.places import place_readings
from mimik.results.read import read_results, read_rows
from mimik.results.rows import BASE_COLUMNS, Cell, Row, is_face

_BOX, _POSE = ("x1", "y1", "x2", "y2"), ("yaw_deg", "pitch_deg", "roll_deg")
_QUALITY = ("size_px", "sharpness", "brightness", "reliable", "reason")
_NOT_IN_ROWS = {"width": None, "height": None, "detector": None}


def has_rows(path: str | Path | Dataset) -> bool:
    """Whether results hold flat rows, which know no landmarks, picture size and detector."""
    found = located(path)
    return isinstance(found, Dataset) or found.suffix.lower() != ".jsonl"


def read_frames(path: str | Path | Dataset) -> Iterator[dict[str, Any]]:
    """The frames of results, one at a time.

    Args:
        path: A .jsonl, .csv or .parquet file, or a dataset of parts. Of all but the first, frames are as rows
            tell them: without landmarks, the picture's size and the detector, which are None.

    Yields:
        Frames as in a JSONL results file.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't a results file, or of a later mimik.
        MissingExtraError: Parquet without pyarrow.
    """
    return frames_of(read_rows(path)) if has_rows(path) else read_results(path)


def frames_of(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Rows put together to frames: the way back from mimik.results.rows.flatten.

    Args:
        rows: Those of a frame one after another.

    Yields:
        Frames as in a JSONL results file, None where rows have no column for it.
    """
    for _, group in groupby(rows, key=lambda row: (row["source"], row["frame"])):
        found = list(group)
        head = found[0]
        frame = {name: head[name] for name in ("source", "frame", "time_s")}
        # As FrameResult.to_dict(): a frame tells of its container only where there is something to tell.
        frame |= {name: head[name] for name in ("offset_s", "created_at") if head.get(name)}
        yield {**frame, **_NOT_IN_ROWS, "faces": [_face(row) for row in found if is_face(row)]}


def _face(row: Row) -> dict[str, Any]:
    face: dict[str, Any] = {
        "id": row["id"],
        "box_xyxy": _together([row.get(name) for name in _BOX]),
        "landmarks_xy": None,
        "score": row.get("score"),
        "quality": _quality(row),
    }
    place_readings(face, row, BASE_COLUMNS)
    return face


def _together(values: list[Cell]) -> list[Cell] | None:
    return None if None in values else values


def _quality(row: Row) -> dict[str, Any] | None:
    angles = [row.get(name) for name in _POSE]
    pose = None if None in angles else dict(zip(_POSE, angles, strict=True))
    quality = {**{name: row.get(name) for name in _QUALITY}, "pose": pose}
    return quality if any(value is not None for value in quality.values()) else None
