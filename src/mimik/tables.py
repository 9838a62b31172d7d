"""Looking up an entry of an explicit table, such as ``{"yunet": "mimik.detect.yunet:YuNet"}``."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from mimik.errors import UnknownNameError


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
