"""mimik summary and mimik convert."""

from __future__ import annotations

import argparse
import csv
import json
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mimik.cli import convert, summary
from mimik.cli.main import main
from mimik.errors import (
    DataError,
    MimikError,
    OptionError,
    OutputError,
    OutputExistsError,
    SourceNotFoundError,
)
from mimik.readings import AuReading
from mimik.results.read import read_results
from mimik.runs.writer import open_writer
from mimik.tasks.au import ActionUnits
from synthetic_results import INFO, make_face, make_result


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    summary.add_parser(commands)
    convert.add_parser(commands)
    args = parser.parse_args(words)
    return int(args.run(args))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "o.jsonl"
    with open_writer(path, INFO) as writer:
        for frame in range(4):
            face = make_face(0, emotion="sad" if frame == 3 else "happy")
            writer.write(make_result("a, b.mp4", frame, face, make_face(1, reason="too small")))
    return path


def test_the_table_is_readable(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("summary", str(results)) == 0
    head, source, first, second = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["id", "frames"]
    assert source == "a, b.mp4"
    assert "happy 75 %, sad 25 %" in first and "34 (26-41)" in first
    assert "too small 4" in second


def test_units_that_cannot_be_trusted_are_counted_in_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    units = {"AU12": 0.9}
    card = SimpleNamespace(labels=("AU12",))
    info = replace(INFO, tasks=("au",), columns={"au": ActionUnits().columns(card)})  # type: ignore[arg-type]
    path = tmp_path / "o.csv"
    with open_writer(path, info) as writer:
        for frame, reason in enumerate((None, "turned away", "turned away")):
            face = replace(make_face(), readings={"au": AuReading(("AU12",), units, units, reason)})
            writer.write(make_result("a.mp4", frame, face))
        writer.write(make_result("a.mp4", 3, replace(make_face(reason="too small"), readings={})))
    assert run("summary", str(path)) == 0
    assert capsys.readouterr().out.endswith("  too small 1, au turned away 2\n")
    run("summary", str(path), "-o", str(tmp_path / "s.csv"))
    with (tmp_path / "s.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    told = [row[name] for name in ("untrusted_frames", "untrusted", "au_untrusted_frames", "au_untrusted")]
    assert told == ["1", "too small 1", "2", "turned away 2"]


def test_what_a_person_never_showed_is_zero_in_the_csv(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    with open_writer(path, INFO) as writer:
        for frame in range(4):
            faces = [make_face(0), make_face(1, emotion="sad"), make_face(2, reason="too small")]
            writer.write(make_result("a.mp4", frame, *faces))
    run("summary", str(path), "-o", str(tmp_path / "s.csv"))
    with (tmp_path / "s.csv").open(newline="") as stream:
        happy, sad, unknown = csv.DictReader(stream)
    shares = [[row[f"emotion_{name}_share"] for name in ("happy", "sad")] for row in (happy, sad, unknown)]
    assert shares == [["1.0", "0.0"], ["0.0", "1.0"], ["", ""]]
    assert [row["untrusted"] for row in (happy, sad, unknown)] == ["", "", "too small 4"]


def test_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "o.csv"
    with open_writer(path, INFO) as writer:
        writer.write(make_result("a", 0))
    run("summary", str(path))
    assert capsys.readouterr().out.splitlines()[1:] == ["a", "  no face"]
    run("summary", str(path), "-o", str(tmp_path / "s.csv"))
    head, line = (tmp_path / "s.csv").read_text().splitlines()
    assert head.startswith("source,id,status,problem,frames,") and line.startswith("a,,no face,,0,1,")


def test_the_summary_as_files(results: Path, tmp_path: Path) -> None:
    run("summary", str(results), "-o", str(tmp_path / "s.json"))
    first, second = json.loads((tmp_path / "s.json").read_text())
    assert (first["emotion_happy_share"], first["emotion_sad_share"]) == (0.75, 0.25)
    run("summary", str(results), "-o", str(tmp_path / "s.csv"))
    with (tmp_path / "s.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["source"] == "a, b.mp4" and rows[0]["emotion_sad_share"] == "0.25"
    assert rows[1]["untrusted"] == "too small 4" and second["untrusted"] == {"too small": 4}
    assert [*first["emotion_label_seconds"]] == ["happy", "sad"]
    with pytest.raises(OptionError, match=r"\.csv or \.json"):
        run("summary", str(results), "-o", "s.txt")


def test_a_summary_replaces_nothing_by_itself(results: Path, tmp_path: Path) -> None:
    rows, summed = tmp_path / "rows.csv", tmp_path / "s.json"
    with open_writer(rows, INFO) as writer:
        writer.write(make_result("a.mp4", 0, make_face()))
    before = rows.read_bytes()
    for words in ((), ("--overwrite",)):
        with pytest.raises(OutputError, match=r"is the results file itself; choose another name$"):
            run("summary", str(rows), "-o", str(rows), *words)
    assert rows.read_bytes() == before
    summed.write_text("mine")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        run("summary", str(results), "-o", str(summed))
    run("summary", str(results), "-o", str(summed), "--overwrite")
    assert json.loads(summed.read_text())


def write_units(path: Path, *sources: str) -> None:
    """Results with all tasks, a frame a source."""
    units = AuReading(("AU12",), {"AU06": 0.1, "AU12": 0.9}, {"AU06": 0.1, "AU12": 0.9})
    card = SimpleNamespace(labels=("AU06", "AU12"))
    columns = {**INFO.columns, "au": ActionUnits().columns(card)}  # type: ignore[arg-type]
    with open_writer(path, replace(INFO, tasks=(*INFO.tasks, "au"), columns=columns)) as writer:
        for source in sources:
            face = make_face()
            writer.write(make_result(source, 0, replace(face, readings={**face.readings, "au": units})))


@pytest.mark.filterwarnings("ignore:.* no place for it:mimik.errors.MimikWarning")
@pytest.mark.parametrize("tool", ["deepface", "fer"])
def test_converting_there_and_back(results: Path, tmp_path: Path, tool: str) -> None:
    peer, back = tmp_path / "peer.json", tmp_path / "back.jsonl"
    assert run("convert", str(results), "--to", tool, "-o", str(peer)) == 0
    assert run("convert", str(peer), "--from", tool, "-o", str(back)) == 0
    labels = [frame["faces"][0]["emotion"]["label"] for frame in read_results(back)]
    assert labels == ["happy"] * 3 + ["sad"]
    with pytest.raises(OutputExistsError, match="overwrite"):
        run("convert", str(peer), "--from", tool, "-o", str(back))
    assert run("convert", str(peer), "--from", tool, "-o", str(back), "--overwrite") == 0
    assert run("summary", str(back)) == 0


def test_one_source_of_several_is_converted(tmp_path: Path) -> None:
    results, table = tmp_path / "o.jsonl", tmp_path / "of.csv"
    write_units(results, "in/a.mp4", "in/b.mp4", "too/a.mp4")
    words = ("convert", str(results), "--to", "openface", "-o", str(table))
    with pytest.raises(DataError, match="--source"):
        run(*words)
    with pytest.raises(DataError, match=r"a source 'c\.mp4'; there is in/a\.mp4, in/b\.mp4, too/a\.mp4$"):
        run(*words, "--source", "c.mp4")
    with pytest.raises(DataError, match=r"hold in/a\.mp4 and too/a\.mp4: .* as much of the end of its path"):
        run(*words, "--source", "a.mp4")
    assert not table.exists()
    assert run(*words, "--source", "b.mp4") == 0
    assert len(table.read_text().splitlines()) == 2
    with pytest.raises(OptionError, match="with --to"):
        run("convert", str(table), "--from", "openface", "-o", str(tmp_path / "x.jsonl"), "--source", "a")


def test_a_failed_conversion_leaves_nothing(results: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[{}]")
    with pytest.raises(MimikError, match=r"bad\.json"):
        run("convert", str(bad), "--from", "fer", "-o", str(tmp_path / "x.jsonl"))
    assert not list(tmp_path.glob("x*"))
    with pytest.raises(OptionError, match=r"\.jsonl"):
        run("convert", str(bad), "--from", "fer", "-o", str(tmp_path / "x.csv"))


@pytest.mark.parametrize(("tool", "output"), [("--from", "c.jsonl"), ("--to", "c.csv")])
def test_converting_names_the_file_that_is_missing(tmp_path: Path, tool: str, output: str) -> None:
    missing = tmp_path / "none.jsonl"
    message = r"^\S*none\.jsonl: no such (results )?file; check the path$"
    with pytest.raises(SourceNotFoundError, match=message):
        run("convert", str(missing), tool, "pyfeat", "-o", str(tmp_path / output))
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("default::mimik.errors.MimikWarning")
def test_half_a_last_line_is_said_in_a_line(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results.write_bytes(results.read_bytes()[:-30])
    assert main(["summary", str(results)]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        f"mimik: {results}: ends in half a line, which is left out; run the same analyze command again"
    ]
    assert said.out.splitlines()[2].split()[:2] == ["0", "3"]


@pytest.mark.filterwarnings("ignore:.* no place for it:mimik.errors.MimikWarning")
def test_times_that_are_not_known_are_not_made_up(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer, back, table = tmp_path / "d.json", tmp_path / "d.jsonl", tmp_path / "s.csv"
    run("convert", str(results), "--to", "deepface", "-o", str(peer))
    run("convert", str(peer), "--from", "deepface", "-o", str(back))
    run("summary", str(back))
    assert capsys.readouterr().out.splitlines()[2].split()[:4] == ["-", "4", "-", "-"]
    run("summary", str(back), "-o", str(table))
    with table.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert [row[name] for name in ("frames", "first_s", "last_s", "seconds")] == ["4", "", "", ""]
    assert (row["source_seconds"], row["emotion_sad_share"]) == ("", "0.125")


def test_percent_are_rounded_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "o.jsonl"
    with open_writer(path, INFO) as writer:
        for frame in range(40):
            face = make_face(0, emotion="happy" if frame < 23 else "sad")
            writer.write(make_result("a.mp4", frame, face, time_s=frame / 2))
    run("summary", str(path))
    assert "happy 58 %, sad 42 %" in capsys.readouterr().out


def test_what_is_wrong_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "o.csv"
    with open_writer(path, INFO) as writer:
        writer.write(make_result("a.mp4", 0, make_face()))
    path.with_name("o.csv.run").write_text("nonsense\n")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main(["summary", str(path)]) == 0
    remedy = "put the one back that mimik wrote"
    assert capsys.readouterr().err.splitlines() == [
        f"mimik: {path}.run: damaged, so it can't say what the columns hold; {remedy}",
        f"mimik: {path}: o.csv.run is damaged, so sources that failed have no row",
    ]
