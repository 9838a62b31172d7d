"""Memory that a source leaves behind: free, but kept by the C library for later."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any


@cache
def _trim() -> Any:
    """The malloc_trim of glibc; None with another C library."""
    try:
        return getattr(ctypes.CDLL(None), "malloc_trim", None)
    except (OSError, TypeError):  # Windows has no name for the program itself.
        return None


def give_back() -> bool:
    """Give free memory back to the system.

    A stream that is closed and opened again leaves some 10 to 20 MB behind each time, in pieces that what
    comes next doesn't fill. It takes a few milliseconds, so not after each picture.

    Returns:
        Whether the C library can, and found some.
    """
    trim = _trim()
    return trim is not None and bool(trim(0))
