"""A mesh in tables: flat columns, its points in JSONL and Parquet, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet
import pytest

import mimik
from mimik.results.dataframe import to_dataframe
from mimik.results.frames import read_frames
from mimik.results.read import read_rows
from mimik.results.rows import guessed_kind
from mimik.results.schema import place_of
from mimik.runs.writer import open_writer
from mimik.types import FrameResult
from synthetic_mesh import NOBODY, make_mesh, mesh_face, mesh_info
from synthetic_results import make_result

SCHEMA = json.loads((Path(mimik.__file__).parent / "schema.json").read_text(encoding="utf-8"))


def results() -> list[FrameResult]:
    half = make_mesh(openness=(0.2, None), gaze=((1.0, 2.0), None), reason="turned away")
    return [
        make_result("a.mp4", 0, mesh_face()),
        make_result("a.mp4", 1, mesh_face(half), mesh_face(NOBODY, 1)),
        make_result("a.mp4", 2),
    ]


def write(path: Path, **settings: Any) -> Path:
    with open_writer(path, mesh_info(**settings)) as writer:
        for result in results():
            writer.write(result)
    return path


@pytest.mark.parametrize("frame", results())
def test_a_line_fits_the_schema(frame: FrameResult) -> None:
    line = json.loads(json.dumps(frame.to_dict()))
    jsonschema.Draft202012Validator(SCHEMA).validate(line)


def test_a_row_says_each_value_in_a_column_of_its_own(tmp_path: Path) -> None:
    row = next(read_rows(write(tmp_path / "r.csv")))
    told = {name: value for name, value in row.items() if name.startswith("mesh_")}
    assert told["mesh_pose_yaw_deg"] == 12.0
    assert told["mesh_pose_z_mm"] == 600.0
    assert told["mesh_eye_openness_right"] == 0.8
    assert told["mesh_gaze_right_yaw_deg"] == -4.0
    assert told["mesh_blink"] is False
    assert told["mesh_jawOpen"] == 0.3
    assert told["mesh_raw_eye_openness_left"] == 0.9
    assert told["mesh_reliable"] is True
    assert told["mesh_reason"] is None


def test_points_are_in_parquet_as_lists_and_not_in_csv(tmp_path: Path) -> None:
    assert "mesh_points_xyz" not in next(read_rows(write(tmp_path / "r.csv")))
    table = pyarrow.parquet.read_table(write(tmp_path / "r.parquet"))
    points = table.column("mesh_points_xyz").to_pylist()
    assert points[0][:2] == [[0.0, 1000.0, 0.0], [1.0, 1001.0, -0.1]]
    assert [len(one) if one else None for one in points] == [478, 478, None, None]


def test_points_are_in_csv_where_that_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", points_in_csv=True)
    assert json.loads(str(next(read_rows(path))["mesh_points_xyz"]))[477] == [477.0, 1477.0, -47.7]


@pytest.mark.parametrize(("name", "with_points"), [("r.parquet", True), ("r.csv", False)])
def test_meshes_come_back_from_rows(tmp_path: Path, name: str, with_points: bool) -> None:
    found = [face["mesh"] for frame in read_frames(write(tmp_path / name)) for face in frame["faces"]]
    meshes = [face.readings["mesh"].to_dict() for frame in results() for face in frame.faces]
    for mesh in meshes:
        mesh["points_xyz"] = mesh["points_xyz"] if with_points else None
    assert found[:2] == meshes[:2]
    assert found[2] == meshes[2] | dict.fromkeys(("eye_openness", "blendshapes", "raw"))


def test_columns_are_known_without_the_runs_own_file(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv")
    with_run = list(read_rows(path))
    path.with_name("r.csv.run").unlink()
    assert list(read_rows(path)) == with_run
    assert guessed_kind("mesh_blink") == "truth"
    assert guessed_kind("mesh_points_xyz") == "points"
    assert guessed_kind("mesh_gaze_left_yaw_deg") == "number"
    assert guessed_kind("winks_blink") == "number"


def test_places_of_columns_are_as_deep_as_the_schema() -> None:
    assert place_of("mesh", "gaze_left_yaw_deg") == ("gaze", "left", "yaw_deg")
    assert place_of("mesh", "raw_eye_openness_left") == ("raw", "eye_openness_left")
    assert place_of("mesh", "jawOpen") == ("blendshapes", "jawOpen")
    assert place_of("emotion", "raw_happy") == ("raw", "happy")
    assert place_of("age", "raw_years") == ("raw", "years")
    assert place_of("au", "AU12") == ("probabilities", "AU12")


def test_a_dataframe_holds_points_as_lists(tmp_path: Path) -> None:
    table = to_dataframe(write(tmp_path / "r.parquet"))
    assert table["mesh_points_xyz"][0][3] == [3.0, 1003.0, -0.3]
    assert table["mesh_points_xyz"][2] is None or table["mesh_points_xyz"].isna()[2]
    assert str(table["mesh_blink"].dtype) == "boolean"
    assert table["mesh_gaze_left_pitch_deg"].tolist()[:2] == [1.0, 2.0]
