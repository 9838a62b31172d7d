"""The canonical face: where the points of an average face at rest lie, and how much each says of the head."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("canonical_face.csv")
"""Of MediaPipe's face_landmarker.task (Apache-2.0); scripts/make_mesh.py writes it."""
POINTS = 468
"""Those of the face; the ten of the irises after them are none of it."""


@lru_cache(maxsize=1)
def canonical_face() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The face at rest and its weights.

    Returns:
        Points (468, 3) in millimetres: x to the viewer's right, y down, z away from the viewer; and the
        weight of each in laying the face on another (468,): corners of the eyes, the nose and the sides of
        the face count, most others have 0.
    """
    table = np.loadtxt(FILE, delimiter=",", skiprows=1)
    points = table[:, 1:4] * [10, -10, -10]
    points.setflags(write=False)
    table.setflags(write=False)
    return points, table[:, 4]
