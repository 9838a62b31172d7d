"""What every detector of the table must do."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.errors import UnknownNameError
from mimik.faces.boxes import size_px
from mimik.faces.detect.base import DEFAULT_DETECTOR, DETECTORS, load_detector

FILES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("name", DETECTORS)
def test_every_detector_keeps_the_contract(name: str) -> None:
    detector = load_detector(name)
    assert detector.name == name
    assert detector.detect(np.zeros((40, 300, 3), np.uint8)) == []
    picture = np.ascontiguousarray(cv2.imread(str(FILES / "group.jpg"))[..., ::-1])
    picture.setflags(write=False)
    faces = detector.detect(picture)
    assert faces
    sizes = [size_px(face.box_xyxy) for face in faces]
    assert sizes == sorted(sizes, reverse=True)
    for face in faces:
        assert 0 < face.score <= 1
        assert all(type(edge) is float for edge in face.box_xyxy)
        assert face.landmarks_xy is None or np.shape(face.landmarks_xy) == (5, 2)


def test_auto_is_one_of_them() -> None:
    assert load_detector().name == load_detector("auto").name == DEFAULT_DETECTOR
    with pytest.raises(UnknownNameError, match=r"there is auto, .*; did you mean 'yunet'"):
        load_detector("yunnet")
