"""Covered faces: what is read of them is not trusted, and the reason is said."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.choice import with_helpers
from mimik.sources.open import open_source
from mimik.types import Frame


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(("emotion", "au"), models="base")


@pytest.fixture(scope="module")
def portrait(examples: Path) -> NDArray[np.uint8]:
    with open_source(examples / "astronaut.jpg") as source:
        return next(iter(source)).image


def covered(image: NDArray[np.uint8], analyzer: Analyzer, part: str) -> NDArray[np.uint8]:
    """The picture with a bar over a part of its face."""
    face = analyzer.image(image, colour="rgb").faces[0]
    assert face.landmarks_xy
    left, top, right, bottom = face.box_xyxy
    height = bottom - top
    eyes_y = (face.landmarks_xy[0][1] + face.landmarks_xy[1][1]) / 2
    mouth_y = (face.landmarks_xy[3][1] + face.landmarks_xy[4][1]) / 2
    y, reach = {"eyes": (eyes_y, 0.13), "mouth": (mouth_y, 0.17)}[part]
    changed = image.copy()
    rows = slice(round(y - reach * height), round(y + reach * height))
    changed[rows, round(left) - 5 : round(right) + 5] = (120, 120, 120)
    return changed


def test_a_clear_face_is_trusted(analyzer: Analyzer, portrait: NDArray[np.uint8]) -> None:
    face = analyzer.image(portrait, colour="rgb").faces[0]
    assert face.au and face.au.reliable and "AU12" in face.au.active
    assert set(face.readings) == {"emotion", "au"}


@pytest.mark.parametrize("part", ["eyes", "mouth"])
def test_a_covered_face_is_not_trusted(analyzer: Analyzer, portrait: NDArray[np.uint8], part: str) -> None:
    face = analyzer.image(covered(portrait, analyzer, part), colour="rgb").faces[0]
    assert face.au and (face.au.reliable, face.au.reason) == (False, f"{part} covered")
    assert face.emotion and face.quality.reason == f"{part} covered"
    (alone,) = Analyzer(("gender",)).image(covered(portrait, analyzer, part), colour="rgb").faces
    assert alone.quality.reason == f"{part} covered" and set(alone.readings) == {"gender"}


def test_a_hand_that_comes_and_goes(analyzer: Analyzer, portrait: NDArray[np.uint8]) -> None:
    hidden, session = covered(portrait, analyzer, "mouth"), analyzer.session()
    reasons = []
    for index in range(30):
        image = hidden if 10 <= index < 20 else portrait
        face = session.read(Frame(image, index, index / 10, "x")).faces[0]
        assert face.au
        reasons.append(face.au.reason)
    assert reasons[:10] == [None] * 10 and reasons[29] is None
    # From the first frame on, however short.
    assert reasons[10:20] == ["mouth covered"] * 10


def test_a_covered_face_is_no_reference(analyzer: Analyzer, portrait: NDArray[np.uint8]) -> None:
    hidden = covered(portrait, analyzer, "mouth")
    with pytest.raises(
        OptionError, match="array: shows no face at rest: the face can't be trusted: mouth covered"
    ):
        analyzer.neutral(hidden, colour="rgb")


def test_cover_is_shown_where_it_is_asked_for(analyzer: Analyzer, portrait: NDArray[np.uint8]) -> None:
    asked = Analyzer(("cover",)).image(covered(portrait, analyzer, "eyes"), colour="rgb").faces[0]
    assert asked.readings["cover"].label == "eyes"
    assert re.fullmatch(r"eyes covered \d+ %", asked.readings["cover"].text)
    info = analyzer.info()
    assert with_helpers(("au", "emotion")) == ("emotion", "au", "cover")
    assert with_helpers(("age",)) == ("age", "cover")
    # What decided is named, though it has no columns of its own.
    assert "cover" in info.models and "cover" not in info.columns and info.tasks == ("emotion", "au")


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_the_threshold_of_what_is_asked_for_does_not_decide_what_is_covered(
    portrait: NDArray[np.uint8], analyzer: Analyzer, threshold: float
) -> None:
    other = Analyzer(("emotion", "au"), models="base", threshold=threshold)
    for image in (portrait, covered(portrait, analyzer, "mouth"), covered(portrait, analyzer, "eyes")):
        found, wanted = (a.image(image, colour="rgb").faces[0] for a in (other, analyzer))
        assert found.au and found.au == wanted.au
    assert found.emotion and (found.emotion.label == "uncertain") == (threshold == 1)
    models = other.models
    assert (models["emotion"].card.threshold, models["cover"].card.threshold) == (threshold, 0.8)


def test_without_a_pose_units_are_not_trusted(examples: Path) -> None:
    faces = Analyzer(("au",), "haar").image(examples / "astronaut.jpg").faces
    assert faces and all(face.au and face.au.reason == "pose unknown" for face in faces)
