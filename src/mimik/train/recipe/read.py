"""Reading a recipe's file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimik.errors import RecipeError
from mimik.train.recipe.build import build
from mimik.train.recipe.recipe import Recipe

TUNE = "tune"
"""Name of the table with the space that ``mimik tune`` searches."""


def read_recipe(path: Path, start: str = "") -> Recipe:
    """Read and check a recipe; what its table [tune] says is for ``mimik tune`` alone.

    Args:
        path: The recipe's file.
        start: What its weights start from; what the file says if empty.

    Raises:
        RecipeError: It can't be read, or has an unknown key or a value of the wrong kind.
    """
    values = read_values(path)
    values.pop(TUNE, None)
    return build_recipe(values | {"start": start} if start else values, str(path))


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
