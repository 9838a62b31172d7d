"""Pictures that come more than once: the same pixels, or nearly the same photo."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from mimik.data.audit.finding import Finding, between, in_words
from mimik.data.audit.look import Pictures
from mimik.data.copies import mirrored, near_pairs
from mimik.data.pictures import made_of
from mimik.data.same_photo import SURELY_SAME, fine_grey, same_photo
from mimik.data.splits import join_groups

NEAREST = 16
"""How many of each photo's nearest look-alikes are compared in detail: with all, the time would grow with
the square where faces are aligned. On FER-2013, UTKFace and CK+48 that finds 5,233 of 5,241 near copies."""
PARALLEL = 2000
"""Pairs that a thread compares at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Pairs of photos of different pixels, the lower number first."""

    alike: NDArray[np.int64]
    """Those whose thumbnails correlate (L, 2): the rule by which training keeps its validation apart."""
    copies: NDArray[np.int64]
    """Those of them whose fine detail fits, too (K, 2): the same photo."""


def find_near(pictures: Pictures) -> Near:
    """The near copies among the photos of all sets."""
    alike = look_alike_pairs(pictures.thumbnails)
    nearest = alike[nearest_pairs(pictures.thumbnails, alike)]
    return Near(alike, nearest[_same_photo(pictures, nearest)])


def look_alike_pairs(table: NDArray[np.float32]) -> NDArray[np.int64]:
    """The pairs (L, 2) of thumbnails (P, 144) that look alike, each once, the lower number first."""
    count = max(len(table), 1)
    codes = [np.empty(0, np.int64)]
    for one, other in near_pairs(table):
        codes.append(np.unique(np.minimum(one, other) * count + np.maximum(one, other)))
    found = np.unique(np.concatenate(codes))
    return np.stack([found // count, found % count], axis=1)


def nearest_pairs(table: NDArray[np.float32], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs (L, 2) are among the NEAREST of either of their photos, (L,)."""
    near = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), 50_000):
        one, other = (table[photos] for photos in pairs[start : start + 50_000].T)
        apart = ((one * seen).sum(axis=1) for seen in (other, mirrored(other)))
        near[start : start + 50_000] = np.maximum(*apart)
    photos = pairs.T.ravel()
    order = np.lexsort((-np.tile(near, 2), photos))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(photos[order], photos[order])
    return np.asarray(rank.reshape(2, -1).min(axis=0, initial=NEAREST) < NEAREST)


def _same_photo(pictures: Pictures, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs of photos (L, 2) fit in fine detail; the pictures concerned are decoded again."""
    photos = np.unique(pairs)
    rows = pictures.first[photos].tolist()
    seen = made_of(pictures.samples, rows, fine_grey)
    small = {photo: seen[row] for photo, row in zip(photos.tolist(), rows, strict=True) if row in seen}

    def fit(part: NDArray[np.int64]) -> list[bool]:
        return [
            one in small and other in small and same_photo(small[one], small[other], fine=SURELY_SAME)
            for one, other in part.tolist()
        ]

    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(fit, np.array_split(pairs, len(pairs) // PARALLEL + 1))
        return np.array([fits for part in parts for fits in part], bool)


def exact_copies(pictures: Pictures) -> Finding:
    """Pictures of the same pixels; their count is that of the extra ones."""
    readable = pictures.photo >= 0
    within = {
        name: int(rows.sum() - len(np.unique(pictures.photo[rows])))
        for number, name in enumerate(pictures.sides)
        if (rows := readable & (pictures.side == number)).any()
    }
    across = between(
        pictures,
        {
            (one, other): int(np.isin(pictures.photo[_at(pictures, one)], _photos(pictures, other)).sum())
            for one, other in permutations(range(len(pictures.sides)), 2)
        },
    )
    extra = int(readable.sum()) - len(pictures.first)
    words = [f"{n:,} within {name}" for name, n in within.items() if n]
    says = "; ".join(filter(None, [", ".join(words), in_words(across, "an identical one")]))
    more = {"within": within, "across": across}
    return Finding("exact_copies", "exact copies", extra, says, list(_repeated(pictures)), more=more)


def near_copies(pictures: Pictures, near: Near) -> Finding:
    """Pictures that show the same photo, re-encoded, moved, scaled or mirrored; their count is pairs."""
    across = _across(pictures, near.copies)
    more = {"pairs": len(near.copies), "within": _by_side(pictures, near.copies), "across": across}
    groups = near_groups(pictures, near)
    says = f"{len(groups):,} groups; {in_words(across, 'a near copy')}".rstrip("; ") if groups else ""
    return Finding("near_copies", "near copies, pairs", len(near.copies), says, groups, more=more)


def look_alikes(pictures: Pictures, near: Near) -> Finding:
    """Pictures that look alike when they are small, copies or not; their count is pairs."""
    across = _across(pictures, near.alike)
    says = "at 12 px, the rule by which training keeps validation apart; near copies are among them"
    words = in_words(across, "one")
    more = {"pairs": len(near.alike), "within": _by_side(pictures, near.alike), "across": across}
    return Finding(
        "look_alikes",
        "look-alikes, pairs",
        len(near.alike),
        f"{says}{'; ' * bool(words)}{words}",
        more=more,
    )


def near_groups(pictures: Pictures, near: Near, exact: bool = False) -> list[tuple[int, ...]]:
    """The rows of the photos that near copies join, exact copies of them included, by group.

    Args:
        pictures: All pictures.
        near: Near copies.
        exact: Whether photos without a near copy that come more than once are groups, too.
    """
    order = np.argsort(pictures.photo, kind="stable")
    bounds = np.searchsorted(pictures.photo[order], np.arange(len(pictures.first) + 1))
    repeated = np.nonzero(np.diff(bounds) > 1)[0] if exact else np.empty(0, np.int64)
    photos = np.union1d(near.copies, repeated)
    joined = join_groups(photos.tolist(), list(map(tuple, near.copies.tolist())))
    groups = [
        sorted(row for photo in group for row in order[bounds[photo] : bounds[photo + 1]].tolist())
        for group in joined
    ]
    return [tuple(group) for group in sorted(groups)]


def _at(pictures: Pictures, side: int) -> NDArray[np.int64]:
    """The decodable rows of a split."""
    return np.nonzero((pictures.side == side) & (pictures.photo >= 0))[0]


def _photos(pictures: Pictures, side: int) -> NDArray[np.int64]:
    return np.unique(pictures.photo[_at(pictures, side)])


def _repeated(pictures: Pictures) -> Iterator[tuple[int, ...]]:
    """The rows of each photo that comes more than once, the earliest first."""
    order = np.argsort(pictures.photo, kind="stable")
    order = order[pictures.photo[order] >= 0]
    for rows in np.split(order, np.nonzero(np.diff(pictures.photo[order]))[0] + 1):
        if len(rows) > 1:
            yield tuple(rows.tolist())


def beside(pictures: Pictures, pairs: NDArray[np.int64], one: int, other: int) -> NDArray[np.int64]:
    """The rows of one split that pairs join with another split, and that have no exact copy there."""
    there = np.zeros(len(pictures.first), bool)
    there[_photos(pictures, other)] = True
    joined = np.zeros(len(pictures.first), bool)
    joined[pairs[there[pairs[:, 1]], 0]] = True
    joined[pairs[there[pairs[:, 0]], 1]] = True
    rows = _at(pictures, one)
    return rows[(joined & ~there)[pictures.photo[rows]]]


def _across(pictures: Pictures, pairs: NDArray[np.int64]) -> dict[str, dict[str, int]]:
    every = permutations(range(len(pictures.sides)), 2)
    return between(pictures, {(one, other): len(beside(pictures, pairs, one, other)) for one, other in every})


def _by_side(pictures: Pictures, pairs: NDArray[np.int64]) -> dict[str, int]:
    """How many pairs of photos each split holds both of."""
    found = {}
    for number, name in enumerate(pictures.sides):
        there = np.zeros(len(pictures.first), bool)
        there[_photos(pictures, number)] = True
        found[name] = int((there[pairs[:, 0]] & there[pairs[:, 1]]).sum())
    return found
