"""Pictures of 10 to 16 bits as RGB of 8: Pillow alone would leave those in 16 bits that use fewer dark."""

from __future__ import annotations

import sys
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile, TiffImagePlugin

from mimik.types import Image

_MAX_SAMPLE_VALUE, _PHOTOMETRIC = 281, 262
"""Tags of TIFF: the largest value that a pixel may have, and how values are meant."""
_WHITE_IS_ZERO = 0
_BITS = (10, 12, 14, 16)
"""How many bits cameras and scanners store in 16."""
_OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
"""Order of a value's two bytes to the opposite one, as Pillow's raw modes call them."""


def has_deep_colour(image: Pillow.Image) -> bool:
    """Whether a still picture that isn't decoded yet has 16 bits a colour, and no alpha."""
    tiles = image.tile if isinstance(image, ImageFile.ImageFile) else []
    deep = bool(tiles) and all(_raw_mode(tile.args).startswith("RGB;16") for tile in tiles)
    return deep and not image.has_transparency_data and not getattr(image, "is_animated", False)


def from_deep_colour(image: Pillow.Image, stream: Any) -> Image:
    """Colours of 16 bits as RGB of 8.

    Args:
        image: What Pillow has decoded: the upper byte of each value.
        stream: Its file.
    """
    upper, said = np.asarray(image), _said(image)
    if said is None and upper.max(initial=0) >= 1 << (_BITS[-2] - 8):
        return upper  # All 16 bits are in use.
    stream.seek(0)
    again = Pillow.open(stream, formats=[image.format or ""])
    assert isinstance(again, ImageFile.ImageFile)
    # Read in the opposite order, the upper byte is the lower one.
    again.tile = [tile._replace(args=_opposite(tile.args)) for tile in again.tile]
    return _scaled(upper.astype(np.uint16) << 8 | np.asarray(again), said)


def from_16_bits(image: Pillow.Image) -> Image:
    """Grey of 16 bits as RGB of 8."""
    grey = _scaled(np.asarray(image), _said(image))
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        grey = 255 - grey
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _scaled(values: NDArray[Any], most: int | None) -> NDArray[np.uint8]:
    """Values of 16 bits in 8: 0 stays 0, and the largest value that there may be becomes 255.

    That is what a TIFF says, else the most that the fewest bits hold which hold all values.
    """
    largest = int(values.max(initial=0))
    if most is None or largest > most:
        most = next((1 << bits) - 1 for bits in _BITS if largest < 1 << bits)
    table = ((np.arange(most + 1) * 255 + most // 2) // most).astype(np.uint8)
    return np.take(table, values)


def _said(image: Pillow.Image) -> int | None:
    """The largest value that a pixel may have, as a TIFF says it."""
    said = image.tag_v2.get(_MAX_SAMPLE_VALUE) if isinstance(image, TiffImagePlugin.TiffImageFile) else None
    most = int(said[0] if isinstance(said, tuple) else said or 0)
    return most if 0 < most <= 65535 else None


def _raw_mode(args: Any) -> str:
    """How the pixels lie in the file, by what Pillow gives its decoder."""
    return str(args[0] if isinstance(args, tuple) and args else args)


def _opposite(args: Any) -> Any:
    """The same with the bytes of each value the other way round."""
    mode = _raw_mode(args)
    other = mode[:-1] + _OTHER_ORDER[mode[-1]]
    return (other, *args[1:]) if isinstance(args, tuple) else other
