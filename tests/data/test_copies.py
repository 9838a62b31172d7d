"""Near copies, exactly and by the index."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mimik.data import copies
from mimik.data.copies import NEAR, copy_groups, near_any, near_pairs, thumbnails


def noise(count: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 12, 12), dtype=np.uint8)


def told(these: NDArray[np.float32], those: NDArray[np.float32] | None = None) -> set[tuple[int, int]]:
    return {
        pair for block in near_pairs(these, those) for pair in zip(*(b.tolist() for b in block), strict=True)
    }


def test_a_copy_is_found_brighter_mirrored_larger_and_in_colour() -> None:
    one, other = noise(2)
    large = np.repeat(np.repeat(one, 4, axis=0), 4, axis=1)
    colour = np.repeat(one[..., None], 3, axis=2)
    table = thumbnails([one, other, one // 2 + 60, one[:, ::-1], large, colour])
    assert told(table) == {(a, b) for a in (0, 2, 3, 4, 5) for b in (0, 2, 3, 4, 5) if a != b}
    assert copy_groups(table).tolist() == [0, 1, 0, 0, 0, 0]


def test_groups_join_through_others() -> None:
    first, last = thumbnails(noise(2)).astype(np.float64)
    last -= first * (first @ last)
    last /= np.linalg.norm(last)
    angle = np.arccos(NEAR) * 0.9
    table = np.stack([np.cos(k * angle) * first + np.sin(k * angle) * last for k in range(4)]).astype(
        np.float32
    )
    assert told(table) == {(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)}
    assert copy_groups(table).tolist() == [0, 0, 0, 0]


def test_a_blank_picture_is_near_to_none() -> None:
    blank = np.full((12, 12), 7, np.uint8)
    assert told(thumbnails([blank, blank])) == set()
    assert thumbnails([]).shape == (0, 144)
    assert copy_groups(thumbnails([])).tolist() == []


def test_those_are_asked_for_these() -> None:
    pictures = noise(6)
    these, those = thumbnails(pictures[:4]), thumbnails(pictures[[5, 2, 0]])
    assert told(these, those) == {(0, 2), (2, 1)}
    assert near_any(these, those).tolist() == [True, False, True, False]


def test_the_index_finds_what_comparing_each_with_each_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = noise(3000).astype(np.int64)
    shaken = plain[:400] + np.random.default_rng(1).integers(-40, 41, (400, 12, 12))
    table = thumbnails(np.concatenate([plain, shaken]).clip(0, 255).astype(np.uint8))
    whole = told(table)
    groups = copy_groups(table)
    assert {(k, 3000 + k) for k in range(400)} <= whole
    monkeypatch.setattr(copies, "EXACT", 100)
    assert told(table) == whole
    assert copy_groups(table).tolist() == groups.tolist()
