"""Text as masks of pixels, in the scalable font that comes with Pillow."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType: install Pillow's own wheel")
    return font


def line_height(size: int) -> int:
    """Pixels from line to line at a font size."""
    ascent, descent = _font(size).getmetrics()
    return ascent + descent


@lru_cache(maxsize=1024)
def text_mask(text: str, size: int) -> NDArray[np.float32]:
    """How much of each pixel a line of text covers.

    Kept for the next frame, since a video shows the same few words again and again.

    Args:
        text: One line.
        size: Font size in pixels.

    Returns:
        float32 (line height, width), 0 to 1; not to be written to.
    """
    width = max(1, round(_font(size).getlength(text)))
    canvas = Pictures.new("L", (width, line_height(size)))
    ImageDraw.Draw(canvas).text((0, 0), text, fill=255, font=_font(size))
    mask = np.asarray(canvas, np.float32) / np.float32(255)
    mask.flags.writeable = False
    return mask
