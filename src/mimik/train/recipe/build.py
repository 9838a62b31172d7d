"""Parts of a recipe from the tables of its file, each value of the right kind."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from mimik.errors import RecipeError

T = TypeVar("T")


def build(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    """A dataclass from a table of a recipe.

    Args:
        kind: The dataclass.
        values: The table, as TOML has it.
        where: It stands there; for messages.

    Raises:
        RecipeError: A key isn't known (the nearest name is told), a value is of another kind, or the
            dataclass refuses it.
    """
    values = _converted(kind, _with_kind(values, where), where)
    try:
        return kind(**values)
    except TypeError as error:
        raise RecipeError(f"{where}: {str(error).split('__init__() ')[-1]}") from error


def override(part: T, values: Mapping[str, Any], where: str, name: str) -> T:
    """A part of a recipe with some of its fields as a table says.

    Args:
        part: The dataclass as it is; it stays so.
        values: The table, as TOML has it.
        where: What the table belongs to; for messages.
        name: Of the table.

    Raises:
        RecipeError: As of build.
    """
    changes = _converted(type(part), values, f"{where}: {name}")
    try:
        return dataclasses.replace(part, **changes)  # type: ignore[type-var]
    except RecipeError as error:
        raise RecipeError(f"{where}: {error}") from error


def _converted(kind: type[Any], values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The values of a table, as the dataclass's fields ask for them."""
    hints = typing.get_type_hints(kind)
    known = {f.name: hints[f.name] for f in dataclasses.fields(kind)}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there is {', '.join(known)}"
            raise RecipeError(f"{where}: unknown key {key!r}{hint}")
    return {k: _convert(known[k], v, f"{where}: {k}") for k, v in values.items()}


def _with_kind(values: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """A table whose task may be a table of its own: its name, and its kind."""
    task = values.get("task")
    if not isinstance(task, dict):
        return values
    if "name" not in task or task.keys() - {"name", "kind"}:
        raise RecipeError(f"{where}: [task] must hold name and kind, not {', '.join(task) or 'nothing'}")
    return {**values, "task": task["name"], "kind": task.get("kind", "")}


def _convert(hint: Any, value: Any, where: str) -> Any:
    """A TOML value as the type that a field asks for."""
    if isinstance(hint, types.UnionType):  # A table that may be left out, or a word in its place.
        kinds = typing.get_args(hint)
        hint = kinds[-1] if kinds[0] is str and not isinstance(value, str) else kinds[0]
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise RecipeError(f"{where} must be a table, not {value!r}")
        return build(typing.cast("type[Any]", hint), value, where)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise RecipeError(f"{where} must be a list, not {value!r}")
        item_hint = typing.get_args(hint)[0]
        return tuple(_convert(item_hint, item, f"{where}[{i}]") for i, item in enumerate(value))
    if typing.get_origin(hint) is not None:
        if not isinstance(value, dict):
            raise RecipeError(f"{where} must be a table, not {value!r}")
        return value
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise RecipeError(f"{where} must be {hint.__name__}, not {value!r}")
    return value
