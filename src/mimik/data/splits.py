"""Splits that are the same everywhere, and groups that pairs make."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


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


def fold_of(group: str, folds: int) -> int:
    """The fold of a group, from 0: it depends on the group's name alone."""
    shares = {str(number): 1 / folds for number in range(folds)}
    return int(hash_split(group, shares))


def join_groups(names: Sequence[Name], pairs: Iterable[tuple[Name, Name]]) -> list[list[Name]]:
    """Groups of names that pairs join, directly or through others (union-find).

    Returns:
        Each group in the order of ``names``, single ones included.
    """
    parent = {name: name for name in names}

    def root(name: Name) -> Name:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in pairs:
        parent[root(other)] = root(one)
    groups: dict[Name, list[Name]] = {}
    for name in parent:
        groups.setdefault(root(name), []).append(name)
    return list(groups.values())
