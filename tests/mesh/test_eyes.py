from __future__ import annotations

import pytest

from faces import gap, look, rest, seen
from mimik.mesh.eyes import EYES, OPEN, SHUT, gaze_of, openness
from mimik.mesh.head import find_head

TURNS = [(0, 0, 0), (25, 0, 0), (-25, 0, 30), (0, 15, 0), (0, -15, 0)]


def opened(points_mm: object, side: str, *turn: float) -> float:
    points = seen(points_mm, *turn)  # type: ignore[arg-type]
    return openness(find_head(points).seen_from_front(points), EYES[side])


@pytest.mark.parametrize("turn", TURNS)
def test_an_eye_is_as_open_as_its_lids_are_apart_however_the_head_is_turned(turn: tuple[float, ...]) -> None:
    points = rest()
    gap(points, "left", (SHUT + OPEN) / 2)
    gap(points, "right", OPEN)
    assert opened(points, "left", *turn) == pytest.approx(0.5, abs=0.02)
    assert opened(points, "right", *turn) == pytest.approx(1.0, abs=0.02)


def test_shut_and_wide_eyes_are_the_ends() -> None:
    points = rest()
    gap(points, "left", 0.0)
    gap(points, "right", 0.6)
    assert (opened(points, "left"), opened(points, "right")) == (0.0, 1.0)


def test_left_is_the_persons_own() -> None:
    points = seen(rest())
    assert points[EYES["left"].outer, 0] > points[EYES["right"].outer, 0]


@pytest.mark.parametrize("turn", TURNS)
def test_eyes_that_look_into_the_camera_do_so_however_the_head_is_turned(turn: tuple[float, ...]) -> None:
    points = rest()
    yaw, pitch, _ = turn
    for eye in EYES.values():
        look(points, eye.iris, -yaw, -pitch)
    whole = seen(points, *turn)
    for eye in EYES.values():
        gaze = gaze_of(whole, find_head(whole), eye)
        assert (gaze.yaw_deg, gaze.pitch_deg) == pytest.approx((0, 0), abs=0.5)


@pytest.mark.parametrize(("yaw", "pitch"), [(20, 0), (-15, 0), (0, 12), (0, -20), (10, 10)])
def test_an_eye_that_turns_alone_is_told_alone(yaw: float, pitch: float) -> None:
    points = rest()
    look(points, EYES["left"].iris, yaw, pitch)
    whole = seen(points)
    left, right = (gaze_of(whole, find_head(whole), EYES[side]) for side in ("left", "right"))
    assert (left.yaw_deg, left.pitch_deg) == pytest.approx((yaw, pitch), abs=0.5)
    assert (right.yaw_deg, right.pitch_deg) == pytest.approx((0, 0), abs=0.5)


def test_eyes_straight_in_a_turned_head_look_where_it_points() -> None:
    whole = seen(rest(), 20, -10)
    gaze = gaze_of(whole, find_head(whole), EYES["right"])
    assert (gaze.yaw_deg, gaze.pitch_deg) == pytest.approx((20, -10), abs=0.5)


def test_an_iris_past_the_eyes_edge_looks_along_it() -> None:
    points = rest()
    points[EYES["left"].iris, 0] += 100
    whole = seen(points)
    assert gaze_of(whole, find_head(whole), EYES["left"]).yaw_deg == pytest.approx(90, abs=1)
