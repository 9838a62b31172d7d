"""Angles, openness and blinks in a summary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mimik.mesh.reading import RAW_FIELDS
from mimik.results.summarise import sum_up, summarise
from mimik.results.tally import FIGURES
from mimik.runs.writer import open_writer
from mimik.types import FrameResult
from synthetic_mesh import NOBODY, make_mesh, mesh_face, mesh_info
from synthetic_results import make_result

RATE = 25


def frame(number: int, openness: tuple[float, float] = (0.9, 0.8), reason: str | None = None) -> FrameResult:
    mesh = make_mesh(pose=(number % 2 * 10.0, -3.0, 2.0), openness=openness)
    return make_result("a.mp4", number, mesh_face(mesh, reason=reason), time_s=number / RATE)


def minute() -> list[FrameResult]:
    """Half a minute with blinks of 0.12 s every 3 s, the first at 1 s, a wink, and a second of shut eyes."""
    shut = {25 + 75 * blink + part for blink in range(10) for part in range(3)} | set(range(640, 665))
    winks = range(60, 63)
    return [
        frame(n, (0.1, 0.2) if n in shut else (0.1, 0.9) if n in winks else (0.9, 0.8)) for n in range(750)
    ]


def write(path: Path, results: list[FrameResult]) -> Path:
    with open_writer(path, mesh_info()) as writer:
        for result in results:
            writer.write(result)
    return path


@pytest.mark.parametrize("name", ["r.jsonl", "r.csv", "r.parquet"])
def test_blinks_are_counted_of_any_format(tmp_path: Path, name: str) -> None:
    (row,) = summarise(write(tmp_path / name, minute()))
    assert (row["mesh_blinks"], row["mesh_shut_times"]) == (10, 1)
    assert row["mesh_blinks_per_minute"] == pytest.approx(20.0)
    assert row["mesh_blink_mean_s"] == pytest.approx(0.12)
    assert row["mesh_shut_seconds"] == pytest.approx(1.0)


def test_numbers_are_summed_up_as_any(tmp_path: Path) -> None:
    (row,) = summarise(write(tmp_path / "r.jsonl", minute()))
    assert row["mesh_pose_yaw_deg_mean"] == pytest.approx(5.0)
    assert row["mesh_pose_yaw_deg_median"] == 5.0
    assert row["mesh_eye_openness_left_peak"] == 0.9
    assert row["mesh_gaze_right_yaw_deg_mean"] == -4.0
    assert row["mesh_jawOpen_mean"] == pytest.approx(0.3)
    assert row["mesh_mouthLowerDownRight_median"] == pytest.approx(0.4)
    assert not any("points" in name for name in row)
    assert all(len(name) <= 32 for name in row if not name.startswith("untrusted"))


def test_an_untrusted_stretch_is_not_time_seen(tmp_path: Path) -> None:
    results = [frame(n, reason="blurred" if n >= 375 else None) for n in range(750)]
    (row,) = summarise(write(tmp_path / "r.jsonl", results))
    assert (row["mesh_blinks"], row["mesh_blinks_per_minute"]) == (0, 0.0)
    results = [
        frame(n, (0.1, 0.1) if n % 75 in (25, 26) else (0.9, 0.9), reason="blurred" if n >= 375 else None)
        for n in range(750)
    ]
    (row,) = summarise(write(tmp_path / "s.jsonl", results))
    assert (row["mesh_blinks"], row["mesh_blinks_per_minute"]) == (5, 20.0)


def test_stills_and_faces_without_a_mesh_have_no_blinks(tmp_path: Path) -> None:
    (row,) = summarise(write(tmp_path / "r.jsonl", [frame(0)]))
    assert row["mesh_blinks"] is None
    nobody = [make_result("a.mp4", n, mesh_face(NOBODY)) for n in range(50)]
    (row,) = summarise(write(tmp_path / "s.jsonl", nobody))
    assert (row["mesh_blinks"], row["mesh_untrusted"]) == (None, {"no mesh": 50})


def test_the_columns_are_there_whatever_was_found(tmp_path: Path) -> None:
    with_blinks = sum_up(write(tmp_path / "r.csv", minute())).columns
    without = sum_up(write(tmp_path / "s.csv", [make_result("a.mp4", 0)])).columns
    assert with_blinks == without
    assert "mesh_blink_mean_s" in without


@pytest.mark.parametrize("name", ["r.jsonl", "r.csv", "r.parquet"])
def test_raw_angles_are_summed_up_beside_the_smoothed_ones(tmp_path: Path, name: str) -> None:
    """The results have them as mesh_raw_yaw_deg, not under the pose."""
    raw = (20.0, -8.0, 4.0, 0.7, 0.6, 0.1)
    meshes = [
        replace(make_mesh(pose=(number, 2.0, 3.0)), raw=dict(zip(RAW_FIELDS, raw, strict=True)))
        for number in (10.0, 12.0)
    ]
    frames = [make_result("a.mp4", n, mesh_face(mesh), time_s=n / 10) for n, mesh in enumerate(meshes)]
    path = write(tmp_path / name, frames)
    (plain,), (row,) = summarise(path), summarise(path, raw=True)
    assert (row["mesh_pose_yaw_deg_mean"], row["mesh_raw_yaw_deg_mean"]) == (11.0, 20.0)
    assert (row["mesh_raw_pitch_deg_mean"], row["mesh_raw_roll_deg_sd"]) == (-8.0, 0.0)
    assert (row["mesh_raw_eye_openness_left_mean"], row["mesh_raw_mouth_opening_mean"]) == (0.7, 0.1)
    assert len(row.keys() - plain.keys()) == len(RAW_FIELDS) * len(FIGURES)
    assert all(row[name] == value for name, value in plain.items())
