"""Pictures of faces spoilt as a whole: pixelated, compressed, or made to look drawn or carved."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import Square
from mimik.types import Image


def pixelated(image: Image, face: Square, rng: np.random.Generator) -> Image:
    """Four to fifteen cells across the face."""
    height, width = image.shape[:2]
    cell = face.side / rng.uniform(4, 15)
    # Cells lie where they will: the picture is moved by a part of one.
    left, top = (int(v) for v in rng.uniform(0, cell, 2))
    count = tuple(int(v / cell) + 1 for v in (width + left, height + top))
    wide, high = (round(n * cell) for n in count)
    room = (top, max(0, high - height - top), left, max(0, wide - width - left))
    padded = cv2.copyMakeBorder(image, *room, cv2.BORDER_REPLICATE)
    cells = cv2.resize(padded, count, interpolation=cv2.INTER_AREA)
    whole = cv2.resize(cells, padded.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(whole[top : top + height, left : left + width], np.uint8)


def compressed(image: Image, face: Square, rng: np.random.Generator) -> Image:
    """A JPEG of so poor a quality that its blocks show, at a smaller size or its own."""
    height, width = image.shape[:2]
    scale = rng.uniform(0.45, 1.0)
    small = cv2.resize(image, (max(16, int(width * scale)), max(16, int(height * scale))))
    small = coded(np.asarray(small, np.uint8), int(rng.integers(1, 9)))
    return np.asarray(cv2.resize(small, (width, height)), np.uint8)


def jpeg(image: Image, face: Square, rng: np.random.Generator) -> Image:
    """A JPEG as they usually are, which must not be taken for a spoilt one."""
    return coded(image, int(rng.integers(30, 90)))


def coded(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """A picture, RGB (H, W, 3) or grey (H, W), after it was coded as a JPEG of a quality, 1 to 100."""
    colour = image.ndim == 3
    code = cv2.imencode(".jpg", image[..., ::-1] if colour else image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    back = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE), np.uint8)
    return back[..., ::-1] if colour else back


def drawn(image: Image, face: Square, rng: np.random.Generator) -> Image:
    """A painting, a cartoon, a drawing or a statue made of a photograph."""
    return STYLES[rng.integers(len(STYLES))](image, rng)


def _painting(image: Image, rng: np.random.Generator) -> Image:
    """Smooth patches with hard edges."""
    return np.asarray(
        cv2.stylization(image, sigma_s=rng.uniform(8, 60), sigma_r=rng.uniform(0.25, 0.6)), np.uint8
    )


def _pencil(image: Image, rng: np.random.Generator) -> Image:
    """Strokes on paper, grey or coloured."""
    grey, coloured = cv2.pencilSketch(
        image,
        sigma_s=rng.uniform(8, 60),
        sigma_r=rng.uniform(0.05, 0.15),
        shade_factor=rng.uniform(0.02, 0.08),
    )
    return np.asarray(coloured if rng.random() < 0.5 else np.repeat(grey[..., None], 3, axis=2), np.uint8)


def _cartoon(image: Image, rng: np.random.Generator) -> Image:
    """Few colours, smoothed, with dark outlines."""
    smooth = image
    for _ in range(int(rng.integers(1, 4))):
        smooth = np.asarray(cv2.bilateralFilter(smooth, 7, rng.uniform(30, 90), 7), np.uint8)
    step = rng.uniform(24, 64)
    flat = (np.floor(smooth / step) + 0.5) * step
    if rng.random() < 0.7:
        lines = _outlines(image, rng)
        flat = np.where(lines[..., None] > 0, flat, flat * rng.uniform(0, 0.35))
    return np.asarray(np.clip(flat, 0, 255), np.uint8)


def _ink(image: Image, rng: np.random.Generator) -> Image:
    """Lines alone, on white or a colour."""
    lines = _outlines(image, rng)[..., None] > 0
    return np.asarray(np.where(lines, rng.uniform(170, 255, 3), rng.uniform(0, 80, 3)), np.uint8)


def _outlines(image: Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """0 on lines, else 255, (H, W)."""
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 3)
    window, less = int(rng.choice([5, 7, 9])), rng.uniform(2, 7)
    kind = cv2.ADAPTIVE_THRESH_MEAN_C
    return np.asarray(cv2.adaptiveThreshold(grey, 255, kind, cv2.THRESH_BINARY, window, less), np.uint8)


def _oil(image: Image, rng: np.random.Generator) -> Image:
    """Dabs of one colour each, on canvas."""
    size = int(rng.choice([3, 5, 7]))
    dabs = cv2.medianBlur(cv2.medianBlur(image, size), size).astype(np.float32)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    noise = cv2.GaussianBlur(np.asarray(rng.normal(0, 90, grey.shape), np.float32), (0, 0), 1.2)
    relief = cv2.Sobel(noise, cv2.CV_32F, 1, 1) * rng.uniform(0.1, 0.5)
    tint = rng.uniform(0.75, 1.1, 3)
    return np.asarray(np.clip(dabs * tint + relief[..., None], 0, 255), np.uint8)


def _stone(image: Image, rng: np.random.Generator) -> Image:
    """One material throughout: shape stays as shading, the darkness of hair, brows and eyes goes."""
    light = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    side = min(image.shape[:2])
    fine = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.004, 0.012) * side)
    coarse = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.06, 0.14) * side)
    relief = np.clip(fine - coarse, -rng.uniform(18, 45), 40) * rng.uniform(0.6, 1.2)
    grain = cv2.GaussianBlur(
        np.asarray(rng.normal(0, 1, light.shape), np.float32), (0, 0), rng.uniform(0.6, 2)
    )
    shade = rng.uniform(60, 215) + relief + 0.35 * (coarse - coarse.mean()) + rng.uniform(0, 12) * grain
    tint = np.array([1.0, rng.uniform(0.88, 1.0), rng.uniform(0.7, 1.02)])
    return np.asarray(np.clip(shade[..., None] * tint, 0, 255), np.uint8)


STYLES: tuple[Callable[[Image, np.random.Generator], Image], ...] = (
    _painting,
    _pencil,
    _cartoon,
    _ink,
    _oil,
    _stone,
)
"""What a photograph may be made into."""
DAMAGES: dict[str, Callable[[Image, Square, np.random.Generator], Image]] = {
    "pixelated": pixelated,
    "compressed": compressed,
    "drawn": drawn,
}
"""Label to what spoils a picture."""
