"""Outlines of what lies over a face, in shares of the side of the face's square, from its top left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

Point: TypeAlias = tuple[float, float]
Shape: TypeAlias = Sequence[Point]
"""Corners."""

EYES_Y, MOUTH_Y = 0.37, 0.78
"""Where the middle of the eyes and the middle of the mouth lie."""


def rectangle(middle: Point, width: float, height: float, degrees: float = 0.0) -> Shape:
    """A rectangle, turned."""
    turn = math.radians(degrees)
    across = (math.cos(turn) * width / 2, math.sin(turn) * width / 2)
    down = (-math.sin(turn) * height / 2, math.cos(turn) * height / 2)
    return [
        (middle[0] + a * across[0] + d * down[0], middle[1] + a * across[1] + d * down[1])
        for a, d in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]


def superoval(middle: Point, width: float, height: float, power: float = 2.0, taper: float = 0.0) -> Shape:
    """Between a diamond (1), an ellipse (2) and a rectangle (from 6); narrower below by ``taper``."""
    points = []
    for t in np.linspace(0, 2 * math.pi, 32, endpoint=False):
        x, y = (math.copysign(abs(v) ** (2 / power), v) for v in (math.cos(t), math.sin(t)))
        points.append((middle[0] + x * (1 - taper * (y + 1) / 2) * width / 2, middle[1] + y * height / 2))
    return points


def capsule(start: Point, degrees: float, length: float, width: float) -> Shape:
    """A finger: straight, with a round end, from its root."""
    turn = math.radians(degrees)
    ahead, aside = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
    turns = np.linspace(-math.pi / 2, math.pi / 2, 9)
    tip = [(length + math.cos(t) * width / 2, math.sin(t) * width / 2) for t in turns]
    return [
        (start[0] + a * ahead[0] + s * aside[0], start[1] + a * ahead[1] + s * aside[1])
        for a, s in [(0.0, -width / 2), *tip, (0.0, width / 2)]
    ]


def hand(middle: Point, degrees: float, rng: np.random.Generator) -> list[Shape]:
    """Two to four fingers side by side over a place, with or without the palm behind them."""
    wide, gap = rng.uniform(0.085, 0.135), rng.uniform(0.9, 1.15)
    count = int(rng.integers(2, 5))
    reach = rng.uniform(0.3, 0.5)
    turn = math.radians(degrees)
    shapes = []
    for k in range(count):
        aside = (k - (count - 1) / 2) * wide * gap
        root = (
            middle[0] - reach * math.cos(turn) - aside * math.sin(turn),
            middle[1] - reach * math.sin(turn) + aside * math.cos(turn),
        )
        length = 2 * reach * rng.uniform(0.8, 1.05)
        shapes.append(capsule(root, degrees + rng.normal(0, 4), length, wide))
    if rng.random() < 0.5:
        palm = (middle[0] - 0.9 * reach * math.cos(turn), middle[1] - 0.9 * reach * math.sin(turn))
        shapes.insert(0, superoval(palm, rng.uniform(0.4, 0.6), rng.uniform(0.4, 0.6), 3.0))
    return shapes


def glasses(rng: np.random.Generator) -> list[Shape]:
    """Two lenses."""
    x, y = rng.normal(0.5, 0.02), rng.normal(EYES_Y + 0.01, 0.02)
    apart, wide, high = rng.uniform(0.36, 0.43), rng.uniform(0.24, 0.38), rng.uniform(0.16, 0.3)
    power, taper = rng.uniform(1.8, 7), rng.uniform(-0.15, 0.35)
    return [superoval((x + side * apart / 2, y), wide, high, power, taper) for side in (-1, 1)]


def dark_glasses(rng: np.random.Generator) -> list[Shape]:
    """Dark glasses with a bridge, or a mask as of skiers."""
    x, y = rng.normal(0.5, 0.02), rng.normal(EYES_Y, 0.02)
    if rng.random() < 0.15:
        return [superoval((x, y), rng.uniform(0.75, 0.95), rng.uniform(0.24, 0.36), rng.uniform(3, 8))]
    arms = [rectangle((x + side * 0.42, y - 0.02), 0.2, rng.uniform(0.02, 0.05)) for side in (-1, 1)]
    bridge = rectangle((x, y - 0.04), 0.22, rng.uniform(0.015, 0.04))
    return [*(arms if rng.random() < 0.6 else ()), bridge, *glasses(rng)]


def bar(rng: np.random.Generator) -> list[Shape]:
    """A bar, a brim or a blindfold."""
    middle = (rng.normal(0.5, 0.02), rng.normal(EYES_Y, 0.02))
    return [rectangle(middle, rng.uniform(0.7, 1.3), rng.uniform(0.16, 0.34), rng.normal(0, 8))]


def hand_on_eyes(rng: np.random.Generator) -> list[Shape]:
    """A hand over the eyes, from either side or from above; or one over each."""
    y = rng.normal(EYES_Y, 0.02)
    if rng.random() < 0.4:
        return [
            one
            for side, way in ((0.3, 0.0), (0.7, 180.0))
            for one in hand((side, y), way + rng.normal(0, 25), rng)
        ]
    return hand((rng.normal(0.5, 0.03), y), float(rng.choice([0, 180])) + rng.normal(0, 15), rng)


def mask(rng: np.random.Generator) -> list[Shape]:
    """A mask, the nose in or out, flat or bulging, with the pleats and bands of some."""
    x, top = rng.normal(0.5, 0.03), rng.uniform(0.44, 0.68)
    peak, edge, chin = rng.uniform(-0.02, 0.1), rng.uniform(0.0, 0.2), rng.uniform(0.93, 1.12)
    shoulder = top + rng.uniform(-0.02, 0.1)
    low = rng.uniform(0.08, 0.3)
    outline = [
        (edge, shoulder),
        (x - 0.16, top - peak * 0.6),
        (x, top - peak),
        (x + 0.16, top - peak * 0.6),
        (1 - edge, shoulder),
        (1 - low, chin - rng.uniform(0, 0.1)),
        (x, chin + 0.03),
        (low, chin - rng.uniform(0, 0.1)),
    ]
    shapes: list[Shape] = [outline]
    if rng.random() < 0.5:
        middles = np.linspace(top + 0.08, chin - 0.08, int(rng.integers(2, 5)))
        shapes += [rectangle((x, float(m)), 1 - 2 * low, 0.06, rng.normal(0, 2)) for m in middles]
    if rng.random() < 0.5:
        shapes += [rectangle((side, shoulder - 0.06), 0.3, 0.015, lean) for side, lean in ((0, 35), (1, -35))]
    return shapes


def scarf(rng: np.random.Generator) -> list[Shape]:
    """All below a line: a scarf, a collar, a book; or a bar."""
    middle = (rng.normal(0.5, 0.03), rng.normal(MOUTH_Y, 0.02))
    if rng.random() < 0.4:
        return [rectangle(middle, rng.uniform(0.42, 1.1), rng.uniform(0.2, 0.44), rng.normal(0, 10))]
    top, lean = rng.uniform(0.48, 0.68), rng.normal(0, 0.05)
    return [
        [
            (-0.3, top + lean),
            (0.5, top + rng.uniform(-0.03, 0.05)),
            (1.3, top - lean),
            (1.3, 1.6),
            (-0.3, 1.6),
        ]
    ]


def hand_on_mouth(rng: np.random.Generator) -> list[Shape]:
    """A hand over the mouth, from any side but above."""
    middle = (rng.normal(0.5, 0.04), rng.normal(MOUTH_Y - 0.02, 0.03))
    return hand(middle, float(rng.choice([0, 180, 270])) + rng.normal(0, 25), rng)


def thing_at_mouth(rng: np.random.Generator) -> list[Shape]:
    """A microphone, a cup or a phone held before the mouth."""
    x, y, wide = rng.normal(0.5, 0.04), rng.normal(MOUTH_Y, 0.03), rng.uniform(0.28, 0.5)
    stick = capsule((x + rng.normal(0, 0.25), 1.4), 270 + rng.normal(0, 12), 0.5, rng.uniform(0.08, 0.2))
    head = superoval((x, y), wide, wide * rng.uniform(0.8, 1.3), rng.uniform(1.9, 6), rng.uniform(-0.1, 0.3))
    return [stick, head]


def half(rng: np.random.Generator) -> list[Shape]:
    """A wall, a phone, a book."""
    side = float(rng.integers(2))
    return [rectangle((side, 0.5), 2 * rng.uniform(0.42, 0.58), 2.0, rng.normal(0, 10))]


def palm(rng: np.random.Generator) -> list[Shape]:
    """A hand upright on one side, from ear to nose."""
    side = float(rng.choice([0.22, 0.78]))
    return [
        superoval((side, rng.uniform(0.75, 0.9)), rng.uniform(0.48, 0.62), rng.uniform(0.5, 0.7), 3.0),
        *hand((side, rng.uniform(0.35, 0.5)), 270 + rng.normal(0, 15), rng),
    ]


def hair(rng: np.random.Generator) -> list[Shape]:
    """A curtain of hair over an eye, wavy at its edge."""
    reach, wave, phase = rng.uniform(0.42, 0.58), rng.uniform(0, 0.05), rng.uniform(0, 6)
    down = np.linspace(-0.1, 1.2, 14)
    edge = [(reach + wave * math.sin(5 * y + phase) - 0.1 * (y - 0.4) ** 2, float(y)) for y in down]
    outline = [(-0.3, -0.1), *edge, (-0.3, 1.2)]
    return [outline if rng.random() < 0.5 else [(1 - x, y) for x, y in outline]]
