"""YuNet, a small face detector with five landmarks, run by ONNX Runtime.

W. Wu, H. Peng, S. Yu: "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research,
2023; the file of the OpenCV model zoo (MIT).
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.errors import ModelError
from mimik.faces.detect.around import Place, find_around, work_px
from mimik.faces.detect.base import DetectorOptions
from mimik.faces.detect.boxes import largest_first, suppress
from mimik.models.free_size import with_free_size
from mimik.models.session import Session
from mimik.models.store import find_file
from mimik.types import Detection, Image

DEFAULT_SIZES = (480, 1280)
"""By default the longer side is halved, but not below the first and not above the second;
docs/detection.md holds the table behind it."""
SMALL = 256
"""Pictures whose longer side is below this are enlarged to it, whatever the size that was asked for:
the network misses a fifth of the faces that fill a picture of 48 pixels. A picture without a face is
searched once more at this size, which brings a face that fills all of a large picture."""
WIDE, WIDE_SCORE = 1.2, 0.85
"""A box this much wider than tall must be this sure: faces turned by up to 20 degrees are narrower,
wood grain and cloth are not."""
STRIDES = (8, 16, 32)
"""Pixels between the places that each of the network's three heads looks at."""
OVERLAP, INSIDE = 0.3, 0.7
"""See `suppress`."""
SIZES_KEPT = 4
"""Sizes of pictures for which a thread keeps its memory."""


class YuNet:
    """Finds faces of about 18 pixels and more in the working picture, with five landmarks.

    The landmarks of a tilted face are drawn towards the level, the more the smaller the face is in
    the working picture: docs/detection.md has the figures.
    """

    name = "yunet"

    def __init__(self, options: DetectorOptions) -> None:
        """Load the network.

        Raises:
            ModelError: Its file is missing, was changed, or is no YuNet.
        """
        self.options = options
        path = options.model or find_file("yunet")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: the detector's file can't be read: {error.strerror}") from error
        try:
            self._session = Session(with_free_size(content), "cpu", options.threads)
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        self._outputs = [
            tuple(self._output(path, f"{kind}_{stride}") for kind in ("cls", "obj", "bbox", "kps"))
            for stride in STRIDES
        ]
        self._input = _NetworkInput()

    def _output(self, path: object, name: str) -> int:
        if name not in self._session.outputs:
            raise ModelError(f"{path}: not a YuNet: it has no output {name!r}")
        return self._session.outputs.index(name)

    def at_size(self, size: int | None) -> YuNet:
        """See Sizable."""
        other = copy.copy(self)
        other.options = replace(self.options, size=size)
        return other

    def detect(self, image: Image) -> list[Detection]:
        """All faces of an RGB picture (H, W, 3), the largest first."""
        longer = max(image.shape[:2])
        size = _working_size(longer, self.options.size)
        rows = self._rows(image, size / longer)
        if not len(rows) and size > SMALL:
            rows = self._rows(image, SMALL / longer)
        return largest_first(map(_detection, rows.tolist()))

    def around(self, image: Image, places: Sequence[Place]) -> list[Detection | None]:
        """See Following."""
        return find_around(image, places, self._candidates)

    def pays(self, shape: Sequence[int], count: int) -> bool:
        """See Following."""
        longer, shorter = max(shape[:2]), min(shape[:2])
        size = _working_size(longer, self.options.size)
        return work_px(count) < size * size * shorter / longer

    def _rows(self, image: Image, scale: float) -> NDArray[np.float32]:
        """Left, top, right, bottom, ten landmark coordinates and score of each face, (N, 15)."""
        (rows,) = self._candidates(_resized(image, scale)[None])
        rows[:, :14] /= scale
        return rows[suppress(rows[:, :4], rows[:, 14], OVERLAP, INSIDE)]

    def _candidates(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """What looks like a face in each of some pictures (N, H, W, 3): such rows, in its own pixels."""
        values = self._session.run(self._input.of(pictures))
        shape = tuple(-(-side // STRIDES[-1]) * STRIDES[-1] for side in pictures.shape[1:3])
        heads = [
            _decode([values[i] for i in outputs], stride, shape, self.options.score)
            for stride, outputs in zip(STRIDES, self._outputs, strict=True)
        ]
        owner, rows = (np.concatenate(parts) for parts in zip(*heads, strict=True))
        width, height = rows[:, 2] - rows[:, 0], rows[:, 3] - rows[:, 1]
        good = (width <= WIDE * height) | (rows[:, 14] >= WIDE_SCORE)
        return [rows[good & (owner == number)] for number in range(len(pictures))]


def _working_size(longer: int, size: int | None) -> int:
    """Longer side of the picture that is searched, for a picture's longer side and the option."""
    smallest, largest = DEFAULT_SIZES
    wanted = min(max(longer // 2, smallest), largest) if size is None else size or longer
    return max(min(wanted, longer), SMALL if longer < SMALL else 0)


def _resized(image: Image, scale: float) -> NDArray[np.uint8]:
    """The picture that is searched."""
    if scale == 1.0:
        return image
    height, width = image.shape[:2]
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    while image.shape[1] >= 2 * target[0] and image.shape[0] >= 2 * target[1]:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
    # What is left of averaging would take five times as long as linear, and finds no more faces.
    method = cv2.INTER_LINEAR if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, target, interpolation=method), np.uint8)


class _NetworkInput(threading.local):
    """What the network is given, in memory that each thread keeps from picture to picture.

    Memory that comes fresh from the system is cleared page by page, for 2 MB longer than filling them takes;
    cv2.dnn.blobFromImage asks for it each time.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, ...], _Memory] = {}

    def of(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """BGR, 0 to 255, float32 (N, 3, H, W), black added at right and bottom to multiples of 32.

        It is overwritten by the thread's next pictures.

        Args:
            pictures: RGB uint8 (N, H, W, 3).
        """
        count, *size, _ = pictures.shape
        memory = self._kept.get((*size,))
        if memory is None or len(memory.blob) < count:
            if len(self._kept) >= SIZES_KEPT:
                self._kept.clear()
            memory = self._kept[(*size,)] = _Memory(count, *size)
        for planes, picture in zip(memory.blob[:, ::-1], pictures, strict=False):
            for plane, channel in zip(planes, cv2.split(picture, memory.planes), strict=True):
                plane[: size[0], : size[1]] = channel
        return memory.blob[:count]


class _Memory:
    """Memory for pictures of one size."""

    def __init__(self, count: int, height: int, width: int) -> None:
        padded = (height + -height % STRIDES[-1], width + -width % STRIDES[-1])
        self.blob = np.zeros((count, 3, *padded), np.float32)
        self.planes = [np.empty((height, width), np.uint8) for _ in range(3)]


def _decode(
    head: Sequence[NDArray[np.float32]], stride: int, shape: Sequence[int], threshold: float
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The faces that one head sees: the number of each one's picture (N,), and its row (N, 15).

    Args:
        head: Its four outputs, the places of all pictures one after the other.
        stride: Its own.
        shape: Height and width of the pictures, in pixels, with their border.
        threshold: Lowest score.
    """
    cls, obj, bbox, kps = head
    product = (cls * obj).ravel()
    (index,) = np.nonzero(product >= threshold * threshold)
    if not index.size:
        return index, np.empty((0, 15), np.float32)
    bbox, kps = bbox.reshape(-1, 4), kps.reshape(-1, 10)
    columns = shape[1] // stride
    owner, at = np.divmod(index, columns * (shape[0] // stride))
    place = np.stack([at % columns, at // columns], axis=1).astype(np.float32)
    centre = (place + bbox[index, :2]) * stride
    half = np.exp(bbox[index, 2:]) * (stride / 2)
    points = (kps[index].reshape(-1, 5, 2) + place[:, None]) * stride
    score = np.sqrt(product[index])[:, None]
    rows = np.hstack([centre - half, centre + half, points.reshape(-1, 10), score])
    return owner, rows.astype(np.float32)


def _detection(v: Sequence[float]) -> Detection:
    """One row as a detection."""
    points = tuple((v[i], v[i + 1]) for i in range(4, 14, 2))
    return Detection((v[0], v[1], v[2], v[3]), min(v[14], 1.0), points)
