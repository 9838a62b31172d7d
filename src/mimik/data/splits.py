"""Splits that are the same everywhere, and near duplicates that must not be torn apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.types import Image


def hash_split(group: str, shares: Mapping[str, float]) -> str:
    """The split of a group: it depends on the group's name alone.

    Args:
        group: Name of what must stay together.
        shares: Split to its share; they sum to 1.

    Returns:
        A key of ``shares``.
    """
    point = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64
    reached = 0.0
    for split, share in shares.items():
        reached += share
        if point < reached:
            return split
    return split
