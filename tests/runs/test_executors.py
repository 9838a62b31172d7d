"""What every executor of the table must do; no name of one stands here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from killed import SOURCES, execute, kill_at, left_beside

from mimik.errors import ModelError, UnknownNameError
from mimik.runs.base import EXECUTORS, load_executor
from mimik.runs.merge import Merger
from mimik.runs.progress import Tally
from mimik.runs.reader import SourceReader
from mimik.runs.results import Results
from synthetic_results import INFO, Analyser, Make

KILLED = """
from pathlib import Path
from killed import execute
from synthetic_results import Analyser
if __name__ == "__main__":
    execute({name!r}, Path({path!r}), Analyser(frames=40, pause_s=0.015))
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Frames of all sources in their order, written by hand."""
    path = tmp_path_factory.mktemp("whole") / "o.jsonl"
    with Results(path, INFO) as results:
        for source in SOURCES:
            results.begin(source)
            for read in Analyser(frames=40).analyse(source):
                results.write(read.result)
            results.finish(source)
    return path.read_bytes()


@pytest.mark.parametrize("executor", EXECUTORS, indirect=True)
def test_sources_are_in_their_order_and_each_end_is_told(executor: str, tmp_path: Path, whole: bytes) -> None:
    path, told = tmp_path / "o.jsonl", []  # type: tuple[Path, list[Progress]]
    report = execute(executor, path, Analyser(frames=40), told)
    assert (report.done, report.frames, report.clean) == (6, 240, True)
    assert path.read_bytes() == whole
    ends = [progress for progress in told if progress.finished]
    assert [(p.source, p.frames, p.done) for p in ends] == [(s, 40, n + 1) for n, s in enumerate(SOURCES)]
    assert all(p.last is not None and p.last.source == p.source for p in ends)


@pytest.mark.parametrize("executor", EXECUTORS, indirect=True)
def test_a_bad_source_costs_no_other(executor: str, tmp_path: Path) -> None:
    analyser = Analyser(
        bad=frozenset(SOURCES[:1]), cut=frozenset(SOURCES[-1:]), notes=frozenset(SOURCES[2:3])
    )
    report = execute(executor, tmp_path / "o.jsonl", analyser)
    assert report.failed == [(SOURCES[0], f"{SOURCES[0]}: not a picture")]
    assert report.partial == [(SOURCES[-1], f"{SOURCES[-1]}: cut in half")]
    assert report.notes == [(SOURCES[2], "looked odd")]
    assert report.done == 5


class Broken(Make):
    def __call__(self) -> None:
        raise ModelError("emotion.onnx: no such model")


@pytest.mark.parametrize("executor", EXECUTORS, indirect=True)
def test_what_cannot_be_built_ends_the_run(executor: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model"), Results(tmp_path / "o.jsonl", INFO) as results:
        load_executor(executor)(SOURCES, Broken(), Merger(SOURCES, results, Tally(6, 0, None)), 2)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("rows", [1, 60, 120])
@pytest.mark.parametrize("executor", EXECUTORS, indirect=True)
def test_a_killed_run_goes_on_to_the_same_bytes(
    executor: str, rows: int, tmp_path: Path, whole: bytes
) -> None:
    path = tmp_path / "o.jsonl"
    kill_at(rows, path, KILLED.format(name=executor, path=str(path)))
    assert path.read_bytes() != whole
    report = execute(executor, path, Analyser(frames=40))
    assert report.clean and report.done + report.skipped == len(SOURCES)
    assert path.read_bytes() == whole
    assert left_beside(path) == {"o.jsonl", "o.jsonl.run"}


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("after", EXECUTORS)
@pytest.mark.parametrize("executor", EXECUTORS, indirect=True)
def test_any_executor_goes_on_where_another_was_killed(
    executor: str, after: str, tmp_path: Path, whole: bytes, request: pytest.FixtureRequest
) -> None:
    if after == "ray":
        request.getfixturevalue("ray_cluster_of_two")
    path = tmp_path / "o.jsonl"
    kill_at(100, path, KILLED.format(name=executor, path=str(path)))
    assert execute(after, path, Analyser(frames=40)).clean
    assert path.read_bytes() == whole


def test_an_unknown_executor_is_named() -> None:
    with pytest.raises(UnknownNameError, match="unknown executor 'cloud'"):
        load_executor("cloud")


def test_a_source_whose_turn_has_not_come_is_not_written(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"turn of clip0\.mp4"),
        Results(tmp_path / "o.jsonl", INFO) as results,
    ):
        merger = Merger(SOURCES, results, Tally(6, 0, None))
        merger.stream(SourceReader(Analyser().analyse, SOURCES[1]))
