"""Parts of a face painted over, as by a hand, a mask or dark glasses: to learn what a cover looks like."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import Square
from mimik.types import Image

Point: TypeAlias = tuple[float, float]
Shape: TypeAlias = Sequence[Point]
"""Corners in shares of the side of the face's square, from its top left."""
Texture: TypeAlias = "NDArray[np.float32]"
"""What is painted, RGB 0..255, (H, W, 3)."""

EYES_Y, MOUTH_Y = 0.37, 0.78
"""Where the middle of the eyes and of the mouth lie in a face's square."""


def cover(image: Image, face: Square, part: str, rng: np.random.Generator) -> Image:
    """Paint over a part of a face.

    Args:
        image: RGB uint8 (H, W, 3).
        face: The face's square: 1.08 times the detector's box, 0.05 below its middle.
        part: "eyes", "mouth" or "side" (one half).
        rng: Chooses shape, place and texture.
    """
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    left, top = (c - face.side / 2 for c in face.centre_xy)
    for shape in SHAPES[part](rng):
        corners = [(left + x * face.side, top + y * face.side) for x, y in shape]
        cv2.fillPoly(mask, [np.array(corners).round().astype(np.int32)], 1)
    texture = TEXTURES[rng.integers(len(TEXTURES))](image, face, rng)
    if not np.ptp(image, axis=2).any():
        texture = texture.mean(axis=2, keepdims=True)  # A grey picture stays grey.
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), rng.uniform(0.003, 0.015) * face.side)[..., None]
    return np.asarray(np.clip(image * (1 - soft) + texture * soft, 0, 255), np.uint8)


# Shapes


def _bar(middle: Point, width: float, height: float, degrees: float = 0.0) -> Shape:
    """A rectangle, turned."""
    turn = math.radians(degrees)
    across = (math.cos(turn) * width / 2, math.sin(turn) * width / 2)
    down = (-math.sin(turn) * height / 2, math.cos(turn) * height / 2)
    return [
        (middle[0] + a * across[0] + d * down[0], middle[1] + a * across[1] + d * down[1])
        for a, d in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]


def _oval(middle: Point, width: float, height: float) -> Shape:
    """An ellipse as a polygon."""
    turns = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    return [(middle[0] + math.cos(t) * width / 2, middle[1] + math.sin(t) * height / 2) for t in turns]


def _over_eyes(rng: np.random.Generator) -> list[Shape]:
    """Dark glasses, or a bar or hand across both eyes."""
    x, y = rng.normal(0.5, 0.02), rng.normal(EYES_Y, 0.02)
    if rng.random() < 0.5:
        apart, wide, high = rng.uniform(0.36, 0.42), rng.uniform(0.26, 0.38), rng.uniform(0.18, 0.28)
        lens = _oval if rng.random() < 0.7 else _bar
        lenses = [lens((x + side * apart / 2, y + 0.01), wide, high) for side in (-1, 1)]
        return [*lenses, _bar((x, y - 0.03), 0.25, 0.03)]
    return [_bar((x, y), rng.uniform(0.75, 1.2), rng.uniform(0.18, 0.34), rng.normal(0, 8))]


def _over_mouth(rng: np.random.Generator) -> list[Shape]:
    """A mask or scarf, a bar, or the fingers of a hand."""
    x, y = rng.normal(0.5, 0.03), rng.normal(MOUTH_Y, 0.02)
    kind = rng.random()
    if kind < 0.4:
        top, nose = rng.uniform(0.5, 0.64), rng.uniform(0, 0.08)
        edge, chin = rng.uniform(0.02, 0.16), rng.uniform(0.95, 1.1)
        return [[(edge, top), (x, top - nose), (1 - edge, top), (0.85, chin), (x, chin + 0.04), (0.15, chin)]]
    if kind < 0.7:
        return [_bar((x, y), rng.uniform(0.45, 1.1), rng.uniform(0.22, 0.44), rng.normal(0, 10))]
    lean, wide = rng.uniform(-60, 60), rng.uniform(0.085, 0.12)
    step = (-math.sin(math.radians(lean)) * wide, math.cos(math.radians(lean)) * wide)
    return [
        _bar((x + k * step[0], y + k * step[1]), rng.uniform(0.5, 1.0), 0.95 * wide, lean)
        for k in (-1.5, -0.5, 0.5, 1.5)
    ]


def _over_side(rng: np.random.Generator) -> list[Shape]:
    """One half, as by a wall, a phone or hair."""
    side = float(rng.integers(2))
    return [_bar((side, 0.5), 2 * rng.uniform(0.42, 0.55), 2.0, rng.normal(0, 10))]


SHAPES: dict[str, Callable[[np.random.Generator], list[Shape]]] = {
    "eyes": _over_eyes,
    "mouth": _over_mouth,
    "side": _over_side,
}
"""Part to what may lie over it."""


# Textures


def _plain(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """One colour, often a grey."""
    colour = rng.uniform(0, 255, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0, 255))
    return np.broadcast_to(colour, image.shape).astype(np.float32)


def _skin(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """The face's own colour, shaded and uneven, as of a hand."""
    height, width = image.shape[:2]
    x, y, reach = *face.centre_xy, face.side / 6
    rows, columns = (slice(max(0, int(c - reach)), max(1, int(c + reach))) for c in (y, x))
    colour = np.median(image[rows, columns].reshape(-1, 3), axis=0) * rng.uniform(0.7, 1.25)
    down, across = np.mgrid[:height, :width].astype(np.float32)
    slope = rng.uniform(-40, 40, 2) / face.side
    shade = (down - y) * slope[0] + (across - x) * slope[1]
    grain = cv2.GaussianBlur(rng.normal(0, 25, (height, width)).astype(np.float32), (0, 0), 0.025 * face.side)
    return np.asarray(colour + rng.normal(0, 6, 3) + (shade + grain)[..., None], np.float32)


def _blocks(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """A random pattern, sharp or smooth, as of cloth."""
    side = int(rng.integers(2, 24))
    pattern = rng.uniform(0, 255, (side, side, 3)).astype(np.float32)
    way = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(pattern, image.shape[1::-1], interpolation=way), np.float32)


def _stripes(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """Two colours in stripes."""
    turn, wave = rng.uniform(0, math.pi), rng.uniform(15, 120) / face.side
    down, across = np.mgrid[: image.shape[0], : image.shape[1]]
    first = np.sin(wave * (down * math.sin(turn) + across * math.cos(turn))) > 0
    one, other = rng.uniform(0, 255, (2, 3)).astype(np.float32)
    return np.asarray(np.where(first[..., None], one, other), np.float32)


def _elsewhere(image: Image, face: Square, rng: np.random.Generator) -> Texture:
    """Another part of the same picture, upside down: its light, its grain, no face."""
    shifts = tuple(int(rng.uniform(-0.4, 0.4) * face.side) for _ in range(2))
    moved = np.ascontiguousarray(np.roll(image[::-1], shifts, (0, 1)))
    return cv2.GaussianBlur(moved, (0, 0), rng.uniform(0.01, 0.03) * face.side).astype(np.float32)


TEXTURES: tuple[Callable[[Image, Square, np.random.Generator], Texture], ...] = (
    _plain,
    _skin,
    _blocks,
    _stripes,
    _elsewhere,
)
"""What a part may be painted with."""
