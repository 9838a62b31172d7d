"""A recipe as a TOML file that a person can edit."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mimik.errors import OutputExistsError
from mimik.storage.whole import output_errors, write_whole
from mimik.train.recipe.defaults import told
from mimik.train.recipe.recipe import Recipe

MARK = "# As picked: "
"""Before the hash of what stands above, by which an edited file is told."""


def recipe_text(recipe: Recipe, remarks: Sequence[str]) -> str:
    """A recipe as TOML: what differs from the defaults, with remarks above.

    Args:
        recipe: What is written.
        remarks: Lines of the comment at its head.
    """
    text = "".join(f"# {line}\n" for line in remarks) + "\n".join(recipe_lines(recipe)) + "\n"
    return f"{text}\n{MARK}{_digest(text)}\n"


def write_recipe(recipe: Recipe, remarks: Sequence[str], path: Path, begun: bool) -> None:
    """Write a recipe's file, unless one is there that mustn't be lost.

    Args:
        recipe: What is written.
        remarks: Lines of the comment at its head.
        path: The file.
        begun: Whether something was trained by the one that is there.

    Raises:
        OutputExistsError: It was edited, or trained by, and holds another recipe.
        OutputError: It can't be written.
    """
    text = recipe_text(recipe, remarks)
    there = path.read_text(encoding="utf-8") if path.exists() else text
    same = _same(there, text)
    if not same and (begun or is_edited(there)):
        raise OutputExistsError(
            f"{path}: holds another recipe than --quick picks now, since it was edited or the pictures or "
            "options are others; name the file in place of --quick to train it, or another folder with --run"
        )
    if same and path.exists():
        return
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)


def _same(text: str, other: str) -> bool:
    """Whether two files hold the same recipe, whatever their comments say of folders."""
    try:
        return tomllib.loads(text) == tomllib.loads(other)
    except tomllib.TOMLDecodeError:
        return False


def is_edited(text: str) -> bool:
    """Whether someone has changed a file that recipe_text gave."""
    body, mark, digest = text.rpartition(f"\n{MARK}")
    return not mark or digest.strip() != _digest(body)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recipe_lines(recipe: Recipe) -> Iterator[str]:
    """A recipe as lines of TOML: what differs from the defaults, plain values first, then the tables."""
    told = _told(recipe)
    tables = {name: value for name, value in told.items() if _is_table(value)}
    if recipe.kind:
        tables["task"] = {"name": told["task"], "kind": told.pop("kind")}
    yield from (f"{name} = {_value(value)}" for name, value in told.items() if name not in tables)
    for name, value in tables.items():
        for inner in value if isinstance(value, tuple) else (value,):
            head = f"[[{name}]]" if isinstance(value, tuple) else f"[{name}]"
            yield from ("", head, *(f"{key} = {_value(item)}" for key, item in _told(inner).items()))


def _told(part: Any) -> dict[str, Any]:
    """The fields of a recipe's part that must be written."""
    return dict(part) if isinstance(part, Mapping) else told(part)


def _is_table(value: Any) -> bool:
    first = value[0] if isinstance(value, tuple) and value else value
    return isinstance(first, Mapping) or dataclasses.is_dataclass(first)


def _value(value: Any) -> str:
    """A value in TOML's form."""
    if dataclasses.is_dataclass(value):
        value = told(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_value(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
