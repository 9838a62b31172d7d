"""A long source that was killed goes on from its last checkpoint, to the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mimik import Job, SourceOptions, run_batch
from mimik.runs import checkpoint
from mimik.runs.progress import Progress


class Killed(BaseException):
    """As SIGKILL: nothing that waits for the end is written."""


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SAVE_S", 0.0)


def kill_at(count: int, name: str) -> Callable[[Progress], None]:
    def tell(progress: Progress) -> None:
        if progress.frames == count and progress.source.endswith(name):
            raise Killed

    return tell


def reads(counts: list[int]) -> Callable[[Progress], None]:
    return lambda progress: counts.append(progress.frames)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
@pytest.mark.parametrize("neutral", [None, 0.2])
def test_a_film_goes_on_in_the_middle(
    examples: Path, tmp_path: Path, suffix: str, neutral: float | None
) -> None:
    job = Job(tasks=("emotion",), models="mini", neutral=neutral, frames=SourceOptions(end_s=1.5))
    sources = [examples / "astronaut.jpg", examples / "two_people.mp4", examples / "group.jpg"]
    whole, ours = tmp_path / f"whole{suffix}", tmp_path / f"ours{suffix}"
    run_batch(sources, whole, job)
    with pytest.raises(Killed):
        run_batch(sources, ours, job, on_progress=kill_at(12, ".mp4"))
    assert (tmp_path / f"ours{suffix}.parts" / "here.state").exists()
    counts: list[int] = []
    report = run_batch(sources, ours, job, on_progress=reads(counts))
    assert report.clean and counts[0] > 10, "it isn't read from its start again"
    assert ours.read_bytes() == whole.read_bytes()
    assert not (tmp_path / f"ours{suffix}.parts").exists()


def test_a_checkpoint_of_another_file_or_order_is_left(examples: Path, tmp_path: Path) -> None:
    job = Job(tasks=("emotion",), models="mini", frames=SourceOptions(end_s=1))
    film = tmp_path / "film.mp4"
    film.write_bytes((examples / "two_people.mp4").read_bytes())
    output = tmp_path / "o.jsonl"
    with pytest.raises(Killed):
        run_batch(film, output, job, on_progress=kill_at(9, ".mp4"))
    counts: list[int] = []
    run_batch([examples / "group.jpg", film], output, job, on_progress=reads(counts))
    assert counts[:3] == [1, 1, 1] and 9 in counts, "another source came first, so the film begins anew"
    whole = tmp_path / "whole.jsonl"
    run_batch([examples / "group.jpg", film], whole, job)
    assert output.read_bytes() == whole.read_bytes()

    output.unlink()
    with pytest.raises(Killed):
        run_batch(film, output, job, overwrite=True, on_progress=kill_at(9, ".mp4"))
    film.write_bytes(film.read_bytes() + b"\0")
    counts.clear()
    run_batch(film, output, job, on_progress=reads(counts))
    assert counts[0] == 1, "it is another file"


def test_what_is_drawn_begins_anew(examples: Path, tmp_path: Path) -> None:
    job = Job(
        tasks=("emotion",),
        models="mini",
        frames=SourceOptions(end_s=0.6),
        render=tmp_path / "drawn.mp4",
    )
    film, output = examples / "two_people.mp4", tmp_path / "o.jsonl"
    with pytest.raises(Killed):
        run_batch(film, output, job, on_progress=kill_at(5, ".mp4"))
    counts: list[int] = []
    run_batch(film, output, job, on_progress=reads(counts))
    assert counts[0] == 1 and (tmp_path / "drawn.mp4").exists()
