"""Which random changes each picture of a batch gets: drawn one after the other, made by whoever has time.

All random numbers come from one generator in the order of the pictures, so a batch is the same by whichever
and however many workers it is made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import Square
from mimik.models.inputs import CropSpec
from mimik.train.inputs.pictures import Pictures
from mimik.train.recipe.changes import AugmentOptions

BEST_QUALITY = 95
"""Of a JPEG; better ones look like the picture itself."""


@dataclass(frozen=True, slots=True)
class Erased:
    """A rectangle that is blanked."""

    top: int
    """Pixels from the upper edge."""
    left: int
    """Pixels from the left edge."""
    height: int
    """In pixels."""
    width: int
    """In pixels."""
    level: float
    """What it is filled with, normalised."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one picture, in this order."""

    square: Square
    """Where it is cut out."""
    small: int
    """Pixels a side to which it is reduced first, and loses resolution; 0 if not."""
    mirror: bool
    """Whether it is mirrored."""
    grey: bool
    """Whether it loses its colour."""
    occlusion: int
    """Seed of what is painted over it; -1 if nothing is."""
    motion: tuple[float, float] | None
    """Length in pixels and direction in radians of the line along which it is blurred; None if it isn't."""
    quality: int
    """Of a JPEG that it is coded as; 0 if it isn't."""
    gamma: float
    """What its values are raised to."""
    gain: float
    """What their differences from the mean are multiplied by."""
    lift: float
    """What is added, as a share of the full range."""
    erased: Erased | None
    """What is blanked; None if nothing is."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of a batch: one field, read from another place for each face.

    Drawing it afresh costs as much as the network.
    """

    field: NDArray[np.float32]
    """Standard normal, as long as two faces have values."""
    starts: NDArray[np.int64]
    """Where each of N faces begins in it, (N,)."""
    strengths: NDArray[np.float64]
    """What it is multiplied by for each, (N,)."""

    def part(self, rows: slice) -> Noise:
        """That of some of the faces."""
        return Noise(self.field, self.starts[rows], self.strengths[rows])


def drawn(
    pictures: Pictures,
    chosen: NDArray[np.int64],
    spec: CropSpec,
    options: AugmentOptions,
    rng: np.random.Generator,
    std: float,
) -> tuple[list[Change], Noise | None]:
    """What happens to the chosen pictures; std is that by which they are normalised."""
    changes = [
        drawn_change(pictures.square(i, spec), pictures.images[i].ndim == 3, spec.size, options, rng)
        for i in chosen.tolist()
    ]
    return changes, drawn_noise(len(chosen), spec, options, rng, std)


def drawn_noise(
    count: int, spec: CropSpec, options: AugmentOptions, rng: np.random.Generator, std: float
) -> Noise | None:
    """The noise of so many faces; None without any."""
    return _noise(count, spec, options.noise / std, rng) if options.noise else None


def drawn_change(
    whole: Square, colour: bool, size: int, options: AugmentOptions, rng: np.random.Generator
) -> Change:
    """One picture's; a step with a share of 0 that came later than the others draws nothing."""
    angle, grow, right, down = rng.uniform(-1, 1, 4)
    mirror, soften = rng.random(2)
    x, y = whole.centre_xy
    square = Square(
        (x + right * options.shift * whole.side, y + down * options.shift * whole.side),
        whole.side * float(np.exp(grow * options.scale)),
        float(np.deg2rad(angle * options.rotate_deg)),
    )
    return Change(
        square=square,
        small=int(size / rng.uniform(1.2, options.blur_most)) if soften < options.blur else 0,
        mirror=bool(options.flip and mirror < 0.5),
        grey=colour and rng.random() < options.grey,
        occlusion=int(rng.integers(2**62)) if _happens(options.occlude, rng) else -1,
        motion=_motion(size, options, rng) if _happens(options.motion, rng) else None,
        quality=int(rng.integers(options.jpeg_worst, BEST_QUALITY + 1)) if _happens(options.jpeg, rng) else 0,
        gamma=float(np.exp(rng.uniform(-options.gamma, options.gamma))),
        gain=rng.uniform(1 - options.contrast, 1 + options.contrast),
        lift=rng.uniform(-options.brightness, options.brightness),
        erased=_erased(size, rng) if rng.random() < options.erase else None,
    )


def _happens(share: float, rng: np.random.Generator) -> bool:
    return share > 0 and rng.random() < share


def _motion(size: int, options: AugmentOptions, rng: np.random.Generator) -> tuple[float, float]:
    return rng.uniform(0.02, options.motion_most) * size, rng.uniform(0, math.pi)


def _erased(size: int, rng: np.random.Generator) -> Erased:
    height, width = rng.integers(size // 6, size // 2, 2).tolist()
    top, left = int(rng.integers(0, size - height)), int(rng.integers(0, size - width))
    return Erased(top, left, height, width, rng.uniform(-2, 2))


def _noise(count: int, spec: CropSpec, most: float, rng: np.random.Generator) -> Noise:
    pixels = spec.channels * spec.size**2
    field = rng.standard_normal(2 * pixels, np.float32)
    both = [(int(rng.integers(pixels)), rng.uniform(0, most)) for _ in range(count)]
    starts, strengths = zip(*both, strict=True)
    return Noise(field, np.array(starts), np.array(strengths))
