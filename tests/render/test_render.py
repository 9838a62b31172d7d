"""Annotated and hidden pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimik.colours import EXPRESSION_COLOURS, OTHER_COLOUR, rgb_of
from mimik.errors import OptionError, UnknownNameError
from mimik.readings import AuReading
from mimik.render.draw import RenderOptions, _lines, _Plate, draw
from mimik.render.hide import hide
from mimik.render.text import line_height, text_mask
from mimik.types import Face, Image, Quality
from synthetic_results import make_face, make_result


def ground(width: int, height: int, value: int) -> Image:
    return np.full((height, width, 3), value, np.uint8)


def noise(width: int, height: int, seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def contrast(image: Image) -> float:
    """WCAG contrast of the brightest to the darkest grey."""
    light = (image.mean(axis=2) / 255) ** 2.2
    return float((light.max() + 0.05) / (light.min() + 0.05))


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("size", [(240, 180), (640, 480), (3840, 2160)])
def test_labels_and_boxes_show_on_any_ground(value: int, size: tuple[int, int]) -> None:
    width, height = size
    image = ground(width, height, value)
    box = (width * 0.4, height * 0.4, width * 0.6, height * 0.8)
    drawn = draw(image, make_result("a", 0, make_face(0, box)))
    assert (image == value).all()
    assert drawn.shape == image.shape and drawn.dtype == np.uint8
    rows, columns = np.nonzero((drawn != value).any(axis=2))
    plate = drawn[rows.min() : int(box[1]) - 3, columns.min() : int(box[2])]
    assert contrast(plate) > 7
    text = (drawn.min(axis=2) > 200).sum() if value < 200 else None
    assert text is None or text > 60
    edge = drawn[int(height * 0.6), int(box[0]) - 12 : int(box[0]) + 12]
    assert contrast(edge[None]) > 3


@pytest.mark.parametrize(("width", "height"), [(240, 180), (1280, 720), (3840, 2160)])
def test_text_grows_with_the_picture(width: int, height: int) -> None:
    from mimik.render.draw import _text_size

    image = ground(width, height, 0)
    size = _text_size(image, make_face(0, (0, 0, width / 4, height / 3)), RenderOptions())
    assert max(9, 0.015 * height) <= size <= max(12, 0.05 * height)


@dataclass(frozen=True)
class Units:
    text: str = "AU12 4.1"
    label: str = "AU12"

    def to_dict(self) -> dict[str, Any]:
        return {}


def test_unknown_tasks_are_drawn_too() -> None:
    image = ground(320, 240, 0)
    bare = replace(make_face(0, (100, 100, 160, 180)), readings={})
    with_units = replace(bare, readings={"au": Units()})
    first, second = (draw(image, make_result("a", 0, face)) for face in (bare, with_units))
    assert (first != second).any()


def test_a_face_that_cannot_be_trusted_is_grey_and_says_why() -> None:
    image = ground(320, 240, 0)
    good, bad = (make_face(0, (100, 100, 160, 180), reason=reason) for reason in (None, "too small"))
    coloured, grey = (draw(image, make_result("a", 0, face)) for face in (good, bad))
    saturation = [int(np.ptp(drawn[140, 95:105].astype(int), axis=1).max()) for drawn in (coloured, grey)]
    assert saturation[0] > 150 and saturation[1] < 30
    assert (grey[:98] > 200).sum() > (coloured[:98] > 200).sum()


@pytest.mark.parametrize("expression", ["happy", "sad", "contempt"])
def test_a_box_has_the_colour_of_its_expression(expression: str) -> None:
    face = make_face(3, (400, 400, 640, 720), emotion=expression)
    drawn = draw(ground(1280, 960, 0), make_result("a", 0, face), RenderOptions(labels=False))
    assert tuple(drawn[560, 400]) == rgb_of(EXPRESSION_COLOURS[expression])


def test_an_uncertain_face_has_the_colour_of_none() -> None:
    face = make_face(0, (400, 400, 640, 720), share=0.3)
    drawn = draw(ground(1280, 960, 0), make_result("a", 0, face), RenderOptions(labels=False))
    assert tuple(drawn[560, 400]) == rgb_of(OTHER_COLOUR)


@pytest.mark.parametrize("step", [62, 70, 110])
def test_labels_of_a_crowd_lie_over_no_other_label(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    plates: list[_Plate] = []
    monkeypatch.setattr("mimik.render.draw._fill", lambda image, plate, *rest: plates.append(plate))
    places = [(x, y) for y in range(20, 400, step) for x in range(20, 600, step)]
    faces = [make_face(n, (x, y, x + 40, y + 50)) for n, (x, y) in enumerate(places)]
    draw(ground(640, 480, 90), make_result("a", 0, *faces))
    assert len(plates) == len(faces)
    assert not any(plate.covers(plates[:number]) for number, plate in enumerate(plates))


def test_what_is_left_out_is_not_drawn() -> None:
    image = noise(320, 240)
    result = make_result("a", 0, make_face(0, (100, 100, 160, 180)))
    nothing = RenderOptions(boxes=False, labels=False)
    assert (draw(image, result, nothing) == image).all()
    points = draw(image, result, replace(nothing, landmarks=True))
    assert 0 < (points != image).any(axis=2).sum() < 400
    assert (draw(image, make_result("a", 0)) == image).all()
    with pytest.raises(OptionError, match="scale"):
        RenderOptions(scale=0)


@settings(max_examples=60)
@given(
    left=st.floats(-3000, 3000),
    top=st.floats(-3000, 3000),
    width=st.floats(0.1, 4000),
    height=st.floats(0.1, 4000),
    across=st.integers(1, 90),
    down=st.integers(1, 90),
    how=st.sampled_from(("blur", "pixelate", None)),
)
def test_any_box_on_any_picture(
    left: float, top: float, width: float, height: float, across: int, down: int, how: Any
) -> None:
    result = make_result("a", 0, make_face(0, (left, top, left + width, top + height)))
    image = noise(across, down)
    assert draw(image, result, RenderOptions(landmarks=True, hide=how)).shape == image.shape


def test_labels_of_neighbours_do_not_cover_each_other() -> None:
    faces = [make_face(n, (40.0 + 90 * n, 200, 110.0 + 90 * n, 280)) for n in range(6)]
    together = draw(ground(640, 480, 0), make_result("a", 0, *faces), RenderOptions(boxes=False))
    alone = [draw(ground(640, 480, 0), make_result("a", 0, f), RenderOptions(boxes=False)) for f in faces]
    white = [int((drawn > 200).all(axis=2).sum()) for drawn in (together, *alone)]
    assert white[0] > 0.95 * sum(white[1:])


def test_masks_of_text_are_kept() -> None:
    mask = text_mask("happy 93 %", 20)
    assert mask is text_mask("happy 93 %", 20)
    assert mask.shape[0] == line_height(20) and 0.9 < mask.max() <= 1
    assert text_mask("", 20).shape[1] == 1


# Hiding.


@pytest.mark.parametrize("how", ["blur", "pixelate"])
@pytest.mark.parametrize("side", [8, 20, 48, 200])
def test_no_detail_is_left_of_a_hidden_face(how: Any, side: int) -> None:
    """Whatever the face, at most 6 x 6 numbers a channel say all that is left of it."""
    image = noise(600, 600)
    box = (100.0, 100.0, 100.0 + side, 100.0 + side)
    area = hide(image, [box], how)[100 : 100 + side, 100 : 100 + side, 0].astype(float)
    rank = np.linalg.matrix_rank(area, tol=side)
    assert rank <= 6
    if how == "pixelate":
        assert len(np.unique(area)) <= 36
    before = image[100 : 100 + side, 100 : 100 + side, 0].std()
    assert area.std() < 0.75 * before


def test_two_faces_with_the_same_means_cannot_be_told_apart() -> None:
    """Chequered patterns far finer than the blocks come out alike."""
    rows, columns = np.indices((300, 300))
    pictures = [
        np.repeat(((rows // n + columns // n) % 2 * 255).astype(np.uint8)[..., None], 3, 2) for n in (1, 2)
    ]
    box = (60.0, 60.0, 180.0, 180.0)
    one, two = (hide(p, [box])[60:180, 60:180].astype(int) for p in pictures)
    assert np.abs(one - two).max() <= 6


def test_the_surroundings_of_a_face_are_hidden_and_no_more() -> None:
    image = noise(300, 300)
    changed = (hide(image, [(100.0, 100.0, 200.0, 200.0)], "pixelate") != image).any(axis=2)
    assert changed[75:225, 75:225].mean() > 0.97
    changed[75:225, 75:225] = False
    assert not changed.any()


@pytest.mark.parametrize(
    "box", [(-50.0, -50.0, 50.0, 50.0), (280.0, 100.0, 380.0, 200.0), (-10, -10, 310, 310)]
)
def test_a_face_at_the_border_is_hidden_as_coarsely(box: Any) -> None:
    area = hide(noise(300, 300), [box], "pixelate")
    left, top, right, bottom = (int(max(0, min(300, v))) for v in box)
    shown = area[top:bottom, left:right, 0]
    block = 1.5 * (box[2] - box[0]) / 6
    assert len(np.unique(shown)) <= ((right - left) / block + 1) * ((bottom - top) / block + 1) + 1


def test_boxes_outside_are_left_alone() -> None:
    image = noise(100, 100)
    assert (hide(image, [(500.0, 500.0, 600.0, 600.0), (-90.0, 0.0, -40.0, 50.0)]) == image).all()


def test_lost_tracks_are_hidden_as_well() -> None:
    image = noise(300, 300)
    quiet = RenderOptions(boxes=False, labels=False, hide="pixelate")
    drawn = draw(image, make_result("a", 0), quiet, also_hide=[(50.0, 50.0, 150.0, 150.0)])
    assert (drawn[50:150, 50:150] != image[50:150, 50:150]).mean() > 0.9


def test_an_unknown_way_of_hiding() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'blur'"):
        hide(noise(9, 9), [], "blurr")  # type: ignore[arg-type]
    for how in ("blurr", "", True):
        with pytest.raises(UnknownNameError, match=r"unknown way of hiding .*: there is blur, pixelate"):
            RenderOptions(hide=how)  # type: ignore[arg-type]


def test_why_a_face_cannot_be_trusted_is_said_once() -> None:
    units = AuReading((), {"AU12": 0.1}, {"AU12": 0.1}, "too small")
    for whole, lines in (("too small", ["#0", "(too small)"]), (None, ["#0  AU: too small"])):
        face = Face(0, (0, 0, 9, 9), 1.0, Quality(9, 1, 0.5, None, whole), None, {"au": units})
        assert list(_lines(face)) == lines
