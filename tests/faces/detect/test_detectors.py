"""What every detector of the table must do."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.errors import UnknownNameError
from mimik.faces.boxes import size_px
from mimik.faces.detect import base
from mimik.faces.detect.base import (
    DEFAULT_DETECTOR,
    DETECTORS,
    DetectorOptions,
    load_detector,
    share_detector,
)
from mimik.models.shared import Shared

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


@pytest.mark.parametrize("name", DETECTORS)
def test_one_that_is_shared_finds_what_one_of_its_own_does_at_every_size(name: str) -> None:
    shared = Shared()
    picture = np.ascontiguousarray(cv2.imread(str(FILES / "group.jpg"))[..., ::-1])
    for size in (None, 200, 0, 320):
        options = DetectorOptions(size=size, min_face=40)
        found = share_detector(name, options, shared).detect(picture)
        assert found == load_detector(name, options).detect(picture)
    assert share_detector("auto", DetectorOptions(), shared).detect(picture)


def test_the_network_of_a_detector_is_loaded_once_for_all_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    monkeypatch.setattr(base, "load_detector", lambda *of: loaded.append(of) or load_detector(*of))
    shared = Shared()
    for size in range(100, 150):
        for score in (0.5, 0.7):
            share_detector("yunet", DetectorOptions(size=size, score=score, min_face=size), shared)
            share_detector("haar", DetectorOptions(size=size), shared)
    assert len(loaded) == 3


def test_auto_is_one_of_them() -> None:
    assert load_detector().name == load_detector("auto").name == DEFAULT_DETECTOR
    with pytest.raises(UnknownNameError, match=r"there is auto, .*; did you mean 'yunet'"):
        load_detector("yunnet")
