"""What schema.json says of the tasks that it knows, and which results this mimik reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
def fields_of_tasks() -> Mapping[str, Mapping[str, Kind]]:
    """Task to field of its reading to what that, or the values nested in it, hold."""
    shapes = json.loads(_FILE.read_text(encoding="utf-8"))["$defs"]
    face = shapes["face"]
    return {
        task: {name: _kind(field, shapes) for name, field in _resolved(node, shapes)["properties"].items()}
        for task, node in face["properties"].items()
        if task not in face["required"]
    }


@cache
def fields_that_are_no_numbers() -> Mapping[str, Kind]:
    """The same of all tasks together, without those that hold numbers."""
    fields = [field for own in fields_of_tasks().values() for field in own.items()]
    return {name: kind for name, kind in fields if kind != "number"}


def _kind(node: Mapping[str, Any], shapes: Mapping[str, Any]) -> Kind:
    if "anyOf" in node:
        return _kind(node["anyOf"][0], shapes)
    kind = _resolved(node, shapes)["type"]
    return _KINDS[kind if isinstance(kind, str) else kind[0]]


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


def not_a_frame(line: Mapping[str, Any]) -> str | None:
    """Why a line isn't read that says of which type it is; None of a frame, which needn't say so."""
    kind = line.get("type", "frame")
    if kind == "frame":
        return None
    return f"it is of type {json.dumps(kind):.40}, and this mimik reads frames only: update mimik"
