"""What Chromium takes for a camera: a slow pan and zoom over the example portrait, with its light changing.

A loop of JPEGs one after the other (MJPEG), which plays at 30 frames/s, or of raw pictures at a rate of its
own (Y4M); the light dips to dark, so that the readings move.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (640, 360)
FRAMES, FPS = 90, 15
GROUND = (104, 98, 90)


def write_camera(path: Path, photo: Path, mirror: bool = False) -> Path:
    """Write the camera's film.

    Args:
        path: A name that ends in .mjpeg.
        photo: With one face, square.
        mirror: Show the photo's mirror image, so that films differ.
    """
    picture = cv2.imread(str(photo))
    if mirror:
        picture = picture[:, ::-1]
    with path.open("wb") as out:
        for index in range(FRAMES):
            done, jpeg = cv2.imencode(".jpg", _frame(picture, index / FRAMES), [cv2.IMWRITE_JPEG_QUALITY, 88])
            assert done
            out.write(jpeg.tobytes())
    return path


def write_slow_camera(path: Path, photo: Path, fps: int, seconds: int = 24) -> Path:
    """Write the film of a camera with fewer frames a second.

    Args:
        path: A name that ends in .y4m.
        photo: With one face, square.
        fps: Frames a second, which Chromium keeps to.
        seconds: Length of the loop; Chromium shows its last frame twice.
    """
    picture = cv2.imread(str(photo))
    with path.open("wb") as out:
        out.write(b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n" % (*SIZE, fps))
        for index in range(count := fps * seconds):
            out.write(b"FRAME\n")
            out.write(cv2.cvtColor(_frame(picture, index / count), cv2.COLOR_BGR2YUV_I420).tobytes())
    return path


def _frame(picture: NDArray[np.uint8], phase: float) -> NDArray[np.uint8]:
    """The frame at a phase of 0 to 1; the loop closes."""
    swing = np.sin(2 * np.pi * phase)
    zoom = 1.25 + 0.25 * swing
    x, y = 225 + 18 * np.cos(2 * np.pi * phase), 140 + 6 * swing
    width, height = SIZE
    # From the photo's (x, y) to the middle of the frame, with a slight tilt.
    matrix = cv2.getRotationMatrix2D((float(x), float(y)), 5 * swing, float(zoom))
    matrix[:, 2] += (width / 2 - x, height / 2 - y)
    moved = cv2.warpAffine(picture, matrix, SIZE, flags=cv2.INTER_LINEAR, borderValue=GROUND)
    light = 0.62 + 0.38 * np.cos(2 * np.pi * phase) ** 2
    return np.clip(moved * light, 0, 255).astype(np.uint8)
