"""Checks of texts and tasks in results, for the models that follow from schema.json."""

from __future__ import annotations

import json
import unicodedata
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    model_validator,
)

from mimik.facs import ACTION_UNITS

MOST = 2**53
"""Greatest whole number that every JSON reader keeps exactly."""
READING_LENGTH, READING_DEPTH = 20_000, 8
"""Of a reading of a task that isn't known here: bytes as JSON, and objects in one another."""
TAKEN = {"label", "raw", "group", "active", "reason", "reliable", "probabilities"}
"""Words that are fields of a reading, so no class may be called so."""


DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode's marks that turn the direction of writing, and so the looks of a name."""


class Strict(BaseModel):
    """Refuses fields that it doesn't know."""

    model_config = ConfigDict(extra="forbid")


def _class_name(name: str) -> str:
    if name in TAKEN:
        raise ValueError(f"no class can be called {name}")
    return name


def _unit_name(name: str) -> str:
    if name not in ACTION_UNITS:
        raise ValueError(f"there is no action unit {name[:20]!r}")
    return name


def _left_out(value: Any) -> Any:
    if value is None:
        raise ValueError("leave out what wasn't read")
    return value


def _one_line(text: str) -> str:
    return _readable(text, "")


def _lines(text: str) -> str:
    return _readable(text, "\n\r\t\u2028\u2029")


def _readable(text: str, allowed: str) -> str:
    """Refuse what can't be seen but breaks lines, or makes a name read as another."""
    for character in text:
        if character in allowed:
            continue
        if character in "\n\r\u2028\u2029":
            raise ValueError("must not hold a line break; only notes may")
        if character in DIRECTION_MARKS or unicodedata.category(character) == "Cc":
            kind = (
                "a mark for the direction of writing"
                if character in DIRECTION_MARKS
                else "a control character"
            )
            raise ValueError(
                f"must not hold {kind} (U+{ord(character):04X}), which can't be seen: type it anew"
            )
    return text


OneLine = AfterValidator(_one_line)
"""Of a name: no line break, no direction mark, no control character."""
Lines = AfterValidator(_lines)
"""Of a note: line breaks and tabs, but no direction mark."""
Label: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}$")]
ClassName: TypeAlias = Annotated[Label, AfterValidator(_class_name)]
UnitName: TypeAlias = Annotated[str, AfterValidator(_unit_name)]
BlendshapeName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-zA-Z]{1,39}$")]
TaskName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
LeftOut = BeforeValidator(_left_out)
"""Of a field that may be absent, but not null."""


def _check_reading(reading: dict[str, Any]) -> None:
    """Refuse what tables can't hold."""
    _check_values(reading, READING_DEPTH)
    # Neither infinity nor half a letter can be written.
    if len(json.dumps(reading, allow_nan=False, ensure_ascii=False).encode()) > READING_LENGTH:
        raise ValueError(f"must not be longer than {READING_LENGTH} bytes of JSON")


def _check_values(value: Any, depth: int) -> None:
    if isinstance(value, dict | list):
        if depth == 0:
            raise ValueError(f"a reading must not be nested deeper than {READING_DEPTH}")
        for inner in value.values() if isinstance(value, dict) else value:
            _check_values(inner, depth - 1)
    elif isinstance(value, int) and abs(value) > MOST:
        raise ValueError(f"a whole number must not be beyond {MOST}")


class OpenFace(BaseModel):
    """Takes tasks that it doesn't know beside its fields, each an object, and keeps them as they are."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[TaskName, dict[str, Any]]

    @model_validator(mode="after")
    def _readings(self) -> OpenFace:
        for reading in (self.model_extra or {}).values():
            _check_reading(reading)
        return self
