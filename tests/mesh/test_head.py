from __future__ import annotations

import math

import numpy as np
import pytest

from faces import HEIGHT, SCALE, WIDTH, rest, seen
from mimik.mesh.canonical import POINTS, canonical_face
from mimik.mesh.head import FOV_DEG, find_head, pose_of

TURNS = [(0, 0, 0), (20, 0, 0), (-35, 0, 0), (0, 15, 0), (0, -25, 0), (0, 0, 40), (0, 0, -170), (30, -10, 25)]


@pytest.mark.parametrize(("yaw", "pitch", "roll"), TURNS)
def test_a_known_turn_is_given_back(yaw: float, pitch: float, roll: float) -> None:
    pose = pose_of(find_head(seen(rest(), yaw, pitch, roll)), WIDTH, HEIGHT)
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((yaw, pitch, roll), abs=0.5)


def test_the_signs_are_those_of_a_face_in_a_picture() -> None:
    # The tip of the nose goes to the viewer's right, the person's own left.
    assert seen(rest(), 20)[4, 0] > seen(rest())[4, 0] + 10
    # It goes up, and of two eyes that are tilted clockwise that on the viewer's right goes down.
    assert seen(rest(), 0, 20)[4, 1] < seen(rest())[4, 1] - 10
    assert seen(rest(), 0, 0, 20)[263, 1] > seen(rest(), 0, 0, 20)[33, 1] + 10


def test_depth_that_a_network_guesses_wrong_changes_nothing() -> None:
    points = seen(rest(), 25, 10)
    flat = points * [1, 1, 0.3]
    assert np.allclose(find_head(points).rotation, find_head(flat).rotation)


def test_an_open_mouth_turns_no_head() -> None:
    points = rest()
    face, weights = canonical_face()
    jaw = np.flatnonzero((face[:, 1] > 40) & (weights == 0))
    points[jaw, 1] += 15
    pose = pose_of(find_head(seen(points)), WIDTH, HEIGHT)
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((0, 0, 0), abs=0.5)


def test_the_shift_is_that_of_a_camera() -> None:
    at = (WIDTH / 2 + 30, HEIGHT / 2 - 60)
    pose = pose_of(find_head(seen(rest(), 10, 5, at=at)), WIDTH, HEIGHT)
    assert (pose.x_mm, pose.y_mm) == pytest.approx((30 / SCALE, -60 / SCALE), abs=0.1)
    # As wide as the picture is high at this distance: half of it is seen under half of the angle.
    assert pose.z_mm == pytest.approx(HEIGHT / 2 / math.tan(math.radians(FOV_DEG / 2)) / SCALE, rel=1e-3)
    near = pose_of(find_head(seen(rest())), WIDTH, HEIGHT, fov_deg=90)
    assert near.z_mm == pytest.approx(HEIGHT / 2 / SCALE, rel=1e-3)


def test_the_front_is_the_face_at_rest_however_it_is_turned() -> None:
    face, _ = canonical_face()
    for turn in TURNS:
        points = seen(rest(), *turn)
        assert np.abs(find_head(points).seen_from_front(points) - face[:, :2]).max() < 0.5


def test_a_mesh_without_extent_has_numbers_all_the_same() -> None:
    points = np.zeros((478, 3))
    head = find_head(points)
    assert np.isfinite(head.seen_from_front(points)).all()
    assert np.isfinite(pose_of(head, WIDTH, HEIGHT).z_mm)


def test_the_canonical_face_is_that_of_the_task_file() -> None:
    face, weights = canonical_face()
    assert face.shape == (POINTS, 3)
    assert np.count_nonzero(weights) == 33
    # The corners of the eyes, and the tip of the nose, nearest to the viewer.
    assert face[263] == pytest.approx([44.4586, -26.6399, -31.7342], abs=1e-3)
    assert face[:, 2].argmin() == 4
