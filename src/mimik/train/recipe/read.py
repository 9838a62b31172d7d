"""Reading a recipe's file."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from mimik.errors import RecipeError
from mimik.train.recipe.recipe import Recipe

T = TypeVar("T")
TUNE = "tune"
"""Name of the table with the space that ``mimik tune`` searches."""


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe; what its table [tune] says is for ``mimik tune`` alone.

    Raises:
        RecipeError: It can't be read, or has an unknown key or a value of the wrong kind.
    """
    values = read_values(path)
    values.pop(TUNE, None)
    return build_recipe(values, str(path))


def read_values(path: Path) -> dict[str, Any]:
    """A recipe's file as TOML has it, unchecked.

    Raises:
        RecipeError: It can't be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: the recipe can't be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path}: not a readable recipe: {error}") from error


def build_recipe(values: Mapping[str, Any], where: str) -> Recipe:
    """A recipe from TOML's values.

    Args:
        values: Of the whole file, without [tune].
        where: What to call it in messages.

    Raises:
        RecipeError: It has an unknown key or a value of the wrong kind.
    """
    return build(Recipe, values, where)


def build(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    """A dataclass from a table of a recipe, with the nearest name for a key that it doesn't know."""
    values = _with_kind(values, where)
    hints = typing.get_type_hints(kind)
    known = {f.name: hints[f.name] for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there is {', '.join(known)}"
            raise RecipeError(f"{where}: unknown key {key!r}{hint}")
    try:
        return kind(**{k: _convert(known[k], v, f"{where}: {k}") for k, v in values.items()})
    except TypeError as error:
        raise RecipeError(f"{where}: {str(error).split('__init__() ')[-1]}") from error


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
