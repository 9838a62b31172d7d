"""py-feat's Fex: a CSV with a row a face, 68 points, pose, action units and emotions from 0 to 1."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from mimik.results.interop.account import Account, Room, Written
from mimik.results.interop.base import (
    FrameDict,
    box_xywh,
    check_suffix,
    class_dict,
    face_dict,
    frame_dict,
    in_form,
)
from mimik.results.interop.points68 import COLUMNS, cells_of_points, trusted_mesh
from mimik.results.interop.tables import Row, frames_of_table, number_in, write_table
from mimik.results.interop.turns import in_camera, xyz_of

UNITS = tuple(f"AU{n:02d}" for n in (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43))
EMOTIONS = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
    "neutral": "neutral",
}
"""Its columns, in its order, to mimik's names; version 2 writes them with capitals."""
BOX = ("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight")
POSE = {"Pitch": ("pitch_deg", 1), "Roll": ("roll_deg", 1), "Yaw": ("yaw_deg", -1)}
"""Column in degrees to mimik's angle and its sign: looking up, tilting clockwise as the viewer sees it and
turning to one's right are positive. Its documentation doesn't say so, but its source does: R = Rx(-Pitch) *
Ry(Yaw) * Rz(Roll), about axes to the right, down and away (convert_to_euler in version 0.6). Its own tables
agree: by these signs their points are tilted, and their noses moved."""
LATER = ("X", "gaze_pitch")
"""Columns of later versions, whose angles are in radians and have other signs: those aren't read."""
ACTIVE = 0.5
"""Probability from which one of its units counts as active; it names none itself."""
IDENTITY = re.compile(r"Person_(\d{1,15})")
"""What it calls who is the same person throughout a file."""
HEADER = (
    *(*BOX, "FaceScore"),
    *COLUMNS,
    *POSE,
    *UNITS,
    *EMOTIONS,
    *("Identity", "input", "frame", "approx_time"),
)
_READ = frozenset(HEADER).difference((*COLUMNS, "approx_time")) | {name.capitalize() for name in EMOTIONS}
ROOM = Room(
    tool="py-feat",
    frame=("source", "frame", "time_s"),
    face=("id", "box_xyxy", "score", "pose"),
    tasks={
        "emotion": {"probabilities": tuple(EMOTIONS.values())},
        "au": {"probabilities": UNITS},
        "mesh": {"points_xyz": None, "pose": None},
    },
    columns=HEADER,
    groups={
        "points of a mesh, which .csv results hold with --points-in-csv": COLUMNS,
        "head pose": tuple(POSE),
        "action units": UNITS,
        "emotions": tuple(EMOTIONS),
    },
    partly={
        "time_s": "parts of a second",
        "mesh.points_xyz": "410 of the mesh's 478 points, and z of the others",
        "mesh.pose": "the head's place",
    },
)


class PyFeat:
    """CSV of py-feat's Fex, version 1; what it writes in version 2 is read, too.

    py-feat has no place for quality, gender, age, "uncertain", gaze, blinks, blendshapes and values before
    smoothing; units and meshes that can't be trusted are empty. Its head pose is that of the mesh where there
    is one, else that of the five landmarks. Its Identity is one throughout a file, an id within its source:
    people of a further source are numbered on. Its 68 points are those of a mesh (see points68), and not
    read. A frame without a face is a row whose face is empty.
    """

    suffixes = (".csv",)

    def write(self, frames: Iterable[FrameDict], path: Path) -> Written:
        """See Form.write."""
        check_suffix(path, self.suffixes, "py-feat")
        account, people = Account(ROOM), _People()
        rows = in_form(frames, "py-feat", lambda frame: list(to_pyfeat(frame, people)), account)
        write_table(HEADER, chain.from_iterable(rows), path)
        return account.written()

    def read(self, path: Path) -> Iterator[dict[str, Any]]:
        """See Form.read."""

        def frame(rows: list[Mapping[str, str]]) -> dict[str, Any]:
            faces = [from_pyfeat(row) for row in rows if number_in(row, BOX[0]) is not None]
            found = frame_dict(path, int(float(rows[0]["frame"])), faces, None)
            return {**found, "source": rows[0].get("input") or str(path)}

        known = _READ.difference(POSE) if _is_later(path) else _READ
        yield from frames_of_table(path, (*BOX, "frame"), ("input", "frame"), "py-feat's", frame, known)


def _is_later(path: Path) -> bool:
    """Whether a table is of a later version, by the columns that its first line names."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            return not set(LATER).isdisjoint(name.strip() for name in stream.readline().split(","))
    except OSError:
        return False  # Reading its rows says why.


class _People:
    """Numbers that are one person's throughout a file, from ids that are one person's within a source."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        """Source to the number of its id 0."""
        self._next = 0

    def identity(self, source: str, number: int | None) -> str | None:
        """What py-feat calls a face; None where nobody knows whose it is."""
        if number is None:
            return None
        found = self._first.setdefault(source, self._next) + number
        self._next = max(self._next, found + 1)
        return f"Person_{found}"


def to_pyfeat(frame: FrameDict, people: _People) -> Iterator[Row]:
    """The rows of one frame."""
    head: Row = {"input": frame["source"], "frame": frame["frame"], "approx_time": _clock(frame["time_s"])}
    if not frame["faces"]:
        yield head
    for face in frame["faces"]:
        identity = people.identity(frame["source"], face["id"])
        row: Row = {**head, "FaceScore": face["score"], "Identity": identity}
        mesh = trusted_mesh(face)
        row |= cells_of_points(mesh.get("points_xyz")) | _pose_cells(mesh, face["quality"] or {})
        if face["box_xyxy"] is not None:
            row |= dict(zip(BOX, box_xywh(face), strict=True))
        if shares := face.get("emotion", {}).get("probabilities"):
            row |= {theirs: shares.get(ours) for theirs, ours in EMOTIONS.items()}
        units = face.get("au", {})
        if (shares := units.get("probabilities")) and units.get("reliable") is not False:
            row |= {unit: shares.get(unit) for unit in UNITS}
        yield row


def _pose_cells(mesh: Mapping[str, Any], quality: Mapping[str, Any]) -> Row:
    """The head's angles against the camera's axis, of a mesh; else those of the landmarks."""
    pose = mesh.get("pose") or {}
    if pose.get("yaw_deg") is not None:
        x, y, z = map(math.degrees, xyz_of(in_camera(pose)))
        return {"Pitch": round(-x, 2), "Roll": round(z, 2), "Yaw": round(y, 2)}
    pose = quality.get("pose") or {}
    return {column: sign * pose[angle] if pose else None for column, (angle, sign) in POSE.items()}


def _clock(time_s: float | None) -> str | None:
    """Seconds as py-feat's minutes and seconds, "01:05"."""
    return None if time_s is None else f"{int(time_s) // 60:02d}:{int(time_s) % 60:02d}"


def from_pyfeat(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as a face of a frame.

    Raises:
        ValueError: A cell is no number.
    """
    sides = [number_in(row, name) for name in BOX]
    face = face_dict([side or 0.0 for side in sides], number_in(row, "FaceScore"))
    if identity := IDENTITY.fullmatch(row.get("Identity") or ""):
        face["id"] = int(identity[1])
    face["quality"] = _quality(row)
    named = {name.lower(): name for name in row}
    shares = {ours: number_in(row, named.get(theirs, theirs)) for theirs, ours in EMOTIONS.items()}
    if all(share is not None for share in shares.values()):
        face["emotion"] = class_dict({name: float(share or 0) for name, share in shares.items()})
    units = {name: number_in(row, name) for name in UNITS}
    known = {name: value for name, value in units.items() if value is not None}
    if known:
        active = [name for name, value in known.items() if value >= ACTIVE]
        face["au"] = {"active": active, "probabilities": known, "raw": None, "reliable": None, "reason": None}
    return face


def _quality(row: Mapping[str, str]) -> dict[str, Any] | None:
    """The head's pose, the one thing of a face's quality that py-feat tells; None if it doesn't."""
    turned = {angle: (number_in(row, column), sign) for column, (angle, sign) in POSE.items()}
    pose = {angle: sign * value for angle, (value, sign) in turned.items() if value is not None}
    if len(pose) < len(POSE) or any(column in row for column in LATER):
        return None
    unknown = dict.fromkeys(("size_px", "sharpness", "brightness", "reliable", "reason"))
    return {**unknown, "pose": pose}
