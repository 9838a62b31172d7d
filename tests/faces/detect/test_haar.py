"""The Haar cascade: YuNet's framing, no landmarks, errors."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.errors import ModelError
from mimik.faces.boxes import centre_xy, size_px
from mimik.faces.detect.base import DetectorOptions
from mimik.faces.detect.haar import Haar
from mimik.faces.detect.yunet import YuNet
from mimik.types import Image

FILES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module", params=["astronaut.jpg", "group.jpg"])
def picture(request: pytest.FixtureRequest) -> Image:
    return np.asarray(cv2.cvtColor(cv2.imread(str(FILES / request.param)), cv2.COLOR_BGR2RGB), np.uint8)


def test_frames_faces_as_yunet_does(picture: Image) -> None:
    theirs = YuNet(DetectorOptions()).detect(picture)
    ours = Haar(DetectorOptions()).detect(picture)
    assert len(ours) == len(theirs)
    for face in ours:
        centre = centre_xy(face.box_xyxy)
        near = min(theirs, key=lambda d: np.hypot(*np.subtract(centre_xy(d.box_xyxy), centre)))
        assert size_px(face.box_xyxy) == pytest.approx(size_px(near.box_xyxy), rel=0.25)
        distance = np.hypot(*np.subtract(centre_xy(near.box_xyxy), centre))
        assert distance < 0.15 * size_px(near.box_xyxy)


def test_has_scores_and_no_landmarks(picture: Image) -> None:
    faces = Haar(DetectorOptions(score=0.5)).detect(picture)
    assert faces
    assert all(0.5 <= face.score <= 1 and face.landmarks_xy is None for face in faces)
    sizes = [size_px(face.box_xyxy) for face in faces]
    assert sizes == sorted(sizes, reverse=True)


def test_size(picture: Image) -> None:
    largest = size_px(Haar(DetectorOptions(size=0)).detect(picture)[0].box_xyxy)
    small = Haar(DetectorOptions(size=320)).detect(picture)
    assert size_px(small[0].box_xyxy) == pytest.approx(largest, rel=0.15)


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 300, 3), (480, 640, 3)])
def test_no_face_is_an_empty_list(shape: tuple[int, int, int]) -> None:
    assert Haar(DetectorOptions()).detect(np.zeros(shape, np.uint8)) == []


def test_a_bad_file_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.xml").write_text("<nothing/>")
    for name in ("bad.xml", "absent.xml"):
        with pytest.raises(ModelError, match=rf"{name}: not a cascade that OpenCV can load"):
            Haar(DetectorOptions(model=tmp_path / name))
    capfd.readouterr()
