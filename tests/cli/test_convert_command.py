"""mimik convert and mimik plot say what is missing, what was left out, and what was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interop_results import two_clips, with_units, without, write
from mimik.cli.main import main
from synthetic_mesh import mesh_face, mesh_info
from synthetic_results import make_face, make_result


def convert(*words: str | Path) -> int:
    return main(["convert", *map(str, words)])


def test_results_without_units_make_no_openface_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = write(tmp_path / "talk.jsonl", [make_result("talk.mp4", 0, make_face())])
    assert convert(results, "--to", "openface", "-o", tmp_path / "talk.csv") == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err == (
        "mimik: OpenFace 2's form is for action units or mesh, and these results hold emotion, gender, age: "
        "analyze with --tasks emotion,gender,age,au,mesh\n"
    )
    assert not (tmp_path / "talk.csv").exists()


def test_a_folder_gets_a_file_a_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, folder = write(tmp_path / "r.csv", two_clips()), tmp_path / "of"
    assert convert(results, "--to", "openface", "-o", f"{folder}/") == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [f"in/{n}.mp4: {folder / n}.csv" for n in "ab"]
    written, left_out, empty = said.err.splitlines()
    assert written == f"2 of 2 sources are written to {folder}"
    assert left_out.startswith(
        "mimik: left out, as OpenFace 2's form has no place for it: source (6 frames); "
    )
    intensities = "AU26_r (intensities, which mimik estimates where a mesh is read with the units)"
    assert f"{intensities}; AU45_r, AU02_c, AU04_c, AU05_c" in empty
    # A folder that is there needs no / at its end; what is in it stays.
    assert convert(results, "--to", "openface", "-o", folder) == 2
    assert (
        capsys.readouterr().err
        == f"mimik: {folder}: holds a.csv, b.csv; choose another folder or --overwrite\n"
    )
    assert convert(results, "--to", "openface", "-o", folder, "--overwrite") == 0


def test_a_source_that_cannot_be_written_is_named_and_costs_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "r.jsonl"
    frames = [make_result("a.jpg", 0, without(make_face(), "emotion")), make_result("b.jpg", 0, make_face())]
    results.write_text("".join(json.dumps(frame.to_dict()) + "\n" for frame in frames))
    assert convert(results, "--to", "fer", "-o", tmp_path / "fer", "--suffix", ".csv") == 2
    assert "--suffix chooses the kind of file in a folder" in capsys.readouterr().err
    assert convert(results, "--to", "fer", "-o", f"{tmp_path / 'fer'}/", "--suffix", ".csv") == 1
    failed, written, *_ = capsys.readouterr().err.splitlines()
    assert failed == (
        "mimik: a.jpg: not written: a.jpg, frame 0: can't be written in fer's form: "
        "it holds emotions only, and a face has none; analyze with --tasks emotion"
    )
    assert written == f"1 of 2 sources are written to {tmp_path / 'fer'}"
    assert [path.name for path in (tmp_path / "fer").iterdir()] == ["b.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--to", "fer", "-o", "DIR/", "--suffix", ".txt"),
            ".txt: fer's form is written as .json or .csv",
        ),
        (("--from", "fer", "-o", "DIR/"), "DIR: another tool's results are written as .jsonl"),
        (("--from", "fer", "-o", "x.jsonl", "--suffix", ".csv"), "--suffix chooses from mimik's results"),
        (("--to", "pyfeat", "-o", "r.csv", "--overwrite"), "r.csv: is the file to convert itself"),
    ],
)
def test_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    results = write(Path("r.csv"), two_clips())
    before = results.read_bytes()
    assert convert("r.csv", *words) in (1, 2)
    assert message in capsys.readouterr().err
    assert results.read_bytes() == before and not Path("DIR").exists()


def test_rows_make_the_same_file_as_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffix in (".jsonl", ".csv", ".parquet"):
        results = write(tmp_path / f"r{suffix}", two_clips())
        assert convert(results, "--to", "pyfeat", "-o", tmp_path / f"{suffix[1:]}.csv") == 0
    made = {(tmp_path / f"{name}.csv").read_bytes() for name in ("jsonl", "csv", "parquet")}
    assert len(made) == 1
    capsys.readouterr()
    assert convert(tmp_path / "r.parquet", "--to", "deepface", "-o", tmp_path / "d.json") == 0
    assert capsys.readouterr().err.splitlines()[-1] == (
        "mimik: rows of .csv and .parquet hold no landmarks, so left_eye and right_eye are empty; "
        "convert the .jsonl results to have them"
    )


@pytest.mark.filterwarnings("default::mimik.errors.MimikWarning")
def test_what_is_not_read_of_another_tools_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer = tmp_path / "d.json"
    peer.write_text('[{"region": {"x": 1, "y": 2, "w": 3, "h": 4}, "age": 30, "race": {"white": 1}}]')
    assert convert(peer, "--from", "deepface", "-o", tmp_path / "d.jsonl") == 0
    assert (
        capsys.readouterr().err == f"mimik: {peer}: left out, as mimik's results have no place for it: race\n"
    )


def test_another_tools_table_is_told_how_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "of.csv").write_text("frame,timestamp,success\n1,0.0,0\n")
    assert convert(tmp_path / "of.csv", "--to", "fer", "-o", tmp_path / "fer.json") == 1
    assert capsys.readouterr().err.endswith("; mimik convert --from reads those of other tools\n")


@pytest.mark.filterwarnings("default::mimik.errors.MimikWarning")
def test_half_a_last_line_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = write(tmp_path / "r.jsonl", two_clips())
    results.write_bytes(results.read_bytes()[:-30])
    assert convert(results, "--to", "openface", "-o", f"{tmp_path / 'of'}/") == 0
    assert capsys.readouterr().err.count("ends in half a line") == 1


UNDRAWN = "the action units' chart and the shaded face can't be drawn"


@pytest.mark.parametrize(
    ("faces", "told"),
    [
        ([make_face()], f"{UNDRAWN}, as the results hold none; analyze with au among --tasks"),
        (
            [without(with_units(make_face()), "emotion")],
            "the emotions' chart can't be drawn, as the results hold none; "
            "analyze with emotion among --tasks",
        ),
        ([with_units(make_face(), "turned away")], f"{UNDRAWN}, as no frame of them can be trusted"),
        (
            [with_units(make_face(0)), make_face(1)],
            f"{UNDRAWN} for 1 of 2 people, as the results hold none; analyze with au among --tasks",
        ),
        (
            [with_units(make_face(0)), without(make_face(1), "emotion")],
            "1 of 2 people not drawn, as the results hold neither their emotions nor action units nor meshes",
        ),
    ],
)
def test_panels_that_cannot_be_drawn_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], faces: list[Any], told: str
) -> None:
    results = tmp_path / "r.jsonl"
    results.write_text(json.dumps(make_result("a.mp4", 0, *faces).to_dict()) + "\n")
    assert main(["plot", str(results), "-o", str(tmp_path / "p.png")]) == 0
    assert capsys.readouterr().err == f"mimik: {told}\n"
    assert (tmp_path / "p.png").exists()


def test_a_whole_picture_needs_no_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = write(tmp_path / "r.csv", [make_result("a.mp4", 0, with_units(make_face()))])
    assert main(["plot", str(results), "-o", str(tmp_path / "p.png")]) == 0
    assert capsys.readouterr().err == ""


def test_a_picture_of_neither_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "r.jsonl"
    frame = make_result("a.mp4", 0, without(make_face(), "emotion"))
    results.write_text(json.dumps(frame.to_dict()) + "\n")
    assert main(["plot", str(results), "-o", str(tmp_path / "p.png")]) == 1
    assert "analyze with --tasks emotion,au" in capsys.readouterr().err
    assert not (tmp_path / "p.png").exists()


def test_one_person_of_several_is_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces = [mesh_face(number=number) for number in range(2)]
    results = write(tmp_path / "r.jsonl", [make_result("a.mp4", n, *faces) for n in range(3)], mesh_info())
    take = tmp_path / "take.csv"
    assert convert(results, "--to", "livelink", "-o", take) == 1
    assert "there are #0 and #1: choose with --id" in capsys.readouterr().err
    assert convert(results, "--to", "livelink", "--id", "1", "-o", take) == 0
    assert len(take.read_text().splitlines()) == 4
    assert convert(results, "--to", "livelink", "--id", "7", "-o", tmp_path / "no.csv") == 1
    assert "holds no face #7 of that source; there is #0, #1" in capsys.readouterr().err
    assert convert(take, "--from", "livelink", "--id", "1", "-o", tmp_path / "b.jsonl") == 2
