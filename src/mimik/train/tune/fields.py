"""Every field of a recipe by its dotted name, and which of them may be tuned."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import typing
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mimik.errors import RecipeError, some_of
from mimik.tables import load_entry
from mimik.train.networks.base import NETWORKS
from mimik.train.recipe.options import PhaseOptions
from mimik.train.recipe.recipe import Recipe
from mimik.train.run_folder import UNTRAINED

Place = tuple[str | int, ...]
"""Where a value lies in a recipe's TOML: names of tables and numbers in lists."""

VALIDATION = "it decides what is learned, or what is judged, so trials couldn't be compared"
CARD = "it changes nothing in training"
BARRED: Mapping[str, str] = {
    **dict.fromkeys(UNTRAINED, CARD),
    "name": "it is what the model is called",
    "seed": "a luckier seed is no better recipe; all trials use one, which --seed can set",
    **dict.fromkeys(("task", "kind", "target", "labels", "outputs", "aid"), VALIDATION),
    **dict.fromkeys(("probe", "one_versus_all"), VALIDATION),
    **dict.fromkeys(("reader", "split", "splits", "path", "hold", "only", "detect"), VALIDATION),
    **dict.fromkeys(("extra", "leave_out", "holdout", "fold", "folds"), VALIDATION),
    "family": "each family has options of its own; write a recipe for each family, and tune them one by one",
    "train": "it says which layers a phase trains; write a recipe for each choice, and tune them one by one",
}
"""Last part of a field's name to why it isn't tuned."""


@dataclass(frozen=True)
class Field:
    """A field of a recipe."""

    name: str
    """Dotted: "optim.learning_rate"."""
    place: Place
    """Where it is written."""
    hint: Any
    """Type of its values; typing.Any if it isn't known."""
    value: Any
    """What the recipe has there; a default where it says nothing."""

    @property
    def barred(self) -> str:
        """Why it can't be tuned; empty if it can."""
        if self.place[0] == "loading":
            return CARD
        last = str(self.place[-1])
        return "" if self.place[0] == "network" and last != "family" else BARRED.get(last, "")


OVERRIDES = ("optim", "augment")
"""Tables of a phase, whose keys are those of the recipe's own; what they don't say is as it is there."""


def fields_of(recipe: Recipe) -> dict[str, Field]:
    """All fields of a recipe by their dotted names; entries of lists by their number and by their name."""
    return {field.name: field for field in _fields(recipe, recipe, (), [""])}


def find_field(name: str, fields: Mapping[str, Field]) -> Field:
    """A field by its dotted name.

    Raises:
        RecipeError: There is none of the name, or it can't be tuned.
    """
    if name not in fields:
        raise RecipeError(_unknown(name, [name for name, field in fields.items() if not field.barred]))
    if reason := fields[name].barred:
        raise RecipeError(f"{name} can't be tuned: {reason}")
    return fields[name]


def _unknown(name: str, allowed: Sequence[str]) -> str:
    """What to say of a name that is no field: what is in it, the nearest, or what there is."""
    if inner := [other for other in allowed if other.startswith(f"{name}.")]:
        return f"{name!r} holds fields and is none; name one of them: {some_of(inner)}"
    table, _, last = name.rpartition(".")
    same = [other for other in allowed if other.rpartition(".")[0] == table]
    inside = {other.rpartition(".")[2]: other for other in same}
    near = [inside[own] for own in difflib.get_close_matches(last, inside, n=1)]
    if near := near or ([] if same and table else difflib.get_close_matches(name, allowed, n=1)):
        return f"{name!r} is no field; did you mean {near[0]!r}?"
    tables = {f"{other.split('.')[0]}." if "." in other else other for other in allowed}
    there = (same if table else []) or sorted(tables)
    return f"{name!r} is no field; there is {', '.join(there)}"


def _fields(recipe: Recipe, part: Any, place: Place, names: Sequence[str]) -> Iterator[Field]:
    """The fields of a dataclass of a recipe, under each of the names that it goes by."""
    hints = typing.get_type_hints(type(part))
    for entry in dataclasses.fields(part):
        value, hint = getattr(part, entry.name), hints[entry.name]
        own, inner = (*place, entry.name), [f"{name}{entry.name}" for name in names]
        if dataclasses.is_dataclass(value):
            yield from _fields(recipe, value, own, [f"{name}." for name in inner])
        elif own == ("network",):
            yield from _network_fields(value)
        elif isinstance(part, PhaseOptions) and entry.name in OVERRIDES:
            meant = dataclasses.replace(getattr(recipe, entry.name), **value)
            yield from _fields(recipe, meant, own, [f"{name}." for name in inner])
        elif _holds_tables(hint):
            for number, labels in enumerate(_labels(value or ())):
                called = [f"{name}.{label}." for name in inner for label in labels]
                yield from _fields(recipe, value[number], (*own, number), called)
        else:
            yield from (Field(name, own, hint, value) for name in inner)


def _holds_tables(hint: Any) -> bool:
    """Whether a field is a list of tables, or a table that may be left out."""
    return any(dataclasses.is_dataclass(inner) for inner in typing.get_args(hint))


def _labels(items: Sequence[Any]) -> list[list[str]]:
    """What each entry of a list is called: its number, and its name if no other has the same."""
    told = [
        [label for name in ("name", "target_name", "reader") if (label := getattr(item, name, ""))]
        for item in items
    ]
    often = Counter(label for labels in told for label in set(labels))
    return [
        [str(number), *dict.fromkeys(label for label in labels if often[label] == 1)]
        for number, labels in enumerate(told)
    ]


def _network_fields(network: Mapping[str, Any]) -> Iterator[Field]:
    """The options of the recipe's family of networks."""
    yield Field("network.family", ("network", "family"), str, network["family"])
    kind = load_entry(NETWORKS, network["family"], "network")
    hints = typing.get_type_hints(kind.__init__)
    for option in list(inspect.signature(kind).parameters.values())[2:]:  # After channels and outputs.
        value = network.get(option.name, option.default)
        yield Field(f"network.{option.name}", ("network", option.name), hints.get(option.name, Any), value)
