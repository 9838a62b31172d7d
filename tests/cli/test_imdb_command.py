"""IMDB-WIKI through the commands that look at data sets, divide them and score models on them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from imdb_files import Row, face_picture, save_image, table, write_table

Run = Callable[..., object]


@pytest.fixture(scope="module")
def imdb(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Path:
    """Twelve people with two pictures each, one more with a second face, a picture gone, one damaged."""
    root = tmp_path_factory.mktemp("sets") / "imdb_crop"
    rows = []
    for number in range(24):
        person = number // 2
        row = Row(
            f"{person:02d}/nm{person:07d}_rm{number}_{1950 + person}-6-1_2000.jpg",
            born=date(1950 + 4 * (person // 4), 6, 1),
            gender=float(person % 2),
            name=f"Person {person}",
            celeb_id=person + 1,
        )
        rows.append(row)
        save_image(root / row.full_path, face_picture(examples, number))
    rows.append(Row("00/two.jpg", second_face_score=2.5))
    rows.append(Row("00/gone.jpg", name="Person 0"))
    rows.append(Row("00/damaged.jpg", name="Person 0"))
    (root / "00/damaged.jpg").write_bytes(b"no picture")
    write_table(root / "imdb.mat", table(rows, [f"Person {n}" for n in range(12)]))
    return root


def test_info(mimik: Run, imdb: Path) -> None:
    ran = mimik("data", "info", imdb)
    assert (ran.code, ran.err) == (0, "")
    assert "IMDB-WIKI read by imdbwiki: 26 pictures" in ran.out
    assert "people or groups: 12" in ran.out
    assert "can't be decoded: 2 (imdb/00/gone.jpg, imdb/00/damaged.jpg)" in ran.out
    assert "left out, a second face: 1 (imdb/00/two.jpg)" in ran.out
    assert "years known of 26: 30 to 50" in ran.out


def test_split_keeps_people_together(mimik: Run, imdb: Path, tmp_path: Path) -> None:
    ran = mimik("data", "split", imdb, "--shares", "train=0.5,test=0.5", "-o", tmp_path / "s.csv")
    assert (ran.code, ran.err) == (0, "")
    with (tmp_path / "s.csv").open(newline="") as text:
        sides = {(row["group"], row["split"]) for row in csv.DictReader(text)}
    assert len(sides) == 12 and len({side for _, side in sides}) == 2


def test_audit(mimik: Run, imdb: Path, tmp_path: Path) -> None:
    ran = mimik("data", "audit", imdb, "-o", tmp_path / "audit", "--json", tmp_path / "a.json")
    assert ran.code == 0
    assert (tmp_path / "audit/leave_out.csv").is_file()
    left_out = (tmp_path / "audit/leave_out.csv").read_text()
    assert "imdb/00/gone.jpg" in left_out and "imdb/00/damaged.jpg" in left_out


def test_evaluate_finds_the_faces(
    mimik: Run, imdb: Path, tmp_path: Path, make_model: Callable[..., Path]
) -> None:
    model = make_model("gender")
    words = ("evaluate", model, imdb, "--split", "all")
    ran = mimik(*words, "--json", tmp_path / "e.json")
    assert ran.code == 1  # Two pictures couldn't be read, and are named.
    assert ran.err.count("\n") == 2 and "imdb_crop/00/gone.jpg: the picture is missing" in ran.err
    assert "faces in scenes found by yunet" in ran.out
    report = json.loads((tmp_path / "e.json").read_text())
    assert report["n"] == 24
    assert np.isfinite(report["accuracy"])
