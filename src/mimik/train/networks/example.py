"""A small network of a family, by which tests hold the family to what every network promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mimik.models.inputs import CropSpec, NetworkInput


@dataclass(frozen=True)
class Example:
    """What a network's class names as its ``example``; one without is built with its defaults."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """The family's own, as in [network]: few layers, and no dropout, so that it learns in seconds."""
    takes: NetworkInput = field(default_factory=lambda: CropSpec(size=32))
    """Its input; pictures are tried in grey and in colour."""


def example_of(kind: type[Any]) -> Example:
    """The example of a family."""
    found: Example = getattr(kind, "example", Example())
    return found
