"""A flat row a face: the columns that CSV, Parquet, DataFrames and summaries share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from mimik.errors import OptionError
from mimik.readings import AGAINST_NEUTRAL
from mimik.types import RunInfo

Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = dict[str, Cell]

BASE_COLUMNS = (
    *("source", "frame", "time_s", "id", "x1", "y1", "x2", "y2", "score"),
    *("size_px", "sharpness", "brightness", "yaw_deg", "pitch_deg", "roll_deg", "reliable", "reason"),
)
"""The columns of every row; each task's follow, its name before them ("emotion_label")."""

FRAME_COLUMNS = BASE_COLUMNS[:3]
"""Those that tell of the frame; all others are empty where it shows no face."""

CONTEXT_COLUMNS = ("person", "group", "session", "marker")
"""What a study's table has before these: whose face it is, and what was going on."""

FACE_KEYS = frozenset({"id", "box_xyxy", "landmarks_xy", "score", "quality"})
"""What a face's dict holds besides its tasks."""


def columns_of(info: RunInfo) -> tuple[str, ...]:
    """All columns of a run's rows, in order."""
    own = (f"{task}_{name}" for task in info.tasks for name in info.columns.get(task, ()))
    return (*BASE_COLUMNS, *own)


@lru_cache(maxsize=1024)
def column_type(name: str) -> type:
    """What a column holds besides None: str, int, float or bool.

    A task's own columns are numbers, except those called label, group, active, reason, reliable and
    against_neutral.
    """
    if name.endswith(("_label", "_group", "_active", "_reason")):
        return str
    if name in ("source", "reason", *CONTEXT_COLUMNS):
        return str
    if name in ("frame", "id"):
        return int
    return bool if name.endswith(("reliable", "against_neutral")) else float


def flatten(frame: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of one frame.

    Args:
        frame: FrameResult.to_dict(), or a line of a JSONL results file.

    Yields:
        A row a face. A frame without faces gives one row whose id, and all after it, is None:
        "nobody there" differs from "not analysed".
    """
    head = {name: frame[name] for name in FRAME_COLUMNS}
    for face in frame["faces"]:
        yield {**head, **_flat_face(face)}
    if not frame["faces"]:
        yield {**head, **dict.fromkeys(BASE_COLUMNS[3:])}


def is_face(row: Row) -> bool:
    """Whether a row tells of a face, not of a frame without one; other tools' faces may have no box or id."""
    return any(value is not None for name, value in row.items() if name not in FRAME_COLUMNS)


def _flat_face(face: Mapping[str, Any]) -> Row:
    quality: Mapping[str, Any] = face["quality"] or {}
    pose: Mapping[str, Any] = quality.get("pose") or {}
    row: Row = {"id": face["id"]}
    row.update(zip(("x1", "y1", "x2", "y2"), face["box_xyxy"] or (None,) * 4, strict=True))
    row["score"] = face["score"]
    row.update((name, quality.get(name)) for name in ("size_px", "sharpness", "brightness"))
    row.update((name, pose.get(name)) for name in ("yaw_deg", "pitch_deg", "roll_deg"))
    row.update((name, quality.get(name)) for name in ("reliable", "reason"))
    for task, reading in face.items():
        if task not in FACE_KEYS:
            _flat_reading(row, task, reading)
    return row


def _flat_reading(row: Row, prefix: str, values: Mapping[str, Any]) -> None:
    """Add a reading's values; probabilities stand under their class's name alone."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            _flat_reading(row, prefix if name == "probabilities" else f"{prefix}_{name}", value)
        elif isinstance(value, list):
            words = all(isinstance(item, str) for item in value)
            row[f"{prefix}_{name}"] = ("+".join(value) or "none") if words else json.dumps(value)
        elif value is not None or name not in ("probabilities", "raw"):
            row[f"{prefix}_{name}"] = value


def in_order(row: Row, columns: tuple[str, ...]) -> list[Cell]:
    """A row's values in the order of the columns, None where it has none.

    Raises:
        OptionError: The row is of a run with a face at rest, and the columns aren't.
        ValueError: The row has a value for which there is no column.
    """
    values = [row.get(name) for name in columns]
    if extra := row.keys() - set(columns):
        if all(name.endswith(AGAINST_NEUTRAL) for name in extra):
            raise OptionError(
                "the readings are a change from a face at rest, but the columns know of none: "
                "open the writer with analyzer.info(against_neutral=True)"
            )
        raise ValueError(f"a reading holds {sorted(extra)}, which its task's columns don't name")
    return values
