"""Runs that hear: voices alone, voices beside faces, and what has no sound."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mimik.errors import OptionError
from mimik.results.read import read_results, read_spans
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.sources.options import SourceOptions
from mimik.voice.segment import SegmentOptions
from voiced import speech, write_film, write_wav

ENERGY = SegmentOptions(detector="energy")


@pytest.fixture
def film(tmp_path: Path, examples: Path) -> Path:
    (tmp_path / "in").mkdir(exist_ok=True)
    return write_film(tmp_path / "in" / "film.mkv", speech(1.2, 2.0), examples / "two_people.mp4")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir(exist_ok=True)
    return write_wav(tmp_path / "in" / "talk.wav", speech(1.2, 2.0, 0.9))


@pytest.fixture
def job(tiny_models: dict[str, Path], tiny_voice: Path) -> Job:
    models = {"emotion": tiny_models["emotion"], "voice": tiny_voice}
    return Job(tasks=("emotion", "voice"), models=models, segmenting=ENERGY)


def voices(job: Job) -> Job:
    """The same for voices alone."""
    assert isinstance(job.models, dict)
    return Job(tasks=("voice",), models={"voice": job.models["voice"]}, segmenting=ENERGY)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_utterances_stand_between_the_frames_where_they_end(job: Job, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    report = run_batch(film, out, job)
    assert report.clean and (report.spans, report.frames) == (2, 50)
    found = lines(out)
    spans = [line for line in found if line.get("type") == "span"]
    assert [span["source"] for span in spans] == [str(film)] * 2
    for span in spans:
        before = [line["time_s"] for line in found[: found.index(span)] if "time_s" in line]
        # Blocks of a second are heard ahead of the picture.
        assert before[-1] >= span["end_s"] - 2
    assert len(list(read_results(out))) == 50
    assert list(read_spans(out)) == spans
    head, entry = lines(tmp_path / "out.jsonl.run")
    assert (head["heard"], head["detector"]) == (["voice", "face_voice"], "yunet")
    assert (entry["frames"], entry["spans"]) == (50, 2)


def test_faces_are_the_same_bytes_with_and_without_voices(job: Job, film: Path, tmp_path: Path) -> None:
    assert isinstance(job.models, dict)
    alone = Job(tasks=("emotion",), models={"emotion": job.models["emotion"]})
    run_batch(film, tmp_path / "a.jsonl", alone)
    run_batch(film, tmp_path / "b.jsonl", job)
    faces = [line for line in lines(tmp_path / "b.jsonl") if line.get("type") != "span"]
    assert faces == lines(tmp_path / "a.jsonl")


def test_a_recording_is_heard_where_no_task_is_named(
    tiny_voice: Path, recording: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    for source in (recording, recording.parent):
        report = run_batch(source, out, Job(model={"voice": tiny_voice}, segmenting=ENERGY), overwrite=True)
        assert report.clean and (report.done, report.frames, report.spans) == (1, 0, 3)


def test_what_a_folder_holds_beside_is_named(job: Job, film: Path, recording: Path, tmp_path: Path) -> None:
    folder, out = film.parent, tmp_path / "out.jsonl"
    assert isinstance(job.models, dict)
    faces = Job(tasks=("emotion",), models={"emotion": job.models["emotion"]})
    report = run_batch(folder, out, faces)
    assert report.left_out == [(str(recording), "sound alone")]
    report = run_batch(folder, out, job, overwrite=True)
    assert (report.done, report.left_out, report.spans) == (2, [], 5)
    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    report = run_batch(folder, out, voices(job), overwrite=True)
    assert (report.done, report.left_out, report.frames) == (
        2,
        [(str(folder / "a.png"), "a picture alone")],
        0,
    )


def test_a_video_without_sound_is_read_and_that_is_said(job: Job, examples: Path, tmp_path: Path) -> None:
    report = run_batch(examples / "two_people.mp4", tmp_path / "out.jsonl", job)
    assert report.clean and report.spans == 0
    assert report.notes == [(str(examples / "two_people.mp4"), "it has no sound: only its faces were read")]


def test_what_cannot_be_heard_fails_alone(job: Job, recording: Path, examples: Path, tmp_path: Path) -> None:
    report = run_batch(
        [examples / "group.jpg", recording, examples / "two_people.mp4"], tmp_path / "out.jsonl", voices(job)
    )
    assert [
        (Path(source).name, "no sound" in why or "no audio track" in why) for source, why in report.failed
    ] == [
        ("group.jpg", True),
        ("two_people.mp4", True),
    ]
    assert (report.done, report.spans) == (1, 3)


def test_a_recording_has_no_faces(job: Job, recording: Path, tmp_path: Path) -> None:
    assert isinstance(job.models, dict)
    faces = Job(tasks=("emotion",), models={"emotion": job.models["emotion"]})
    report = run_batch(recording, tmp_path / "out.jsonl", faces)
    assert "it has a voice and no face: --tasks voice" in report.failed[0][1]


def test_a_time_range_holds_for_pictures_and_sound(job: Job, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run_batch(film, out, replace(job, frames=SourceOptions(start_s=2.0, end_s=4.0)))
    (span,) = read_spans(out)
    assert 2.0 <= span["start_s"] < 2.6 and span["end_s"] <= 4.0


def test_a_face_at_rest_needs_faces(job: Job, recording: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="the tasks are of voices alone"):
        run_batch(recording, tmp_path / "out.jsonl", replace(voices(job), neutral=1.0))
