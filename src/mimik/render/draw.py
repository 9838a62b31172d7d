"""Draws results on a picture. Pure: the picture that comes in is left as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.colours import expression_colour, rgb_of
from mimik.errors import OptionError, UnknownNameError
from mimik.mesh.reading import MeshReading
from mimik.readings import AuReading, Reading
from mimik.render.hide import Hiding, hide
from mimik.render.mesh import draw_mesh
from mimik.render.text import line_height, text_mask
from mimik.types import Box, Face, FrameResult, Image

GREY = (190, 190, 190)
"""RGB of a face that can't be trusted."""
PLATE = (16, 18, 22)
PLATE_COVER = 0.82
"""How much of the picture under a plate is covered, 0 to 1."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What is drawn."""

    boxes: bool = True
    """A box around each face."""
    labels: bool = True
    """Id and readings beside each face."""
    landmarks: bool = False
    """Eyes, nose and corners of the mouth."""
    mesh: bool = True
    """Contours, irises, gaze and the axis of the head, of faces whose mesh was read; none of hidden faces."""
    hide: Hiding | None = None
    """Blur or pixelate every face before anything is drawn."""
    scale: float = 1.0
    """Size of text and lines, in parts of the default."""

    def __post_init__(self) -> None:
        if self.hide is not None and self.hide not in get_args(Hiding):
            raise UnknownNameError("way of hiding", str(self.hide), get_args(Hiding))
        if not 0.2 <= self.scale <= 5:
            raise OptionError(f"render scale must be 0.2 to 5, not {self.scale}")


@dataclass(frozen=True, slots=True)
class _Plate:
    """A block of text in its place."""

    left: int
    top: int
    right: int
    bottom: int

    def overlap(self, other: _Plate) -> int:
        """Pixels that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    def covers(self, others: Iterable[_Plate]) -> int:
        """Pixels of others that it lies over."""
        return sum(map(self.overlap, others))


def draw(
    image: Image,
    result: FrameResult,
    options: RenderOptions | None = None,
    also_hide: Sequence[Box] = (),
) -> Image:
    """Draw the faces of a frame and what was read from them, whatever the tasks.

    Sizes follow the picture and the face; text stands on dark plates, boxes have a dark rim, so both
    show on any ground. Their colour is the expression's. A face that can't be trusted is light grey, with
    the reason.

    Args:
        image: RGB, uint8, (H, W, 3), the frame that the result belongs to.
        result: Its faces, in the pixels of this picture.
        options: What is drawn.
        also_hide: Further areas to hide, such as the last boxes of briefly lost tracks.

    Returns:
        A new picture of the same shape.
    """
    options = options or RenderOptions()
    boxes = [face.box_xyxy for face in result.faces]
    drawn = hide(image, [*boxes, *also_hide], options.hide) if options.hide else image.copy()
    outlines = [_outline(box) for box in boxes]
    for face in result.faces:
        if options.boxes:
            _draw_box(drawn, face, options)
        if options.landmarks and face.landmarks_xy:
            _draw_points(drawn, face, options)
        if options.mesh and options.hide is None:
            for mesh in (one for one in face.readings.values() if isinstance(one, MeshReading)):
                draw_mesh(drawn, mesh, None if mesh.reliable else GREY, options.scale)
    if options.labels:
        labels: list[_Plate] = []
        for face in result.faces:
            labels.append(_draw_label(drawn, face, outlines, labels, options))
    return drawn


def _colour(face: Face) -> tuple[int, int, int]:
    """A face's by its expression; who it is, its number says."""
    label = face.emotion.label if face.emotion else None
    return rgb_of(expression_colour(label)) if face.quality.reliable else GREY


def _outline(box: Box) -> _Plate:
    left, top, right, bottom = (round(v) for v in box)
    return _Plate(left, top, right, bottom)


def _side(image: Image) -> int:
    return int(min(image.shape[:2]))


def _line_width(image: Image, options: RenderOptions) -> int:
    return max(1, round(options.scale * _side(image) / 300))


def _draw_box(image: Image, face: Face, options: RenderOptions) -> None:
    width = _line_width(image, options)
    area = _outline(face.box_xyxy)
    corners = (area.left, area.top), (area.right, area.bottom)
    cv2.rectangle(image, *corners, PLATE, width + 2 * max(1, width // 2), cv2.LINE_AA)
    cv2.rectangle(image, *corners, _colour(face), width, cv2.LINE_AA)


def _draw_points(image: Image, face: Face, options: RenderOptions) -> None:
    radius = 1 + _line_width(image, options)
    for x, y in face.landmarks_xy or ():
        centre = (round(x), round(y))
        cv2.circle(image, centre, radius + 1, PLATE, -1, cv2.LINE_AA)
        cv2.circle(image, centre, radius, _colour(face), -1, cv2.LINE_AA)


def _text_size(image: Image, face: Face, options: RenderOptions) -> int:
    """Font size in pixels: in proportion to the face, within what the picture allows."""
    side = _side(image)
    least = max(10.0, 0.016 * side + 4)
    most = max(least, 0.032 * side)
    return round(options.scale * min(most, max(least, face.quality.size_px * 0.12)))


def _lines(face: Face) -> Iterator[str]:
    # What speaks against the whole face is said once, at the end.
    told = (one for one in face.readings.values() if not _says(one, face.quality.reason))
    texts = [line for reading in told for line in _wrapped(_told(reading))]
    first = f"#{face.id}"
    yield f"{first}  {texts[0]}" if texts else first
    yield from texts[1:]
    if face.quality.reason is not None:
        yield f"({face.quality.reason})"


def _says(reading: Reading, reason: str | None) -> bool:
    """Whether a reading only repeats why the face can't be trusted."""
    return reason is not None and isinstance(reading, AuReading) and reading.reason == reason


def _told(reading: Reading) -> str:
    """A reading in a few words."""
    if isinstance(reading, AuReading) and not reading.reliable:
        return f"AU: {reading.reason}"
    return reading.text


LONGEST = 30
"""Letters of a line; a longer answer is a list, and gets a line an item."""


def _wrapped(text: str) -> list[str]:
    return text.split(", ") if len(text) > LONGEST else [text]


def _draw_label(
    image: Image, face: Face, faces: Sequence[_Plate], labels: Sequence[_Plate], options: RenderOptions
) -> _Plate:
    """As many of a face's lines as find room beside labels and other faces: all, the first, or the id."""
    size = _text_size(image, face, options)
    pad, step = max(2, size // 3), line_height(size)
    own, lines = _outline(face.box_xyxy), list(_lines(face))
    around = [*labels, *(other for other in faces if other != own)]
    ways = []
    # Only an id may hide its own face, before it hides another.
    for shorter, taken in ((lines, [*around, own]), (lines[:1], [*around, own]), ([f"#{face.id}"], around)):
        masks = [text_mask(line, size) for line in shorter]
        area = (max(mask.shape[1] for mask in masks) + 3 * pad, step * len(masks) + pad)
        ways.append((masks, _place(image, own, area, taken)))
    clear = [way for others in (around, labels) for way in ways if not way[1].covers(others)]
    masks, place = (clear or ways[-1:])[0]
    _fill(image, place, _colour(face), max(2, pad // 2))
    for row, mask in enumerate(masks):
        _blend(image, mask, place.left + 2 * pad, place.top + pad // 2 + row * step)
    return place


def _place(image: Image, face: _Plate, size: tuple[int, int], taken: Iterable[_Plate]) -> _Plate:
    """Where a plate hides least: above, below, right, left, or in the corner of the face."""
    (width, height), (rows, columns) = size, image.shape[:2]
    gap = max(2, rows // 200)
    spots = (
        (face.left, face.top - height - gap),
        (face.left, face.bottom + gap),
        (face.right - width, face.top - height - gap),
        (face.right - width, face.bottom + gap),
        (face.right + gap, face.top),
        (face.left - width - gap, face.top),
        (face.right + gap, face.bottom - height),
        (face.left - width - gap, face.bottom - height),
        (face.left, face.bottom - height),
    )
    plates = [_inside(x, y, size, rows, columns) for x, y in spots]
    others = list(taken)
    return min(plates, key=lambda plate: plate.covers(others))


def _inside(left: int, top: int, size: tuple[int, int], rows: int, columns: int) -> _Plate:
    left = max(0, min(left, columns - size[0]))
    top = max(0, min(top, rows - size[1]))
    return _Plate(left, top, left + size[0], top + size[1])


def _fill(image: Image, plate: _Plate, colour: tuple[int, int, int], bar: int) -> None:
    """Darken a plate and mark its left edge with the face's colour."""
    area = image[plate.top : plate.bottom, plate.left : plate.right]
    cover = np.full_like(area, PLATE)
    cv2.addWeighted(area, 1 - PLATE_COVER, cover, PLATE_COVER, 0, dst=area)
    area[:, :bar] = colour


def _blend(image: Image, mask: NDArray[np.float32], left: int, top: int) -> None:
    """Put white text on a picture, as far as it fits."""
    area = image[top : top + mask.shape[0], left : left + mask.shape[1]]
    part = mask[: area.shape[0], : area.shape[1], None]
    area[:] = (area + (255.0 - area) * part + 0.5).astype(np.uint8)
