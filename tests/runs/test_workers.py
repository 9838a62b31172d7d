"""What a killed run with workers leaves, and what the next one makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.results.base import load_format
from mimik.results.read import read_results
from mimik.runs.batch import run_batch
from mimik.runs.progress import BatchReport, Outcome
from mimik.runs.results import Results
from mimik.runs.workers import Job, note_whole
from mimik.storage.append import AppendFile
from mimik.storage.identity import fingerprint
from synthetic_results import INFO, Analyser, Make


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    names = [str(tmp_path / name) for name in ("a.png", "b.png", "c.png")]
    for name in names:
        Path(name).write_text(name)
    return names


def leave_part(path: Path, source: str) -> Path:
    """A part of four frames that waits for its turn, as a killed run leaves it; returns its note."""
    job = Job(Make(), path, INFO, path.with_name(f"{path.name}.parts"))
    with Results(path, INFO):
        pass  # It has begun: there is a journal.
    job.parts.mkdir()
    part, form = job.part(source), load_format(path, INFO)
    file = AppendFile(part)
    for result in Analyser(frames=4).analyse(source):
        file.append(form.encode(result))
    file.close()
    note_whole(part, Outcome(4), fingerprint(source))
    return part.with_suffix(".json")


def go_on(path: Path, sources: list[str]) -> BatchReport:
    with Results(path, INFO) as results:
        return run_batch(sources, Make(), results, workers=2)


def frames(path: Path, source: str) -> int:
    return sum(frame["source"] == source for frame in read_results(path))


def test_a_part_that_waits_is_taken_as_it_is(tmp_path: Path, sources: list[str]) -> None:
    path = tmp_path / "o.jsonl"
    leave_part(path, sources[1])
    report = go_on(path, sources)
    # It was not drawn by this run: who draws must know.
    assert (report.done, report.earlier, report.clean) == (3, [sources[1]], True)
    assert [frames(path, name) for name in sources] == [5, 4, 5]
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
