"""A contact sheet: pictures of a data set, class by class, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.classes import by_number, class_of
from mimik.data.pictures import each_picture
from mimik.errors import OptionError, SourceError, UnknownNameError
from mimik.render.text import line_height, text_mask
from mimik.storage.whole import output_errors, whole_file
from mimik.types import Image

PAPER, INK, FAINT = (250, 250, 250), (20, 22, 26), (110, 114, 120)
"""RGB of the sheet, of titles and of captions."""
GAP = 6
"""Pixels between two pictures."""
TITLE_SIZE, CAPTION_SIZE = 16, 10
"""Of the letters, in pixels."""
MOST_PICTURES = 5000
"""A sheet of more can't be looked at, and many programs can't open it."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture on a sheet."""

    image: Image | None
    """The picture; None if it can't be decoded."""
    caption: str = ""
    """What is said below it, on one line."""


@dataclass(frozen=True)
class SheetOptions:
    """Which pictures are shown, and how large."""

    per_class: int = 12
    """At most so many of each class."""
    side: int = 96
    """Pixels of a picture's longer side on the sheet."""
    columns: int = 12
    """Pictures in a line."""
    seed: int | None = None
    """Draws them at random; without, they are evenly spread over the set's order."""

    def __post_init__(self) -> None:
        for name, low, high in (("per_class", 1, MOST_PICTURES), ("side", 24, 512), ("columns", 1, 100)):
            if not low <= getattr(self, name) <= high:
                raise OptionError(f"{name} must be {low} to {high}, not {getattr(self, name)}")


def choose_pictures(
    samples: Sequence[Sample], label: str, classes: Sequence[str], options: SheetOptions
) -> dict[str, list[Sample]]:
    """Some pictures of each class.

    Args:
        samples: Of which to choose.
        label: The label or subgroup whose classes are meant.
        classes: Only these; all if empty.
        options: How many, and how they are chosen.

    Raises:
        UnknownNameError: There is no such class.
    """
    by_class: dict[str, list[Sample]] = {}
    for sample in samples:
        by_class.setdefault(class_of(sample, label) or "unknown", []).append(sample)
    for name in classes:
        if name not in by_class:
            raise UnknownNameError("class", name, by_class)
    return {name: _some(by_class[name], options) for name in classes or sorted(by_class, key=by_number)}


def _some(samples: Sequence[Sample], options: SheetOptions) -> list[Sample]:
    """Evenly spread or, with a seed, at random; in the set's order."""
    count = min(options.per_class, len(samples))
    if options.seed is None:
        rows = np.linspace(0, len(samples) - 1, count).round().astype(int)
    else:
        rows = np.sort(np.random.default_rng(options.seed).choice(len(samples), count, replace=False))
    return [samples[row] for row in rows]


def load_tiles(samples: Sequence[Sample], side: int) -> list[Tile]:
    """Pictures as they lie on a sheet, each with the end of its key; a damaged one has none."""
    seen = each_picture(samples, lambda image: _fitted(image, side))
    return [
        Tile(None if isinstance(found, SourceError) else found, Path(sample.key).stem)
        for sample, found in seen
    ]


def _fitted(image: Image, side: int) -> Image:
    """A picture scaled so that its longer side has so many pixels; small ones grow without being smoothed."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST if scale >= 2 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def contact_sheet(rows: Mapping[str, Sequence[Tile]], side: int = 96, columns: int = 12) -> Image:
    """Pictures in lines under titles.

    Args:
        rows: Title to its pictures; an empty title takes no room.
        side: Pixels of a picture's longer side.
        columns: Pictures in a line.

    Returns:
        RGB uint8 (H, W, 3).
    """
    width = columns * (side + GAP) + GAP
    blocks: list[NDArray[np.uint8]] = [_paper(GAP, width)]
    for title, tiles in rows.items():
        blocks += [_line_of_text(title, TITLE_SIZE, width)] if title else []
        blocks += [
            _line_of_tiles(tiles[start : start + columns], side, width)
            for start in range(0, len(tiles), columns)
        ]
    return np.concatenate(blocks)


def _paper(height: int, width: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), PAPER, np.uint8)


def _line_of_text(text: str, size: int, width: int) -> NDArray[np.uint8]:
    line = _paper(line_height(size) + GAP, width)
    _write(line, text, GAP, 0, width - GAP, size, INK)
    return line


def _line_of_tiles(tiles: Sequence[Tile], side: int, width: int) -> NDArray[np.uint8]:
    line = _paper(side + line_height(CAPTION_SIZE) + 2 * GAP, width)
    for number, tile in enumerate(tiles):
        left = GAP + number * (side + GAP)
        if tile.image is None:
            line[:side, left : left + side] = 225
            _write(line, "damaged", left + GAP, side // 2 - CAPTION_SIZE, left + side, CAPTION_SIZE, FAINT)
        else:
            image = _fitted(tile.image, side)
            high, wide = image.shape[:2]
            down, right = (side - high) // 2, left + (side - wide) // 2
            line[down : down + high, right : right + wide] = image
        _write(line, _shortened(tile.caption, side), left, side + 1, left + side, CAPTION_SIZE, FAINT)
    return line


def _shortened(text: str, side: int) -> str:
    """A text that fits below a picture: its end says more than its beginning."""
    most = max(1, round(side / (0.64 * CAPTION_SIZE)))
    return text if len(text) <= most else f"…{text[1 - most :]}"


def _write(
    canvas: NDArray[np.uint8],
    text: str,
    left: int,
    top: int,
    end: int,
    size: int,
    colour: tuple[int, int, int],
) -> None:
    """Write a line of text on a canvas, in place, cut off at its end."""
    mask = text_mask(text, size)[: canvas.shape[0] - top, : end - left, None]
    place = canvas[top : top + mask.shape[0], left : left + mask.shape[1]]
    place[:] = np.round(place * (1 - mask) + np.array(colour) * mask)


def write_sheet(path: Path, sheet: Image) -> None:
    """Write a sheet as PNG, whole or not at all.

    Raises:
        OutputError: It can't be written.
    """
    _, encoded = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    with output_errors(path), whole_file(path.resolve()) as part:
        part.write_bytes(encoded.tobytes())
