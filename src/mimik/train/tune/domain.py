"""The values that a field is tried with: a range, or choices."""

from __future__ import annotations

import difflib
import json
import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from mimik.errors import RecipeError

RANGE, CHOICES = ("low", "high", "log", "step"), ("choices",)
"""What may be said of a field: one or the other."""
FORMS = "{ low = 0, high = 0.5 } or { choices = [8, 16] }"


@dataclass(frozen=True)
class Range:
    """Numbers from one to another, both included."""

    low: float
    """The smallest."""
    high: float
    """The largest."""
    whole: bool = False
    """Whether they are whole numbers."""
    log: bool = False
    """Whether they are drawn evenly in their logarithm."""
    step: float | None = None
    """What lies between two of them; anything if None."""

    def value(self, chosen: Any) -> Any:
        """What stands in a recipe for a study's value."""
        return int(chosen) if self.whole else float(chosen)

    def inside(self, value: Any) -> Any:
        """A study's value for what stands in a recipe; None if it lies outside."""
        if not fits(float, value) or not self.low <= value <= self.high:
            return None
        steps = (value - self.low) / self.step if self.step else 0
        return value if abs(steps - round(steps)) < 1e-9 else None

    def named(self) -> tuple[Any, ...]:
        """The values that are written down."""
        return (self.low, self.high)


@dataclass(frozen=True)
class Choices:
    """Some values."""

    values: tuple[Any, ...]
    """As TOML has them."""

    def label(self, value: Any) -> Any:
        """What a study has in the place of a value: itself, or its text if it is a list or a table."""
        return json.dumps(value) if isinstance(value, list | dict) else value

    def value(self, chosen: Any) -> Any:
        """What stands in a recipe for a study's value."""
        return next(value for value in self.values if _same(self.label(value), chosen))

    def inside(self, value: Any) -> Any:
        """A study's value for what stands in a recipe; None if it is none of them."""
        return next((self.label(own) for own in self.values if _same(own, value)), None)

    def named(self) -> tuple[Any, ...]:
        """The values that are written down, as a study has them."""
        return tuple(self.label(value) for value in self.values)


Domain: TypeAlias = Range | Choices


def read_domain(told: Any, hint: Any, where: str) -> Domain:
    """The values of a field, from TOML.

    Args:
        told: ``{ low, high, log, step }`` or ``{ choices }``.
        hint: Type of the field.
        where: File and field, for messages.

    Raises:
        RecipeError: They are neither, or of a type that the field hasn't.
    """
    if not isinstance(told, dict) or not told:
        raise RecipeError(f"{where} must be {FORMS}, not {json.dumps(told, default=str)}")
    for key in told:
        if key not in (*RANGE, *CHOICES):
            near = difflib.get_close_matches(key, (*RANGE, *CHOICES), n=1)
            hint_text = f"; did you mean {near[0]!r}?" if near else f"; write {FORMS}"
            raise RecipeError(f"{where}: unknown key {key!r}{hint_text}")
    if "choices" in told:
        return _choices(told, hint, where)
    return _range(told, hint, where)


def _choices(told: Mapping[str, Any], hint: Any, where: str) -> Choices:
    values = told["choices"]
    if len(told) > 1:
        raise RecipeError(f"{where} has choices and {', '.join(k for k in told if k != 'choices')}; take one")
    if not isinstance(values, list) or len({json.dumps(value, default=str) for value in values}) < 2:
        raise RecipeError(f"{where}: choices must be a list of two different values or more, not {values!r}")
    for number, value in enumerate(values):
        if not fits(hint, value):
            shown = json.dumps(value, default=str)
            raise RecipeError(f"{where}: choices[{number}] must be {words(hint)}, not {shown}")
    return Choices(tuple(values))


def _range(told: Mapping[str, Any], hint: Any, where: str) -> Range:
    if lacking := {"low", "high"} - told.keys():
        raise RecipeError(f"{where} needs {' and '.join(sorted(lacking))}, or choices")
    if hint not in (int, float, Any):
        raise RecipeError(f"{where} is {words(hint)}, which has no low and high; name choices")
    for key in ("low", "high", "step"):
        value = told.get(key, 1)
        if not fits(int if hint is int else float, value) or not math.isfinite(value):
            raise RecipeError(f"{where}: {key} must be {words(hint)}, not {value!r}")
    low, high, log, step = told["low"], told["high"], told.get("log", False), told.get("step")
    if type(log) is not bool:
        raise RecipeError(f"{where}: log must be true or false, not {log!r}")
    if not low < high:
        raise RecipeError(f"{where}: low must lie below high, not {low!r} and {high!r}")
    if log and (low <= 0 or step is not None):
        raise RecipeError(f"{where}: log needs a low above 0, and no step")
    if step is not None and not 0 < step <= high - low:
        raise RecipeError(f"{where}: step must lie above 0 and within low to high, not {step!r}")
    whole = hint is int or (hint is Any and all(type(told[key]) is int for key in ("low", "high")))
    return Range(low, high, whole, log, step)


def fits(hint: Any, value: Any) -> bool:
    """Whether a TOML value is of a type."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (types.UnionType, typing.Union):
        return any(fits(one, value) for one in inner)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, dict)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return isinstance(value, list) and all(fits(inner[0], item) for item in value)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint


def words(hint: Any) -> str:
    """A type in words."""
    named = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", Any: "a value"}
    if hint in named:
        return named[hint]
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(words(one) for one in inner)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return f"a list ({words(inner[0]).removeprefix('a ')} each)"
    return "a table"


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of one kind: 1 is neither true nor 1.5, but is 1.0."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
