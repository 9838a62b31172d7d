"""A worker that dies costs a second try, and a source that kills each is set aside, by either engine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from killed import SOURCES, execute, left_beside

from mimik.runs import checkpoint
from mimik.runs.reader import Ending, Outcome, Read, Resume
from mimik.runs.waiting import TRIES, Waiting
from synthetic_results import Analyser, random_results

SEVERAL = ("workers", "ray")
"""Executors whose workers are processes of their own."""
FRAMES = 40


@dataclass(frozen=True)
class Deadly(Analyser):
    """Its process is killed in the middle of a source, as the system does for lack of memory."""

    frames: int = FRAMES
    source: str = SOURCES[2]
    tried: Path = Path()
    """A file that gets a byte for each try."""
    deaths: int = 1
    at: int = 20
    saved_at: int | None = None
    """The frame of it at which it is time to keep its state."""

    def analyse(self, source: str, resume: Resume | None = None) -> Generator[Read, None, Ending]:
        if source == self.source:
            with self.tried.open("ab") as tried:
                tried.write(b".")
        begun = resume.frames if resume else 0
        for number, result in enumerate(random_results(source, self.frames)):
            if number < begun:
                continue
            if source == self.source and number == self.at and self.tried.stat().st_size <= self.deaths:
                deadline = time.monotonic() + 20
                while self.saved_at and not self._saved() and time.monotonic() < deadline:
                    time.sleep(0.01)  # What Ray has on its way goes with the process.
                os.kill(os.getpid(), signal.SIGKILL)
            due = source == self.source and number == self.saved_at
            checkpoint.SAVE_S = 0.0 if due else 1e9
            yield Read(result, self.frames, snapshot=lambda: b"state")
        return Ending(f"went on at {begun}" if begun else None)

    def _saved(self) -> bool:
        return any(self.tried.parent.glob("*.parts/*.state"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "o.jsonl"
    execute("here", path, Analyser(frames=FRAMES))
    return path.read_bytes()


@pytest.mark.parametrize("executor", SEVERAL, indirect=True)
def test_the_source_of_a_killed_worker_goes_to_another(executor: str, tmp_path: Path, whole: bytes) -> None:
    path, told = tmp_path / "o.jsonl", []  # type: tuple[Path, list[Progress]]
    report = execute(executor, path, Deadly(tried=tmp_path / "tried"), told)
    assert (report.done, report.frames, report.clean) == (6, 240, True)
    assert report.notes == [(SOURCES[2], "read again, as 1 worker process died of it")]
    assert path.read_bytes() == whole
    assert (tmp_path / "tried").read_bytes() == b".."
    assert [p.source for p in told if p.finished] == SOURCES
    assert left_beside(path) == {"o.jsonl", "o.jsonl.run"}


@pytest.mark.parametrize("executor", SEVERAL, indirect=True)
def test_a_source_that_kills_its_workers_is_set_aside(executor: str, tmp_path: Path, whole: bytes) -> None:
    path, deadly = tmp_path / "o.jsonl", Deadly(tried=tmp_path / "tried", deaths=99)
    report = execute(executor, path, deadly)
    ((source, problem),) = report.failed
    assert (report.done, source) == (5, SOURCES[2])
    assert problem.startswith(f"{source}: the worker process died (") and "3 times in a row" in problem
    assert (tmp_path / "tried").stat().st_size == TRIES == 3
    assert source.encode() not in path.read_bytes()
    # The next run tries it again, and it is added where new sources are.
    again = execute(executor, path, Analyser(frames=FRAMES))
    assert (again.done, again.skipped, again.clean) == (1, 5, True)
    assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())


@pytest.mark.parametrize("executor", SEVERAL, indirect=True)
def test_a_long_source_goes_on_where_its_worker_was_killed(
    executor: str, tmp_path: Path, whole: bytes
) -> None:
    """Its state was kept at frame 9, and at frame 20 its worker dies: 10 frames are read twice."""
    path = tmp_path / "o.jsonl"
    report = execute(executor, path, Deadly(tried=tmp_path / "tried", saved_at=9))
    assert report.partial == [(SOURCES[2], "went on at 10")]
    assert path.read_bytes() == whole


def test_sources_wait_in_their_order_and_one_that_died_comes_first() -> None:
    waiting = Waiting(["a", "b", "c"])
    assert waiting.take() == "a"
    assert waiting.died("a", "-9") is None
    assert [waiting.take(), waiting.take(), len(waiting)] == ["a", "b", 1]
    assert waiting.died("a", "-9") is None
    assert waiting.take() == "a"
    assert waiting.ended("b", Outcome(1)) == Outcome(1)
    aside = waiting.died("a", "-11")
    assert aside is not None and aside.failed
    assert aside.problem == (
        "a: the worker process died (-11), 3 times in a row, perhaps for lack of memory: set aside; read it "
        "by itself, or with fewer workers"
    )
    assert (waiting.take(), waiting.take()) == ("c", None)


def test_deaths_are_noted_beside_what_else_is() -> None:
    waiting = Waiting(["a"])
    waiting.died("a", "-9")
    waiting.died("a", "-9")
    said = waiting.ended("a", Outcome(1, note="looked odd")).note
    assert said == "looked odd; read again, as 2 worker processes died of it"
