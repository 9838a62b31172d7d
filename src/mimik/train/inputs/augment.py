"""Pictures changed at random, so that a network learns what doesn't matter."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import Square, crop, to_channels
from mimik.models.inputs import CropSpec
from mimik.train.inputs.pictures import Pictures
from mimik.train.recipe.options import AugmentOptions


def augmented(
    pictures: Pictures,
    chosen: NDArray[np.int64],
    spec: CropSpec,
    options: AugmentOptions,
    rng: np.random.Generator,
    mean: float,
    std: float,
) -> NDArray[np.float32]:
    """The chosen pictures under random changes, as a network's input float32 (N, C, S, S)."""
    batch = np.empty((len(chosen), spec.channels, spec.size, spec.size), np.float32)
    for row, i in zip(batch, chosen.tolist(), strict=True):
        face = _moved(pictures.images[i], pictures.square(i, spec), spec.size, options, rng)
        if face.ndim == 3 and rng.random() < options.grey:
            face = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), np.uint8)
        table = (_light(float(face.mean()) / 255, options, rng) - mean) / std
        row[:] = table.astype(np.float32)[to_channels(face, spec)]
        if rng.random() < options.erase:
            _erase(row, spec.size, rng)
    if options.noise:
        _add_noise(batch, options.noise / std, rng)
    return batch


def _moved(
    image: NDArray[np.uint8], whole: Square, size: int, options: AugmentOptions, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One picture turned, scaled, moved and mirrored: a crop of another square than its own."""
    angle, grow, right, down = rng.uniform(-1, 1, 4)
    mirror, soften = rng.random(2)
    x, y = whole.centre_xy
    square = Square(
        (x + right * options.shift * whole.side, y + down * options.shift * whole.side),
        whole.side * float(np.exp(grow * options.scale)),
        float(np.deg2rad(angle * options.rotate_deg)),
    )
    if soften < options.blur:
        small = crop(image, square, int(size / rng.uniform(1.2, options.blur_most)))
        face = np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    else:
        face = crop(image, square, size)
    return face[:, ::-1] if options.flip and mirror < 0.5 else face


def _light(middle: float, options: AugmentOptions, rng: np.random.Generator) -> NDArray[np.float64]:
    """What each pixel value 0..255 becomes under another light, 0..1; middle is the face's mean."""
    gamma = float(np.exp(rng.uniform(-options.gamma, options.gamma)))
    gain = rng.uniform(1 - options.contrast, 1 + options.contrast)
    lift = rng.uniform(-options.brightness, options.brightness)
    middle **= gamma
    return np.clip((np.linspace(0, 1, 256) ** gamma - middle) * gain + middle + lift, 0, 1)


def _erase(face: NDArray[np.float32], size: int, rng: np.random.Generator) -> None:
    """Blank a rectangle of a normalised face (C, S, S) with a random level."""
    height, width = rng.integers(size // 6, size // 2, 2)
    top, left = rng.integers(0, size - height), rng.integers(0, size - width)
    face[:, top : top + height, left : left + width] = rng.uniform(-2, 2)


def _add_noise(batch: NDArray[np.float32], most: float, rng: np.random.Generator) -> None:
    """Add Gaussian noise of a random strength to each face, in place.

    The noise of a batch is one field, read from another place for each face: drawing it afresh
    costs as much as the network.
    """
    pixels = batch[0].size
    field = rng.standard_normal(2 * pixels, np.float32)
    for face in batch:
        start = int(rng.integers(pixels))
        face += np.float32(rng.uniform(0, most)) * field[start : start + pixels].reshape(face.shape)
