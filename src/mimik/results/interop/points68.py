"""The 68 points of dlib, OpenFace and py-feat out of a mesh's 478."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FROM_MESH = (
    # The jaw, from the person's right ear to the chin and to the left ear.
    *(127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356),
    # The right brow from outside, and the left one from inside.
    *(70, 63, 105, 66, 107),
    *(336, 296, 334, 293, 300),
    # The nose: its bridge down to the tip, and its base from right to left.
    *(6, 197, 5, 4),
    *(98, 97, 2, 326, 327),
    # The right eye from its outer corner over the upper lid, and the left one from its inner corner.
    *(33, 160, 158, 133, 153, 144),
    *(362, 385, 387, 263, 373, 380),
    # The lips' outer and inner edge, from the right corner over the upper lip.
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
    *(78, 82, 13, 312, 308, 317, 14, 87),
)
"""Number of each of the 68 points in MediaPipe's mesh.

Of several that lie on the same line, the one at the place that the point has between its neighbours. The jaw
is that of the mesh's oval, which for turned heads stays on the skin, where the 68 points lie on the outline.
"""
COLUMNS = (*(f"x_{n}" for n in range(68)), *(f"y_{n}" for n in range(68)))
"""Their columns in tables of OpenFace and py-feat, in pixels."""


def cells_of_points(points_xyz: Sequence[Sequence[float]] | None) -> dict[str, Any]:
    """The cells of a mesh's 68 points; empty ones without a mesh.

    Args:
        points_xyz: MeshReading.points_xyz, or None.
    """
    if points_xyz is None:
        return dict.fromkeys(COLUMNS)
    xs, ys, _ = zip(*(points_xyz[number] for number in FROM_MESH), strict=True)
    return dict(zip(COLUMNS, (*xs, *ys), strict=True))


def trusted_mesh(face: Mapping[str, Any]) -> Mapping[str, Any]:
    """A face's mesh, if it has one that can be trusted; else nothing, as forms can't say so."""
    mesh: Mapping[str, Any] = face.get("mesh") or {}
    return {} if mesh.get("reliable") is False else mesh
