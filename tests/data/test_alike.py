"""Look-alikes that thumbnails alone don't show."""

from __future__ import annotations

import cv2
import numpy as np

from mimik.data.alike import alike_pairs
from mimik.data.same_photo import same_photo_moved


def soft(rng: np.random.Generator) -> np.ndarray:
    return cv2.resize(rng.integers(0, 255, (7, 7), np.uint8), (48, 48), interpolation=cv2.INTER_CUBIC)


def turned(image: np.ndarray, angle: float, right: float) -> np.ndarray:
    turn = cv2.getRotationMatrix2D((23.5, 23.5), angle, 1.0)
    turn[0, 2] += right
    return np.asarray(cv2.warpAffine(image, turn, (48, 48), borderMode=cv2.BORDER_REFLECT), np.uint8)


def test_turned_and_moved_copies_are_found_and_others_not() -> None:
    rng = np.random.default_rng(0)
    images = [soft(rng) for _ in range(40)]
    images += [turned(images[0], 7, 2), turned(images[1], -6, -3)[:, ::-1], images[2].copy()]
    images.append(np.repeat(turned(images[3], 5, 1)[:, :, None] // 2 + 60, 3, axis=2))
    assert sorted(map(tuple, alike_pairs(images).tolist())) == [(0, 40), (1, 41), (2, 42), (3, 43)]


def test_nothing_is_alike_in_nothing() -> None:
    assert alike_pairs([]).shape == (0, 2)
    blank = [np.full((48, 48), 90, np.uint8)] * 3
    assert alike_pairs(blank).shape == (0, 2)


def cropped(image: np.ndarray) -> np.ndarray:
    """Less 5 % on each side, at the same size."""
    cut = round(0.05 * len(image))
    return np.asarray(cv2.resize(image[cut:-cut, cut:-cut], image.shape[:2]), np.uint8)


def test_crops_are_found_from_either_side() -> None:
    rng = np.random.default_rng(1)
    images = [np.asarray(cv2.resize(soft(rng), (112, 112)), np.uint8) for _ in range(40)]
    images = [cropped(images[0]), *images[1:], images[0], cropped(images[1])[:, ::-1]]
    assert sorted(map(tuple, alike_pairs(images).tolist())) == [(0, 40), (1, 41)]


def textured(rng: np.random.Generator) -> np.ndarray:
    rough = cv2.resize(rng.integers(0, 255, (24, 24), np.uint8), (112, 112), interpolation=cv2.INTER_CUBIC)
    return np.asarray(rough, np.uint8)


def test_the_same_photo_is_known_when_it_was_turned_or_cropped() -> None:
    rng = np.random.default_rng(2)
    photo, other = textured(rng), textured(rng)
    turn = cv2.getRotationMatrix2D((55.5, 55.5), 5, 1.0)
    for copy in (photo, cv2.warpAffine(photo, turn, (112, 112)), cropped(photo), cropped(photo)[:, ::-1]):
        assert same_photo_moved(photo, np.asarray(copy, np.uint8))
        assert same_photo_moved(np.repeat(copy[:, :, None], 3, axis=2), photo)
    assert not same_photo_moved(photo, other)
