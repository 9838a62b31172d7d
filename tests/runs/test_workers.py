"""What a killed run with workers leaves, and what the next one makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.results.base import load_format
from mimik.results.read import read_results
from mimik.runs.batch import read_all
from mimik.runs.parts import Parts
from mimik.runs.progress import BatchReport
from mimik.runs.reader import SourceReader
from mimik.runs.results import Results
from synthetic_results import INFO, Analyser, Make


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    names = [str(tmp_path / name) for name in ("a.png", "b.png", "c.png")]
    for name in names:
        Path(name).write_text(name)
    return names


def leave_part(path: Path, source: str) -> Path:
    """A part of four frames that waits for its turn, as a killed run leaves it; returns its note."""
    parts = Parts(path.with_name(f"{path.name}.parts"), path, INFO)
    with Results(path, INFO):
        pass  # It has begun: there is a journal.
    parts.folder.mkdir()
    parts.write(SourceReader(Analyser(frames=4).analyse, source), load_format(path, INFO), print)
    return parts.rows(source).with_suffix(".json")


def go_on(path: Path, sources: list[str], workers: int = 2) -> BatchReport:
    with Results(path, INFO) as results:
        return read_all(sources, Make(), results, workers)


def frames(path: Path, source: str) -> int:
    return sum(frame["source"] == source for frame in read_results(path))


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_part_that_waits_is_taken_as_it_is(
    tmp_path: Path, sources: list[str], number: int, workers: int
) -> None:
    path = tmp_path / "o.jsonl"
    leave_part(path, sources[number])
    report = go_on(path, sources, workers)
    # It was not drawn by this run: who draws must know.
    assert (report.done, report.earlier, report.clean) == (3, [sources[number]], True)
    in_order = list(dict.fromkeys(frame["source"] for frame in read_results(path)))
    assert (in_order, frames(path, sources[number]), report.frames) == (sources, 4, 14)
    assert go_on(path, sources).earlier == sources


@pytest.mark.parametrize("torn", [b"", b'{"frames": 4', b"[]", b"{}"])
def test_a_note_that_was_cut_has_its_source_read_again(
    tmp_path: Path, sources: list[str], torn: bytes
) -> None:
    path = tmp_path / "o.jsonl"
    leave_part(path, sources[1]).write_bytes(torn)
    report = go_on(path, sources)
    assert (report.done, report.earlier, frames(path, sources[1])) == (3, [], 5)


def test_a_part_of_a_file_that_was_replaced_is_read_again(tmp_path: Path, sources: list[str]) -> None:
    path = tmp_path / "o.jsonl"
    leave_part(path, sources[1])
    Path(sources[1]).write_text("another")
    report = go_on(path, sources)
    assert (report.earlier, report.clean, frames(path, sources[1])) == ([], True, 5)
