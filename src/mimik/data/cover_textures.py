"""What the things that lie over a face may look like."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import Square
from mimik.types import Image

Texture: TypeAlias = "NDArray[np.float32]"
"""What is painted, RGB 0..255, (H, W, 3)."""


def plain(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """One colour, often a grey, lit from somewhere."""
    colour = rng.uniform(0, 255, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0, 255))
    return np.asarray(colour + _slope(image, face, rng, 60)[..., None], np.float32)


def skin(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """The face's own colour, shaded and uneven, as of a hand."""
    height, width = image.shape[:2]
    x, y, reach = *face.centre_xy, face.side / 6
    rows, columns = (slice(max(0, int(c - reach)), max(1, int(c + reach))) for c in (y, x))
    colour = np.median(image[rows, columns].reshape(-1, 3), axis=0) * rng.uniform(0.7, 1.25)
    grain = cv2.GaussianBlur(rng.normal(0, 25, (height, width)).astype(np.float32), (0, 0), 0.025 * face.side)
    shade = _slope(image, face, rng, 40) + grain
    return np.asarray(colour + rng.normal(0, 6, 3) + shade[..., None], np.float32)


def blocks(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """A random pattern, sharp or smooth, as of cloth."""
    side = int(rng.integers(2, 24))
    pattern = rng.uniform(0, 255, (side, side, 3)).astype(np.float32)
    way = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(pattern, image.shape[1::-1], interpolation=way), np.float32)


def stripes(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """Two colours in stripes."""
    turn, wave = rng.uniform(0, math.pi), rng.uniform(15, 120) / face.side
    down, across = np.mgrid[: image.shape[0], : image.shape[1]]
    first = np.sin(wave * (down * math.sin(turn) + across * math.cos(turn))) > 0
    one, other = rng.uniform(0, 255, (2, 3)).astype(np.float32)
    return np.asarray(np.where(first[..., None], one, other), np.float32)


def strands(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """Hair: a dark or fair colour, streaked along its length."""
    height, width = image.shape[:2]
    colour = np.array([1.0, rng.uniform(0.6, 0.95), rng.uniform(0.35, 0.85)]) * rng.uniform(15, 210)
    grain = rng.normal(0, 30, (height, width)).astype(np.float32)
    streaks = cv2.GaussianBlur(grain, (0, 0), 0.008 * face.side, sigmaY=0.12 * face.side)
    return np.asarray(colour + (3 * streaks + _slope(image, face, rng, 30))[..., None], np.float32)


def elsewhere(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """Another part of the same picture, upside down: its light, its grain, no face."""
    shifts = tuple(int(rng.uniform(-0.4, 0.4) * face.side) for _ in range(2))
    moved = np.ascontiguousarray(np.roll(image[::-1], shifts, (0, 1)))
    return cv2.GaussianBlur(moved, (0, 0), rng.uniform(0.01, 0.03) * face.side).astype(np.float32)


def _slope(image: Image, face: Square, rng: np.random.Generator, most: float) -> NDArray[np.float32]:
    """Light that falls from one side: grey values to add, (H, W)."""
    (x, y), (height, width) = face.centre_xy, image.shape[:2]
    down, across = np.mgrid[:height, :width].astype(np.float32)
    slope = rng.uniform(-most, most, 2) / face.side
    return np.asarray((down - y) * slope[0] + (across - x) * slope[1], np.float32)


TEXTURES: tuple[Callable[[Image, Square, np.random.Generator], Texture], ...] = (
    plain,
    skin,
    blocks,
    stripes,
    elsewhere,
)
"""What anything may be painted with."""
