"""A file a source, in another tool's form."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from interop_results import two_clips, with_units, without, write
from mimik.errors import DataError, OutputError, OutputExistsError
from mimik.results.frames import read_frames
from mimik.results.interop import each
from mimik.results.interop.base import load_form
from mimik.results.interop.each import Each, write_each
from synthetic_results import make_face, make_result


def to_openface(results: Path, folder: Path, source: str | None = None, overwrite: bool = False) -> Each:
    return write_each(results, load_form("openface"), folder, ".csv", source, overwrite)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_each_source_has_a_file_as_if_it_were_alone(tmp_path: Path, suffix: str) -> None:
    results = write(tmp_path / f"r{suffix}", two_clips())
    told = to_openface(results, tmp_path / "new" / "of")
    assert told.files == {f"in/{n}.mp4": tmp_path / "new" / "of" / f"{n}.csv" for n in "ab"}
    assert not told.failed and told.written is not None
    assert (told.written.files, told.written.frames, told.written.faces) == (2, 6, 8)
    frames = [frame for frame in read_frames(results) if frame["source"] == "in/b.mp4"]
    load_form("openface").write(frames, tmp_path / "alone.csv")
    assert (tmp_path / "new" / "of" / "b.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()
    with (tmp_path / "new" / "of" / "b.csv").open(newline="") as stream:
        rows = [(row["frame"], row["timestamp"], row["face_id"]) for row in csv.DictReader(stream)]
    seen = {("1", "0.0"): "01", ("2", "0.04"): "0", ("31", "1.2"): "01"}
    assert rows == [(*frame, face) for frame, faces in seen.items() for face in faces]


def test_sources_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    frames = [make_result(f"{folder}/talk.mp4", 0, with_units(make_face())) for folder in ("a", "b")]
    to_openface(write(tmp_path / "r.jsonl", frames), tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["a_talk.csv", "b_talk.csv"]


def test_a_source_that_cannot_be_written_costs_its_own_file(tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    lines = [frame.to_dict() for frame in two_clips()]
    lines[2]["faces"][0]["box_xyxy"] = None  # of a.mp4, after another frame was written
    results.write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = write_each(results, load_form("deepface"), tmp_path / "d", ".json")
    assert list(told.files) == ["in/b.mp4"]
    assert told.failed == {
        "in/a.mp4": "in/a.mp4, frame 30: can't be written in deepface's form: a face has no box"
    }
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["b.json"]


def test_a_source_without_units_costs_its_own_file(tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    frames = [make_result("a.jpg", 0, make_face()), make_result("b.jpg", 0, with_units(make_face()))]
    results.write_text("".join(json.dumps(frame.to_dict()) + "\n" for frame in frames))
    told = to_openface(results, tmp_path / "of")
    assert list(told.files) == ["b.jpg"] and list(told.failed) == ["a.jpg"]


def test_one_reason_for_all_is_told_once(tmp_path: Path) -> None:
    faces = [make_result(name, 0, without(make_face(), "age")) for name in ("a.jpg", "b.jpg")]
    results = tmp_path / "r.jsonl"
    results.write_text("".join(json.dumps(frame.to_dict()) + "\n" for frame in faces))
    with pytest.raises(
        DataError, match=r"^OpenFace 2's form is for action units or mesh, .* emotion,gender,au,mesh$"
    ):
        to_openface(results, tmp_path / "of")
    assert not (tmp_path / "of").exists()


def test_nothing_that_is_there_is_replaced_by_itself(tmp_path: Path) -> None:
    results, folder = write(tmp_path / "r.jsonl", two_clips()), tmp_path / "of"
    folder.mkdir()
    (folder / "b.csv").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"of: holds b\.csv; choose another folder or --overwrite$"):
        to_openface(results, folder)
    assert [path.name for path in folder.iterdir()] == ["b.csv"]
    assert len(to_openface(results, folder, source="a.mp4").files) == 1
    assert len(to_openface(results, folder, overwrite=True).files) == 2
    assert (folder / "b.csv").read_text().startswith("frame,face_id")


def test_the_results_are_never_replaced(tmp_path: Path) -> None:
    results = write(tmp_path / "a.csv", two_clips())
    before = results.read_bytes()
    with pytest.raises(OutputError, match=r"a\.csv: is the results file itself; choose another folder$"):
        to_openface(results, tmp_path, overwrite=True)
    assert results.read_bytes() == before and not (tmp_path / "b.csv").exists()


def test_sources_that_lie_apart_are_refused(tmp_path: Path) -> None:
    frames = two_clips()
    results = tmp_path / "r.jsonl"
    lines = [frames[number].to_dict() for number in (0, 3, 1)]
    results.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(DataError, match=r"frames of in/a\.mp4 lie apart; sort the file by source and frame$"):
        to_openface(results, tmp_path / "of")
    assert not (tmp_path / "of").exists()


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    results = write(tmp_path / "r.csv", two_clips())
    with pytest.raises(DataError, match=r"a source 'c\.mp4'; there is in/a\.mp4, in/b\.mp4$"):
        to_openface(results, tmp_path / "of", source="c.mp4")
    assert not (tmp_path / "of").exists()


def test_a_source_that_comes_meanwhile_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where results are converted while they are still being written."""
    results = write(tmp_path / "r.jsonl", two_clips())
    there = each.frames_of_source
    read = iter((lambda *args: (f for f in there(*args) if f["source"] == "in/a.mp4"), there))
    monkeypatch.setattr(each, "frames_of_source", lambda *args: next(read)(*args))
    told = to_openface(results, tmp_path / "of")
    assert list(told.files) == ["in/a.mp4"] and "convert them again" in told.failed["in/b.mp4"]


def test_what_is_no_folder_is_said(tmp_path: Path) -> None:
    results = write(tmp_path / "r.csv", two_clips())
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"file.*: can't be written"):
        to_openface(results, tmp_path / "file" / "of")
