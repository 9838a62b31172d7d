"""OpenFace 2: a CSV with a row a face: gaze, pose, 68 points, and action units as intensity and presence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from mimik.results.interop.account import Account, Room, Written
from mimik.results.interop.base import (
    SOURCES,
    FrameDict,
    check_suffix,
    face_dict,
    frame_dict,
    in_form,
    of_one_source,
    source_of,
)
from mimik.results.interop.openface_mesh import (
    FIELDS,
    GAZE,
    PLACES,
    READ,
    blink_cells,
    mesh_cells,
    mesh_of,
)
from mimik.results.interop.points68 import COLUMNS
from mimik.results.interop.tables import Row, box_of_points, frames_of_table, number_in, write_table

_NUMBERS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
INTENSITIES = tuple(f"AU{number:02d}" for number in _NUMBERS)
"""Units with a column ``_r``."""
PRESENCES = (*INTENSITIES[:-1], "AU28", "AU45")
"""Units with a column ``_c``."""
POSE = {"pose_Rx": ("pitch_deg", -1), "pose_Ry": ("yaw_deg", -1), "pose_Rz": ("roll_deg", 1)}
"""Column in radians to mimik's angle and its sign: OpenFace turns about axes to the right, down and away,
so that looking down and turning to one's right are positive."""
HEADER = (
    *("frame", "face_id", "timestamp", "confidence", "success"),
    *GAZE,
    *PLACES,
    *POSE,
    *COLUMNS,
    *(f"{unit}_r" for unit in INTENSITIES),
    *(f"{unit}_c" for unit in PRESENCES),
)
_READ = frozenset((*HEADER, *SOURCES)) | READ
ROOM = Room(
    tool="OpenFace 2",
    frame=("frame", "time_s"),
    face=("id", "score", "pose"),
    tasks={"au": {"active": PRESENCES, "intensities": INTENSITIES, "strength": INTENSITIES}, "mesh": FIELDS},
    columns=HEADER,
    groups={
        "of a mesh": (*GAZE, *PLACES, *COLUMNS),
        "gaze, of a mesh": GAZE,
        "place of the head, of a mesh": PLACES,
        "head pose": tuple(POSE),
        "points of a mesh, which .csv results hold with --points-in-csv": COLUMNS,
        "intensities, which mimik estimates where a mesh is read with the units": tuple(
            f"{unit}_r" for unit in INTENSITIES[:-1]
        ),
    },
    partly={"mesh.points_xyz": "410 of the mesh's 478 points, and z of the others"},
)


class OpenFace:
    """CSV of OpenFace 2's FeatureExtraction; a row a face and frame, frames from 1.

    The columns ``_r`` hold the intensities that OpenFace itself had given, or ``au.strength``, mimik's
    estimate of them where a mesh was read with the units; they are empty else, as are those of units that
    nothing measures or the model doesn't read. Points, gaze and the head's place are
    those of a mesh (see openface_mesh), from which AU45 comes, too, where the units are without it. OpenFace
    has no place for source, box, quality, emotion, gender, age, blendshapes and probabilities; units and
    meshes that can't be trusted are empty. What it knows and mimik doesn't (points of the eyes and in mm,
    shape parameters, that AU28 was coded and not seen) is dropped when read; its pose stands in
    ``quality.pose``, and with its place and gaze in ``mesh``, its intensities in ``au.intensities``; a face's
    box is that of its landmarks, where there are any.
    """

    suffixes = (".csv",)

    def write(self, frames: Iterable[FrameDict], path: Path) -> Written:
        """See Form.write. Frames of several sources would become those of one, and are refused."""
        check_suffix(path, self.suffixes, "OpenFace 2")
        account, alone = Account(ROOM), of_one_source(frames, "OpenFace 2")
        rows = in_form(alone, "OpenFace 2", lambda frame: list(to_openface(frame)), account)
        write_table(HEADER, chain.from_iterable(rows), path)
        return account.written()

    def read(self, path: Path) -> Iterator[dict[str, Any]]:
        """See Form.read."""

        def frame(rows: list[Mapping[str, str]]) -> dict[str, Any]:
            faces = [from_openface(row) for row in rows if number_in(row, "success")]
            index = max(0, int(float(rows[0]["frame"])) - 1)
            return frame_dict(source_of(rows[0], path), index, faces, number_in(rows[0], "timestamp"))

        needed, by = ("frame", "success"), ("frame", *SOURCES)
        yield from frames_of_table(path, needed, by, "OpenFace 2's", frame, _READ)


def to_openface(frame: FrameDict) -> Iterator[Row]:
    """The rows of one frame; a frame without faces has one, whose success is 0."""
    head: Row = {"frame": frame["frame"] + 1, "timestamp": frame["time_s"], "success": 0, "confidence": 0}
    if not frame["faces"]:
        yield {**head, "face_id": 0}
    for face in frame["faces"]:
        row: Row = {**head, "face_id": face["id"], "confidence": face["score"], "success": 1}
        pose = (face["quality"] or {}).get("pose") or {}
        for column, (angle, sign) in POSE.items():
            row[column] = round(sign * math.radians(pose[angle]), 4) if pose else None
        row |= mesh_cells(face)
        units = face.get("au", {})
        coded = {} if units.get("reliable") is False else _unit_cells(units)
        yield row | coded | blink_cells(face, coded)


def _unit_cells(units: Mapping[str, Any]) -> Row:
    """The columns of the action units that were coded, whether active or not."""
    active, strength = units.get("active") or (), units.get("intensities") or units.get("strength") or {}
    coded = {*active, *strength, *(units.get("probabilities") or {})}
    there = {f"{unit}_c": int(unit in active) for unit in PRESENCES if unit in coded}
    return there | {f"{unit}_r": strength.get(unit) for unit in INTENSITIES}


def _quality(row: Mapping[str, str]) -> dict[str, Any] | None:
    """The head's pose, the one thing of a face's quality that OpenFace tells; None if it doesn't."""
    turned = {angle: (number_in(row, column), sign) for column, (angle, sign) in POSE.items()}
    pose = {a: round(sign * math.degrees(v), 2) for a, (v, sign) in turned.items() if v is not None}
    if len(pose) < len(POSE):
        return None
    unknown = dict.fromkeys(("size_px", "sharpness", "brightness", "reliable", "reason"))
    return {**unknown, "pose": pose}


def from_openface(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as a face of a frame.

    Raises:
        ValueError: A cell is no number.
    """
    points = [(number_in(row, x), number_in(row, y)) for x, y in zip(COLUMNS[:68], COLUMNS[68:], strict=True)]
    identity = number_in(row, "face_id")
    face = face_dict(box_of_points(points), number_in(row, "confidence"))
    face["id"] = None if identity is None else int(identity)
    face["quality"] = _quality(row)
    if mesh := mesh_of({name: number_in(row, name) for name in READ}):
        face["mesh"] = mesh
    present = {unit: number_in(row, f"{unit}_c") for unit in PRESENCES}
    strength = {unit: number_in(row, f"{unit}_r") for unit in INTENSITIES}
    if any(value is not None for value in (*present.values(), *strength.values())):
        face["au"] = {
            "active": [unit for unit, there in present.items() if there],
            "probabilities": None,
            "raw": None,
            "reliable": None,
            "reason": None,
            "intensities": {unit: value for unit, value in strength.items() if value is not None},
        }
    return face
