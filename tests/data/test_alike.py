"""Look-alikes that thumbnails alone don't show."""

from __future__ import annotations

import cv2
import numpy as np

from mimik.data.alike import alike_pairs


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
