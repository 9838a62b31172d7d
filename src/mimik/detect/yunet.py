"""YuNet, a small face detector with five landmarks, run by ONNX Runtime.

W. Wu, H. Peng, S. Yu: "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research,
2023; the file of the OpenCV model zoo (MIT).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.detect.base import DetectorOptions
from mimik.detect.boxes import largest_first, suppress
from mimik.errors import ModelError
from mimik.models.free_size import with_free_size
from mimik.models.session import Session
from mimik.models.store import find_file
from mimik.types import Detection, Image

DEFAULT_SIZE = 480
"""Longer side of the picture that is searched; docs/detection.md holds the table behind it."""
SMALL = 200
"""Pictures whose longer side is below this are enlarged to it: the network misses a fifth of the
faces in crops of 48 pixels."""
STRIDES = (8, 16, 32)
"""Pixels between the places that each of the network's three heads looks at."""
OVERLAP, INSIDE = 0.3, 0.7
"""See `suppress`."""


class YuNet:
    """Finds faces of about 10 pixels and more in the working picture, with five landmarks."""

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
            self._session = Session(with_free_size(content), "cpu")
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        self._outputs = [
            tuple(self._output(path, f"{kind}_{stride}") for kind in ("cls", "obj", "bbox", "kps"))
            for stride in STRIDES
        ]

    def _output(self, path: object, name: str) -> int:
        if name not in self._session.outputs:
            raise ModelError(f"{path}: not a YuNet: it has no output {name!r}")
        return self._session.outputs.index(name)

    def detect(self, image: Image) -> list[Detection]:
        """All faces of an RGB picture (H, W, 3), the largest first."""
        picture, scale = _working_picture(image, self.options.size)
        rows = self._rows(picture)
        rows[:, :14] /= scale
        return largest_first(map(_detection, rows), self.options.min_face)

    def _rows(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Left, top, right, bottom, ten landmark coordinates and score of each face, (N, 15)."""
        values = self._session.run(_network_input(picture))
        columns = -(-picture.shape[1] // STRIDES[-1]) * STRIDES[-1]
        parts = [
            _decode(
                *(values[i].reshape(-1, values[i].shape[-1]) for i in outputs),
                stride=stride,
                columns=columns // stride,
                threshold=self.options.score,
            )
            for stride, outputs in zip(STRIDES, self._outputs, strict=True)
        ]
        rows = np.concatenate(parts)
        return rows[suppress(rows[:, :4], rows[:, 14], OVERLAP, INSIDE)]


def _working_picture(image: Image, size: int | None) -> tuple[NDArray[np.uint8], float]:
    """The picture that is searched, and its scale."""
    height, width = image.shape[:2]
    longer = max(height, width)
    wanted = min(longer, DEFAULT_SIZE) if size is None else size or longer
    scale = max(wanted, SMALL) / longer if longer < SMALL else min(wanted / longer, 1.0)
    if scale == 1.0:
        return image, 1.0
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, target, interpolation=method), np.uint8), scale


def _network_input(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """BGR, 0 to 255, float32 (1, 3, H, W), black added at right and bottom to multiples of 32."""
    height, width = picture.shape[:2]
    below, beside = -height % STRIDES[-1], -width % STRIDES[-1]
    if below or beside:
        picture = np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT), np.uint8)
    return np.asarray(cv2.dnn.blobFromImage(picture, swapRB=True), np.float32)


def _decode(
    cls: NDArray[np.float32],
    obj: NDArray[np.float32],
    bbox: NDArray[np.float32],
    kps: NDArray[np.float32],
    *,
    stride: int,
    columns: int,
    threshold: float,
) -> NDArray[np.float32]:
    """The faces that one head sees, in pixels of the working picture, (N, 15)."""
    product = np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1)
    (index,) = np.nonzero(product >= threshold * threshold)
    place = np.stack([index % columns, index // columns], axis=1).astype(np.float32)
    centre = (place + bbox[index, :2]) * stride
    half = np.exp(bbox[index, 2:]) * (stride / 2)
    points = (kps[index].reshape(-1, 5, 2) + place[:, None]) * stride
    score = np.sqrt(product[index])[:, None]
    return np.hstack([centre - half, centre + half, points.reshape(-1, 10), score]).astype(np.float32)


def _detection(row: NDArray[np.float32]) -> Detection:
    """One row as a detection."""
    v = [float(x) for x in row]
    points = tuple((v[i], v[i + 1]) for i in range(4, 14, 2))
    return Detection((v[0], v[1], v[2], v[3]), min(v[14], 1.0), points)
