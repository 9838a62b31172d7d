"""``mimik data audit``, as its users call it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

Run = Callable[..., Any]


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Two classes of eight pictures, one of them twice, one in both classes, and a damaged one."""
    root = tmp_path / "faces"
    for number in range(16):
        name = ("happy", "sad")[number % 2]
        (root / name).mkdir(parents=True, exist_ok=True)
        seed = {2: 0, 5: 4}.get(number, number)
        pixels = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), np.uint8)
        cv2.imwrite(str(root / name / f"{number:02}.png"), cv2.resize(pixels, (48, 48)))
    (root / "happy" / "broken.png").write_bytes(b"no picture")
    return root


def test_it_prints_and_writes_what_it_found(mimik: Run, faces: Path, tmp_path: Path) -> None:
    ran = mimik("data", "audit", faces, "-o", tmp_path / "out", "--json", tmp_path / "a.json")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == f"{faces}: pictures read by folder: 17 pictures"
    said = {line.split("  ")[0]: " ".join(line.split()) for line in lines}
    assert said["exact copies"].startswith("exact copies 2 2 within all (happy/00.png = happy/02.png, ")
    conflict = "equal pictures with other labels"
    assert said[conflict] == f"{conflict} 1 emotion 1 (happy/04.png = sad/05.png)"
    assert f"-> {tmp_path / 'out' / 'audit.html'}" in lines
    found = json.loads((tmp_path / "a.json").read_text())
    assert (found["exact_copies"], found["counts"]["undecodable"], found["counts"]["conflicts"]) == (2, 1, 1)
    assert found["leave_out"] == {
        "count": 4,
        "reasons": {"equal pictures, other labels": 2, "exact copy": 1, "undecodable": 1},
    }
    with (tmp_path / "out" / "leave_out.csv").open(newline="") as file:
        assert [row["key"] for row in csv.DictReader(file)] == [
            "happy/02.png",
            "happy/04.png",
            "happy/broken.png",
            "sad/05.png",
        ]


def test_lists_of_an_earlier_audit_are_told(mimik: Run, faces: Path, tmp_path: Path) -> None:
    assert "of an earlier audit in" not in mimik("data", "audit", faces, faces, "-o", tmp_path / "out").out
    assert mimik("data", "audit", faces, "-o", tmp_path / "out").out.endswith(
        "of an earlier audit in this folder: leave_out_1.csv, leave_out_2.csv; don't train by it\n"
    )


def test_the_json_goes_to_the_terminal(mimik: Run, faces: Path) -> None:
    assert json.loads(mimik("data", "audit", faces, "--json", "-").out)["pictures"] == 17


def test_a_clean_set_is_said_to_be(mimik: Run, faces: Path, tmp_path: Path) -> None:
    for name in ("happy/02.png", "sad/05.png", "happy/broken.png"):
        (faces / name).unlink()
    out = mimik("data", "audit", faces, "--smallest", "1").out
    assert "none: exact copies, near copies, look-alikes, photos that come again, " in out
    assert "training should leave out 0 pictures\n" in out


def test_wrong_use_is_one_line(mimik: Run, faces: Path, tmp_path: Path) -> None:
    assert (
        "--reader names 2 layouts for 1 PATHs"
        in mimik("data", "audit", faces, "--reader", "csv,folder").complaint
    )
    assert (
        "its folder isn't there"
        in mimik("data", "audit", faces, "--json", tmp_path / "no" / "a.json").complaint
    )
    ran = mimik("data", "audit", faces, "--predictions", tmp_path / "none.csv")
    assert "no such file; write one with 'mimik evaluate MODEL DATA --predictions FILE'" in ran.complaint
    (tmp_path / "file").write_text("")
    assert "can't be written" in mimik("data", "audit", faces, "-o", tmp_path / "file").complaint
