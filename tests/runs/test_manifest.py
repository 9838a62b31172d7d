"""A table of clips as sources: its formats, what is wrong with it, and batches over it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mimik.cli import main
from mimik.errors import DataError, MimikError, OptionError, SourceNotFoundError
from mimik.results.read import read_rows
from mimik.results.summarise import sum_up
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.runs.journal import read_journal
from mimik.runs.manifest import read_manifest
from mimik.sources.address import is_sound
from mimik.sources.options import SourceOptions
from mimik.storage.identity import fingerprint, part_name, whole_of
from stores import Web, web_server

ROWS: list[dict[str, Any]] = [
    {"path": "a.mp4", "start_s": 0.5, "end_s": 1, "person": "P1", "labels": "calm"},
    {"path": "sub/b.mp4", "start_s": None, "end_s": 0.25, "person": None, "labels": None},
    {"path": "a.mp4", "start_s": 1, "end_s": None, "person": "P2", "labels": "angry,loud"},
    {"path": "c.jpg", "start_s": None, "end_s": None, "person": "P2", "labels": None},
]
NAMES = ["a.mp4@0.5-1", "sub/b.mp4@0-0.25", "a.mp4@1-", "c.jpg"]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A table of any format."""
    if path.suffix == ".jsonl":
        lines = [{name: value for name, value in row.items() if value is not None} for row in rows]
        path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    else:
        pandas = pytest.importorskip("pandas", reason="needs pandas (pip install 'mimik[table]')")
        table = pandas.DataFrame(rows)
        table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path)
    return path


@pytest.fixture
def clips(examples: Path, tmp_path: Path) -> Path:
    """A folder with the files that ROWS names."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    for name in ("a.mp4", "sub/b.mp4"):
        shutil.copy(examples / "two_people.mp4", tmp_path / "in" / name)
    shutil.copy(examples / "group.jpg", tmp_path / "in" / "c.jpg")
    return tmp_path / "in"


@pytest.fixture
def job(tiny_models: dict[str, Path]) -> Job:
    return Job(models={"emotion": str(tiny_models["emotion"])}, frames=SourceOptions(every=5))


def test_a_part_of_a_file_has_a_name(tmp_path: Path) -> None:
    assert part_name("a.mp4", None, None) == "a.mp4" == whole_of("a.mp4@0.5-1") == whole_of("a.mp4@12-")
    assert part_name("a.mp4", 12345.678, None) == "a.mp4@12345.678-"
    assert (
        whole_of("me@home-2.mp4") == "me@home-2.mp4" and is_sound("a.mp3@1-2") and not is_sound("a.mp4@1-2")
    )
    (tmp_path / "a.mp4").write_bytes(b"one")
    (tmp_path / "a@1-2").write_bytes(b"two")
    assert fingerprint(f"{tmp_path}/a.mp4@1-2") == fingerprint(f"{tmp_path}/a.mp4") is not None
    assert fingerprint(f"{tmp_path}/a@1-2") not in (None, fingerprint(f"{tmp_path}/a.mp4"))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_every_format_names_the_same_clips(tmp_path: Path, suffix: str) -> None:
    found = read_manifest(write(tmp_path / f"clips{suffix}", ROWS))
    assert [clip.name for clip in found.clips] == [f"{tmp_path}/{name}" for name in NAMES]
    told = [(clip.start_s, clip.end_s, clip.person, clip.labels) for clip in found.clips]
    assert told == [(r["start_s"], r["end_s"], r["person"], r["labels"]) for r in ROWS]
    assert (found.bad, found.left_out) == ((), ())


def test_paths_are_seen_from_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{path}\n" for path in ("a.mp4", "/abs/b.mp4", "s3://bucket/c.mp4", "file:///abs/d.mp4"))
    Path("clips.csv").write_text(f"\ufeffPath\n{rows}", encoding="utf-8")
    assert [clip.address for clip in read_manifest("clips.csv").clips] == [
        *("a.mp4", "/abs/b.mp4", "s3://bucket/c.mp4", "/abs/d.mp4")
    ]


def test_what_a_spreadsheet_writes_and_lists_of_labels(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text("path;start_s;labels\na.mp4;1.5;x\n;;\n", encoding="utf-8")
    (clip,) = read_manifest(tmp_path / "clips.csv").clips
    assert (clip.start_s, clip.labels) == (1.5, "x")
    rows = [{"path": "a.mp4", "labels": ["x", "y"], "person": 7}, {"path": "b.mp4", "labels": {"x": 1}}]
    found = read_manifest(write(tmp_path / "clips.jsonl", rows)).clips
    assert [(c.person, c.labels) for c in found] == [("7", "x,y"), (None, '{"x": 1}')]


def test_bad_rows_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [
        "path,start_s,end_s",
        "a.mp4,1,2",
        "b.mp4,soon,",
        "c.mp4,3,2",
        ",1,2",
        "rtsp://cam/1,,",
        "d.mp4,-1,",
    ]
    (tmp_path / "clips.csv").write_text("\n".join([*lines, "e.mp4,,,7", "f.mp4"]) + "\n", encoding="utf-8")
    found = read_manifest(tmp_path / "clips.csv")
    assert [Path(clip.address).name for clip in found.clips] == ["a.mp4", "f.mp4"]
    problems = [problem.removeprefix(f"{tmp_path}/") for _, problem in found.bad]
    assert problems == [
        "clips.csv, line 3: start_s is a number of seconds, 0 or more, not 'soon'",
        "clips.csv, line 4: the part from 3 s to 2 s is empty; start_s < end_s",
        "clips.csv, line 5: expected a path, found ''",
        "clips.csv, line 6: rtsp://cam/1 is no file: name cameras and streams without a manifest",
        "clips.csv, line 7: start_s is a number of seconds, 0 or more, not '-1'",
        "clips.csv, line 8: it has 4 cells, more than there are columns",
    ]


def test_what_is_not_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text("path,age,site\na.mp4,3,x\nb.mp4,4,y\na.mp4,5,z\n", encoding="utf-8")
    found = read_manifest(tmp_path / "clips.csv")
    assert len(found.clips) == 2 and found.left_out == (
        (f"{tmp_path}/clips.csv", "columns age, site and rows that name a clip again (line 4)"),
    )


@pytest.mark.parametrize(
    ("name", "data", "kind", "problem"),
    [
        ("clips.csv", b"path,start\na.mp4,1\n", DataError, "unknown column 'start'; did you mean 'start_s'?"),
        (
            "clips.csv",
            b"file,site\na.mp4,1\n",
            DataError,
            "its columns must be path and, .* there is file, site",
        ),
        ("clips.csv", b"path,path\na.mp4,1\n", DataError, "two columns are called 'path'"),
        ("clips.csv", b"path\n", DataError, "holds no row"),
        ("clips.csv", b'path\n"a.mp4\n', DataError, "line 2: no CSV"),
        ("clips.csv", b"path\n\xff\n", DataError, "not a text in UTF-8"),
        ("clips.jsonl", b'{"path": 1\n', DataError, "line 1: no JSON"),
        ("clips.jsonl", b"[1]\n", DataError, "line 1: each line is an object"),
        ("clips.parquet", b"no Parquet", DataError, "not a Parquet file"),
        ("clips.txt", b"a.mp4\n", OptionError, r"is \.csv, \.jsonl, \.parquet"),
        ("none.csv", None, SourceNotFoundError, "no such file"),
    ],
)
def test_a_table_that_cannot_be_used(
    tmp_path: Path, name: str, data: bytes | None, kind: type[MimikError], problem: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(kind, match=problem) as told:
        read_manifest(tmp_path / name)
    assert name in str(told.value) and "\n" not in str(told.value)


def test_text_of_a_parquet_file_that_is_no_text(tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff.mp4"]).buffers())
    parquet.write_table(pa.table({"path": path}), tmp_path / "clips.parquet")
    with pytest.raises(DataError, match=r"clips\.parquet: not a Parquet file, or damaged"):
        read_manifest(tmp_path / "clips.parquet")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_batch_over_a_manifest(clips: Path, job: Job, tmp_path: Path, suffix: str) -> None:
    rows = [*ROWS, {"path": "none.mp4", "start_s": 1, "end_s": 2, "person": "P3", "labels": "lost"}]
    table, output = write(clips / f"clips{suffix}", rows), tmp_path / "out.csv"
    report = run_batch([], output, job, manifest=table)
    assert report.done == 4 and [problem for _, problem in report.failed] == [
        f"{table}, line {5 + (suffix == '.csv')}: {clips}/none.mp4: no such file; check the path"
    ]
    times: dict[str, list[float]] = {}
    for row in read_rows(output):
        times.setdefault(str(row["source"]), []).append(float(str(row["time_s"])))
    assert list(times) == [f"{clips}/{name}" for name in NAMES]
    first, second, third, _ = times.values()
    assert min(first) >= 0.5 and max(first) < 1 <= min(third) and max(third) > 1.5
    assert min(second) == 0 and max(second) < 0.25
    record = read_journal(output.with_name("out.csv.run"))
    assert record and {(e.person, e.labels, e.status) for e in record.entries} == {
        *(("P1", "calm", "done"), (None, None, "done"), ("P2", "angry,loud", "done"), ("P2", None, "done")),
        ("P3", "lost", "failed"),
    }
    again = run_batch([], output, job, manifest=table)
    assert (again.done, again.skipped, len(again.failed)) == (0, 4, 1)
    summary = sum_up(output)
    assert summary.columns[:4] == ("source", "id", "person", "labels")
    said = {str(row["source"]): (row["person"], row["labels"], row["status"]) for row in summary.rows}
    assert said[f"{clips}/{NAMES[2]}"] == ("P2", "angry,loud", "done")
    assert said[f"{clips}/none.mp4@1-2"] == ("P3", "lost", "failed")


def test_several_workers_write_the_same(clips: Path, job: Job, tmp_path: Path) -> None:
    table = write(clips / "clips.jsonl", ROWS)
    run_batch([], tmp_path / "one.jsonl", job, manifest=table)
    run_batch([], tmp_path / "two.jsonl", job, manifest=table, workers=2)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_the_command(
    clips: Path, tmp_path: Path, tiny_models: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (clips / "clips.csv").write_text("path,end_s,site\na.mp4,0.2,x\nb.mp4,never,y\n", encoding="utf-8")
    words = ["analyze", str(clips / "c.jpg"), "--manifest", str(clips / "clips.csv"), "--every", "5"]
    words += ["--tasks", "emotion", "--model", f"emotion={tiny_models['emotion']}"]
    drawn = tmp_path / "drawn"
    assert main([*words, "-o", str(tmp_path / "out.jsonl"), "--render", str(drawn)]) == 1
    told = capsys.readouterr()
    assert f"{clips}/c.jpg: 600 x 471" in told.out and f"{clips}/a.mp4@0-0.2: " in told.out
    assert "clips.csv, line 3: end_s is a number of seconds, 0 or more, not 'never'" in told.err
    assert "left out: column site of clips.csv" in told.err and "2 read, 1 failed" in told.err
    assert sorted(file.suffix for file in drawn.iterdir()) == [".jpg", ".mp4"]
    assert main([*words, "-o", str(tmp_path / "out.csv"), "--render", str(clips), "--overwrite"]) == 1
    assert (clips / "a.mp4").stat().st_size == (
        Path(__file__).parents[2] / "examples/two_people.mp4"
    ).stat().st_size


@pytest.fixture
def web(clips: Path) -> Iterator[Web]:
    pytest.importorskip("aiohttp", reason="needs aiohttp (pip install 'mimik[remote]')")
    with web_server(clips) as server:
        yield server


def test_a_manifest_of_a_web_server(web: Web, clips: Path, job: Job, tmp_path: Path) -> None:
    write(clips / "clips.jsonl", [{"path": "c.jpg"}, {"path": "none.jpg"}])
    web.password = "Basic bWU6aHVudGVyMg=="
    address = f"http://me:hunter2@{web.url.removeprefix('http://')}/clips.jsonl?token=d34db33f"
    report = run_batch([], tmp_path / "out.jsonl", job, manifest=address)
    assert report.done == 1 and report.failed == [
        (
            f"{web.url}/none.jpg",
            f"{web.url}/clips.jsonl, line 2: {web.url}/none.jpg: no such file; check the address",
        )
    ]
    written = (tmp_path / "out.jsonl").read_text() + (tmp_path / "out.jsonl.run").read_text()
    assert f"{web.url}/c.jpg" in written and "hunter2" not in written and "d34db33f" not in written
