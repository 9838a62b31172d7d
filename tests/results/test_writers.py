"""Whole records, nothing lost, nothing twice, and errors that say what to do."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimik.errors import MimikWarning, OptionError, OutputError, OutputExistsError
from mimik.readings import AuReading, columns
from mimik.results.base import FORMATS, load_format
from mimik.results.read import read_results, read_rows
from mimik.results.rows import flatten, kinds_of
from mimik.runs.results import Results
from mimik.runs.writer import open_writer
from mimik.tasks.au import ActionUnits
from mimik.types import Face, FrameResult
from synthetic_results import INFO, make_face, make_result, random_results, with_settings

SUFFIXES = tuple(FORMATS)


def write(path: Path, results: list[FrameResult], **options: Any) -> Path:
    with open_writer(path, INFO, **options) as writer:
        for result in results:
            writer.write(result)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same_rows_back(tmp_path: Path, suffix: str) -> None:
    results = [*random_results("a.mp4", 40), *random_results("ä b.jpg", 3)]
    path = write(tmp_path / f"out{suffix}", results)
    wanted = [row for result in results for row in flatten(result.to_dict())]
    names = tuple(kinds_of(INFO))
    got = [{name: row.get(name) for name in names} for row in read_rows(path)]
    assert got == [{name: row.get(name) for name in names} for row in wanted]
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, f"{path.name}.run"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_results_make_a_whole_file(tmp_path: Path, suffix: str) -> None:
    assert list(read_rows(write(tmp_path / f"out{suffix}", []))) == []


def test_a_jsonl_line_is_the_frames_own_dict(tmp_path: Path) -> None:
    results = list(random_results("a.mp4", 30))
    path = write(tmp_path / "out.jsonl", results)
    assert list(read_results(path)) == [json.loads(json.dumps(r.to_dict())) for r in results]


def test_a_frame_without_faces_is_a_row_without_an_id(tmp_path: Path) -> None:
    path = write(tmp_path / "out.csv", [make_result("a.mp4", 7)])
    with path.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row.pop("source"), row.pop("frame"), row.pop("time_s")) == ("a.mp4", "7", "0.28")
    assert (row.pop("offset_s"), row.pop("created_at")) == ("0.0", "")
    assert set(row.values()) == {""}
    assert tuple(row) == tuple(kinds_of(INFO))[5:]


def test_the_columns_are_those_that_are_documented() -> None:
    names = tuple(kinds_of(INFO))
    assert names[:5] == ("source", "frame", "time_s", "offset_s", "created_at")
    assert names[5:11] == ("id", "x1", "y1", "x2", "y2", "score")
    assert {"emotion_label", "emotion_angry", "emotion_raw_angry", "gender_male", "age_low"} <= set(names)
    (row,) = flatten(make_result("a", 0, make_face()).to_dict())
    assert tuple(row) == names


def test_an_unknown_task_is_written_like_any_other(tmp_path: Path) -> None:
    class Gaze:
        label = text = "left"

        def to_dict(self) -> dict[str, Any]:
            return {"left": 0.75, "raw": {"left": 0.5}}

    face = replace(make_face(), readings={"gaze": Gaze()})
    info = replace(INFO, tasks=("gaze",), columns={"gaze": columns("number", "left", "raw_left")})
    for suffix in SUFFIXES:
        path = tmp_path / f"out{suffix}"
        with open_writer(path, info) as writer:
            writer.write(make_result("a", 0, face))
        (row,) = read_rows(path)
        assert (row["gaze_left"], row["gaze_raw_left"]) == (0.75, 0.5)


def test_action_units_in_tables(tmp_path: Path) -> None:
    units = {"AU06": 0.7, "AU12": 0.2}
    seen = replace(make_face(), readings={"au": AuReading(("AU06",), units, units)})
    hidden = replace(make_face(1), readings={"au": AuReading((), units, units, "turned away")})
    card = SimpleNamespace(labels=tuple(units))
    info = replace(INFO, tasks=("au",), columns={"au": ActionUnits().columns(card)})  # type: ignore[arg-type]
    for suffix in SUFFIXES:
        path = tmp_path / f"out{suffix}"
        with open_writer(path, info) as writer:
            writer.write(make_result("a", 0, seen, hidden))
        first, second = read_rows(path)
        assert (first["au_active"], first["au_AU06"], first["au_raw_AU12"]) == ("AU06", 0.7, 0.2)
        assert (first["au_reliable"], first["au_reason"]) == (True, None)
        assert (second["au_active"], second["au_reliable"]) == ("none", False)
        assert second["au_reason"] == "turned away"


def test_a_value_without_a_column_is_refused(tmp_path: Path) -> None:
    info = replace(INFO, columns={**INFO.columns, "age": columns("number", "years")})
    with pytest.raises(ValueError, match="age_group"):
        load_format(Path("x.csv"), info).encode(make_result("a", 0, make_face()))


def test_a_face_at_rest_that_the_columns_do_not_know_is_said(tmp_path: Path) -> None:
    face = make_face()
    moved = replace(face.readings["emotion"], against_neutral=True)  # type: ignore[type-var]
    face = replace(face, readings={**face.readings, "emotion": moved})
    with pytest.raises(OptionError, match=r"open the writer with analyzer\.info\(against_neutral=True\)"):
        load_format(Path("x.csv"), INFO).encode(make_result("a", 0, face))


def test_parquet_is_typed_and_knows_what_made_it(tmp_path: Path) -> None:
    import pyarrow.parquet

    path = write(tmp_path / "out.parquet", [make_result("a", 0, make_face()), make_result("a", 1)])
    schema = pyarrow.parquet.read_schema(path)
    assert str(schema.field("id").type) == "int64"
    assert str(schema.field("reliable").type) == "bool"
    assert str(schema.field("emotion_label").type) == "string"
    assert str(schema.field("age_years").type) == "double"
    assert json.loads(schema.metadata[b"mimik"]) == json.loads(json.dumps(INFO.to_dict()))


def test_a_reading_of_another_type_than_its_column_is_an_output_error(tmp_path: Path) -> None:
    class Odd:
        label = text = "x"

        def to_dict(self) -> dict[str, Any]:
            return {"years": "many"}

    info = replace(INFO, tasks=("age",), columns={"age": columns("number", "years")})
    face = replace(make_face(), readings={"age": Odd()})
    with (
        pytest.raises(OutputError, match=r"out\.parquet: a reading doesn't fit"),
        open_writer(tmp_path / "out.parquet", info) as writer,
    ):
        writer.write(make_result("a", 0, face))


@settings(max_examples=40)
@given(name=st.text(min_size=1), reason=st.none() | st.text(min_size=1))
def test_any_text_survives_jsonl_and_csv(tmp_path_factory: Any, name: str, reason: str | None) -> None:
    folder = tmp_path_factory.mktemp("any")
    result = make_result(name, 0, make_face(reason=reason))
    (frame,) = read_results(write(folder / "o.jsonl", [result]))
    assert (frame["source"], frame["faces"][0]["quality"]["reason"]) == (name, reason)
    (row,) = read_rows(write(folder / "o.csv", [result]))
    assert (row["source"], row["reason"]) == (name, reason)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_name_that_is_no_utf8_is_written(tmp_path: Path, suffix: str) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    (row,) = read_rows(write(tmp_path / f"o{suffix}", [make_result(name)]))
    assert row["source"] == (name if suffix == ".jsonl" else r"caf\udce9.jpg")


def test_memory_does_not_grow_with_the_frames(tmp_path: Path) -> None:
    """In small; benchmarks/writers.py does it with a million frames."""
    result = make_result("a", 0, make_face())
    for suffix in (".jsonl", ".csv"):
        with open_writer(tmp_path / f"o{suffix}", INFO) as writer:
            for _ in range(200):
                writer.write(result)
            tracemalloc.start()
            for _ in range(1000):
                writer.write(result)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 400_000


# What bad output gets.


@pytest.mark.parametrize("name", ["out.txt", "out", "out.json"])
def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"\.jsonl, \.csv, \.parquet") as caught:
        open_writer(tmp_path / name, INFO)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_as_output_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"out{suffix}").mkdir()
    with pytest.raises(OutputError, match="is a folder"), Results(tmp_path / f"out{suffix}", INFO):
        pass
    assert not (tmp_path / f"out{suffix}.run").exists()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="its folder doesn't exist"),
        Results(tmp_path / "no" / "o.csv", INFO),
    ):
        pass


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="may write"), Results(tmp_path / "o.csv", INFO):
            pass
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="needs a limit on file sizes")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_keeps_whole_records(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    code = f"""
import resource, sys
sys.path[:0] = {[str(Path(__file__).parents[1])]!r}
from synthetic_results import INFO, random_results
from mimik.errors import OutputError
from mimik.runs.results import Results
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
try:
    with Results({str(path)!r}, INFO) as results:
        for name in "abcdefghijkl":
            results.begin(name)
            for result in random_results(name, 100):
                results.write(result)
            results.finish(name)
            results.commit()
except OutputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "can't be written" in done.stdout and done.stdout.count("\n") == 1
    rows = path if suffix != ".parquet" else tmp_path / "out.parquet.rows"
    assert 80_000 < rows.stat().st_size <= 150_000
    assert rows.read_bytes().endswith(b"\n")
    with Results(path, INFO) as results:
        assert 0 < len(results.done) < 12


def test_an_existing_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("mine")
    with pytest.raises(OutputExistsError, match="overwrite"):
        open_writer(path, INFO)
    with pytest.raises(OutputExistsError, match=r"no o\.csv\.run says"), Results(path, INFO):
        pass
    assert path.read_text() == "mine" and not Path(f"{path}.run").exists()
    write(path, [make_result()], overwrite=True)
    assert len(list(read_rows(path))) == 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_error_in_the_block_keeps_what_was_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"o{suffix}"
    with pytest.raises(KeyError), open_writer(path, INFO) as writer:
        writer.write(make_result("a", 0, make_face()))
        raise KeyError
    assert len(list(read_rows(path))) == 1
    assert "ended by KeyError" in Path(f"{path}.run").read_text()


def face_strategy() -> st.SearchStrategy[Face]:
    number = st.floats(-1e4, 1e4, allow_nan=False)
    return st.builds(
        lambda x, y, w, h, share, years: make_face(0, (x, y, x + w, y + h), share=share, years=years),
        number,
        number,
        st.floats(1, 1e4),
        st.floats(1, 1e4),
        st.floats(0, 1),
        st.floats(0, 116),
    )


@settings(max_examples=40)
@given(faces=st.lists(face_strategy(), max_size=3))
def test_encoding_and_reading_any_faces(tmp_path_factory: Any, faces: list[Face]) -> None:
    folder = tmp_path_factory.mktemp("faces")
    result = make_result("a", 0, *faces)
    rows = [list(read_rows(write(folder / f"o{suffix}", [result]))) for suffix in (".jsonl", ".csv")]
    names = tuple(kinds_of(INFO))
    first, second = ([[row.get(n) for n in names] for row in part] for part in rows)
    assert first == second


def test_settings_that_differ_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "o.jsonl", [make_result()])
    other = with_settings(threshold=0.6, every=2)
    with (
        pytest.raises(OutputExistsError, match=r"settings\.every was 1, now 2; settings\.threshold was null"),
        Results(path, other),
    ):
        pass
    with Results(path, other, overwrite=True) as results:
        assert results.done == set()
    assert path.read_bytes() == b""


def test_other_libraries_are_told_and_gone_on_with(tmp_path: Path) -> None:
    path = write(tmp_path / "o.jsonl", [make_result()])
    updated = replace(INFO, libraries={**INFO.libraries, "onnxruntime": "1.23.1"})
    text = r'goes on with other libraries \(onnxruntime was "1\.22\.0", now "1\.23\.1"\)'
    with pytest.warns(MimikWarning, match=text), Results(path, updated) as results:
        assert results.done == {"a.mp4"}
    with Results(path, INFO):  # the journal names those that it was begun with
        pass
    journal = Path(f"{path}.run")
    made_by, *entries = journal.read_text().splitlines()
    older = {name: value for name, value in json.loads(made_by).items() if name != "libraries"}
    journal.write_text("\n".join([json.dumps(older), *entries]) + "\n")
    with Results(path, updated) as results:
        assert results.done == {"a.mp4"}


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "o.jsonl", [make_result()])
    Path(f"{path}.run").write_text('{"mimik": "1"}\n{"nonsense": 1}\n')
    with pytest.raises(OutputError, match=r"o\.jsonl\.run: damaged"), Results(path, INFO):
        pass


def test_results_that_were_deleted_are_made_again(tmp_path: Path) -> None:
    path = write(tmp_path / "o.jsonl", [make_result()])
    path.unlink()
    with Results(path, INFO) as results:
        assert results.done == set()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")
def test_two_runs_on_one_output_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    with (
        Results(path, INFO),
        pytest.raises(OutputError, match="another run is writing"),
        Results(path, INFO),
    ):
        pass


def test_writing_without_begin_is_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path / "o.parquet", [make_result("a")])
    with Results(path, INFO) as results, pytest.raises(RuntimeError, match="begin"):
        results.write(make_result("b"))


def test_sources_that_take_turns_are_refused(tmp_path: Path) -> None:
    with open_writer(tmp_path / "o.jsonl", INFO) as writer:
        writer.write(make_result("left", 0))
        writer.write(make_result("right", 0))
        with pytest.raises(OptionError, match="frames of left come again after those of right"):
            writer.write(make_result("left", 1))
