"""Parts of a face painted over, as by a hand, a mask or dark glasses: to learn what a cover looks like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.data import cover_shapes as shapes
from mimik.data.cover_shapes import Shape, glasses
from mimik.data.cover_textures import TEXTURES, Texture, plain, skin, strands
from mimik.faces.crop import Square
from mimik.types import Image

Textured = Callable[[Image, Square, np.random.Generator], Texture]


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that may lie over a face."""

    outline: Callable[[np.random.Generator], list[Shape]]
    """Draws its outline; each shape is shaded by itself."""
    textures: Sequence[Textured]
    """What it may look like."""
    chance: float
    """How often it is drawn, against the others of its part."""


KINDS: dict[str, tuple[Kind, ...]] = {
    "eyes": (
        Kind(shapes.dark_glasses, (plain, plain, plain, *TEXTURES), 0.6),
        Kind(shapes.bar, TEXTURES, 0.2),
        Kind(shapes.hand_on_eyes, (skin,), 0.2),
    ),
    "mouth": (
        Kind(shapes.mask, (plain, plain, *TEXTURES), 0.4),
        Kind(shapes.scarf, TEXTURES, 0.15),
        Kind(shapes.hand_on_mouth, (skin,), 0.25),
        Kind(shapes.thing_at_mouth, (plain, plain, *TEXTURES), 0.2),
    ),
    "side": (
        Kind(shapes.half, (plain, *TEXTURES), 0.5),
        Kind(shapes.palm, (skin,), 0.25),
        Kind(shapes.hair, (strands,), 0.25),
    ),
}
"""Part to the things that cover it."""
SHAPES = tuple(KINDS)
"""The parts."""


def cover(image: Image, face: Square, part: str, rng: np.random.Generator) -> Image:
    """Paint over a part of a face.

    Args:
        image: RGB uint8 (H, W, 3).
        face: The face's square: 1.08 times the detector's box, 0.05 below its middle.
        part: "eyes", "mouth" or "side" (one half).
        rng: Chooses what it is, its shape, place and look.
    """
    kinds = KINDS[part]
    kind = kinds[int(rng.choice(len(kinds), p=[one.chance for one in kinds]))]
    texture = kind.textures[int(rng.integers(len(kind.textures)))](image, face, rng)
    if not np.ptp(image, axis=2).any():
        texture = texture.mean(axis=2, keepdims=True)  # A grey picture stays grey.
    opaque = rng.uniform(0.82, 1.0) if kind.outline is shapes.dark_glasses else 1.0
    painted = image.astype(np.float32)
    for shape in kind.outline(rng):
        painted = _laid(painted, texture, _mask(image, face, shape), opaque, face, rng)
    return np.asarray(np.clip(painted, 0, 255), np.uint8)


def clear_glasses(image: Image, face: Square, rng: np.random.Generator) -> Image:
    """Glasses through which the eyes can be seen: what must not be taken for a cover."""
    tint, colour = rng.uniform(0, 0.25), rng.uniform(0, 255, 3)
    rim = rng.uniform(0, 120) + rng.uniform(-20, 20, 3)
    thick = max(1, round(face.side * rng.uniform(0.008, 0.022)))
    painted, lines = image.astype(np.float32), np.zeros(image.shape[:2], np.uint8)
    for shape in glasses(rng):
        inside = _mask(image, face, shape)[..., None]
        painted += inside * tint * (colour - painted)
        cv2.polylines(lines, [_corners(face, shape)], True, 1, thick, cv2.LINE_AA)
    soft = cv2.GaussianBlur(lines.astype(np.float32), (0, 0), 0.006 * face.side)[..., None]
    return np.asarray(np.clip(painted + soft * (rim - painted), 0, 255), np.uint8)


def _corners(face: Square, shape: Shape) -> NDArray[np.int32]:
    """A shape in pixels."""
    left, top = (c - face.side / 2 for c in face.centre_xy)
    points = [(left + x * face.side, top + y * face.side) for x, y in shape]
    return np.array(points).round().astype(np.int32)


def _mask(image: Image, face: Square, shape: Shape) -> NDArray[np.float32]:
    """1 within a shape, else 0, (H, W)."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [_corners(face, shape)], 1)
    return mask.astype(np.float32)


def _laid(
    painted: NDArray[np.float32],
    texture: Texture,
    mask: NDArray[np.float32],
    opaque: float,
    face: Square,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """A picture with a shape laid on it, darker towards its edge, and its shadow beside it."""
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.003, 0.015) * face.side)
    wide = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.02, 0.05) * face.side)
    shadow = 1 - rng.uniform(0, 0.35) * wide * (1 - soft)
    round_off = 1 - rng.uniform(0, 0.6) * (1 - wide)
    weight = (opaque * soft)[..., None]
    laid = painted * shadow[..., None] * (1 - weight) + texture * round_off[..., None] * weight
    return np.asarray(laid, np.float32)
