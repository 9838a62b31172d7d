"""What of a recipe differs from the defaults."""

from __future__ import annotations

import dataclasses
from typing import Any


def told(part: Any) -> dict[str, Any]:
    """The fields of a recipe, or of a table of it, that differ from their defaults."""
    values = ((entry, getattr(part, entry.name)) for entry in dataclasses.fields(part))
    return {entry.name: value for entry, value in values if value != default_of(entry)}


def default_of(entry: dataclasses.Field[Any]) -> Any:
    """A field's default; dataclasses.MISSING if it has none."""
    made = entry.default_factory
    return entry.default if made is dataclasses.MISSING else made()
