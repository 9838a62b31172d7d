"""Results in parts on this machine: what lies there, going on, kills, two runs at once, what is refused."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from killed import SOURCES, kill_at, lay

from mimik.errors import MimikWarning, OptionError, OutputError, OutputExistsError
from mimik.results.dataset import Dataset, key_of, located
from mimik.results.read import read_rows
from mimik.runs.base import EXECUTORS
from mimik.runs.batch import REPLACED, read_all, run_batch
from mimik.runs.dataset import DatasetResults
from mimik.runs.dataset_parts import MEANWHILE
from mimik.runs.output import find_output
from mimik.runs.results import Results
from mimik.types import RunInfo
from synthetic_results import INFO, Analyser, Make, random_results, with_settings

pytest.importorskip("pyarrow", reason="needs pyarrow (pip install 'mimik[table]')")
KILLED = """
from pathlib import Path
from killed import lay
from synthetic_results import Analyser
if __name__ == "__main__":
    lay({name!r}, Path({path!r}), Analyser(frames=40, pause_s=0.01))
"""


def files_in(folder: Path) -> dict[str, bytes]:
    """All files of a dataset, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A dataset of all sources, made at one go."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    assert lay("here", folder, Analyser(frames=40)).done == len(SOURCES)
    return files_in(folder)


def test_the_rows_are_those_of_a_file(tmp_path: Path) -> None:
    lay("here", tmp_path / "out", Analyser(frames=40))
    with Results(tmp_path / "o.parquet", INFO) as results:
        for source in SOURCES:
            results.begin(source)
            for result in random_results(source, 40):
                results.write(result)
            results.finish(source)
    of_parts, of_file = list(read_rows(tmp_path / "out")), list(read_rows(tmp_path / "o.parquet"))
    assert of_parts == of_file and [*of_parts[0]] == [*of_file[0]]


@pytest.mark.parametrize("executor", EXECUTORS, indirect=True)
def test_every_executor_lays_the_same_bytes(executor: str, tmp_path: Path, whole: dict[str, bytes]) -> None:
    report = lay(executor, tmp_path / "out", Analyser(frames=40))
    assert (report.done, report.frames, report.clean) == (6, 240, True)
    assert files_in(tmp_path / "out") == whole
    assert sorted(whole) == sorted(
        [
            "run/head.json",
            *(f"rows/source={source}/part-0.parquet" for source in SOURCES),
            *(name for name in whole if name.startswith("run/done/")),
        ]
    )
    again = lay(executor, tmp_path / "out", Analyser(frames=40))
    assert (again.done, again.skipped) == (0, 6)
    assert files_in(tmp_path / "out") == whole


def test_what_fails_has_a_record_and_is_tried_again(tmp_path: Path, whole: dict[str, bytes]) -> None:
    out, bad = tmp_path / "out", frozenset(SOURCES[:2])
    for _ in range(2):
        report = lay("here", out, Analyser(frames=40, bad=bad, cut=frozenset(SOURCES[2:3])))
        assert [source for source, _ in report.failed] == SOURCES[:2]
        assert report.partial == [(SOURCES[2], f"{SOURCES[2]}: cut in half")]
    found = located(out)
    assert isinstance(found, Dataset)
    assert [(r["source"], r["error"]) for r in found.failed] == [
        (s, f"{s}: not a picture") for s in SOURCES[:2]
    ]
    assert {record["source"] for record in found.done} == set(SOURCES[2:])
    assert lay("workers", out, Analyser(frames=40)).done == 2
    assert not list(out.glob("run/failed/*"))
    assert {n: b for n, b in files_in(out).items() if n.startswith("rows/")} == {
        n: b for n, b in whole.items() if n.startswith("rows/")
    }
    again = located(out)
    assert isinstance(again, Dataset) and again.done[2]["error"] == f"{SOURCES[2]}: cut in half"


def test_a_worker_that_dies_costs_its_source_alone(tmp_path: Path) -> None:
    report = lay("workers", tmp_path / "out", Analyser(dying=frozenset(SOURCES[1:2])))
    assert report.done == 5 and [source for source, _ in report.failed] == SOURCES[1:2]
    assert len(list((tmp_path / "out").glob("run/failed/*"))) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("rows", [1, 70, 130, 200])
@pytest.mark.parametrize("name", ["here", "workers"])
def test_a_killed_run_goes_on_to_the_same_bytes(
    name: str, rows: int, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    kill_at(rows, out, KILLED.format(name=name, path=str(out)))
    there = files_in(out)
    assert there != whole
    # What readers see of it is whole.
    assert {n: b for n, b in there.items() if n.startswith("rows/")}.items() <= whole.items()
    sources = {row["source"] for row in read_rows(out)}
    assert len(sources) == len(list(out.glob("run/done/*.json")))
    for folder in out.glob("run/tmp-*"):
        os.utime(folder, (0, 0))
    report = lay(name, out, Analyser(frames=40))
    assert report.clean and report.done + report.skipped == len(SOURCES)
    assert report.skipped == len(sources)
    assert files_in(out) == whole


def _run(out: Path, names: Sequence[str]) -> None:
    with DatasetResults(out, INFO, names) as results:
        assert read_all(names, Make(Analyser(frames=40, pause_s=0.001)), results).clean


def test_two_runs_at_the_same_time_give_each_source_once(tmp_path: Path, whole: dict[str, bytes]) -> None:
    context = multiprocessing.get_context("spawn")
    runs = [
        context.Process(target=_run, args=(tmp_path / "out", names)) for names in (SOURCES, SOURCES[::-1])
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join(120)
    assert [run.exitcode for run in runs] == [0, 0]
    assert files_in(tmp_path / "out") == whole


def test_a_run_that_began_a_moment_ago_is_joined(tmp_path: Path) -> None:
    lay("here", tmp_path / "other", Analyser(frames=40))
    head, out = (tmp_path / "other" / "run" / "head.json").read_bytes(), tmp_path / "out"
    (out / "run").mkdir(parents=True)
    late = threading.Timer(0.2, (out / "run" / "head.json").write_bytes, [head])
    late.start()
    with DatasetResults(out, INFO, SOURCES) as results:
        assert not results.before.entry_of(SOURCES[0])
    late.join()


class Overtaken(Analyser):
    """Another run finishes the source while this one reads it."""

    def analyse(self, source: str):  # type: ignore[no-untyped-def]
        lay("here", Path("out"), Analyser(frames=40), [source])
        return (yield from super().analyse(source))


def test_what_another_run_has_finished_meanwhile_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: dict[str, bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    report = lay("here", Path("out"), Overtaken(frames=40))
    assert report.clean and report.notes == [(source, MEANWHILE) for source in SOURCES]
    there = files_in(tmp_path / "out")  # The records have other names, as the sources lie elsewhere.
    assert {n for n in there if n.startswith("rows/")} == {n for n in whole if n.startswith("rows/")}
    assert all(there[name] == whole[name] for name in there if name.startswith("rows/"))
    assert len(there) == len(whole)


def test_a_part_that_is_gone_or_torn_is_made_again(tmp_path: Path, whole: dict[str, bytes]) -> None:
    out = tmp_path / "out"
    lay("here", out, Analyser(frames=40))
    shutil.rmtree(out / "rows" / f"source={SOURCES[0]}")
    torn = out / "rows" / f"source={SOURCES[1]}" / "part-0.parquet"
    torn.write_bytes(torn.read_bytes()[:-10])
    next(out.glob("run/done/*.json")).write_bytes(b"{")
    with DatasetResults(out, INFO, SOURCES) as results:
        assert results.lost in (2, 3)  # The damaged record may be one of theirs.
        read_all(SOURCES, Make(Analyser(frames=40)), results)
    assert files_in(out) == whole


def test_the_place_of_the_command_is_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a.mp4").touch()
    monkeypatch.chdir(tmp_path)
    lay("here", Path("out"), Analyser(), ["clips/a.mp4"])
    monkeypatch.chdir(tmp_path / "clips")
    assert lay("here", Path("../out"), Analyser(), ["a.mp4"]).skipped == 1
    (tmp_path / "moved").mkdir()
    for name in ("clips", "out"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    monkeypatch.chdir(tmp_path / "moved")
    assert lay("here", Path("out"), Analyser(), ["clips/a.mp4"]).skipped == 1


def other(info: RunInfo) -> RunInfo:
    return replace(info, settings={**info.settings, "every": 2})


def test_a_file_that_was_replaced_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.mp4").write_bytes(b"film")
    lay("here", Path("out"), Analyser(), ["a.mp4"])
    Path("a.mp4").write_bytes(b"another film")
    assert lay("here", Path("out"), Analyser(), ["a.mp4"]).failed == [("a.mp4", f"a.mp4: {REPLACED}")]


def test_other_settings_are_refused_and_other_libraries_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    lay("here", out, Analyser())
    with (
        pytest.raises(OutputExistsError, match=r"other settings \(settings\.every was 1, now 2\)"),
        DatasetResults(out, with_settings(every=2), SOURCES),
    ):
        pass
    newer = replace(INFO, libraries={"python": "3.14.0", "onnxruntime": "1.22.0"})
    with (
        pytest.warns(MimikWarning, match=r"other libraries \(python"),
        DatasetResults(out, newer, SOURCES) as results,
    ):
        assert all(map(results.before.entry_of, SOURCES))


def test_overwriting_begins_anew_and_leaves_what_is_not_of_results(tmp_path: Path) -> None:
    out = tmp_path / "out"
    lay("here", out, Analyser())
    (out / "notes.txt").write_text("mine")
    with DatasetResults(out, with_settings(every=2), SOURCES[:1], overwrite=True) as results:
        assert not (out / "rows").exists() and not list(out.glob("run/done/*"))
        read_all(SOURCES[:1], Make(), results)
    assert {row["source"] for row in read_rows(out)} == set(SOURCES[:1])
    assert json.loads((out / "run" / "head.json").read_text())["settings"]["every"] == 2
    assert (out / "notes.txt").read_text() == "mine"


def test_an_overwriting_run_that_is_killed_leaves_nothing_that_counts(tmp_path: Path) -> None:
    out = tmp_path / "out"
    lay("here", out, Analyser())
    results = DatasetResults(out, with_settings(every=2), SOURCES, overwrite=True)
    results.folder.remove("run/done")  # As far as it came.
    assert list(read_rows(out)) == []
    assert lay("here", out, Analyser()).done == len(SOURCES)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_something_else_is_refused(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a.mp4").write_bytes(b"film")
    with (
        pytest.raises(OutputExistsError, match=r"holds something, and no run/head\.json"),
        DatasetResults(tmp_path / "clips", INFO, SOURCES, overwrite=overwrite),
    ):
        pass
    assert files_in(tmp_path / "clips") == {"a.mp4": b"film"}


def test_outputs_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="is a folder; name a file in it, or put a / at its end"):
        find_output(tmp_path / "folder")
    for name, words in (("file", "is a file"), ("none/out", "its folder doesn't exist")):
        with pytest.raises(OutputError, match=words), DatasetResults(tmp_path / name, INFO, SOURCES):
            pass
    for address in ("https://host/out/", "hf://datasets/a/b/", "ftp://host/out/"):
        with pytest.raises(OptionError, match="results can't be written to"):
            find_output(address)
    with pytest.raises(OptionError, match=r"--overwrite with --shard would remove"):
        run_batch([str(tmp_path)], f"{tmp_path}/out/", overwrite=True, shard="1/2")
    with pytest.raises(OptionError, match=r"rtsp://host/a: never ends"):
        run_batch(["rtsp://host/a"], f"{tmp_path}/out/")


def test_a_damaged_head_is_told(tmp_path: Path) -> None:
    lay("here", tmp_path / "out", Analyser())
    (tmp_path / "out" / "run" / "head.json").write_text("{")
    with pytest.raises(OutputError, match=r"run/head\.json: damaged: start again with --overwrite"):
        lay("here", tmp_path / "out", Analyser())
    with DatasetResults(tmp_path / "out", INFO, SOURCES, overwrite=True):
        pass
    assert lay("here", tmp_path / "out", Analyser()).clean


def test_what_was_left_out_is_kept_once(tmp_path: Path) -> None:
    for _ in range(2):
        with DatasetResults(tmp_path / "out", INFO, SOURCES) as results:
            results.note_left_out([("a.xyz", "unknown kind"), ("b.xyz", "unknown kind")])
            results.note_left_out([])
    found = located(tmp_path / "out")
    assert isinstance(found, Dataset)
    assert [(line["source"], line["error"]) for line in found.left_out] == [
        ("a.xyz", "unknown kind"),
        ("b.xyz", "unknown kind"),
    ]
    assert len(list((tmp_path / "out" / "run" / "left_out").iterdir())) == 1


def test_a_name_that_is_too_long_is_its_hash_and_its_end() -> None:
    name = "s3://bucket/" + "ü/" * 200 + "a.mp4"
    key = key_of(name)
    assert len(key.encode()) <= 240 and key[0] == key[17] == "~" and key.endswith("%2Fü%2Fa.mp4")
    assert key != key_of(name.replace("bucket", "basket"))
    assert key_of("a.") == "a%2E"
