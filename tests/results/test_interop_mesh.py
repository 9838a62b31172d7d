"""Meshes in other tools' columns: points, turns by their signs, gaze, blinks, blendshapes; and back."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import mimik
from mimik.errors import DataError
from mimik.mesh.canonical import canonical_face
from mimik.mesh.reading import MeshReading
from mimik.results.interop.base import load_form
from mimik.results.interop.livelink import SHAPES, VALUES, timecode
from mimik.results.interop.points68 import COLUMNS, FROM_MESH
from mimik.results.interop.turns import (
    ANGLES,
    PLACE,
    against_line,
    angles_of,
    from_xyz,
    from_yxz,
    gaze_of,
    in_camera,
    ray_of,
    towards,
    turn_of,
    xyz_of,
    yxz_of,
)
from mimik.types import Face, FrameResult
from synthetic_mesh import NOBODY, make_mesh, mesh_face
from synthetic_results import make_result

SCHEMA = json.loads((Path(mimik.__file__).parent / "schema.json").read_text(encoding="utf-8"))
AHEAD = (0.0, 0.0, 600.0)
"""In the middle of the picture."""


def rows_of(tool: str, path: Path, *meshes: MeshReading) -> list[dict[str, str]]:
    frames = [make_result("a.mp4", number, mesh_face(mesh)).to_dict() for number, mesh in enumerate(meshes)]
    load_form(tool).write(frames, path)
    return list(csv.DictReader(path.read_text().splitlines()))


def posed(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, place: Any = AHEAD) -> MeshReading:
    return make_mesh(pose=(yaw, pitch, roll), place_mm=place, gaze=((0.0, 0.0), (0.0, 0.0)))


def numbers(row: dict[str, str], *names: str) -> list[float]:
    return [float(row[name]) for name in names]


def test_turns_come_back() -> None:
    chance = np.random.default_rng(0)
    for _ in range(50):
        angles = dict(zip(ANGLES, chance.uniform(-60, 60, 3), strict=True))
        place = dict(zip(PLACE, (*chance.uniform(-300, 300, 2), 600.0), strict=True))
        turn = turn_of(angles)
        assert angles_of(turn) == pytest.approx(angles)
        assert from_xyz(xyz_of(turn)) == pytest.approx(turn)
        assert from_yxz(yxz_of(turn)) == pytest.approx(turn)
        assert against_line(in_camera({**angles, **place}), place) == pytest.approx(angles)
        line = np.array([place[name] for name in PLACE])
        assert towards(place) @ [0, 0, 1] == pytest.approx(line / np.linalg.norm(line))
        gaze = {"yaw_deg": angles["yaw_deg"], "pitch_deg": angles["pitch_deg"]}
        ray = ray_of(gaze)
        assert ray is not None and gaze_of(ray) == pytest.approx(gaze)


def test_the_68_points_lie_where_they_should() -> None:
    face, _ = canonical_face()
    points = face[list(FROM_MESH)]
    assert len(set(FROM_MESH)) == 68
    # Those of the left half are mirror images of those of the right: x to the viewer's right is left.
    halves = [
        *zip(range(8), range(16, 8, -1), strict=True),
        *zip(range(17, 22), range(26, 21, -1), strict=True),
        *zip((31, 32), (35, 34), strict=True),
        *zip((36, 37, 38, 39, 40, 41), (45, 44, 43, 42, 47, 46), strict=True),
        *zip((48, 49, 50, 58, 59, 60, 61, 67), (54, 53, 52, 56, 55, 64, 63, 65), strict=True),
    ]
    for right, left in halves:
        assert points[right] == pytest.approx(points[left] * [-1, 1, 1], abs=0.1)
        assert points[right][0] < 0
    middle = points[[8, 27, 28, 29, 30, 33, 51, 57, 62, 66]]
    assert middle[:, 0] == pytest.approx(np.zeros(10), abs=0.1)
    # From top to bottom: brows, eyes' line, nose's tip and base, lips, chin.
    heights = points[[19, 27, 28, 29, 30, 33, 51, 62, 66, 57, 8]][:, 1]
    assert (np.diff(heights) > -0.1).all()


@pytest.mark.parametrize("tool", ["openface", "pyfeat"])
def test_the_68_points_are_those_of_the_mesh(tmp_path: Path, tool: str) -> None:
    (row,) = rows_of(tool, tmp_path / "o.csv", make_mesh())
    assert numbers(row, *COLUMNS[:68]) == [float(number) for number in FROM_MESH]
    assert numbers(row, *COLUMNS[68:]) == [1000.0 + number for number in FROM_MESH]


@pytest.mark.parametrize(
    ("angles", "openface", "pyfeat", "livelink"),
    [
        # Turned to the person's own left, looking up, tilted clockwise: as each tool counts it.
        ((20.0, 0.0, 0.0), (0, -20, 0), (0, 0, -20), (-20, 0, 0)),
        ((0.0, 20.0, 0.0), (-20, 0, 0), (20, 0, 0), (0, -20, 0)),
        ((0.0, 0.0, 20.0), (0, 0, 20), (0, 20, 0), (0, 0, 20)),
    ],
)
def test_each_tool_has_its_signs(
    tmp_path: Path,
    angles: tuple[float, float, float],
    openface: tuple[float, ...],
    pyfeat: tuple[float, ...],
    livelink: tuple[float, ...],
) -> None:
    mesh = posed(*angles)
    (row,) = rows_of("openface", tmp_path / "o.csv", mesh)
    assert numbers(row, "pose_Rx", "pose_Ry", "pose_Rz") == pytest.approx(np.radians(openface), abs=1e-4)
    (row,) = rows_of("pyfeat", tmp_path / "p.csv", mesh)
    assert numbers(row, "Pitch", "Roll", "Yaw") == pytest.approx(pyfeat, abs=0.01)
    (row,) = rows_of("livelink", tmp_path / "l.csv", mesh)
    assert numbers(row, "HeadYaw", "HeadPitch", "HeadRoll") == pytest.approx(np.radians(livelink), abs=1e-4)


def test_a_face_beside_the_middle_that_looks_into_the_camera_is_turned_for_openface(tmp_path: Path) -> None:
    """Its angles are against the camera's own axis: a face on the viewer's right turns to its own right."""
    (row,) = rows_of("openface", tmp_path / "o.csv", posed(place=(300.0, 0.0, 600.0)))
    turned = math.atan2(300, 600)
    assert numbers(row, "pose_Tx", "pose_Ty", "pose_Tz") == [300, 0, 600]
    assert numbers(row, "pose_Rx", "pose_Ry", "pose_Rz") == pytest.approx([0, turned, 0], abs=1e-4)
    assert numbers(row, "gaze_angle_x", "gaze_angle_y") == pytest.approx([-turned, 0], abs=1e-4)
    gaze = numbers(row, "gaze_0_x", "gaze_0_y", "gaze_0_z")
    assert gaze == pytest.approx([-math.sin(turned), 0, -math.cos(turned)], abs=1e-5)


def test_openfaces_gaze_is_to_the_viewers_right_and_down(tmp_path: Path) -> None:
    mesh = make_mesh((0, 0, 0), AHEAD, gaze=((10.0, -5.0), (20.0, -5.0)))
    (row,) = rows_of("openface", tmp_path / "o.csv", mesh)
    # Eye 0 is the one on the viewer's left, the person's right.
    assert float(row["gaze_0_x"]) == pytest.approx(
        math.sin(math.radians(20)) * math.cos(math.radians(5)), abs=1e-5
    )
    assert float(row["gaze_1_x"]) == pytest.approx(
        math.sin(math.radians(10)) * math.cos(math.radians(5)), abs=1e-5
    )
    assert float(row["gaze_0_y"]) == pytest.approx(math.sin(math.radians(5)), abs=1e-5)
    assert numbers(row, "gaze_angle_x", "gaze_angle_y") == pytest.approx(np.radians([15, 5]), abs=5e-3)


def test_one_eye_is_enough_for_a_gaze(tmp_path: Path) -> None:
    (row,) = rows_of("openface", tmp_path / "o.csv", make_mesh((0, 0, 0), AHEAD, gaze=((10.0, 0.0), None)))
    assert row["gaze_0_x"] == ""
    assert float(row["gaze_angle_x"]) == pytest.approx(math.radians(10), abs=1e-4)


def test_a_blink_is_au45(tmp_path: Path) -> None:
    shut, open_ = make_mesh(openness=(0.1, 0.1)), make_mesh(openness=(0.9, 0.7))
    first, second = rows_of("openface", tmp_path / "o.csv", shut, open_)
    assert (first["AU45_c"], second["AU45_c"]) == ("1", "0")
    assert (float(first["AU45_r"]), float(second["AU45_r"])) == (4.5, 1.0)


@pytest.mark.parametrize("tool", ["openface", "pyfeat"])
def test_what_cannot_be_trusted_is_left_out_and_named(tmp_path: Path, tool: str) -> None:
    meshes = (make_mesh(), make_mesh(reason="turned away"), NOBODY)
    frames = [make_result("a.mp4", n, mesh_face(mesh)).to_dict() for n, mesh in enumerate(meshes)]
    written = load_form(tool).write(frames, tmp_path / "o.csv")
    assert written is not None
    assert "410 of the mesh's 478 points, and z of the others" in written.notes()[0]
    assert "mesh that can't be trusted (2 faces)" in written.notes()[0]
    assert "blendshapes" in written.notes()[0]
    rows = list(csv.DictReader((tmp_path / "o.csv").read_text().splitlines()))
    assert [row["x_30"] for row in rows] == ["4.0", "", ""]


def back(tool: str, path: Path, mesh: MeshReading) -> dict[str, Any]:
    rows_of(tool, path, mesh)
    (frame,) = load_form(tool).read(path)
    jsonschema.Draft202012Validator(SCHEMA).validate(frame)
    found: dict[str, Any] = frame["faces"][0]
    return found


def test_place_pose_and_gaze_come_back_from_openface(tmp_path: Path) -> None:
    mesh = make_mesh((25.0, -10.0, 5.0), (-150.0, 80.0, 700.0))
    found = back("openface", tmp_path / "o.csv", mesh)["mesh"]
    assert found["pose"] == pytest.approx(mesh.to_dict()["pose"], abs=0.02)
    for side in ("left", "right"):
        assert found["gaze"][side] == pytest.approx(mesh.to_dict()["gaze"][side], abs=0.02)
    assert found["points_xyz"] is found["reliable"] is found["blendshapes"] is None


def test_an_eye_that_openface_did_not_see_has_no_gaze(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "frame,success,gaze_0_x,gaze_0_y,gaze_0_z,gaze_1_x,gaze_1_y,gaze_1_z\n1,1,0,0,0,0.1,0,-0.995\n"
    )
    (frame,) = load_form("openface").read(path)
    gaze = frame["faces"][0]["mesh"]["gaze"]
    assert gaze["right"] == {"yaw_deg": None, "pitch_deg": None}
    assert gaze["left"]["yaw_deg"] == pytest.approx(5.74, abs=0.01)


def test_pyfeats_pose_comes_back_and_that_of_later_versions_does_not(tmp_path: Path) -> None:
    with pytest.warns(mimik.MimikWarning, match=r"no place for it: x_0, x_1, .* and 129 more$"):
        face = back("pyfeat", tmp_path / "p.csv", posed(20.0, -10.0, 0.0))
    assert face["quality"]["pose"]["yaw_deg"] == pytest.approx(20, abs=0.4)
    assert face["quality"]["pose"]["pitch_deg"] == pytest.approx(-10, abs=0.7)
    path = tmp_path / "later.csv"
    path.write_text(
        "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,Pitch,Roll,Yaw,X,Y,Z,frame\n1,2,3,4,0.1,0.2,0.3,1,2,3,0\n"
    )
    with pytest.warns(mimik.MimikWarning, match="no place for it: Pitch, Roll, Yaw, X, Y, Z$"):
        (frame,) = load_form("pyfeat").read(path)
    assert frame["faces"][0]["quality"] is None


def test_pyfeat_has_the_landmarks_pose_where_there_is_no_mesh(tmp_path: Path) -> None:
    frame = make_result("a.mp4", 0, mesh_face(NOBODY)).to_dict()
    load_form("pyfeat").write([frame], tmp_path / "p.csv")
    (row,) = csv.DictReader((tmp_path / "p.csv").read_text().splitlines())
    assert numbers(row, "Pitch", "Roll", "Yaw") == [-2.0, 3.0, -1.0]


APP = """Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,EyeLookUpLeft,\
EyeSquintLeft,EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,EyeLookOutRight,EyeLookUpRight,\
EyeSquintRight,EyeWideRight,JawForward,JawRight,JawLeft,JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,\
MouthLeft,MouthSmileLeft,MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,\
MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,MouthShrugUpper,MouthPressLeft,\
MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,MouthUpperUpLeft,MouthUpperUpRight,BrowDownLeft,\
BrowDownRight,BrowInnerUp,BrowOuterUpLeft,BrowOuterUpRight,CheekPuff,CheekSquintLeft,CheekSquintRight,\
NoseSneerLeft,NoseSneerRight,TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,\
RightEyeYaw,RightEyePitch,RightEyeRoll"""
"""The first line of a recording of the app's."""


def test_live_link_is_as_the_app_writes_it(tmp_path: Path) -> None:
    mesh = make_mesh((0, 0, 0), AHEAD, gaze=((-10.0, 0.0), (0.0, -8.0)), shapes={"jawOpen": 0.25})
    rows_of("livelink", tmp_path / "l.csv", mesh)
    header, line = (tmp_path / "l.csv").read_text().splitlines()
    assert header == APP
    assert len(SHAPES) == 52 and len(VALUES) == 61
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert (row["Timecode"], row["BlendShapeCount"]) == ("00:00:00:00.000", "61")
    assert (row["JawOpen"], row["CheekPuff"], row["TongueOut"]) == (
        "0.2500000000",
        "0.0000000000",
        "0.0000000000",
    )
    # To one's own right and down are positive.
    assert numbers(row, "LeftEyeYaw", "LeftEyePitch") == pytest.approx(np.radians([10, 0]), abs=1e-6)
    assert numbers(row, "RightEyeYaw", "RightEyePitch") == pytest.approx(np.radians([0, 8]), abs=1e-6)


def test_eyes_are_turned_within_the_head(tmp_path: Path) -> None:
    """Someone who turns to the left and goes on looking at the camera looks to the right out of the head."""
    (row,) = rows_of("livelink", tmp_path / "l.csv", posed(20.0, place=(200.0, 0.0, 600.0)))
    assert numbers(row, "LeftEyeYaw", "RightEyeYaw") == pytest.approx(np.radians([20, 20]), abs=1e-6)


def test_shut_eyes_look_where_they_looked_last(tmp_path: Path) -> None:
    looks = ((10.0, 0.0), (10.0, 0.0))
    meshes = [make_mesh((0, 0, 0), AHEAD, gaze=gaze) for gaze in (looks, (None, None), looks)]
    rows = rows_of("livelink", tmp_path / "l.csv", *meshes)
    assert len({row["LeftEyeYaw"] for row in rows}) == 1


def test_rows_keep_the_frames_own_times(tmp_path: Path) -> None:
    frames = [
        make_result("a.mp4", number, *faces, time_s=time_s).to_dict()
        for number, (time_s, faces) in enumerate(
            [
                (0.0, [mesh_face()]),
                (1 / 30, [mesh_face()]),
                (0.5, []),
                (3.0, [mesh_face()]),
                (3700.25, [mesh_face()]),
            ]
        )
    ]
    load_form("livelink").write(frames, tmp_path / "l.csv")
    codes = [row["Timecode"] for row in csv.DictReader((tmp_path / "l.csv").read_text().splitlines())]
    assert codes == ["00:00:00:00.000", "00:00:00:02.000", "00:00:03:00.000", "01:01:40:15.000"]
    assert timecode(0.9999999) == "00:00:01:00.000"
    found = [frame["time_s"] for frame in load_form("livelink").read(tmp_path / "l.csv")]
    assert found == pytest.approx([0, 1 / 30, 3, 3700.25], abs=1e-6)


def faces(*numbers: int) -> Iterable[Face]:
    return (mesh_face(number=number) for number in numbers)


@pytest.mark.parametrize(
    "frames",
    [
        [make_result("a.mp4", 0, *faces(0, 1))],
        [make_result("a.mp4", 0, *faces(0)), make_result("a.mp4", 1, *faces(1))],
    ],
)
def test_live_link_is_of_one_face(tmp_path: Path, frames: list[FrameResult]) -> None:
    with pytest.raises(DataError, match="there are #0 and #1: choose with --id"):
        load_form("livelink").write([frame.to_dict() for frame in frames], tmp_path / "l.csv")
    assert not (tmp_path / "l.csv").exists()


def test_what_live_link_lacks_is_named(tmp_path: Path) -> None:
    frames = [make_result("a.mp4", 0, mesh_face()).to_dict()]
    written = load_form("livelink").write(frames, tmp_path / "l.csv")
    assert written is not None
    left_out, empty = written.notes()
    assert "points of the mesh" in left_out and "place of the head" in left_out
    assert empty.startswith(
        "nothing to write in these places of Live Link Face's form, which hold 0: EyeLookDownLeft"
    )
    assert "CheekPuff" in empty and "JawOpen" not in empty


def test_blendshapes_pose_and_gaze_come_back_from_live_link(tmp_path: Path) -> None:
    mesh = make_mesh((15.0, -5.0, 8.0), AHEAD, gaze=((4.0, 2.0), (3.0, 1.0)))
    found = back("livelink", tmp_path / "l.csv", mesh)["mesh"]
    told = mesh.to_dict()
    assert {name: found["blendshapes"][name] for name in told["blendshapes"]} == pytest.approx(
        told["blendshapes"]
    )
    assert {name: found["pose"][name] for name in ANGLES} == pytest.approx(
        {name: told["pose"][name] for name in ANGLES}, abs=0.02
    )
    for side in ("left", "right"):
        assert found["gaze"][side] == pytest.approx(told["gaze"][side], abs=0.02)


def recording(codes: Iterable[str]) -> str:
    values = dict.fromkeys(VALUES, "0.0000000000") | {"EyeLookOutLeft": "0.6489", "LeftEyeYaw": "-0.4424"}
    values |= {"LeftEyePitch": "-0.1907", "LeftEyeRoll": "0.0824"}
    return "\n".join([APP, *(",".join([code, "61", *values.values()]) for code in codes)]) + "\n"


def test_a_recording_of_the_apps_is_read(tmp_path: Path) -> None:
    """An eye that looks out, to the person's own left, and up; the head isn't told."""
    path = tmp_path / "l.csv"
    path.write_text(recording(["13:13:04:31.652", "13:13:04:33.651", "13:13:05:01.648"]))
    first, second, third = load_form("livelink").read(path)
    jsonschema.Draft202012Validator(SCHEMA).validate(first)
    mesh = first["faces"][0]["mesh"]
    assert mesh["gaze"]["left"] == {"yaw_deg": 25.35, "pitch_deg": 10.93}
    assert mesh["pose"]["yaw_deg"] is None and mesh["gaze"]["right"]["yaw_deg"] is None
    assert mesh["blendshapes"]["eyeLookOutLeft"] == 0.6489
    assert [first["time_s"], second["time_s"]] == [0.0, pytest.approx(1.999 / 60, abs=1e-6)]
    assert third["time_s"] == pytest.approx(29.996 / 60, abs=1e-6)


def test_a_recording_goes_on_at_midnight(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(recording(["23:59:59:30.000", "23:59:59:45.000", "00:00:00:00.000", "00:00:00:15.000"]))
    assert [frame["time_s"] for frame in load_form("livelink").read(path)] == [0.0, 0.25, 0.5, 0.75]


def test_another_clock_is_told_by_what_it_counts_to(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(recording(f"00:00:{n // 30:02d}:{n % 30:02d}" for n in range(90)))
    times = [frame["time_s"] for frame in load_form("livelink").read(path)]
    assert times[:2] == pytest.approx([0.0, 1 / 30], abs=1e-6) and times[-1] == pytest.approx(
        89 / 30, abs=1e-6
    )
