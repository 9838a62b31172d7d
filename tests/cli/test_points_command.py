"""mimik analyze says that a CSV leaves a mesh's points out, and writes them where that is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mimik.cli.main import main
from mimik.results.read import read_rows

PHOTO = Path(__file__).parents[2] / "examples" / "astronaut.jpg"


def analyze(*words: str | Path) -> int:
    return main(["analyze", str(PHOTO), "--tasks", "mesh", *map(str, words)])


def test_points_are_left_out_of_csv_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.csv"
    assert analyze("-o", path) == 0
    said = capsys.readouterr().err
    assert (
        f"mimik: {path}: left out: mesh_points_xyz; write .jsonl or .parquet, or add --points-in-csv" in said
    )
    (row,) = read_rows(path)
    assert "mesh_points_xyz" not in row and isinstance(row["mesh_pose_yaw_deg"], float)
    # Results with other columns aren't gone on with.
    assert analyze("-o", path, "--points-in-csv") == 2
    assert "points_in_csv" in capsys.readouterr().err


def test_points_are_in_csv_where_they_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert analyze("-o", tmp_path / "r.csv", "--points-in-csv") == 0
    assert "left out" not in capsys.readouterr().err
    (row,) = read_rows(tmp_path / "r.csv")
    assert len(json.loads(str(row["mesh_points_xyz"]))) == 478
    assert analyze("-o", tmp_path / "r.jsonl", "--points-in-csv") == 2
    assert "--points-in-csv is for .csv" in capsys.readouterr().err
