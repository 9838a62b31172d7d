"""Results in parts in an object store: as in a folder here, failing stores, two runs at once, no secrets."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from killed import SOURCES, lay
from ray_cluster import ray_cluster

from mimik.cli import main
from mimik.errors import OutputError, OutputExistsError
from mimik.results.dataset import Dataset, located
from mimik.results.read import read_rows
from mimik.runs.batch import read_all
from mimik.runs.dataset import DatasetResults
from mimik.runs.output import find_output
from stores import Store, s3_server
from synthetic_results import INFO, Analyser, Make, with_settings

pytest.importorskip("pyarrow", reason="needs pyarrow (pip install 'mimik[table]')")
OUT = "s3://clips/out/"


@pytest.fixture(scope="module")
def server() -> Iterator[Store]:
    with s3_server() as store:
        yield store


@pytest.fixture
def s3(server: Store) -> Store:
    server.empty()
    return server


def objects(store: Store) -> dict[str, bytes]:
    """All that lies below OUT, by its name from there."""
    store.flaky = 0
    store.system.invalidate_cache()
    found = store.system.find("clips/out")
    return {name.removeprefix("clips/out/"): store.system.cat_file(name) for name in found}


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def without_places(found: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in found.items() if not name.startswith("run/done/")}


def test_what_lies_there_is_what_lies_in_a_folder(s3: Store, tmp_path: Path) -> None:
    assert lay("here", OUT, Analyser(frames=40)).done == len(SOURCES)
    lay("here", tmp_path / "out", Analyser(frames=40))
    there = objects(s3)
    assert without_places(there) == without_places(files(tmp_path / "out"))
    assert sum(name.startswith("run/done/") for name in there) == len(SOURCES)
    assert list(read_rows(OUT)) == list(read_rows(tmp_path / "out"))
    s3.requests.clear()
    assert lay("here", OUT, Analyser(frames=40)).skipped == len(SOURCES)
    assert not [request for request in s3.requests if request.startswith("PUT")]


@pytest.mark.parametrize("name", ["workers", "ray"])
def test_workers_write_into_the_store_by_themselves(name: str, s3: Store) -> None:
    with ray_cluster() if name == "ray" else nullcontext():  # It learns of the store as it starts.
        assert lay(name, OUT, Analyser(frames=40)).done == len(SOURCES)
    there = objects(s3)
    s3.empty()
    assert lay("here", OUT, Analyser(frames=40)).done == len(SOURCES)
    assert objects(s3) == there


def test_other_settings_are_refused_and_replaced_when_asked(s3: Store) -> None:
    lay("here", OUT, Analyser())
    other = with_settings(every=2)
    with pytest.raises(OutputExistsError, match=r"^s3://clips/out/: holds results of other settings"):
        DatasetResults(OUT, other, SOURCES).__enter__()
    with DatasetResults(OUT, other, SOURCES[:1], overwrite=True) as results:
        read_all(SOURCES[:1], Make(), results)
    assert sorted(name.partition("/")[0] for name in objects(s3)) == ["rows", "run", "run"]
    assert {row["source"] for row in read_rows(OUT)} == {SOURCES[0]}


def test_a_store_that_fails_one_request_in_twenty(s3: Store) -> None:
    names = [f"clip{number}.mp4" for number in range(30)]
    s3.flaky = 20
    for _ in range(5):
        report = lay("here", OUT, Analyser(frames=4), names)
        if not report.failed:
            break
    assert len(s3.faults) >= 5 and {*s3.faults} == {"503", "dropped", "dropped after the work"}
    there = objects(s3)
    s3.empty()
    lay("here", OUT, Analyser(frames=4), names)
    assert objects(s3) == there


def test_what_the_store_does_not_take_has_failed_and_is_read_by_the_next_run(s3: Store) -> None:
    lay("here", OUT, Analyser(), SOURCES[:1])
    s3.broken = f"source={SOURCES[2]}"
    report = lay("here", OUT, Analyser())
    ((source, reason),) = report.failed
    assert (report.done, source) == (4, SOURCES[2])
    assert reason.startswith(f"{OUT}rows/source={SOURCES[2]}/part-0.parquet: can't be written (")
    assert reason.endswith("run the same command again later")
    assert any(name.startswith("run/failed/") for name in objects(s3))
    s3.broken = "(none)"
    again = lay("here", OUT, Analyser())
    assert (again.done, again.skipped, again.failed) == (1, 5, [])
    assert not any(name.startswith("run/failed/") for name in objects(s3))


def test_a_store_that_does_not_let_one_write_ends_the_run(s3: Store) -> None:
    lay("here", OUT, Analyser(), SOURCES[:1])
    s3.refused = "/rows/"
    with pytest.raises(OutputError, match=r"may not be written .*; check the credentials, which s3fs takes"):
        lay("here", OUT, Analyser())
    s3.refused = "(none)"
    with pytest.raises(OutputError, match="there is no such bucket or container; make it first"):
        lay("here", "s3://nowhere/out/", Analyser())
    with pytest.raises(OutputError, match=r"^s3://clips/new: results in a store are a folder of parts"):
        find_output("s3://clips/new")
    assert find_output("s3://clips/out").in_parts


def test_a_place_of_something_else_is_refused(s3: Store) -> None:
    s3.put("set/a.mp4", b"film")
    with pytest.raises(OutputExistsError, match=r"^s3://clips/set/: holds something"):
        DatasetResults("s3://clips/set/", INFO, SOURCES, overwrite=True).__enter__()


def _run(names: Sequence[str]) -> None:
    with DatasetResults(OUT, INFO, names) as results:
        assert read_all(names, Make(Analyser(frames=40)), results).clean


def test_two_runs_at_the_same_time_on_a_failing_store(s3: Store) -> None:
    s3.flaky = 40
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=_run, args=(names,)) for names in (SOURCES, SOURCES[::-1])]
    for run in runs:
        run.start()
    for run in runs:
        run.join(120)
    assert [run.exitcode for run in runs] == [0, 0] or lay("here", OUT, Analyser(frames=40)).clean
    there = objects(s3)
    s3.empty()
    lay("here", OUT, Analyser(frames=40))
    assert objects(s3) == there


def test_the_command_writes_and_reads_it(
    s3: Store,
    tiny_models: dict[str, Path],
    examples: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("a.mp4", "b.mp4"):
        s3.put(f"set/{name}", examples / "two_people.mp4")
    s3.put("set/notes.txt", b"x")
    words = ["analyze", "s3://clips/set/", "--end", "0.3", "--model", f"emotion={tiny_models['emotion']}"]
    words += ["--tasks", "emotion"]
    for number in (1, 2):
        assert main([*words, "-o", OUT, "--shard", f"{number}/2"]) == 0
    told = capsys.readouterr()
    assert "results in s3://clips/out/" in told.err and "secret" not in told.out + told.err
    assert main([*words, "-o", OUT]) == 0
    assert "0 read, 2 done before" in capsys.readouterr().err
    assert main([*words, "-o", str(tmp_path / "o.parquet")]) == 0
    assert list(read_rows(OUT)) == list(read_rows(tmp_path / "o.parquet"))
    capsys.readouterr()
    tables = []
    for results in (OUT, str(tmp_path / "o.parquet")):
        assert main(["summary", results]) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1] and "s3://clips/set/b.mp4" in tables[0]
    assert main(["cite", OUT]) == 0
    assert "1 file of other kinds was left out" in capsys.readouterr().out
    found = located(OUT)
    assert isinstance(found, Dataset) and [line["error"] for line in found.left_out] == ["unknown kind"]
    # What lies in the dataset is no source.
    assert main(["analyze", "s3://clips/", *words[2:], "-o", OUT]) == 0
    assert "left out: 1 file of unknown kind (.txt)" in capsys.readouterr().err
    everything = b"".join(objects(s3).values()).decode(errors="replace")
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in everything
