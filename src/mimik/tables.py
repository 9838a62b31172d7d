"""Looking up an entry of an explicit table, such as ``{"yunet": "mimik.faces.detect.yunet:YuNet"}``."""

from __future__ import annotations

import importlib

from mimik.errors import UnknownNameError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from collections.abc import Callable, Mapping
    from typing import Any


def load_entry(table: Mapping[str, str], name: str, kind: str) -> Any:
    """Import what a table names, only now that it is needed.

    Args:
        table: Names to ``"module:attribute"``.
        name: The entry that is wanted.
        kind: What the table holds, in the singular, for the message.

    Returns:
        The attribute, usually a class.

    Raises:
        UnknownNameError: The table has no such name.
    """
    if name not in table:
        raise UnknownNameError(kind, name, table)
    module, attribute = table[name].split(":")
    return getattr(importlib.import_module(module), attribute)


def late(module: str, names: Mapping[str, str]) -> Callable[[str], object]:
    """A module's ``__getattr__`` that imports a name when it is first used (PEP 562).

    Args:
        module: Name of the module, for the message.
        names: Public name to the module that defines it.
    """

    def get(name: str) -> object:
        if name in names:
            return getattr(importlib.import_module(names[name]), name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return get
