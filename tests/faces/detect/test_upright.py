"""Faces that are turned: found again upright, and pictures that lie on their side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from mimik.faces.detect.around import Place
from mimik.faces.detect.sideways import quarter_turns
from mimik.faces.detect.upright import Upright, upright
from mimik.faces.turn import LABELS
from mimik.models.inputs import CropSpec
from mimik.types import Detection, Image

FACE = (40.0, 40.0, 80.0, 80.0)


def picture(degrees: float) -> Image:
    """A face as a disc whose upper half is white, turned clockwise."""
    down, across = (np.mgrid[:960, :960] - 479.5) / 8
    turn = math.radians(degrees)
    white = (down**2 + across**2 < 400) & (across * math.sin(turn) - down * math.cos(turn) > 0)
    grey = cv2.resize(white.astype(np.uint8) * 255, (120, 120), interpolation=cv2.INTER_AREA)
    return np.repeat(grey[..., None], 3, axis=2)


def compass() -> Any:
    """A network that sees where the white half of a disc is."""
    spec = CropSpec(size=40, channels=1, scale=0.9, shift_y=0.0, upright=False)
    card = SimpleNamespace(crop=spec, mean=0.5, std=0.25, temperature=1.0)
    down, across = np.mgrid[:40, :40] - 19.5

    def run(batch: np.ndarray) -> list[np.ndarray]:
        light = batch[:, 0] + 2
        x, y = (light * across).sum((1, 2)), (light * down).sum((1, 2))
        top = np.arctan2(x, -y)[:, None]
        wanted = np.deg2rad([float(label) for label in LABELS])[None]
        plain = (light.sum((1, 2)) == 0)[:, None]
        return [np.where(plain, 0.0, 20 * np.cos(top - wanted)).astype(np.float32)]

    return SimpleNamespace(card=card, session=SimpleNamespace(run=run), own=lambda said: said[0])


class Level:
    """Finds the face with level landmarks, and truly turned ones where it is told by how much to look."""

    name = "level"

    def __init__(self, found: Sequence[float] = (0.9,), again: float | None = 0.93) -> None:
        self.found, self.again, self.asked = found, again, list[Place]()

    def detect(self, image: Image) -> list[Detection]:
        return [at(0.0, score) for score in self.found]

    def around(self, image: Image, places: Sequence[Place]) -> list[Detection | None]:
        self.asked += places
        return [None if self.again is None else at(place.roll_deg, self.again) for place in places]

    def pays(self, shape: Sequence[int], count: int) -> bool:
        return True


def at(degrees: float, score: float) -> Detection:
    """A face with landmarks turned clockwise."""
    turn = math.radians(degrees)
    points = ((-8, -5), (8, -5), (0, 2), (-6, 9), (6, 9))
    return Detection(
        FACE,
        score,
        tuple(
            (60 + x * math.cos(turn) - y * math.sin(turn), 60 + x * math.sin(turn) + y * math.cos(turn))
            for x, y in points
        ),
    )


def eyes_deg(one: Detection) -> float:
    assert one.landmarks_xy
    (rx, ry), (lx, ly) = one.landmarks_xy[:2]
    return math.degrees(math.atan2(ly - ry, lx - rx))


@pytest.mark.parametrize("degrees", [-150, -60, 20, 40, 90, 180])
def test_a_turned_face_is_found_again_in_a_patch_turned_like_it(degrees: float) -> None:
    (one,) = upright(Level(), compass()).detect(picture(degrees))
    assert one.roll_deg is not None
    for found in (one.roll_deg, eyes_deg(one)):
        assert abs((found - degrees + 180) % 360 - 180) < 3
    assert one.score == 0.93 and one.tilt_clear


def test_an_upright_face_is_left_as_it_was_found() -> None:
    detector = Level()
    (one,) = upright(detector, compass()).detect(picture(3))
    assert not detector.asked and one == replace(at(0.0, 0.9), roll_deg=one.roll_deg, tilt_clear=True)
    assert one.roll_deg == pytest.approx(3, abs=1)


@pytest.mark.parametrize("again", [None, 0.6])
def test_what_is_not_found_again_keeps_its_landmarks_and_says_how_it_is_turned(again: float | None) -> None:
    (one,) = upright(Level(again=again), compass()).detect(picture(180))
    assert eyes_deg(one) == pytest.approx(0) and one.roll_deg is not None
    assert abs(one.roll_deg) == pytest.approx(180, abs=3) and not one.tilt_clear


@pytest.mark.parametrize("score", [0.93, 0.8])
def test_where_no_direction_is_likelier_only_a_plain_face_is_upright(score: float) -> None:
    detector = Level((score,))
    (one,) = upright(detector, compass()).detect(np.zeros((120, 120, 3), np.uint8))
    assert one.roll_deg is None and not detector.asked and one.tilt_clear == (score > 0.9)


def test_only_a_detector_that_can_follow_is_followed() -> None:
    plain = SimpleNamespace(name="plain", detect=lambda image: [at(0.0, 0.9)])
    other = upright(plain, compass())
    assert not hasattr(other, "around") and hasattr(upright(Level(), compass()), "around")
    (one,) = other.detect(picture(180))
    assert eyes_deg(one) == pytest.approx(0) and abs(one.roll_deg or 0) == pytest.approx(180, abs=3)


class OnlyUpright(Level):
    """Sees a face only where its white half is above."""

    def detect(self, image: Image) -> list[Detection]:
        white = image[..., 0] > 0
        return [at(0.0, 0.9)] if white[50, 60] and not white[70, 60] else []


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_a_picture_on_its_side_is_searched_as_it_is_meant(degrees: float, turns: int) -> None:
    detector = upright(OnlyUpright(), compass())
    assert detector.detect(picture(degrees)) == []
    (one,), found = detector.detect_first(picture(degrees))
    assert found == turns
    assert abs((eyes_deg(one) - degrees + 180) % 360 - 180) < 3
    assert one.box_xyxy == FACE


def test_an_upright_picture_is_no_turned_one() -> None:
    assert isinstance(detector := upright(Level(), compass()), Upright)
    assert detector.detect_first(picture(10))[1] == 0
    assert detector.detect_first(np.zeros((120, 120, 3), np.uint8))[1] == 0


@pytest.mark.parametrize(
    ("rolls", "turns"),
    [
        ((0.0, 10.0), 0),
        ((80.0, 95.0), 1),
        ((-90.0, None), 3),
        ((175.0, -170.0), 2),
        ((0.0, 90.0), None),
        ((45.0,), None),
        ((None,), None),
        ((), None),
    ],
)
def test_faces_agree_on_a_quarter_turn(rolls: Sequence[float | None], turns: int | None) -> None:
    assert quarter_turns([replace(at(0.0, 0.9), roll_deg=roll) for roll in rolls]) == turns
