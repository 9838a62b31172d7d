"""Meshes that no network made, for tests of what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mimik.mesh.canonical import canonical_face
from mimik.mesh.reading import RAW_FIELDS, Gaze, HeadPose, MeshReading, mesh_columns
from mimik.types import Face, RunInfo
from synthetic_results import INFO, make_face

SHAPES = ("browInnerUp", "eyeBlinkLeft", "eyeLookDownRight", "jawOpen", "mouthLowerDownRight")
"""Some that the network tells."""
NOBODY = MeshReading(
    presence=0.1,
    points_xyz=None,
    pose=None,
    eye_openness={"left": None, "right": None},
    blink=None,
    gaze={"left": None, "right": None},
    mouth_opening=None,
    asymmetry=None,
    blendshapes=dict.fromkeys(SHAPES),
    raw=dict.fromkeys(RAW_FIELDS),
    reason="no mesh",
)
MESH_INFO = replace(INFO, tasks=("mesh",), columns={"mesh": mesh_columns(SHAPES)})


def mesh_info(**settings: Any) -> RunInfo:
    return replace(MESH_INFO, settings={**INFO.settings, **settings})


def make_mesh(
    pose: tuple[float, float, float] = (12.0, -3.0, 2.0),
    place_mm: tuple[float, float, float] = (20.0, -10.0, 600.0),
    openness: tuple[float | None, float | None] = (0.9, 0.8),
    gaze: tuple[tuple[float, float] | None, tuple[float, float] | None] = ((5.0, 1.0), (-4.0, 2.0)),
    shapes: Mapping[str, float] | None = None,
    reason: str | None = None,
    blink: bool | None = None,
) -> MeshReading:
    """A mesh whose points tell their numbers: x is the number, y 1000 more."""
    shut = all(value is not None and value < 0.3 for value in openness)
    yaw, pitch, roll = pose
    numbers = (yaw, pitch, roll, *openness, 0.05)
    return MeshReading(
        presence=0.99,
        points_xyz=tuple((float(number), 1000.0 + number, -number / 10) for number in range(478)),
        pose=HeadPose(*pose, *place_mm),
        eye_openness=dict(zip(("left", "right"), openness, strict=True)),
        blink=shut if blink is None else blink,
        gaze={side: look and Gaze(*look) for side, look in zip(("left", "right"), gaze, strict=True)},
        mouth_opening=0.05,
        asymmetry=0.01,
        blendshapes={name: 0.1 * number for number, name in enumerate(SHAPES)} | dict(shapes or {}),
        raw=dict(zip(RAW_FIELDS, numbers, strict=True)),
        reason=reason,
    )


def mesh_face(mesh: MeshReading | None = None, number: int = 0, reason: str | None = None) -> Face:
    """A face with nothing but a mesh."""
    return replace(make_face(number, reason=reason), readings={"mesh": mesh or make_mesh()})


def drawn_mesh(
    middle: tuple[float, float] = (160.0, 120.0), size_px: float = 120.0, **changes: Any
) -> MeshReading:
    """A mesh in the shape of a face at rest, straight to the camera."""
    face, _ = canonical_face()
    sides = {"left": face[[263, 362]].mean(axis=0), "right": face[[33, 133]].mean(axis=0)}
    turns = np.linspace(0, 2 * np.pi, 4, endpoint=False)
    ring = np.stack([6 * np.cos(turns), 6 * np.sin(turns), 0 * turns], axis=1)
    irises = [np.vstack([sides[side], sides[side] + ring]) for side in ("right", "left")]
    points = np.vstack([face, *irises]) * size_px / 180
    points[:, :2] += middle
    made = make_mesh(**{"pose": (0.0, 0.0, 0.0), "gaze": ((0.0, 0.0), (0.0, 0.0)), **changes})
    return replace(made, points_xyz=tuple(map(tuple, points.tolist())))
