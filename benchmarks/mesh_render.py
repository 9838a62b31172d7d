"""A face put on the canonical head and turned by known angles: pictures whose pose is known."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.mesh.canonical import POINTS, canonical_face

SIDE, SCALE = 512, 1.9
"""Of the picture in pixels, and pixels a millimetre of the head."""


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float = 0.0) -> NDArray[np.float64]:
    """From the head's frame to that of the picture, (3, 3): see mimik.mesh.reading.HeadPose for the signs."""
    yaw, pitch, roll = (math.radians(v) for v in (yaw_deg, pitch_deg, roll_deg))
    cy, sy, cp, sp, cr, sr = (f(v) for v in (yaw, pitch, roll) for f in (math.cos, math.sin))
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def triangles() -> NDArray[np.intp]:
    """Corners of the triangles of the canonical face, (M, 3): Delaunay's in a view from the front."""
    face, _ = canonical_face()
    plane = ((face[:, :2] - face[:, :2].min(axis=0)) * 2 + 10).astype(np.float32)
    division = cv2.Subdiv2D((0, 0, 1000, 1000))
    number = {division.insert((float(x), float(y))): k for k, (x, y) in enumerate(plane)}
    del number
    corners = division.getTriangleList().reshape(-1, 3, 2)
    nearest = np.linalg.norm(corners[:, :, None] - plane[None, None], axis=3)
    found = nearest.argmin(axis=2)[nearest.min(axis=2).max(axis=1) < 0.01]
    return found.astype(np.intp)


def rendered(
    picture: NDArray[np.uint8], points_xy: NDArray[np.float64], yaw_deg: float, pitch_deg: float
) -> NDArray[np.uint8]:
    """A face's picture on the canonical head, turned.

    The head has the canonical shape whatever the face has, so that its pose doesn't depend on any network's
    depth; the far triangles are painted first. What is behind the head is the picture, blurred.

    Args:
        picture: RGB of a face from the front.
        points_xy: Its mesh, (468 or more, 2).
        yaw_deg: As HeadPose.
        pitch_deg: As HeadPose.
    """
    face, _ = canonical_face()
    turned = face @ rotation(yaw_deg, pitch_deg).T * SCALE
    plane = (turned[:, :2] + SIDE / 2).astype(np.float32)
    blurred = cv2.GaussianBlur(cv2.resize(picture, (SIDE, SIDE)), (0, 0), 25)
    canvas, source = np.ascontiguousarray(blurred), points_xy[:POINTS].astype(np.float32)
    corners = triangles()
    for one in corners[np.argsort(-turned[corners, 2].mean(axis=1))]:
        _paint(canvas, picture, source[one], plane[one])
    return canvas


def _paint(
    canvas: NDArray[np.uint8],
    picture: NDArray[np.uint8],
    source: NDArray[np.float32],
    target: NDArray[np.float32],
) -> None:
    """One triangle; those that are seen from behind are left out."""
    (a, b), (c, d) = target[1] - target[0], target[2] - target[0]
    (e, f), (g, h) = source[1] - source[0], source[2] - source[0]
    if (a * d - b * c) * (e * h - f * g) <= 0:
        return
    x, y, width, height = cv2.boundingRect(np.floor(target))
    width, height = width + 2, height + 2
    matrix = cv2.getAffineTransform(source, target - np.float32([x, y]))
    patch = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, np.round(target - [x, y]).astype(np.int32), 255)
    part = canvas[y : y + height, x : x + width]
    inside = mask[: part.shape[0], : part.shape[1]] > 0
    part[inside] = patch[: part.shape[0], : part.shape[1]][inside]
