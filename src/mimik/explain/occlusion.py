"""What an answer hangs on: how it changes as one part of the face after the other is covered.

After Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2. It runs
the ONNX file, and shows which places the answer changes with, not why the expression is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.faces.crop import normalise
from mimik.faces.recognise import BATCH
from mimik.models.card import ModelCard
from mimik.render.text import line_height, text_mask
from mimik.tasks.loaded import LoadedModel
from mimik.types import Image

PATCH, STEPS = 0.25, 14
"""Side of what is covered at a time, share of the crop; places each way."""
LEAST = 0.1
"""The smallest change of the log-odds that is drawn at full strength: what is less is noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What one answer about one face hangs on."""

    face: NDArray[np.uint8]
    """The crop that was read, uint8 (C, S, S)."""
    label: str
    """The class or action unit."""
    log_odds: float
    """Of the label, with nothing covered: 0 is even, 2 is 88 %."""
    drop: NDArray[np.float32]
    """How much the log-odds fall when a place is covered, float32 (S, S), in the crop's pixels; negative
    where the place spoke against the label."""

    @property
    def most(self) -> float:
        """The largest change of the log-odds, either way; at full strength in a drawing."""
        return float(np.abs(self.drop).max())


def occlusion_map(model: LoadedModel, face: NDArray[np.uint8], label: str) -> Evidence:
    """Cover a face piece by piece and see how one answer changes.

    Args:
        model: Of emotion, gender or action units.
        face: Its crop, uint8 (C, S, S), as from Recogniser.crops.
        label: One of the card's labels.

    Raises:
        OptionError: The model has no such label.
    """
    check_label(model.card, label)
    size = face.shape[-1]
    side = max(2, round(PATCH * size))
    corners = np.linspace(0, size - side, STEPS).round().astype(int)
    places = [(top, left) for top in corners for left in corners]
    views = np.repeat(face[None], len(places) + 1, axis=0)
    # The face's own mean hides a place without a look of its own.
    plain = face.mean(axis=(1, 2), keepdims=True).astype(np.uint8)
    for view, (top, left) in zip(views[1:], places, strict=True):
        view[:, top : top + side, left : left + side] = plain
    odds = _log_odds(model, views, label)
    drop, covered = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    for fall, (top, left) in zip(odds[0] - odds[1:], places, strict=True):
        drop[top : top + side, left : left + side] += fall
        covered[top : top + side, left : left + side] += 1
    mean_drop = np.asarray(drop / np.maximum(covered, 1), np.float32)
    return Evidence(face, label, float(odds[0]), mean_drop)


def check_label(card: ModelCard, label: str) -> None:
    """Refuse a label that a model doesn't have.

    Raises:
        OptionError: It names those that there are.
    """
    if label not in card.labels:
        known = ", ".join(card.labels) or "none (an age has no map)"
        raise OptionError(f"{card.name} has no label {label!r}; it has {known}")


def _log_odds(model: LoadedModel, views: NDArray[np.uint8], label: str) -> NDArray[np.float32]:
    """Log-odds of a label for crops (N, C, S, S)."""
    card = model.card
    chunks = (views[start : start + BATCH] for start in range(0, len(views), BATCH))
    parts = [model.logits(normalise(chunk, card.mean, card.std)) for chunk in chunks]
    return log_odds(np.concatenate(parts), card, label)


def log_odds(logits: NDArray[np.float32], card: ModelCard, label: str) -> NDArray[np.float32]:
    """Log-odds of a label, float32 (N,), of what a network says, (N, K)."""
    logits, column = logits / np.float32(card.temperature), card.labels.index(label)
    if card.task == "au":
        return logits[:, column]
    others = np.delete(logits, column, axis=1)
    top = others.max(axis=1)
    return np.asarray(logits[:, column] - top - np.log(np.exp(others - top[:, None]).sum(axis=1)), np.float32)


FOR, AGAINST = np.array([225, 40, 30], np.float32), np.array([40, 90, 230], np.float32)
"""RGB of what speaks for an answer, and against it."""
TILE, TEXT = 220, 15
"""Sides of a drawn face and height of its caption's letters, in pixels."""


def draw_evidence(found: Sequence[Evidence], caption: str = "the face") -> Image:
    """A face and, beside it, what each answer hangs on: red speaks for it, blue against it.

    Each map is drawn against its own largest change, which its caption says: the answer of a network that
    bears covers is as sure without any one place, yet some matter more than others.
    """
    tiles = [_captioned(_enlarged(found[0].face), caption)]
    for evidence in found:
        drop = evidence.drop / max(evidence.most, LEAST)
        share = cv2.resize(drop, (TILE, TILE))[..., None]
        colour = np.where(share >= 0, FOR, AGAINST)
        grey = _enlarged(evidence.face).mean(axis=2, keepdims=True)
        strength = 0.75 * np.abs(share)
        picture = (grey * (1 - strength) + colour * strength).astype(np.uint8)
        tiles.append(_captioned(picture, f"{evidence.label}, up to {evidence.most:.1f}"))
    return np.concatenate(tiles, axis=1)


def _enlarged(face: NDArray[np.uint8]) -> Image:
    """A crop (C, S, S) as a tile of RGB."""
    colour = np.broadcast_to(face, (3, *face.shape[1:])).transpose(1, 2, 0)
    picture = cv2.resize(np.ascontiguousarray(colour), (TILE, TILE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(picture, np.uint8)


def _captioned(picture: Image, text: str) -> Image:
    """A tile with a line of dark text under it."""
    height = line_height(TEXT) + 8
    tile = np.full((TILE + height, TILE + 8, 3), 255, np.uint8)
    tile[:TILE, 4 : TILE + 4] = picture
    mask = text_mask(text, TEXT)[: height - 4, : TILE - 8, None]
    area = tile[TILE + 4 : TILE + 4 + mask.shape[0], 8 : 8 + mask.shape[1]]
    area[:] = (area * (1 - 0.85 * mask)).astype(np.uint8)
    return tile
