"""What schema.json says of the tasks that it knows, and which results this mimik reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mimik.readings import Kind
from mimik.types import SCHEMA_VERSION

_FILE = Path(__file__).parent.parent / "schema.json"
_KINDS: dict[str, Kind] = {
    **{"string": "text", "array": "text", "boolean": "truth"},
    **{"integer": "whole", "number": "number", "object": "number", "points": "points"},
}
"""Type of JSON to what its column holds: lists are joined, objects have a column a number."""
FLAT = ("probabilities", "blendshapes")
"""Objects of a reading whose values have columns named after the task alone ("emotion_happy")."""


@cache
def _readings() -> tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Any]]:
    """Task to the shape of its reading; and all shapes."""
    shapes = json.loads(_FILE.read_text(encoding="utf-8"))["$defs"]
    fields = {name: node for kind in ("face", "span_result") for name, node in _tasks(shapes[kind])}
    return {task: _resolved(node, shapes) for task, node in fields.items()}, shapes


def _tasks(shape: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tasks that a face or an utterance may have."""
    return ((name, node) for name, node in shape["properties"].items() if name not in shape["required"])


@cache
def types_of_tasks() -> Mapping[str, Mapping[str, str]]:
    """Task to field of its reading to its type in JSON, "null" aside."""
    readings, shapes = _readings()
    return {
        task: {name: _type(field, shapes) for name, field in shape["properties"].items()}
        for task, shape in readings.items()
    }


def empty_reading(task: str) -> dict[str, Any]:
    """The fields that every reading of a task has, None each; none of a task that isn't in the schema."""
    shape = _readings()[0].get(task, {})
    # Of an object with fixed fields each is there, and None.
    return {name: _empty(shape["properties"][name]) for name in shape.get("required", ())}


def empty_object(task: str, path: Sequence[str]) -> dict[str, Any]:
    """An object within a reading: the fields that it always has, None each.

    Args:
        task: Of the table, or another one, of whose objects nothing is known.
        path: Names of the fields that lead to it.
    """
    readings, shapes = _readings()
    shape: Mapping[str, Any] = readings.get(task, {})
    for name in path:
        shape = _shape(shape.get("properties", {}).get(name, {"type": "object"}), shapes)
    return {name: _empty(node) for name, node in shape.get("properties", {}).items()}


def _empty(node: Mapping[str, Any]) -> Any:
    """Nothing in the place of a field: an object that is never null has all of its own, None each."""
    shapes = _readings()[1]
    if "$ref" not in node or "properties" not in (shape := _resolved(node, shapes)):
        return None
    return {name: _empty(inner) for name, inner in shape["properties"].items()}


@cache
def fields_of_tasks() -> Mapping[str, Mapping[str, Kind]]:
    """Task to field of its reading to what that, or the values nested in it, hold."""
    types = types_of_tasks()
    return {task: {name: _KINDS[held] for name, held in own.items()} for task, own in types.items()}


@cache
def fields_that_are_no_numbers() -> Mapping[str, Kind]:
    """The same of all tasks with answers together, without those that hold numbers."""
    answers = [own for own in fields_of_tasks().values() if "points" not in own.values()]
    fields = [field for own in answers for field in own.items()]
    return {name: kind for name, kind in fields if kind != "number"}


def _type(node: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    if "anyOf" in node:
        return _type(node["anyOf"][0], shapes)
    shape = _resolved(node, shapes)
    held = shape["type"] if isinstance(shape["type"], str) else shape["type"][0]
    is_nested = held == "array" and _type(shape["items"], shapes) == "array"
    return "points" if is_nested else str(held)


@cache
def place_of(task: str, column: str) -> tuple[str, ...]:
    """Where in a reading the value of a column stands, by what schema.json says of the task.

    Args:
        task: One that it knows.
        column: Without the task's name before it ("raw_happy", "gaze_left_yaw_deg").

    Returns:
        The names of the fields, the outermost first; the last one may be a key that isn't in the schema.
    """
    readings, shapes = _readings()
    fields: Mapping[str, Any] = readings[task]["properties"]
    if found := _place(column, fields, shapes):
        return found
    flat = next((name for name in FLAT if name in fields), None)
    return (flat, column) if flat else (column,)


def _place(column: str, fields: Mapping[str, Any], shapes: Mapping[str, Any]) -> tuple[str, ...] | None:
    """A column's place among some fields; None where none of them begins it."""
    if column in fields and _type(fields[column], shapes) != "object":
        return (column,)
    for name, node in fields.items():
        if column.startswith(f"{name}_") and _type(node, shapes) == "object":
            rest = column[len(name) + 1 :]
            inner = _shape(node, shapes).get("properties", {})
            return (name, *(_place(rest, inner, shapes) or (rest,)))
    return None


def _shape(node: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an object holds, be it null sometimes."""
    return _resolved(node["anyOf"][0] if "anyOf" in node else node, shapes)


def _resolved(node: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    shape: Mapping[str, Any] = shapes[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return shape


def not_readable(version: Any) -> str | None:
    """Why results of a version of the schema can't be read; None if they can."""
    if isinstance(version, int) and 1 <= version <= SCHEMA_VERSION:
        return None
    return (
        f"holds results of schema version {json.dumps(version):.40}, and this mimik reads version "
        f"{SCHEMA_VERSION}: update mimik"
    )


def not_readable_type(line: Mapping[str, Any]) -> str | None:
    """Why a line of its type isn't read; None of a frame, which needn't say so, and of a span."""
    kind = line.get("type", "frame")
    if kind in ("frame", "span"):
        return None
    return f"it is of type {json.dumps(kind):.40}, and this mimik reads frames and spans: update mimik"
