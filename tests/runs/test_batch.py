"""Batches: on past a bad source, and after a stop or a kill to the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mimik.errors import OutputError
from mimik.results.base import FORMATS
from mimik.results.read import read_results, read_rows
from mimik.runs.batch import read_all
from mimik.runs.progress import BatchReport, Progress
from mimik.runs.results import Results
from synthetic_results import INFO, Analyser, Make

SUFFIXES = tuple(FORMATS)
SOURCES = [f"clip{number:02}.mp4" for number in range(8)]


def batch(path: Path, analyser: Analyser, sources: list[str] = SOURCES, workers: int = 1) -> BatchReport:
    with Results(path, INFO) as results:
        return read_all(sources, Make(analyser), results, workers)


def statuses(path: Path) -> list[tuple[str, str]]:
    lines = Path(f"{path}.run").read_text().splitlines()[1:]
    return [(entry["source"], entry["status"]) for entry in map(json.loads, lines)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_second_run_repeats_nothing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"o{suffix}"
    assert batch(path, Analyser()).done == 8
    before = path.read_bytes()
    report = batch(path, Analyser())
    assert (report.done, report.skipped, report.clean) == (0, 8, True)
    assert path.read_bytes() == before
    assert len(statuses(path)) == 8


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_more_sources_are_added_to_a_finished_file(tmp_path: Path, suffix: str) -> None:
    path, whole = tmp_path / f"o{suffix}", tmp_path / f"whole{suffix}"
    batch(path, Analyser(), SOURCES[:3])
    report = batch(path, Analyser())
    assert (report.done, report.skipped) == (5, 3)
    batch(whole, Analyser())
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("lost", [1, 30])
def test_half_a_source_is_cut_off(tmp_path: Path, suffix: str, lost: int) -> None:
    """As a kill leaves it: rows of an unfinished source, the last of them and the journal's torn."""
    path, whole = tmp_path / f"o{suffix}", tmp_path / f"whole{suffix}"
    batch(whole, Analyser())
    with pytest.raises(KeyboardInterrupt), Results(path, INFO) as results:
        for number, source in enumerate(SOURCES):
            results.begin(source)
            for read in Analyser().analyse(source):
                results.write(read.result)
            if number == 4:
                raise KeyboardInterrupt
            results.finish(source)
    rows = path if suffix != ".parquet" else Path(f"{path}.rows")
    rows.write_bytes(rows.read_bytes()[:-lost])
    with Path(f"{path}.run").open("ab") as journal:
        journal.write(b'{"source": "clip04')
    report = batch(path, Analyser())
    assert (report.done, report.skipped) == (4, 4)
    assert path.read_bytes() == whole.read_bytes()


KILLED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
import sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from mimik.runs.batch import read_all
from mimik.runs.results import Results
from synthetic_results import INFO, Analyser, Make
if __name__ == "__main__":
    with Results({path!r}, INFO) as results:
        read_all({sources!r}, Make(Analyser(frames=40, pause_s=0.004)), results, {workers})
"""


def start(path: Path, workers: int) -> subprocess.Popen[str]:
    script = path.with_name("go.py")
    tests = str(Path(__file__).parents[1])
    script.write_text(KILLED.format(tests=tests, path=str(path), sources=SOURCES, workers=workers))
    return subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True)


def wait_for_sources(path: Path, count: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        journal = Path(f"{path}.run")
        if journal.exists() and journal.read_bytes().count(b"\n") > count:
            return
        time.sleep(0.01)
    raise TimeoutError("the batch didn't get going")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    ("suffix", "workers", "sent"),
    [
        (".jsonl", 1, signal.SIGKILL),
        (".csv", 1, signal.SIGINT),
        (".parquet", 2, signal.SIGKILL),
        (".jsonl", 2, signal.SIGINT),
    ],
)
def test_killed_and_resumed_is_byte_for_byte_uninterrupted(
    tmp_path: Path, suffix: str, workers: int, sent: signal.Signals
) -> None:
    path, whole = tmp_path / f"o{suffix}", tmp_path / f"whole{suffix}"
    process = start(path, workers)
    wait_for_sources(path, 2)
    process.send_signal(sent)
    sent_at = time.monotonic()
    process.communicate(timeout=20)
    assert time.monotonic() - sent_at < 5
    assert process.returncode != 0
    stopped_at = len(statuses(path))
    assert 2 <= stopped_at < len(SOURCES)
    report = batch(path, Analyser(frames=40), workers=workers)
    assert (report.skipped, report.clean) == (stopped_at, True)
    batch(whole, Analyser(frames=40))
    assert path.read_bytes() == whole.read_bytes()
    left = {p.name for p in tmp_path.iterdir()} - {"go.py"}
    assert left == {f"{name}{suffix}{end}" for name in ("o", "whole") for end in ("", ".run")}


@pytest.mark.parametrize("workers", [1, 3])
def test_a_bad_source_is_recorded_and_the_rest_goes_on(tmp_path: Path, workers: int) -> None:
    path = tmp_path / "o.jsonl"
    analyser = Analyser(bad=frozenset({SOURCES[1]}), cut=frozenset({SOURCES[3]}))
    report = batch(path, analyser, workers=workers)
    assert report.failed == [(SOURCES[1], "clip01.mp4: not a picture")]
    assert report.partial == [(SOURCES[3], "clip03.mp4: cut in half")]
    assert (report.done, report.frames, report.clean) == (7, 35, False)
    in_file = list(dict.fromkeys(frame["source"] for frame in read_results(path)))
    assert in_file == [s for s in SOURCES if s != SOURCES[1]]
    again = batch(path, replace(analyser, bad=frozenset()), workers=workers)
    assert (again.done, again.skipped, again.failed) == (1, 7, [])
    assert again.partial == report.partial
    assert len(list(read_results(path))) == 40


def test_the_file_is_the_same_with_any_number_of_workers(tmp_path: Path) -> None:
    one, three = tmp_path / "one.parquet", tmp_path / "three.parquet"
    batch(one, Analyser())
    batch(three, Analyser(), workers=3)
    assert one.read_bytes() == three.read_bytes()


def test_a_worker_that_dies_costs_one_source(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    report = batch(path, Analyser(dying=frozenset({SOURCES[2]})), workers=2)
    assert report.done == 7
    ((source, message),) = report.failed
    assert source == SOURCES[2] and "the worker process died (9)" in message


class Broken:
    def __call__(self) -> None:
        from mimik.errors import ModelError

        raise ModelError("emotion.onnx: no such model")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_analyser_that_cannot_be_built_ends_the_batch(tmp_path: Path, workers: int) -> None:
    from mimik.errors import ModelError

    with pytest.raises(ModelError, match="no such model"), Results(tmp_path / "o.jsonl", INFO) as results:
        read_all(SOURCES, Broken(), results, workers)


def test_an_output_error_ends_the_batch(tmp_path: Path) -> None:
    def analyse(source: str):  # type: ignore[no-untyped-def]
        raise OutputError("full")
        yield

    with pytest.raises(OutputError, match="full"), Results(tmp_path / "o.jsonl", INFO) as results:
        read_all(SOURCES, lambda: analyse, results)


def test_an_unexpected_error_is_one_failed_source(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def analyse(source: str):  # type: ignore[no-untyped-def]
        if source == SOURCES[0]:
            raise ZeroDivisionError("by zero")
        yield from Analyser().analyse(source)

    with Results(tmp_path / "o.jsonl", INFO) as results:
        report = read_all(SOURCES[:2], lambda: analyse, results)
    assert report.failed == [(SOURCES[0], "clip00.mp4: unexpected ZeroDivisionError: by zero")]
    assert "Traceback" in caplog.text


def test_a_source_that_comes_twice_is_taken_once(tmp_path: Path) -> None:
    assert batch(tmp_path / "o.csv", Analyser(), ["a", "b", "a"]).done == 2


def test_a_file_is_the_same_however_its_name_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    twice = ["a.png", "b.png", "./a.png", "sub/../b.png", "http://x//a.png", "http://x/a.png"]
    report = batch(Path("o.jsonl"), Analyser(), twice)
    assert report.done == 4
    assert [source for source, _ in statuses(Path("o.jsonl"))] == [*twice[:2], *twice[4:]]
    again = batch(Path("o.jsonl"), Analyser(), [str(tmp_path / "b.png"), "./a.png"])
    assert (again.done, again.skipped, again.clean) == (0, 2, True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_took_the_place_of_another_is_reported(tmp_path: Path, workers: int) -> None:
    path, names = tmp_path / "o.csv", [str(tmp_path / name) for name in ("a.png", "b.png", "c.png")]
    for name in names:
        Path(name).write_bytes(b"first" * 10_000)
    batch(path, Analyser(), names, workers)
    before = path.read_bytes()
    Path(names[0]).write_bytes(b"first" * 9_999 + b"other")
    os.utime(names[1])  # a copy of the same file is no other one
    Path(names[2]).unlink()
    told: list[Progress] = []
    with Results(path, INFO) as results:
        report = read_all(names, Make(Analyser()), results, workers, told.append)
    assert (report.done, report.skipped) == (0, 2)
    ((source, message),) = report.failed
    assert source == names[0] and message.startswith(f"{source}: another file was read under this name")
    assert [(p.source, p.done, p.problem) for p in told] == [(source, 3, message)]
    assert path.read_bytes() == before


def test_a_file_is_known_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    for name in ("in/a.png", "a.png"):
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path / "in")
    batch(Path("../o.jsonl"), Analyser(), ["a.png"])
    monkeypatch.chdir(tmp_path)
    again = batch(Path("o.jsonl"), Analyser(), ["in/a.png"])
    assert (again.done, again.skipped, again.clean) == (0, 1, True)
    # Here lies another file of the first one's name: its rows couldn't be told from the other's.
    other = batch(Path("o.jsonl"), Analyser(), ["a.png"])
    assert (other.done, [source for source, _ in other.failed]) == (0, ["a.png"])
    # Files and results that were moved together are still known.
    tmp_path.rename(tmp_path.with_name("moved"))
    monkeypatch.chdir(tmp_path.with_name("moved"))
    assert batch(Path("o.jsonl"), Analyser(), ["in/a.png"]).skipped == 1


def test_a_stream_that_never_came_is_not_done(tmp_path: Path) -> None:
    def analyse(source: str):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt
        yield

    with Results(tmp_path / "o.jsonl", INFO) as results:
        report = read_all(["rtsp://cam"], lambda: analyse, results, live={"rtsp://cam"})
    assert report.interrupted and statuses(tmp_path / "o.jsonl") == [("rtsp://cam", "begun")]
    assert batch(tmp_path / "o.jsonl", Analyser(), ["rtsp://cam"]).done == 1


def test_a_journal_without_fingerprints_is_gone_on_with(tmp_path: Path) -> None:
    path, journal = tmp_path / "o.jsonl", tmp_path / "o.jsonl.run"
    batch(path, Analyser(), ["a", "b"])
    made_by, *entries = journal.read_text().splitlines()
    older = [{k: v for k, v in json.loads(entry).items() if k != "file"} for entry in entries]
    journal.write_text("\n".join([made_by, *map(json.dumps, older)]) + "\n")
    assert batch(path, Analyser(), ["a", "b", "c"]).skipped == 2


def test_progress_counts_sources_and_frames(tmp_path: Path) -> None:
    told: list[Progress] = []
    batch(tmp_path / "o.csv", Analyser(), ["a"])
    with Results(tmp_path / "o.csv", INFO) as results:
        read_all(["a", "b"], Make(Analyser(frames=2)), results, on_progress=told.append)
    assert [(p.source, p.frames, p.finished, p.done, p.total) for p in told] == [
        ("b", 1, False, 1, 2),
        ("b", 2, False, 1, 2),
        ("b", 2, True, 2, 2),
    ]
    assert all(p.last is not None and p.last.source == "b" for p in told)


def test_without_a_file_only_the_progress_is_told() -> None:
    told: list[Progress] = []
    report = read_all(["a"], Make(Analyser(frames=2)), None, on_progress=told.append)
    assert (report.frames, len(told)) == (2, 3)


def test_a_live_source_is_done_when_it_is_interrupted(tmp_path: Path) -> None:
    def analyse(source: str):  # type: ignore[no-untyped-def]
        yield from Analyser(frames=3).analyse(source)
        raise KeyboardInterrupt

    path = tmp_path / "o.parquet"
    with Results(path, INFO) as results:
        report = read_all(["camera"], lambda: analyse, results, live={"camera"})
    assert report.interrupted and report.done == 1
    assert len({row["frame"] for row in read_rows(path)}) == 3
