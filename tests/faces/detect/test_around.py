"""Faces found again near where they were."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.errors import OptionError
from mimik.faces.boxes import centre_xy, size_px
from mimik.faces.detect.around import CROWD, Place
from mimik.faces.detect.base import DetectorOptions, Following
from mimik.faces.detect.haar import Haar
from mimik.faces.detect.yunet import YuNet
from mimik.types import Box, Detection, Image

FILES = Path(__file__).parents[3] / "examples"


def read(name: str) -> Image:
    return np.asarray(cv2.cvtColor(cv2.imread(str(FILES / name)), cv2.COLOR_BGR2RGB), np.uint8)


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return read("astronaut.jpg")


@pytest.fixture(scope="module")
def yunet() -> YuNet:
    return YuNet(DetectorOptions())


def moved(box: Box, x: float, y: float) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def apart(a: Detection, b: Detection) -> float:
    """The largest distance of two landmarks, in sizes of the face."""
    assert a.landmarks_xy is not None and b.landmarks_xy is not None
    far = max(math.dist(p, q) for p, q in zip(a.landmarks_xy, b.landmarks_xy, strict=True))
    return far / size_px(b.box_xyxy)


@pytest.mark.parametrize("name", ["astronaut.jpg", "group.jpg"])
def test_a_face_is_framed_as_in_the_whole_picture(yunet: YuNet, name: str) -> None:
    picture = read(name)
    whole = yunet.detect(picture)
    found = yunet.around(picture, [Place(one.box_xyxy) for one in whole])
    for one, again in zip(whole, found, strict=True):
        assert again is not None
        size = size_px(one.box_xyxy)
        assert size_px(again.box_xyxy) == pytest.approx(size, rel=0.06)
        assert math.dist(centre_xy(again.box_xyxy), centre_xy(one.box_xyxy)) < 0.07 * size
        assert apart(again, one) < 0.1
        assert again.score == pytest.approx(one.score, abs=0.05)


@pytest.mark.parametrize("turn_deg", [-60, 30, 90, 180])
def test_a_turned_face_is_found_by_its_roll(yunet: YuNet, astronaut: Image, turn_deg: float) -> None:
    (upright,) = yunet.around(astronaut, [Place(yunet.detect(astronaut)[0].box_xyxy)])
    assert upright is not None and upright.landmarks_xy is not None
    middle = centre_xy(upright.box_xyxy)
    turn = cv2.getRotationMatrix2D(middle, -turn_deg, 1)
    picture = np.asarray(cv2.warpAffine(astronaut, turn, astronaut.shape[1::-1]), np.uint8)
    (found,) = yunet.around(picture, [Place(upright.box_xyxy, turn_deg)])
    assert found is not None
    truth = [(float(x), float(y)) for x, y in np.array(upright.landmarks_xy) @ turn[:, :2].T + turn[:, 2]]
    assert apart(found, replace(upright, landmarks_xy=tuple(truth))) < 0.09
    left, top, right, bottom = found.box_xyxy
    upright_ratio = (upright.box_xyxy[2] - upright.box_xyxy[0]) / (upright.box_xyxy[3] - upright.box_xyxy[1])
    expected = {90: 1 / upright_ratio, 180: upright_ratio}.get(int(turn_deg))
    if expected is not None:
        assert (right - left) / (bottom - top) == pytest.approx(expected, rel=0.08)


def test_a_face_that_moved_is_found_where_it_is(yunet: YuNet, astronaut: Image) -> None:
    (face,) = yunet.detect(astronaut)
    step = 0.3 * size_px(face.box_xyxy)
    (found,) = yunet.around(astronaut, [Place(moved(face.box_xyxy, step, -step / 2))])
    assert found is not None and apart(found, face) < 0.08


def test_where_no_face_is_none_is_found(yunet: YuNet, astronaut: Image) -> None:
    (face,) = yunet.detect(astronaut)
    width = size_px(face.box_xyxy)
    beside, outside = moved(face.box_xyxy, 1.2 * width, 0), moved(face.box_xyxy, 5000, 0)
    other_size = face.box_xyxy[0] - width, face.box_xyxy[1] - width, face.box_xyxy[2] + width, 300.0
    assert yunet.around(astronaut, [Place(beside), Place(outside), Place(other_size)]) == [None, None, None]
    assert yunet.around(astronaut, []) == []


def test_places_in_one_call_are_as_in_calls_of_their_own(yunet: YuNet) -> None:
    picture = read("group.jpg")
    places = [Place(one.box_xyxy) for one in yunet.detect(picture)]
    assert 1 < len(places) <= CROWD
    assert yunet.around(picture, places) == [yunet.around(picture, [place])[0] for place in places]


def test_a_crowd_is_found_in_smaller_patches(yunet: YuNet) -> None:
    picture = read("group.jpg")
    whole = yunet.detect(picture)
    places = [Place(one.box_xyxy) for one in whole] * 2
    assert len(places) > CROWD
    found = yunet.around(picture, places)
    assert found[: len(whole)] == found[len(whole) :]
    for one, again in zip(whole, found, strict=False):
        assert again is not None and apart(again, one) < 0.1


def test_a_face_cut_by_the_border_is_found(yunet: YuNet, astronaut: Image) -> None:
    (face,) = yunet.detect(astronaut)
    cut = int(face.box_xyxy[0] + 0.2 * size_px(face.box_xyxy))
    part = np.ascontiguousarray(astronaut[:, cut:])
    (whole,) = yunet.detect(part)
    (found,) = yunet.around(part, [Place(whole.box_xyxy)])
    assert found is not None and apart(found, whole) < 0.1


def test_only_detectors_that_can_follow_say_so(yunet: YuNet) -> None:
    assert isinstance(yunet, Following)
    assert not isinstance(Haar(DetectorOptions()), Following)


@pytest.mark.parametrize("box", [(1.0, 1.0, 1.0, 2.0), (0.0, 0.0, math.nan, 1.0)])
def test_a_place_without_extent_is_refused(box: Box) -> None:
    with pytest.raises(OptionError, match="box_xyxy must be left < right"):
        Place(box)


def test_a_roll_that_is_no_number_is_refused() -> None:
    with pytest.raises(OptionError, match="roll_deg must be a finite number"):
        Place((0.0, 0.0, 1.0, 1.0), math.inf)
