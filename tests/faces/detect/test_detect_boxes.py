"""One face, one box."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.faces.boxes import centre_xy, share_inside, size_px
from mimik.faces.detect.boxes import largest_first, suppress
from mimik.types import Detection

coordinates = st.floats(0, 100, width=32)
sides = st.floats(1, 50, width=32)
rows = st.lists(st.tuples(coordinates, coordinates, sides, sides, st.floats(0, 1, width=32)), max_size=12)


def arrays(rows: list[tuple[float, ...]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(rows, np.float32).reshape(-1, 5)
    boxes = np.column_stack([table[:, :2], table[:, :2] + table[:, 2:4]])
    return boxes.astype(np.float32), table[:, 4]


@given(rows)
def test_what_stays_overlaps_little_and_the_surest_stays(values: list[tuple[float, ...]]) -> None:
    boxes, scores = arrays(values)
    kept = suppress(boxes, scores, 0.3, 0.7)
    assert list(scores[kept]) == sorted(scores[kept], reverse=True)
    assert (len(kept) > 0) == (len(scores) > 0)
    if kept:
        assert scores[kept[0]] == scores.max()
    assert suppress(boxes[kept], scores[kept], 0.3, 0.7) == list(range(len(kept)))


def test_a_box_inside_another_is_the_same_face() -> None:
    boxes = np.array([[0, 0, 100, 100], [20, 20, 60, 60], [200, 0, 240, 40]], np.float32)
    assert suppress(boxes, np.array([0.9, 0.95, 0.8], np.float32), 0.3, 0.7) == [1, 2]


def test_largest_first() -> None:
    small, large = Detection((0, 0, 10, 10), 0.9), Detection((0, 0, 20, 30), 0.8)
    assert largest_first([small, large]) == [large, small]


def test_geometry_of_a_box() -> None:
    assert size_px((0, 0, 4, 9)) == pytest.approx(6)
    assert centre_xy((2, 4, 6, 10)) == (4, 7)
    assert share_inside((-5, 0, 5, 10), 100, 100) == pytest.approx(0.5)
    assert share_inside((200, 0, 210, 10), 100, 100) == 0
