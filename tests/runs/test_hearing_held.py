"""Sound wherever pictures come from: archives, a pipe, bytes, and containers that hold sound alone."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest

import mimik
from mimik.errors import NoPictureError
from mimik.results.read import read_results, read_spans
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.sources.open import open_source
from mimik.sources.open_sound import open_sound
from mimik.voice.segment import SegmentOptions
from voiced import RATE, speech, write_film, write_wav


@pytest.fixture
def job(tiny_models: dict[str, Path], tiny_voice: Path) -> Job:
    models = {"emotion": tiny_models["emotion"], "voice": tiny_voice}
    return Job(tasks=("emotion", "voice"), models=models, segmenting=SegmentOptions(detector="energy"))


@pytest.fixture
def film(tmp_path: Path, examples: Path) -> Path:
    return write_film(tmp_path / "film.mkv", speech(1.2, 2.0), examples / "two_people.mp4")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "talk.wav", speech(1.2, 2.0, 0.9))


def piped(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def sound_alone(path: Path, codec: str, *, cover: bool = False) -> Path:
    """Speech in a container that may hold a picture, and perhaps that of its cover."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=48_000)
        stream.codec_context.layout = "mono"
        if cover:
            picture = out.add_stream("mjpeg", rate=1)
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
            image = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8))
            out.mux([*picture.encode(image), *picture.encode()])
        frame = av.AudioFrame.from_ndarray(speech(1.2, 2.0)[None], "flt", "mono")
        frame.sample_rate = RATE
        context = stream.codec_context
        resampler = av.AudioResampler(context.format, "mono", 48_000, context.frame_size or None)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode())
    return path


def test_an_archive_is_seen_and_heard(job: Job, film: Path, recording: Path, tmp_path: Path) -> None:
    archive, out = tmp_path / "clips.zip", tmp_path / "out.jsonl"
    with zipfile.ZipFile(archive, "w") as held:
        held.write(film, "film.mkv")
        held.write(recording, "talk.wav")
    report = run_batch(archive, out, job)
    assert report.clean and (report.done, report.frames, report.spans) == (2, 50, 5)
    names = [f"{archive}/film.mkv"] * 2 + [f"{archive}/talk.wav"] * 3
    assert [span["source"] for span in read_spans(out)] == names
    with open_sound(f"{archive}/film.mkv") as inside, open_sound(film) as outside:
        assert inside.name == f"{archive}/film.mkv"
        for one, other in zip(inside, outside, strict=True):
            assert one.time_s == other.time_s and np.array_equal(one.samples, other.samples)


def test_what_is_piped_in_is_read_once_for_both(
    job: Job, film: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    piped(film.read_bytes(), monkeypatch)
    report = run_batch("-", tmp_path / "out.jsonl", job)
    assert report.clean and (report.frames, report.spans) == (50, 2)
    sources = {line["source"] for line in read_spans(tmp_path / "out.jsonl")}
    assert sources == {"stdin"} == {frame["source"] for frame in read_results(tmp_path / "out.jsonl")}


def test_a_recording_that_is_piped_in(
    job: Job, recording: Path, monkeypatch: pytest.MonkeyPatch, tiny_voice: Path, tiny_models: dict[str, Path]
) -> None:
    piped(recording.read_bytes(), monkeypatch)
    report = run_batch("-", None, job)
    assert (report.frames, report.spans) == (0, 3)
    assert report.notes == [("stdin", "it has no picture: only voices were read")]
    piped(recording.read_bytes(), monkeypatch)
    listener = mimik.Listener(model={"voice": tiny_voice}, segmenting=job.segmenting)
    assert len(list(listener.stream("-"))) == 3
    piped(recording.read_bytes(), monkeypatch)
    faces = Job(tasks=("emotion",), models={"emotion": tiny_models["emotion"]})
    ((_, why),) = run_batch("-", None, faces).failed
    assert why.startswith("stdin: sound alone: it has a voice and no face: --tasks voice")


def test_messages_name_where_bytes_came_from(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as held:
        held.writestr("talk.wav", b"no sound at all")
    name = f"{tmp_path / 'a.zip'}/talk.wav"
    with pytest.raises(mimik.DecodeError) as raised:
        open_sound(name)
    assert str(raised.value) == f"{name}: not a sound or video that can be read, or it is cut short"


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.webm", "libopus"), ("a.mkv", "aac")])
def test_sound_in_what_is_named_like_a_video(job: Job, tmp_path: Path, name: str, codec: str) -> None:
    path = sound_alone(tmp_path / name, codec)
    with pytest.raises(NoPictureError, match=r"sound alone: it has a voice and no face: --tasks voice"):
        open_source(path)
    report = run_batch(path, None, job)
    assert report.clean and (report.frames, report.spans) == (0, 2)
    assert report.notes == [(str(path), "it has no picture: only voices were read")]


def test_a_picture_of_the_cover_sets_no_clock(job: Job, tmp_path: Path) -> None:
    path = sound_alone(tmp_path / "a.mp3", "libmp3lame", cover=True)
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 1
    with open_sound(path) as source:
        first = next(iter(source))
        assert first.time_s == 0 and source.notes == ()
    assert run_batch(path, None, job).spans == 2


def test_a_recording_without_a_suffix_names_the_way(recording: Path, tmp_path: Path) -> None:
    bare = recording.rename(tmp_path / "talk")
    for source in (bare, bare.read_bytes()):
        with pytest.raises(NoPictureError, match=r"mimik\.listen"):
            open_source(source)
