"""Pictures of what an answer about a voice hangs on: the spectrogram, and what speaks for and against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.colours import expression_colour, rgb_of
from mimik.explain.hearing import HeardEvidence
from mimik.explain.occlusion import AGAINST, FOR
from mimik.render.text import line_height, text_mask
from mimik.types import SOUND_RATE, Image, Samples
from mimik.voice.features import NARROW, below_peak, spectrogram, to_hertz, to_mel

WIDTH, HEIGHT = 760, 300
"""Of the spectrogram, in pixels."""
LEFT, RIGHT, ABOVE, BELOW = 64, 250, 30, 46
"""Room for frequencies, probabilities, the caption and times."""
FULL = 0.7
"""Change of the log-odds that is drawn at full strength: what is hidden is a small part of an utterance."""
FLOOR_DB = 60.0
"""What is quieter than the loudest place by more than this is white."""
TICKS_HZ = (100, 250, 500, 1000, 2000, 4000, 8000)
TEXT = 14
"""Height of letters, in pixels."""
INK = np.array([51, 64, 77], np.float32)
"""RGB of texts and lines."""
BAR = 110
"""Pixels of a probability of 1."""


def draw_hearing(
    samples: Samples,
    found: Sequence[HeardEvidence],
    probabilities: Mapping[str, float],
    start_s: float,
    caption: str,
) -> Image:
    """A row a label: the utterance's narrow-band spectrogram, red where it speaks for it, blue against.

    Args:
        samples: The utterance, mono float32 at mimik.types.SOUND_RATE.
        found: What each label hangs on.
        probabilities: What was read of it.
        start_s: When it begins.
        caption: What is said above.
    """
    length_s = len(samples) / SOUND_RATE
    rows = []
    for evidence in found:
        picture = np.full((ABOVE + HEIGHT + BELOW, LEFT + WIDTH + RIGHT, 3), 255, np.float32)
        mels = to_mel(evidence.bands[-1].end), to_mel(evidence.bands[0].begin)
        share = _placed(np.clip(evidence.drop / FULL, -1, 1), evidence, length_s)[..., None]
        strength = 0.7 * np.abs(share)
        grey = _grey(samples, mels)[..., None]
        shown = grey * (1 - strength) + np.where(share >= 0, FOR, AGAINST) * strength
        picture[ABOVE : ABOVE + HEIGHT, LEFT : LEFT + WIDTH] = shown
        _write(picture, f"{caption}; {evidence.label}: red for, blue against", LEFT, 4)
        _frequencies(picture, mels)
        _times(picture, start_s, length_s)
        _bars(picture, probabilities, evidence.label)
        rows.append(picture.astype(np.uint8))
    return np.concatenate(rows)


def _grey(samples: Samples, mels: tuple[float, float]) -> NDArray[np.float32]:
    """The narrow-band spectrogram, dark where it is loud, 0 to 255, (HEIGHT, WIDTH), by mel from above."""
    levels = 1 + below_peak(spectrogram(samples, NARROW), FLOOR_DB) / FLOOR_DB
    hertz = np.array([to_hertz(mel) for mel in np.linspace(*mels, HEIGHT).tolist()])
    bins, frames = hertz / (SOUND_RATE / NARROW.fft), np.linspace(0, len(levels) - 1, WIDTH)
    across, down = np.meshgrid(bins.astype(np.float32), frames.astype(np.float32), indexing="ij")
    found = cv2.remap(np.ascontiguousarray(levels, np.float32), across, down, cv2.INTER_LINEAR)
    return np.asarray(255 - 215 * found, np.float32)


def _placed(share: NDArray[np.float32], evidence: HeardEvidence, length_s: float) -> NDArray[np.float32]:
    """What speaks for an answer where it lies in the picture; nothing where the ends were cut off."""
    begin = round(WIDTH * evidence.start_s / length_s)
    width = max(1, round(WIDTH * len(share) * evidence.hop_s / length_s))
    turned = np.ascontiguousarray(share.T[::-1], np.float32)
    canvas = np.zeros((HEIGHT, WIDTH), np.float32)
    end = min(WIDTH, begin + width)
    canvas[:, begin:end] = cv2.resize(turned, (width, HEIGHT))[:, : end - begin]
    return canvas


def _write(picture: NDArray[np.float32], text: str, left: int, top: int, size: int = TEXT) -> None:
    """Put a line of text into a picture, cut off at its edge."""
    area = picture[top : top + line_height(size), max(0, left) :]
    mask = text_mask(text, size)[: area.shape[0], : area.shape[1], None]
    area = area[: mask.shape[0], : mask.shape[1]]
    area[:] = area * (1 - mask) + INK * mask


def _frequencies(picture: NDArray[np.float32], mels: tuple[float, float]) -> None:
    """The scale at the left."""
    top, bottom = mels
    for hertz in TICKS_HZ:
        row = ABOVE + round((HEIGHT - 1) * (top - to_mel(hertz)) / (top - bottom))
        if not ABOVE <= row < ABOVE + HEIGHT:
            continue
        picture[row, LEFT - 6 : LEFT] = INK
        label = f"{hertz / 1000:g} kHz" if hertz >= 1000 else f"{hertz} Hz"
        _write(picture, label, LEFT - 9 - text_mask(label, 12).shape[1], row - line_height(12) // 2, 12)


def _times(picture: NDArray[np.float32], start_s: float, length_s: float) -> None:
    """The scale below."""
    step = next((s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10) if length_s / s <= 10), 30)
    for number in range(int(np.ceil(start_s / step)), int((start_s + length_s) / step) + 1):
        column = LEFT + round((WIDTH - 1) * (number * step - start_s) / length_s)
        picture[ABOVE + HEIGHT : ABOVE + HEIGHT + 6, column] = INK
        label = f"{number * step:g}"
        _write(picture, label, column - text_mask(label, 12).shape[1] // 2, ABOVE + HEIGHT + 7, 12)
    _write(picture, "seconds", LEFT + WIDTH // 2 - 20, ABOVE + HEIGHT + 7 + line_height(12), 12)


def _bars(picture: NDArray[np.float32], probabilities: Mapping[str, float], label: str) -> None:
    """The probability of each class, the one that is explained marked."""
    left, step = LEFT + WIDTH + 96, min(26, HEIGHT // max(1, len(probabilities)))
    for number, (name, value) in enumerate(probabilities.items()):
        top = ABOVE + number * step
        colour = expression_colour(name)
        height = max(4, step - 10)
        picture[top + 3 : top + 3 + height, left : left + max(1, round(BAR * value))] = rgb_of(colour)
        told = f"> {name}" if name == label else name
        _write(picture, told, left - 6 - text_mask(told, 13).shape[1], top, 13)
        _write(picture, f"{100 * value:.0f} %", left + round(BAR * value) + 5, top, 12)
