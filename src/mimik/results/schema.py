"""What schema.json says of the tasks that it knows, and which results this mimik reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mimik.readings import Kind
from mimik.types import SCHEMA_VERSION

_FILE = Path(__file__).parent.parent / "schema.json"
_KINDS: dict[str, Kind] = {
    **{"string": "text", "array": "text", "boolean": "truth"},
    **{"integer": "whole", "number": "number", "object": "number"},
}
"""Type of JSON to what its column holds: lists are joined, objects have a column a number."""


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
    return dict.fromkeys(shape.get("required", ()))


@cache
def fields_of_tasks() -> Mapping[str, Mapping[str, Kind]]:
    """Task to field of its reading to what that, or the values nested in it, hold."""
    types = types_of_tasks()
    return {task: {name: _KINDS[held] for name, held in own.items()} for task, own in types.items()}


@cache
def fields_that_are_no_numbers() -> Mapping[str, Kind]:
    """The same of all tasks together, without those that hold numbers."""
    fields = [field for own in fields_of_tasks().values() for field in own.items()]
    return {name: kind for name, kind in fields if kind != "number"}


def _type(node: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    if "anyOf" in node:
        return _type(node["anyOf"][0], shapes)
    held = _resolved(node, shapes)["type"]
    return str(held if isinstance(held, str) else held[0])


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
