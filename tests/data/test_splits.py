from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mimik.data.same_photo import near_duplicates
from mimik.data.splits import hash_split, join_groups

SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}


def test_shares_are_kept_and_stable() -> None:
    found = [hash_split(str(k), SHARES) for k in range(5000)]
    for split, share in SHARES.items():
        assert abs(found.count(split) / 5000 - share) < 0.02
    assert [hash_split(str(k), SHARES) for k in range(4)] == found[:4]


@given(st.text())
def test_every_group_has_a_split(group: str) -> None:
    assert hash_split(group, SHARES) in SHARES
    assert hash_split(group, {"only": 1.0}) == "only"


def blobs(seed: int) -> np.ndarray:
    """A grey picture with structure at every scale."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.normal(0, 1, (n, n)).astype(np.float32), (112, 112), interpolation=cv2.INTER_CUBIC)
        for n in (6, 14, 28)
    ]
    return np.clip(128 + 40 * sum(layers), 0, 255).astype(np.uint8)


def test_near_duplicates_are_found() -> None:
    base = blobs(0)
    moved = cv2.warpAffine(
        base, np.float32([[1, 0, 2], [0, 1, -1]]), (112, 112), borderMode=cv2.BORDER_REPLICATE
    )
    darker = (base * 0.6).astype(np.uint8)
    recoded = cv2.imdecode(cv2.imencode(".jpg", base, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 0)
    pictures = [base, blobs(1), moved, np.ascontiguousarray(base[:, ::-1]), darker, recoded, blobs(2)]
    groups = join_groups(range(len(pictures)), near_duplicates(pictures))
    assert sorted(map(sorted, groups)) == [[0, 2, 3, 4, 5], [1], [6]]


def test_blank_pictures_are_no_duplicates() -> None:
    assert near_duplicates([np.zeros((112, 112), np.uint8)] * 2) == []
    assert near_duplicates([]) == []


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_joined_names_share_a_group(pairs: list[tuple[int, int]]) -> None:
    groups = join_groups(range(31), pairs)
    place = {name: k for k, group in enumerate(groups) for name in group}
    assert sorted(place) == list(range(31))
    assert all(place[a] == place[b] for a, b in pairs)
