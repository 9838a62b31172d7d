"""Pictures changed at random, so that a network learns what doesn't matter."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import crop, to_channels
from mimik.models.inputs import CropSpec
from mimik.train.inputs.camera import photographed
from mimik.train.inputs.changes import Change, Noise, drawn
from mimik.train.inputs.pictures import Pictures
from mimik.train.recipe.changes import AugmentOptions


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
    images = [pictures.images[i] for i in chosen.tolist()]
    return changed(images, spec, *drawn(pictures, chosen, spec, options, rng, std), mean, std)


def changed(
    images: Sequence[NDArray[np.uint8]],
    spec: CropSpec,
    changes: Sequence[Change],
    noise: Noise | None,
    mean: float,
    std: float,
) -> NDArray[np.float32]:
    """Pictures under given changes, one each, as a network's input float32 (N, C, S, S)."""
    batch = np.empty((len(images), spec.channels, spec.size, spec.size), np.float32)
    for row, image, change in zip(batch, images, changes, strict=True):
        face = _cut(image, spec.size, change)
        if change.grey:
            face = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), np.uint8)
        face = photographed(face, spec, change)
        table = (_light(float(face.mean()) / 255, change) - mean) / std
        row[:] = table.astype(np.float32)[to_channels(face, spec)]
        if (gone := change.erased) is not None:
            row[:, gone.top : gone.top + gone.height, gone.left : gone.left + gone.width] = gone.level
    if noise:
        _add_noise(batch, noise)
    return batch


def _cut(image: NDArray[np.uint8], size: int, change: Change) -> NDArray[np.uint8]:
    """One picture turned, scaled, moved and mirrored: a crop of another square than its own."""
    if change.small:
        small = crop(image, change.square, change.small)
        face = np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    else:
        face = crop(image, change.square, size)
    return face[:, ::-1] if change.mirror else face


def _light(middle: float, change: Change) -> NDArray[np.float64]:
    """What each pixel value 0..255 becomes under another light, 0..1; middle is the face's mean."""
    middle **= change.gamma
    light = (np.linspace(0, 1, 256) ** change.gamma - middle) * change.gain + middle + change.lift
    return np.clip(light, 0, 1)


def _add_noise(batch: NDArray[np.float32], noise: Noise) -> None:
    """Add Gaussian noise to each normalised face, in place."""
    for face, start, strength in zip(batch, noise.starts.tolist(), noise.strengths.tolist(), strict=True):
        face += np.float32(strength) * noise.field[start : start + face.size].reshape(face.shape)
