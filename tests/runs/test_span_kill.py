"""Runs of faces and voices that were killed in the middle of a long film go on to the same bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from killed import kill_at

from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.runs.progress import Progress
from mimik.voice.segment import SegmentOptions
from voiced import speech, write_film, write_wav

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
KILLED = """
from mimik.runs import checkpoint
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.storage import append
from mimik.voice.segment import SegmentOptions
checkpoint.SAVE_S = 0.05
append.BUFFER_S = 0.0
if __name__ == "__main__":
    job = Job(tasks={tasks!r}, models={models!r}, segmenting=SegmentOptions(detector="energy"))
    run_batch({sources!r}, {path!r}, job, workers={workers})
"""
SPOKEN = (1.2, 2.0, 0.9, 3.0, 1.1)


@pytest.fixture(scope="module")
def films(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two films of 12 s, 118 frames and five utterances each, and a recording between them."""
    folder = tmp_path_factory.mktemp("films")
    pictures = examples / "two_people.mp4"
    return [
        str(write_film(folder / "a.mkv", speech(*SPOKEN), pictures)),
        str(write_wav(folder / "b.wav", speech(1.0, 1.5, 0.7))),
        str(write_film(folder / "c.mkv", speech(*SPOKEN[::-1]), pictures)),
    ]


def files(path: Path) -> dict[str, bytes]:
    return {
        file.name.removeprefix(path.stem): file.read_bytes()
        for file in path.parent.iterdir()
        if file.name.startswith(f"{path.stem}.")
    }


@pytest.mark.parametrize(
    ("suffix", "workers", "rows"),
    [
        *((".jsonl", 1, 60), (".csv", 1, 120), (".parquet", 1, 380)),
        *((".jsonl", 2, 100), (".csv", 2, 200)),
    ],
)
def test_killed_in_the_middle_and_resumed_is_byte_for_byte_uninterrupted(
    films: list[str],
    tiny_models: dict[str, Path],
    tiny_voice: Path,
    tmp_path: Path,
    suffix: str,
    workers: int,
    rows: int,
) -> None:
    models = {"emotion": str(tiny_models["emotion"]), "voice": str(tiny_voice)}
    tasks = ("emotion", "voice")
    job = Job(tasks=tasks, models=models, segmenting=SegmentOptions(detector="energy"))
    whole, path = tmp_path / f"whole{suffix}", tmp_path / f"ours{suffix}"
    report = run_batch(films, whole, job)
    assert (report.clean, report.frames, report.spans) == (True, 2 * 118, 2 * 5 + 3)
    code = KILLED.format(tasks=tasks, models=models, sources=films, path=str(path), workers=workers)
    kill_at(rows, path, code)
    assert list(Path(f"{path}.parts").glob("*.state")), "it was killed in the middle of a film"
    told: list[Progress] = []
    report = run_batch(films, path, job, workers=workers, on_progress=told.append)
    assert report.clean
    assert files(path) == files(whole)
    if workers == 1:
        assert told[0].frames > 20, "it isn't read from its start again"


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_recording_that_was_killed_is_heard_again(tiny_voice: Path, tmp_path: Path, suffix: str) -> None:
    said = speech(*SPOKEN * 4)
    sources = [str(write_wav(tmp_path / f"{name}.wav", said)) for name in "ab"]
    models = {"voice": str(tiny_voice)}
    job = Job(tasks=("voice",), models=models, segmenting=SegmentOptions(detector="energy"))
    whole, path = tmp_path / f"whole{suffix}", tmp_path / f"ours{suffix}"
    assert run_batch(sources, whole, job).spans == 40
    code = KILLED.format(tasks=("voice",), models=models, sources=sources, path=str(path), workers=1)
    kill_at(25, path, code)
    report = run_batch(sources, path, job)
    assert report.clean and report.skipped < 2
    assert files(path) == files(whole)
