"""The space of a recipe's [tune]: which fields are tried, and with which values."""

from __future__ import annotations

import copy
import dataclasses
import difflib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimik.errors import RecipeError
from mimik.train.recipe.build import build
from mimik.train.recipe.read import TUNE, build_recipe, read_values
from mimik.train.recipe.recipe import Recipe
from mimik.train.tune.domain import Domain, read_domain
from mimik.train.tune.fields import Field, fields_of, find_field
from mimik.train.tune.options import TuneOptions


@dataclass(frozen=True)
class Dimension:
    """A field that is tried with several values."""

    field: Field
    """Which."""
    domain: Domain
    """With what."""

    @property
    def name(self) -> str:
        """Dotted name of the field."""
        return self.field.name

    @property
    def start(self) -> Any:
        """The recipe's own value as a study has it; None if it isn't one of the space."""
        return self.domain.inside(plain(self.field.value))


@dataclass(frozen=True)
class Space:
    """A recipe, and the fields of it that are tried."""

    values: Mapping[str, Any]
    """Of the recipe's file, without [tune]."""
    where: str
    """The file's name, for messages."""
    recipe: Recipe
    """As it stands there."""
    dimensions: tuple[Dimension, ...]
    """The fields that are tried."""
    options: TuneOptions
    """How."""

    def filled(self, chosen: Mapping[str, Any]) -> Recipe:
        """The recipe with some values in the place of its own.

        Args:
            chosen: Dotted name of each field that is tried to its value, as a study has it.

        Raises:
            RecipeError: They are none that a recipe can have, alone or together.
        """
        values = copy.deepcopy(dict(self.values))
        for dimension in self.dimensions:
            if dimension.name in chosen:
                _put(values, dimension.field.place, dimension.domain.value(chosen[dimension.name]))
        return build_recipe(values, self.where)

    def told(self) -> dict[str, Any]:
        """The space as a study keeps it, to be compared with another."""
        return {dimension.name: dataclasses.asdict(dimension.domain) for dimension in self.dimensions}


def read_space(path: Path, seed: int | None = None, fold: int | None = None) -> Space:
    """Read and check a recipe and its [tune].

    Args:
        path: The recipe's file.
        seed: In the place of the recipe's.
        fold: In the place of the recipe's.

    Raises:
        RecipeError: It can't be read, [tune] has no field, names what is no field, or values that the
            field can't have.
    """
    values = read_values(path)
    table = values.pop(TUNE, {})
    values |= {name: value for name, value in (("seed", seed), ("fold", fold)) if value is not None}
    where, recipe = str(path), build_recipe(values, str(path))
    if not isinstance(table, dict):
        raise RecipeError(f"{where}: tune must be a table, not {table!r}")
    own = {entry.name for entry in dataclasses.fields(TuneOptions)}
    options = _options({k: v for k, v in table.items() if k in own}, where)
    fields = fields_of(recipe)
    dimensions = tuple(
        _dimension(name, told, fields, f"{where}: [tune]")
        for name, told in _flat({k: v for k, v in table.items() if k not in own})
    )
    if not dimensions:
        raise RecipeError(f"{where}: {EMPTY}")
    space = Space(values, where, recipe, dimensions, options)
    _check_values(space)
    return space


def _options(table: Mapping[str, Any], where: str) -> TuneOptions:
    """How the study searches; raises RecipeError, which names the file."""
    try:
        return build(TuneOptions, table, f"{where}: [tune]")
    except RecipeError as error:
        said = str(error)
        raise RecipeError(said if said.startswith(where) else f"{where}: [tune] {said}") from error


EMPTY = (
    "[tune] names no field, so there is nothing to try; "
    'write fields with values, such as "optim.learning_rate" = { low = 0.001, high = 0.01, log = true }'
)


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names to what is said of them, whether the names are quoted in TOML or not."""
    for name, told in table.items():
        if isinstance(told, dict) and not {"low", "high", "choices"} & told.keys() and told:
            yield from _flat(told, f"{before}{name}.")
        else:
            yield f"{before}{name}", told


def _dimension(name: str, told: Any, fields: Mapping[str, Field], where: str) -> Dimension:
    """A field of the space; raises RecipeError."""
    try:
        field = find_field(name, fields)
    except RecipeError as error:
        options = [entry.name for entry in dataclasses.fields(TuneOptions)]
        near = difflib.get_close_matches(name, [*fields, *options], n=1)
        said = str(error)
        if name not in fields and near and near[0] in options:
            said = (
                f"{name!r} is no field of the recipe and no option of the search; did you mean {near[0]!r}?"
            )
        raise RecipeError(f"{where}: {said}") from error
    return Dimension(field, read_domain(told, field.hint, f"{where} {name}"))


def _check_values(space: Space) -> None:
    """Make sure that the recipe can have each value that is named, alone; raises RecipeError."""
    names: dict[tuple[str | int, ...], str] = {}
    for dimension in space.dimensions:
        if other := names.get(dimension.field.place):
            raise RecipeError(f"{space.where}: [tune] {other} and {dimension.name} are the same field")
        names[dimension.field.place] = dimension.name
        for value in dimension.domain.named():
            try:
                space.filled({dimension.name: value})
            except RecipeError as error:
                said = str(error).removeprefix(f"{space.where}: ")
                shown = text(dimension.domain.value(value))
                raise RecipeError(f"{space.where}: [tune] {dimension.name} = {shown}: {said}") from error


def _put(values: dict[str, Any], place: Sequence[str | int], value: Any) -> None:
    """Set a value in TOML's tables, which are made where the file has none."""
    inside: Any = values
    for part, after in itertools.pairwise(place):
        if isinstance(part, str) and part not in inside:
            inside[part] = [] if isinstance(after, int) else {}
        inside = inside[part]
    inside[place[-1]] = value


def plain(value: Any) -> Any:
    """A value as TOML has it: lists, not tuples."""
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def text(value: Any) -> str:
    """A value in few letters: 0.0034, [16, 32]."""
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(plain(value), ensure_ascii=False)
