"""Live Link Face: the CSV of Epic's app for animation, ARKit's 52 blendshapes and the turns of head and eyes.

Its columns, their order and the clock are those of the app's own recordings: hours, minutes, seconds and
frames of a sixtieth of a second with their thousandths. Turns are in radians, yaw before pitch before roll;
to the person's own right, down, and clockwise as the viewer sees it are positive. So it is in Unreal's ARKit
plug-in, and in recordings, whose eyes look where their blendshapes say.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from mimik.errors import DataError
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
from mimik.results.interop.points68 import trusted_mesh
from mimik.results.interop.tables import Row, frames_of_table, number_in, write_table
from mimik.results.interop.turns import (
    ANGLES,
    PLACE,
    angles_of,
    from_yxz,
    gaze_of,
    in_camera,
    ray_of,
    turn_of,
    yxz_of,
)

TOOL = "Live Link Face"
_EYE = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
SHAPES = (
    *(f"Eye{what}{side}" for side in ("Left", "Right") for what in _EYE),
    *("JawForward", "JawRight", "JawLeft", "JawOpen"),
    *("MouthClose", "MouthFunnel", "MouthPucker", "MouthRight", "MouthLeft"),
    *(f"Mouth{what}{side}" for what in ("Smile", "Frown", "Dimple", "Stretch") for side in ("Left", "Right")),
    *("MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper"),
    *(f"Mouth{what}{side}" for what in ("Press", "LowerDown", "UpperUp") for side in ("Left", "Right")),
    *("BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight"),
    *("CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight", "TongueOut"),
)
"""ARKit's blendshapes in its order, with a capital."""
HEAD = ("HeadYaw", "HeadPitch", "HeadRoll")
EYES = {
    side: tuple(f"{side.capitalize()}Eye{turn}" for turn in ("Yaw", "Pitch", "Roll"))
    for side in ("left", "right")
}
"""Columns of turns; of an eye within the head."""
VALUES = (*SHAPES, *HEAD, *EYES["left"], *EYES["right"])
HEADER = ("Timecode", "BlendShapeCount", *VALUES)
RATE = 60
"""Frames of a second by its clock."""
DAY_S = 24 * 60 * 60
RATES = (24, 25, 30, 50, 60)
"""Those that other recordings' clocks have."""
ROOM = Room(
    tool=TOOL,
    frame=("time_s",),
    face=(),
    tasks={"mesh": dict.fromkeys(("blendshapes", "pose", "gaze"))},
    columns=VALUES,
    partly={"mesh.pose": "place of the head"},
    filler="0",
)


class LiveLink:
    """CSV of Epic's Live Link Face; a row a frame in which the face is seen, and its mesh can be trusted.

    It is of one face of one source. Blendshapes that mimik doesn't tell are 0 (CheekPuff, TongueOut and the
    two of NoseSneer, which the network's training left dead), eyes that are shut look where they looked last.
    Frames keep their own times, however far apart: where the face isn't seen, there is no row.
    """

    suffixes = (".csv",)

    def write(self, frames: Iterable[FrameDict], path: Path) -> Written:
        """See Form.write. Several faces would become one, and are refused."""
        check_suffix(path, self.suffixes, TOOL)
        account, rows = Account(ROOM), _Rows()
        made = in_form(of_one_source(frames, TOOL), TOOL, rows.of_frame, account)
        write_table(HEADER, map(_as_text, chain.from_iterable(made)), path)
        return account.written()

    def read(self, path: Path) -> Iterator[dict[str, Any]]:
        """See Form.read; a recording begins at 0 seconds."""
        begin: list[float] = []
        rate = _rate_of(path)

        def frame(rows: list[Mapping[str, str]]) -> dict[str, Any]:
            time_s = _seconds(rows[0]["Timecode"], rate)
            while begin and time_s < begin[-1] - DAY_S / 2:  # A take across midnight: it is the time of day.
                time_s += DAY_S
            begin.append(time_s)
            faces = [from_livelink(row) for row in rows if number_in(row, "JawOpen") is not None]
            return frame_dict(
                source_of(rows[0], path), len(begin) - 1, faces[:1], round(time_s - begin[0], 6)
            )

        needed, by, known = ("Timecode", "JawOpen"), ("Timecode", *SOURCES), frozenset((*HEADER, *SOURCES))
        yield from frames_of_table(path, needed, by, f"{TOOL}'s", frame, known | {"BlendshapeCount"})


class _Rows:
    """The rows of one face; eyes that aren't seen keep where they looked."""

    def __init__(self) -> None:
        self._looked: dict[str, float] = {}
        self._id: int | None = None
        self._any = False

    def of_frame(self, frame: FrameDict) -> list[Row]:
        """The row of a frame, if the face is in it.

        Raises:
            DataError: The frame has no time, or another face than those before.
        """
        if frame["time_s"] is None:
            raise DataError("its time isn't known")
        for face in frame["faces"]:
            self._check(face["id"])
        if len(frame["faces"]) > 1:
            raise DataError("it is of one face, and here are several without an id")
        return [row for face in frame["faces"] if (row := self._row(frame["time_s"], face))]

    def _check(self, number: int | None) -> None:
        if self._any and number != self._id:
            raise DataError(f"it is of one face, and there are #{self._id} and #{number}: choose with --id")
        self._id, self._any = number, True

    def _row(self, time_s: float, face: Mapping[str, Any]) -> Row | None:
        mesh = trusted_mesh(face)
        shapes = mesh.get("blendshapes") or {}
        if not any(value is not None for value in shapes.values()):
            return None
        told = {name: shapes.get(name[0].lower() + name[1:]) for name in SHAPES}
        turns = _turns(mesh.get("pose") or {}, mesh.get("gaze") or {})
        self._looked |= {name: value for name, value in turns.items() if value is not None}
        head = {"Timecode": timecode(time_s), "BlendShapeCount": len(VALUES)}
        return {**head, **told, **turns, **self._looked}


def _turns(pose: Mapping[str, Any], gaze: Mapping[str, Any]) -> dict[str, float | None]:
    """The turns of head and eyes, None where they aren't known."""
    turns: dict[str, float | None] = dict.fromkeys((*HEAD, *EYES["left"], *EYES["right"]))
    if pose.get("yaw_deg") is None:
        return turns
    turns |= _yaw_pitch_roll(HEAD, yxz_of(in_camera(pose)))
    for side, columns in EYES.items():
        if (ray := ray_of(gaze.get(side))) is not None:
            # Gaze and the head's angles are against the same line.
            x, y, z = turn_of(pose).T @ ray
            eye = (float(np.arctan2(y, np.hypot(x, z))), float(-np.arctan2(x, -z)), 0.0)
            turns |= _yaw_pitch_roll(columns, eye)
    return turns


def _yaw_pitch_roll(columns: Sequence[str], angles: tuple[float, float, float]) -> dict[str, float]:
    """Angles about x, y and z in the order of the columns."""
    x, y, z = angles
    return dict(zip(columns, (y, x, z), strict=True))


def _as_text(row: Row) -> Row:
    """Numbers with ten digits, as the app writes them; 0 where nothing is known."""
    return row | {name: f"{row[name] or 0.0:.10f}" for name in VALUES}


def timecode(time_s: float) -> str:
    """Seconds as hours, minutes, seconds, and frames of a sixtieth of a second with their thousandths."""
    frames, thousandths = divmod(round(time_s * RATE * 1000), 1000)
    seconds, frames = divmod(frames, RATE)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}.{thousandths:03d}"


def _seconds(text: str, rate: int) -> float:
    """The way back, of a clock with so many frames a second.

    Raises:
        ValueError: It is no such time.
    """
    hours, minutes, seconds, frames = map(float, text.strip().split(":"))
    return (hours * 60 + minutes) * 60 + seconds + frames / rate


def _rate_of(path: Path) -> int:
    """How many frames a second a recording's clock has: one that counts to 29, and through all, has 30."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            codes = [row.get("Timecode") or "" for row in csv.DictReader(stream, skipinitialspace=True)]
        parts = [list(map(float, code.split(":"))) for code in codes]
    except (OSError, ValueError, csv.Error):
        return RATE  # Reading its rows says what is wrong.
    counted = {int(part[3]) for part in parts if len(part) == 4}
    rate = next((rate for rate in RATES if max(counted, default=RATE) < rate), RATE)
    return rate if len(counted) >= 0.9 * rate else RATE


def from_livelink(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as a face of a frame.

    Raises:
        ValueError: A cell is no number.
    """
    face = face_dict(None, None)
    shapes = {name[0].lower() + name[1:]: number_in(row, name) for name in SHAPES}
    head = _turn(row, HEAD)
    angles = dict.fromkeys(ANGLES) if head is None else _rounded(angles_of(head))
    gaze = {side: _gaze(row, columns, head) or dict.fromkeys(ANGLES[:2]) for side, columns in EYES.items()}
    mesh: dict[str, Any] = dict.fromkeys(
        ("presence", "pose", "eye_openness", "blink", "gaze", "mouth_opening", "asymmetry")
    )
    mesh |= dict.fromkeys(("blendshapes", "raw", "reliable", "reason", "points_xyz"))
    face["mesh"] = {
        **mesh,
        "pose": {**angles, **dict.fromkeys(PLACE)},
        "gaze": gaze,
        "blendshapes": {name: value for name, value in shapes.items() if value is not None},
    }
    return face


def _turn(row: Mapping[str, str], columns: Sequence[str]) -> Any:
    """A turn; None where it isn't known, or all its angles are 0, as the app writes what it isn't to tell."""
    yaw, pitch, roll = (number_in(row, name) for name in columns)
    if yaw is None or pitch is None or not (yaw or pitch or roll):
        return None
    return from_yxz((pitch, yaw, roll or 0.0))


def _gaze(row: Mapping[str, str], columns: Sequence[str], head: Any) -> dict[str, float] | None:
    """Where an eye looks, against the camera's axis, or against the head where that isn't told."""
    if (eye := _turn(row, columns)) is None:
        return None
    ray = eye @ [0.0, 0.0, -1.0]
    return _rounded(gaze_of(ray if head is None else head @ ray))


def _rounded(angles: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in angles.items()}
