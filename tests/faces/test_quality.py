"""Size, sharpness, light and pose of real faces, and the reasons against them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.errors import OptionError
from mimik.faces.detect.base import load_detector
from mimik.faces.quality import MEAN_FACE, QualityLimits, assess, head_pose
from mimik.types import Box, Image, Point, Quality

FILES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return np.asarray(cv2.cvtColor(cv2.imread(str(FILES / "astronaut.jpg")), cv2.COLOR_BGR2RGB), np.uint8)


def seen(image: Image, limits: QualityLimits | None = None) -> Quality:
    face = load_detector("yunet").detect(image)[0]
    return assess(image, face.box_xyxy, face.landmarks_xy, limits)


BOX: Box = (178.0, 63.0, 268.0, 176.0)


def projected(yaw: float, pitch: float, roll: float) -> list[Point]:
    """The mean face turned (degrees), seen from afar."""
    y, p, r = np.radians([yaw, pitch, roll])
    turn = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    nod = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    points = MEAN_FACE @ (tilt @ turn @ nod).T
    return [(float(x) * 40 + 300, float(y) * 40 + 200) for x, y, _ in points]


@pytest.mark.parametrize(("clear", "reason"), [(True, None), (False, "tilt unclear")])
def test_landmarks_that_contradict_the_face_are_not_trusted(clear: bool, reason: str | None) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (120, 120, 3), np.uint8)
    points = [(45.0, 50.0), (75.0, 50.0), (60.0, 66.0), (48.0, 80.0), (72.0, 80.0)]
    found = assess(image, (30.0, 25.0, 90.0, 95.0), points, tilt_clear=clear)
    assert found.pose is not None and abs(found.pose.roll_deg) < 1 and found.reason == reason


def test_a_good_portrait_is_trusted(astronaut: Image) -> None:
    quality = seen(astronaut)
    assert quality.reliable
    assert quality.size_px == pytest.approx(101, abs=8)
    assert quality.sharpness > 0.6
    assert quality.brightness == pytest.approx(0.62, abs=0.08)
    assert quality.pose is not None
    assert max(abs(quality.pose.yaw_deg), abs(quality.pose.pitch_deg), abs(quality.pose.roll_deg)) < 15


def test_every_astronaut_of_the_group_is_trusted() -> None:
    group = np.asarray(cv2.cvtColor(cv2.imread(str(FILES / "group.jpg")), cv2.COLOR_BGR2RGB), np.uint8)
    for face in load_detector("yunet").detect(group):
        assert assess(group, face.box_xyxy, face.landmarks_xy).reason is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p: cv2.GaussianBlur(p, (0, 0), 6), "blurred"),
        (lambda p: cv2.convertScaleAbs(p, alpha=0.06), "too dark"),
        (lambda p: cv2.convertScaleAbs(p, alpha=0.1, beta=232), "too bright"),
    ],
)
def test_what_spoils_a_picture_is_named(
    astronaut: Image, change: Callable[[Image], Image], reason: str
) -> None:
    assert assess(np.asarray(change(astronaut), np.uint8), BOX, None).reason == reason


def test_small_and_cut_off_faces_are_named(astronaut: Image) -> None:
    small = np.asarray(cv2.resize(astronaut, (96, 96), interpolation=cv2.INTER_AREA), np.uint8)
    left, top, right, bottom = (v * 96 / 512 for v in BOX)
    assert assess(small, (left, top, right, bottom), None).reason == "too small"
    cut = np.ascontiguousarray(astronaut[:, 223:])
    assert assess(cut, (-45.0, 63.0, 45.0, 176.0), None).reason == "cut off by the border"


def test_a_face_turned_away_is_named(astronaut: Image) -> None:
    assert assess(astronaut, BOX, projected(70, 0, 0)).reason == "turned away"
    assert assess(astronaut, BOX, projected(-70, 0, 0)).reason == "turned away"
    assert assess(astronaut, BOX, projected(30, 10, 20)).reason is None


def test_limits_are_the_callers(astronaut: Image) -> None:
    assert seen(astronaut, QualityLimits(min_size_px=500)).reason == "too small"


def test_sharpness_falls_with_blur_and_ignores_size_and_light(astronaut: Image) -> None:
    blurred = [np.asarray(cv2.GaussianBlur(astronaut, (0, 0), s), np.uint8) for s in (1, 2, 4)]
    values = [assess(picture, BOX, None).sharpness for picture in (astronaut, *blurred)]
    assert values == sorted(values, reverse=True)
    half = np.asarray(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA), np.uint8)
    left, top, right, bottom = (v / 2 for v in BOX)
    assert assess(half, (left, top, right, bottom), None).sharpness == pytest.approx(values[0], abs=0.2)
    dim = np.asarray(cv2.convertScaleAbs(astronaut, alpha=0.4), np.uint8)
    assert assess(dim, BOX, None).sharpness == pytest.approx(values[0], abs=0.1)


@given(st.floats(-60, 60), st.floats(-30, 30), st.floats(-45, 45))
def test_pose_of_a_turned_mean_face(yaw: float, pitch: float, roll: float) -> None:
    pose = head_pose(projected(yaw, pitch, roll))
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((yaw, pitch, roll), abs=0.01)


def test_signs_of_the_pose() -> None:
    # The person's own left is the viewer's right, where the nose goes.
    assert projected(30, 0, 0)[2][0] - np.mean([x for x, _ in projected(30, 0, 0)]) > 0
    assert head_pose(projected(30, 0, 0)).yaw_deg > 0
    up = projected(0, 20, 0)
    assert up[2][1] - np.mean([y for _, y in up]) < projected(0, 0, 0)[2][1] - np.mean(
        [y for _, y in projected(0, 0, 0)]
    )
    clockwise = projected(0, 0, 15)
    assert clockwise[1][1] > clockwise[0][1]
    assert head_pose(clockwise).roll_deg > 0


def test_a_mirrored_picture_turns_yaw_and_roll_round(astronaut: Image) -> None:
    matrix = cv2.getRotationMatrix2D((223, 119), -15, 1)
    turned = np.asarray(cv2.warpAffine(astronaut, matrix, (512, 512)), np.uint8)
    here, there = seen(turned).pose, seen(np.ascontiguousarray(turned[:, ::-1])).pose
    assert here is not None and there is not None
    assert here.roll_deg > 1 and there.roll_deg < -1
    face = load_detector("yunet").detect(astronaut)[0]
    assert face.landmarks_xy is not None
    a, b, nose, c, d = [(512 - x, y) for x, y in face.landmarks_xy]
    mirrored, straight = head_pose([b, a, nose, d, c]), head_pose(face.landmarks_xy)
    assert mirrored.yaw_deg == pytest.approx(-straight.yaw_deg, abs=1e-6)
    assert mirrored.roll_deg == pytest.approx(-straight.roll_deg, abs=1e-6)
    assert mirrored.pitch_deg == pytest.approx(straight.pitch_deg, abs=1e-6)


def test_two_people_look_to_their_own_sides() -> None:
    capture = cv2.VideoCapture(str(FILES / "two_people.mp4"))
    _, bgr = capture.read()
    capture.release()
    frame = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
    woman, man = sorted(load_detector("yunet").detect(frame), key=lambda d: d.box_xyxy)
    assert woman.landmarks_xy is not None and man.landmarks_xy is not None
    # She looks to the viewer's left, which is her own right; he to the viewer's right.
    assert -60 < head_pose(woman.landmarks_xy).yaw_deg < -15
    assert 5 < head_pose(man.landmarks_xy).yaw_deg < 60


@pytest.mark.parametrize("landmarks", [[(5.0, 5.0)] * 5, [(float(i), 2.0 * i) for i in range(5)]])
def test_landmarks_without_a_shape_give_no_turn(landmarks: list[Point]) -> None:
    pose = head_pose(landmarks)
    assert (pose.yaw_deg, pose.pitch_deg) == (0, 0)


@pytest.mark.parametrize("box", [(-50.0, -50, -10, -10), (600.0, 600, 700, 700), (-900.0, -900, 1500, 1500)])
def test_boxes_outside_the_picture_are_cut_off(astronaut: Image, box: Box) -> None:
    assert assess(astronaut, box, None).reason == "cut off by the border"


@pytest.mark.parametrize("size", [0.5, 1, 3])
def test_tiny_boxes_and_pictures(size: float) -> None:
    assert assess(np.zeros((1, 1, 3), np.uint8), (0, 0, size, size), None).reason == "too small"


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_size_px": -1},
        {"min_brightness": 0.9, "max_brightness": 0.5},
        {"min_sharpness": 2},
        {"min_inside": -0.1},
        {"max_yaw_deg": 0},
    ],
)
def test_limits_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        QualityLimits(**wrong)


@pytest.mark.parametrize(("left", "reason"), [(0, None), (40, None), (60, "cut off by the border")])
def test_half_a_face_is_cut_off_though_its_box_ends_with_the_picture(left: int, reason: str | None) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (120, 120 - left, 3), np.uint8)
    # A face 60 wide around x = 60 of the whole picture; its eyes are 24 apart.
    points = [(x - left, y) for x, y in ((48, 50), (72, 50), (60, 64), (50, 76), (70, 76))]
    box = (max(0.0, 30.0 - left), 25.0, 90.0 - left, 92.0)
    assert assess(image, box, points).reason == reason
