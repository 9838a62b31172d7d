from __future__ import annotations

import numpy as np
import pytest

from faces import rest, seen
from mimik.mesh.canonical import canonical_face
from mimik.mesh.head import find_head
from mimik.mesh.shape import LOWER_LIP, UPPER_LIP, asymmetry, mouth_opening, partners


def front(points_mm: object, *turn: float) -> object:
    points = seen(points_mm, *turn)  # type: ignore[arg-type]
    return find_head(points).seen_from_front(points)


@pytest.mark.parametrize("turn", [(0, 0, 0), (25, 0, 0), (0, 15, 30)])
def test_a_mouth_is_open_by_the_gap_between_its_lips(turn: tuple[float, ...]) -> None:
    points = rest()
    points[LOWER_LIP] = points[UPPER_LIP] + [0, 20, 0]
    across = np.linalg.norm(points[263, :2] - points[33, :2])
    assert mouth_opening(front(points, *turn)) == pytest.approx(20 / across, rel=0.05)  # type: ignore[arg-type]
    points[LOWER_LIP] = points[UPPER_LIP]
    assert mouth_opening(front(points)) == pytest.approx(0, abs=0.01)  # type: ignore[arg-type]


def test_a_face_at_rest_has_sides_alike_however_it_is_turned() -> None:
    for turn in ((0, 0, 0), (25, 10, 0), (-20, 0, 30)):
        assert asymmetry(front(rest(), *turn)) < 0.002  # type: ignore[arg-type]


def test_a_smile_of_one_side_is_unlike() -> None:
    points = rest()
    points[np.linalg.norm(points - points[61], axis=1) < 30] += [-6, -6, 0]
    one = asymmetry(front(points))  # type: ignore[arg-type]
    assert one > 0.005
    mirrored = points * [-1, 1, 1]
    mirrored[:468] = mirrored[partners()]
    assert asymmetry(front(mirrored)) == pytest.approx(one, rel=0.05)  # type: ignore[arg-type]


def test_every_point_has_a_partner_that_has_it() -> None:
    both, (face, _) = partners(), canonical_face()
    assert (both[both] == np.arange(len(both))).all()
    assert face[both] == pytest.approx(face * [-1, 1, 1], abs=1e-3)
    assert both[33] == 263 and both[4] == 4
