"""A stream's state as bytes, so that a long film needn't be read from its start again."""

from __future__ import annotations

import io
import pickle
from typing import Any

_ROOMS = ("mimik.temporal.", "mimik.models.card", "mimik.models.inputs")
_ALLOWED = {
    ("collections", "deque"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy.core.numeric", "_frombuffer"),
}
"""What a state consists of beside what is mimik's own: nothing that could do harm when it is built."""


class _Reader(pickle.Unpickler):
    """Builds values of a few harmless kinds; the bytes come from a file that others may have written."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name, if it is one that a state may hold."""
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        if module.startswith(_ROOMS) and isinstance(found := super().find_class(module, name), type):
            return found
        raise pickle.UnpicklingError(f"a stream's state holds no {module}.{name}")


def to_bytes(state: Any) -> bytes:
    """A state of trackers, smoothers and faces at rest."""
    return pickle.dumps(state, protocol=5)


def from_bytes(data: bytes) -> Any:
    """The way back.

    Raises:
        ValueError: It is damaged, of another version, or holds something else.
    """
    try:
        return _Reader(io.BytesIO(data)).load()
    except Exception as error:  # a damaged pickle raises nearly every type
        raise ValueError(f"not a stream's state: {error}") from error
