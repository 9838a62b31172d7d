from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.errors import ModelError
from mimik.faces.crop import Square, crop, crop_batch, face_square, normalise, to_channels, whole_square
from mimik.models.inputs import CropSpec


def ramp(width: int, height: int) -> np.ndarray:
    """A picture whose red is its x and whose green is its y."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x, y, np.zeros_like(x)], -1).astype(np.uint8)


def test_a_whole_picture_at_its_own_size_is_unchanged() -> None:
    image = ramp(48, 48)
    assert np.array_equal(crop(image, whole_square(48, 48), 48), image)


@pytest.mark.parametrize("size", [16, 24, 48])
def test_a_crop_looks_where_it_says(size: int) -> None:
    image = ramp(200, 160)
    square = Square((100.0, 80.0), 96.0)
    out = crop(image, square, size).astype(float)
    step = 96 / size
    expected = 100 - 48 + (np.arange(size) + 0.5) * step - 0.5
    assert np.abs(out[0, :, 0] - expected).max() <= 1
    assert np.abs(out[:, 0, 1] - (expected - 20)).max() <= 1


@given(
    x=st.floats(-50, 250), y=st.floats(-50, 250), side=st.floats(4, 600), angle=st.floats(-math.pi, math.pi)
)
def test_any_square_gives_a_crop(x: float, y: float, side: float, angle: float) -> None:
    out = crop(ramp(200, 160), Square((x, y), side, angle), 32)
    assert out.shape == (32, 32, 3)
    assert out.dtype == np.uint8


@given(angle=st.floats(-0.6, 0.6), side=st.sampled_from([40.0, 90.0, 150.0]))
def test_the_centre_stays_when_turned_and_reduced(angle: float, side: float) -> None:
    image = ramp(240, 240)
    out = crop(image, Square((120.0, 110.0), side, angle), 31)
    assert abs(float(out[15, 15, 0]) - 119.5) <= 1.5
    assert abs(float(out[15, 15, 1]) - 109.5) <= 1.5


@pytest.mark.parametrize("ratio", [2.5, 3.9, 4.6, 5.9, 7.9, 11.5, 13.0, 25.0])
def test_of_a_large_face_no_pixel_is_skipped_or_moved(ratio: float) -> None:
    size = 24
    side = ratio * size
    width = round(1.6 * side)
    shown = np.linspace(0, 255, width)
    fine = np.where(np.arange(width) % 2, 30.0, -30.0)
    image = np.clip(np.round(shown + fine), 0, 255).astype(np.uint8)
    image = np.repeat(np.repeat(image[None], width, 0)[..., None], 3, 2)
    square = Square((width / 2 + 0.3, width / 2), side)
    out = crop(image, square, size)[size // 2, 2:-2, 0].astype(float)
    across = square.centre_xy[0] + (np.arange(2, size - 2) + 0.5 - size / 2) * ratio - 0.5
    wrong = out - np.interp(across, np.arange(width), shown)
    assert np.abs(wrong).max() < (20 if ratio < 4 else 6), "stripes of a pixel are averaged"
    assert abs(wrong.mean()) < 3


def test_a_turned_face_comes_out_upright() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    upright = {"right": (80.0, 90.0), "left": (120.0, 90.0)}
    turn = cv2.getRotationMatrix2D((100, 100), -20, 1)  # clockwise as seen
    points = [tuple(turn @ (*p, 1)) for p in upright.values()]
    for x, y in points:
        cv2.circle(image, (round(x), round(y)), 3, (255, 255, 255), -1)
    landmarks = [*points, (100, 105), (90, 120), (110, 120)]
    spec = CropSpec(size=100, channels=3, scale=1.0)
    square = face_square((50, 50, 150, 150), landmarks, spec)
    assert math.degrees(square.angle_rad) == pytest.approx(20, abs=0.5)
    rows = np.nonzero(crop(image, square, 100).sum(2))[0]
    assert rows.max() - rows.min() < 12
    level = face_square((50, 50, 150, 150), landmarks, CropSpec(size=100, upright=False))
    assert level.angle_rad == 0


def test_the_square_follows_the_card() -> None:
    square = face_square((10, 20, 50, 120), None, CropSpec(size=48, scale=1.5, shift_y=0.1))
    unit = math.sqrt(40 * 100)
    assert square.side == pytest.approx(1.5 * unit)
    assert square.centre_xy == pytest.approx((30, 70 + 0.1 * unit))


FRONTAL = [(-0.1985, -0.131), (0.1985, -0.131), (0.0, 0.08), (-0.15, 0.285), (0.15, 0.285)]
"""Five landmarks of a face seen from the front, in its size, from the middle of its box."""


@given(angle=st.floats(-0.5, 0.5), size=st.floats(20, 400), x=st.floats(-100, 500), y=st.floats(-100, 500))
def test_landmarks_and_box_of_a_whole_face_give_the_same_crop(
    angle: float, size: float, x: float, y: float
) -> None:
    cos, sin = math.cos(angle) * size, math.sin(angle) * size
    landmarks = [(x + u * cos - v * sin, y + u * sin + v * cos) for u, v in FRONTAL]
    spec = CropSpec(size=48, scale=1.1, shift_y=0.1)
    box = (x - size / 2, y - size / 2, x + size / 2, y + size / 2)
    seen = face_square(box, landmarks, spec)
    upright = face_square(box, None, spec)
    assert seen.side == pytest.approx(upright.side, rel=0.02)
    assert seen.angle_rad == pytest.approx(angle, abs=1e-6)
    assert seen.centre_xy[0] == pytest.approx(x - 0.1 * sin, abs=0.02 * size)
    assert seen.centre_xy[1] == pytest.approx(y + 0.1 * cos, abs=0.02 * size)


def test_a_box_cut_short_by_the_border_does_not_move_the_crop() -> None:
    landmarks = [(100 + 100 * u, 100 + 100 * v) for u, v in FRONTAL]
    spec = CropSpec(size=48)
    whole, cut = (face_square((50, top, 150, 150), landmarks, spec) for top in (50, 65))
    assert whole == cut


def test_a_profile_keeps_most_of_its_size() -> None:
    closed = [(100 + 10 * u, 100 + 100 * v) for u, v in FRONTAL]
    square = face_square((50, 50, 150, 150), closed, CropSpec(size=48))
    assert square.side == pytest.approx(85)


def test_large_faces_are_averaged_not_sampled() -> None:
    checks = (np.indices((480, 480)).sum(0) % 2 * 255).astype(np.uint8)
    out = crop(np.repeat(checks[..., None], 3, 2), whole_square(480, 480), 48)
    assert out.std() < 3
    assert abs(float(out.mean()) - 127) < 2


def test_batches_are_grey_or_rgb() -> None:
    image = ramp(100, 100)
    squares = [whole_square(100, 100), Square((10, 10), 30)]
    assert crop_batch(image, squares, CropSpec(size=24)).shape == (2, 1, 24, 24)
    assert crop_batch(image, squares, CropSpec(size=24, channels=3)).shape == (2, 3, 24, 24)
    assert crop_batch(image, [], CropSpec(size=24)).shape == (0, 1, 24, 24)
    grey = image[..., 0]
    assert np.array_equal(to_channels(grey, CropSpec(16, 3))[2], grey)
    assert np.array_equal(to_channels(grey, CropSpec(16, 1))[0], grey)


def test_normalise() -> None:
    out = normalise(np.array([[[[0, 255]]]], np.uint8), 0.5, 0.25)
    assert out.dtype == np.float32
    assert out.ravel() == pytest.approx([-2, 2])


def test_a_picture_too_wide_for_opencv_is_cropped() -> None:
    wide = np.zeros((64, 33_000, 3), np.uint8)
    wide[:, 32_000:32_064] = 200
    assert crop(wide, Square((32_032.0, 32.0), 64.0), 48).min() == 200


def test_an_equalised_crop_uses_all_levels() -> None:
    face = np.random.default_rng(0).integers(100, 120, (16, 16, 3), np.uint8)
    even = to_channels(face, CropSpec(size=16, equalise=True))[0]
    assert (even.min(), even.max()) == (0, 255)
    assert np.ptp(to_channels(face, CropSpec(size=16))[0]) < 20
    with pytest.raises(ModelError, match="colour can't be equalised"):
        CropSpec(size=16, channels=3, equalise=True)
