"""A flat row a face: the columns that CSV, Parquet, DataFrames and summaries share."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from mimik.errors import OptionError
from mimik.readings import AGAINST_NEUTRAL, AGAINST_REFERENCE, Kind
from mimik.results.schema import (
    FLAT,
    fields_of_tasks,
    fields_that_are_no_numbers,
    place_of,
    types_of_tasks,
)
from mimik.types import RunInfo

Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = dict[str, Cell]

BASE_KINDS: dict[str, Kind] = {
    **{"source": "text", "frame": "whole", "time_s": "number", "offset_s": "number", "created_at": "text"},
    "id": "whole",
    **dict.fromkeys(("x1", "y1", "x2", "y2", "score"), "number"),
    **dict.fromkeys(("size_px", "sharpness", "brightness", "yaw_deg", "pitch_deg", "roll_deg"), "number"),
    **{"reliable": "truth", "reason": "text"},
}
BASE_COLUMNS = tuple(BASE_KINDS)
"""The columns of every row; each task's follow, its name before them ("emotion_label")."""

FRAME_COLUMNS = BASE_COLUMNS[:5]
"""Those that tell of the frame; all others are empty where it shows no face."""

CONTEXT_COLUMNS = ("person", "group", "session", "counts", "marker")
"""What a study's table has before these: whose face it is, if its run is in averages, what was going on."""

OF_FACES = BASE_COLUMNS[len(FRAME_COLUMNS) :]
"""Those that tell of the face."""

FACE_KEYS = frozenset({"id", "box_xyxy", "landmarks_xy", "score", "quality"})
"""What a face's dict holds besides its tasks."""


TYPES: dict[Kind, type] = {"text": str, "whole": int, "number": float, "truth": bool, "points": str}
"""What a column holds to its type in Python; points stand in rows as the JSON of their list."""


def kinds_of(info: RunInfo) -> dict[str, Kind]:
    """All columns of a run's rows of faces, in order, and what each holds."""
    return {**BASE_KINDS, **own_kinds(info, [task for task in info.tasks if task not in info.heard])}


def own_kinds(info: RunInfo, tasks: Iterable[str]) -> dict[str, Kind]:
    """The columns of a run's tasks, and what each holds."""
    return {f"{task}_{c.name}": c.kind for task in tasks for c in info.columns.get(task, ())}


@lru_cache(maxsize=1024)
def guessed_kind(name: str) -> Kind:
    """What a column holds, by its name, where nothing says so.

    That is so in tables of mimik 0.1 and in those whose OUT.run is lost: a task's own columns are numbers,
    except those that end in label, group, active, reason, reliable and against_neutral.
    """
    if name in BASE_KINDS or name in CONTEXT_COLUMNS:
        return BASE_KINDS.get(name, "text")
    for task, fields in fields_of_tasks().items():
        if name.startswith(f"{task}_"):
            return fields.get(place_of(task, name[len(task) + 1 :])[0], "number")
    named = fields_that_are_no_numbers().items()
    return next((kind for end, kind in named if name.endswith(f"_{end}")), "number")


def kind_of(value: Cell) -> Kind | None:
    """What a column of such values holds; None of no value."""
    if value is None:
        return None
    return "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def _kind_in(name: str, value: Cell) -> Kind | None:
    """What a column of such values holds; points are told from other texts by the column's name."""
    kind = kind_of(value)
    return "points" if kind == "text" and guessed_kind(name) == "points" else kind


def kinds_in(
    rows: Iterable[Row], first: Sequence[str] = (), base: Mapping[str, Kind] = BASE_KINDS
) -> dict[str, Kind]:
    """All columns that rows have, tasks in the order in which they come, and what each holds.

    A column that holds several kinds of value is one of text.

    Args:
        rows: The rows.
        first: Columns before all others.
        base: Those of every row, and what they hold.
    """
    found: dict[str, Kind | None] = {**{name: guessed_kind(name) for name in first}, **base}
    fixed = frozenset(found)
    for row in rows:
        for name, value in row.items():
            if name not in fixed and (kind := _kind_in(name, value)) != found.setdefault(name, kind) and kind:
                found[name] = "text" if found[name] else kind
    return {name: kind or guessed_kind(name) for name, kind in found.items()}


def kinds_of_readings(read: Mapping[str, Any], keys: Collection[str] = FACE_KEYS) -> dict[str, Kind]:
    """What the columns of a face's or utterance's tasks hold.

    As schema.json says, and of tasks that it doesn't know by value.

    Args:
        read: The face or utterance.
        keys: What it holds besides its tasks.
    """
    found: dict[str, Kind] = {}
    for task in read.keys() - keys:
        fields = fields_of_tasks().get(task, {})
        for name, value in read[task].items():
            cells: Row = {}
            flat_reading(cells, task, {name: value})
            kinds = {column: fields.get(name) or kind_of(cell) for column, cell in cells.items()}
            found |= {column: kind for column, kind in kinds.items() if kind}
    return found


def flatten(frame: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of one frame.

    Args:
        frame: FrameResult.to_dict(), or a line of a JSONL results file.

    Yields:
        A row a face. A frame without faces gives one row whose id, and all after it, is None:
        "nobody there" differs from "not analysed".
    """
    head: Row = {name: frame[name] for name in FRAME_COLUMNS[:3]}
    # A line tells of its container only where there is something to tell; of other tools' nothing is known.
    head["offset_s"] = frame.get("offset_s", None if frame["time_s"] is None else 0.0)
    head["created_at"] = frame.get("created_at")
    for face in frame["faces"]:
        yield {**head, **_flat_face(face)}
    if not frame["faces"]:
        yield {**head, **dict.fromkeys(OF_FACES)}


def is_face(row: Row) -> bool:
    """Whether a row tells of a face, not of a frame without one.

    Other tools' faces may have no box or id; columns that someone added may be filled in any row.
    """
    if any(row.get(name) is not None for name in OF_FACES):
        return True
    return any(value is not None and name.startswith(_begins()) for name, value in row.items())


def task_columns(names: Iterable[str]) -> list[str]:
    """Those of some columns that belong to a task that schema.json knows."""
    return [name for name in names if name.startswith(_begins())]


@lru_cache(maxsize=1)
def _begins() -> tuple[str, ...]:
    """What the columns of tasks that schema.json knows begin with."""
    return tuple(f"{task}_" for task in fields_of_tasks())


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
            flat_reading(row, task, reading)
    return row


def flat_reading(row: Row, prefix: str, values: Mapping[str, Any]) -> None:
    """Add a reading's values; probabilities and blendshapes stand under their own names alone."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat_reading(row, prefix if name in FLAT else f"{prefix}_{name}", value)
        elif isinstance(value, list):
            words = all(isinstance(item, str) for item in value)
            row[f"{prefix}_{name}"] = ("+".join(value) or "none") if words else json.dumps(value)
        elif value is not None or not _has_columns(prefix, name):
            row[f"{prefix}_{name}"] = value


def _has_columns(task: str, field: str) -> bool:
    """Whether a field that another tool's results leave out is an object, whose values have columns."""
    known = types_of_tasks().get(task)
    return field in ("probabilities", "raw") if known is None else known.get(field) == "object"


def in_order(row: Row, columns: Collection[str]) -> list[Cell]:
    """A row's values in the order of the columns, None where it has none.

    Raises:
        OptionError: The row is of a run with a face at rest or a reference, and the columns aren't.
        ValueError: The row has a value for which there is no column.
    """
    values = [row.get(name) for name in columns]
    if extra := row.keys() - set(columns):
        if all(name.endswith(AGAINST_NEUTRAL) for name in extra):
            raise OptionError(
                "the readings are a change from a face at rest, but the columns know of none: "
                "open the writer with analyzer.info(against_neutral=True)"
            )
        if all(name.endswith(AGAINST_REFERENCE) for name in extra):
            raise OptionError(
                "the readings are a change from a reference of the voice, but the columns know of none: "
                "open the writer with listener.info(against_reference=True)"
            )
        raise ValueError(f"a reading holds {sorted(extra)}, which its task's columns don't name")
    return values


def plain(text: str) -> str:
    """A text that any file can hold: what isn't UTF-8 (a file's name) stands as \\udcxx."""
    return text.encode("utf-8", "backslashreplace").decode()
