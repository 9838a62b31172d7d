"""A mesh in OpenFace's columns and back: 68 points, the head's six degrees of freedom, gaze, and blinks.

OpenFace's axes point to the viewer's right, down, and away from the camera, at which they begin; its head
turns by R = Rx * Ry * Rz. Its eye 0 is the one on the viewer's left, the person's right one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.results.interop.points68 import COLUMNS, cells_of_points, trusted_mesh
from mimik.results.interop.turns import (
    PLACE,
    against_line,
    from_xyz,
    gaze_of,
    in_camera,
    ray_of,
    towards,
    xyz_of,
)

PLACES = ("pose_Tx", "pose_Ty", "pose_Tz")
"""Where the head is, in mm."""
TURNS = ("pose_Rx", "pose_Ry", "pose_Rz")
"""How it is turned, in radians."""
EYES = {"right": ("gaze_0_x", "gaze_0_y", "gaze_0_z"), "left": ("gaze_1_x", "gaze_1_y", "gaze_1_z")}
"""The person's own side to the direction in which that eye looks, as a vector of length 1."""
BOTH = ("gaze_angle_x", "gaze_angle_y")
"""Where both look, in radians: to the viewer's right, and down."""
GAZE = (*EYES["right"], *EYES["left"], *BOTH)
FIELDS: Mapping[str, None] = dict.fromkeys(("points_xyz", "pose", "gaze", "blink", "eye_openness"))
"""Fields of a mesh for which there is a place."""
STRONGEST = 5.0
"""Intensity of an action unit at its most."""


def mesh_cells(face: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a face's mesh; empty ones where there is none, or none that can be trusted."""
    mesh = trusted_mesh(face)
    pose = mesh.get("pose") or {}
    cells = cells_of_points(mesh.get("points_xyz")) | dict.fromkeys((*GAZE, *PLACES))
    if pose.get("yaw_deg") is not None:
        cells |= dict(zip(PLACES, (pose[name] for name in PLACE), strict=True))
        cells |= dict(zip(TURNS, (round(v, 4) for v in xyz_of(in_camera(pose))), strict=True))
    return cells | _gaze_cells(mesh.get("gaze") or {}, pose)


def blink_cells(face: Mapping[str, Any], coded: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of AU45, unless it was coded like other units: blinks, and how far the eyes are shut."""
    mesh = trusted_mesh(face)
    if mesh.get("blink") is None or coded.get("AU45_c") is not None:
        return {}
    eyes = [value for value in (mesh.get("eye_openness") or {}).values() if value is not None]
    shut = STRONGEST * (1 - sum(eyes) / len(eyes)) if eyes else None
    return {"AU45_c": int(mesh["blink"]), "AU45_r": shut if shut is None else round(shut, 2)}


def _gaze_cells(gaze: Mapping[str, Any], pose: Mapping[str, Any]) -> dict[str, Any]:
    """Directions of the eyes that are seen, and the angles of their middle."""
    cells: dict[str, Any] = {}
    found = []
    for side, columns in EYES.items():
        if (ray := ray_of(gaze.get(side))) is not None:
            found.append(towards(pose) @ ray)
            cells |= dict(zip(columns, (round(float(v), 6) for v in found[-1]), strict=True))
    if found:
        x, y, z = np.mean(found, axis=0)
        angles = math.atan2(x, -z), math.atan2(y, -z)
        cells |= dict(zip(BOTH, (round(v, 4) for v in angles), strict=True))
    return cells


def mesh_of(cells: Mapping[str, float | None]) -> dict[str, Any] | None:
    """The mesh of a row's numbers, without points; None where it tells of neither place nor gaze."""
    place = dict(zip(PLACE, (cells.get(name) for name in PLACES), strict=True))
    turns = [v for v in (cells.get(name) for name in TURNS) if v is not None]
    gaze = {side: _ray(cells, EYES[side], place) for side in ("left", "right")}
    if None in place.values() and not any(gaze.values()):
        return None
    unknown = dict.fromkeys(("yaw_deg", "pitch_deg"))
    turn = from_xyz((turns[0], turns[1], turns[2])) if len(turns) == 3 else None
    angles = {**unknown, "roll_deg": None} if turn is None else against_line(turn, place)
    pose = {**{name: value and round(value, 2) for name, value in angles.items()}, **place}
    mesh = dict.fromkeys(
        ("presence", "pose", "eye_openness", "blink", "gaze", "mouth_opening", "asymmetry", "blendshapes")
    ) | dict.fromkeys(("raw", "reliable", "reason", "points_xyz"))
    return {**mesh, "pose": pose, "gaze": {side: found or dict(unknown) for side, found in gaze.items()}}


def _ray(
    cells: Mapping[str, float | None], columns: tuple[str, ...], place: Mapping[str, Any]
) -> dict[str, float] | None:
    """A gaze against the line to the camera, of a direction; OpenFace writes 0, 0, 0 where it knows none."""
    values = [v for v in (cells.get(name) for name in columns) if v is not None]
    ray: NDArray[np.float64] = np.array(values)
    if len(values) < 3 or not ray.any():
        return None
    return {name: round(value, 2) for name, value in gaze_of(towards(place).T @ ray).items()}


READ = frozenset((*COLUMNS, *PLACES, *TURNS, *GAZE))
"""Columns that are read, or follow from others."""
