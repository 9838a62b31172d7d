"""Frames put together from the rows of CSV and Parquet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interop_results import INFO_UNITS, two_clips, write
from mimik.results.csv import csv_line
from mimik.results.frames import frames_of, read_frames
from mimik.results.interop.base import FORMS, load_form
from mimik.results.interop.openface import OpenFace
from mimik.results.read import read_results, read_rows
from mimik.results.rows import Cell, flatten, is_face
from synthetic_mesh import mesh_face, mesh_info
from synthetic_results import make_result, random_results

NOT_IN_ROWS: dict[str, Any] = {"width": None, "height": None, "detector": None}


def as_rows_tell(frame: dict[str, Any]) -> dict[str, Any]:
    faces = [{**face, "landmarks_xy": None} for face in frame["faces"]]
    return {**frame, **NOT_IN_ROWS, "faces": faces}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_frames_come_back_from_rows(tmp_path: Path, suffix: str) -> None:
    frames = [*two_clips(), *random_results("c.mp4", 9, seed=4)]
    found = list(read_frames(write(tmp_path / f"r{suffix}", frames)))
    assert found == [as_rows_tell(frame.to_dict()) for frame in frames]
    assert [(frame["source"], frame["frame"], frame["time_s"]) for frame in found[:3]] == [
        ("in/a.mp4", 0, 0.0),
        ("in/a.mp4", 1, 0.04),
        ("in/a.mp4", 30, 1.2),
    ]


def test_a_jsonl_keeps_all_that_it_holds(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", two_clips())
    assert list(read_frames(path)) == list(read_results(path))


def test_what_another_tool_measured_comes_back(tmp_path: Path) -> None:
    table = tmp_path / "o.csv"
    table.write_text(
        "frame,timestamp,success,face_id,AU12_c,AU12_r,AU28_c\n1,0.5,1,3,1,2.5,0\n2,0.6,1,3,0,0.1,0\n"
    )
    frames = list(OpenFace().read(table))
    found = list(frames_of(row for frame in frames for row in flatten(frame)))
    assert [frame["faces"][0]["au"]["intensities"] for frame in found] == [{"AU12": 2.5}, {"AU12": 0.1}]
    assert [frame["faces"][0]["au"]["active"] for frame in found] == [["AU12"], []]


def test_a_task_that_nobody_knows_is_one_of_classes() -> None:
    reading = {
        "label": "round",
        "probabilities": {"round": 0.7, "none": 0.3},
        "raw": {"round": 0.6, "none": 0.4},
    }
    frame = make_result("a.jpg").to_dict()
    face = dict.fromkeys(("id", "box_xyxy", "landmarks_xy", "score", "quality")) | {
        "id": 0,
        "glasses": reading,
    }
    (found,) = frames_of(flatten({**frame, "faces": [face]}))
    assert found["faces"][0]["glasses"] == reading


def test_a_studys_table_says_where_nobody_was() -> None:
    context = {"person": "P01", "group": "old", "session": "first", "marker": None}
    rows = [{**context, **row} for frame in two_clips() for row in flatten(frame.to_dict())]
    assert [is_face(row) for row in rows[:4]] == [True, True, False, True]
    assert [len(frame["faces"]) for frame in frames_of(rows)] == [2, 0, 2] * 2


@pytest.mark.parametrize("tool", FORMS)
def test_every_format_gives_the_same_file(tmp_path: Path, tool: str) -> None:
    frames = [frame for frame in two_clips(points=False) if frame.source == "in/a.mp4"]
    info = INFO_UNITS
    if tool == "livelink":
        frames, info = [make_result("a.mp4", number, mesh_face()) for number in range(3)], mesh_info()
    form = load_form(tool)
    made = set()
    for suffix in (".jsonl", ".csv", ".parquet"):
        path = tmp_path / f"{tool}{suffix[1:]}{form.suffixes[0]}"
        form.write(read_frames(write(tmp_path / f"r{suffix}", frames, info)), path)
        made.add(path.read_bytes())
    assert len(made) == 1


def _in_german(cell: Cell, name: str) -> str:
    text = csv_line([cell]).strip().strip('"')
    return text if name == "source" else text.replace(".", ",")


def test_a_spreadsheets_table_gives_the_same_file(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", [f for f in two_clips() if f.source == "in/a.mp4"])
    rows = list(read_rows(path))
    names = list(rows[0])
    lines = [";".join(_in_german(row[name], name) for name in names) for row in rows]
    saved = tmp_path / "saved.csv"
    saved.write_text("\r\n".join([";".join(names), *lines, ""]), newline="")
    made = []
    for results in (path, saved):
        OpenFace().write(read_frames(results), tmp_path / "o.csv")
        made.append((tmp_path / "o.csv").read_bytes())
    assert made[0] == made[1]


def test_rows_say_which_of_a_forms_places_they_cannot_fill(tmp_path: Path) -> None:
    frames = two_clips()
    said = {}
    for suffix in (".jsonl", ".csv"):
        results = write(tmp_path / f"r{suffix}", frames)
        written = load_form("deepface").write(read_frames(results), tmp_path / "d.json")
        assert written is not None
        said[suffix] = written.notes(of_rows=suffix != ".jsonl")
        eyes = [
            face["region"]["left_eye"]
            for faces in json.loads((tmp_path / "d.json").read_text())
            for face in faces
        ]
        assert set(map(type, eyes)) == ({list} if suffix == ".jsonl" else {type(None)})
    assert "landmarks" not in said[".jsonl"][-1]
    assert said[".csv"][-1] == (
        "rows of .csv and .parquet hold no landmarks, so left_eye and right_eye are empty; "
        "convert the .jsonl results to have them"
    )
