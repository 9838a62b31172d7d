"""What of another tool's file isn't read, named when all is read."""

from __future__ import annotations

import re
import warnings
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from mimik.errors import MimikWarning, some_of

NO_NUMBER = re.compile(r"[+-]?(nan(\(\w*\))?|1\.#\w+)", re.IGNORECASE)
"""How C++ libraries write what is no number."""


class Unread:
    """What of a file of another tool's isn't read, as results have no place for it: named when all is read.

    Args:
        path: The file.
        known: Columns or keys that are read.
    """

    def __init__(self, path: Path, known: Container[str]) -> None:
        self._path, self._known = path, known
        self._found: dict[str, None] = {}

    def note(self, row: Mapping[str, Any]) -> None:
        """Note what else a row or face holds."""
        for name, value in row.items():
            if name not in self._found and name not in self._known and _is_there(value):
                self._found[name] = None

    def tell(self) -> None:
        """Name it, in a MimikWarning."""
        if self._found:
            text = (
                f"{self._path}: left out, as mimik's results have no place for it: {some_of(self._found, 8)}"
            )
            warnings.warn(text, MimikWarning, stacklevel=2)


def _is_there(value: Any) -> bool:
    """Whether a cell or entry says something."""
    return value is not None and not (isinstance(value, str) and (not value or NO_NUMBER.fullmatch(value)))
