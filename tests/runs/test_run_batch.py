"""run_batch, as Python users call it: the command's bytes, from the same options."""

from __future__ import annotations

import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from killed import kill_at, left_beside

from mimik.cli import main
from mimik.errors import MimikWarning, OptionError, OutputError, OutputExistsError
from mimik.faces.detect.base import DetectorOptions
from mimik.faces.detect.yunet import YuNet
from mimik.render.draw import RenderOptions
from mimik.results.read import read_results
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.runs.progress import Progress
from mimik.runs.reading import Loader
from mimik.sources.options import SourceOptions
from mimik.temporal.smooth import SmoothOptions
from mimik.types import Detection, Image

KILLED = """
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.sources.options import SourceOptions
if __name__ == "__main__":
    job = Job(models={models!r}, frames=SourceOptions(end_s=1.5))
    run_batch({folder!r}, {path!r}, job, workers={workers})
"""


@pytest.fixture
def job(tiny_models: dict[str, Path]) -> Job:
    models = {task: str(path) for task, path in tiny_models.items()}
    return Job(models=models, frames=SourceOptions(end_s=1.5))


@pytest.fixture
def clips(examples: Path, tmp_path: Path) -> Path:
    """A folder of three clips and a picture."""
    (tmp_path / "in").mkdir()
    for number in range(3):
        shutil.copy(examples / "two_people.mp4", tmp_path / "in" / f"{number}.mp4")
    shutil.copy(examples / "group.jpg", tmp_path / "in")
    return tmp_path / "in"


def drawn_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.mark.parametrize(("suffix", "workers"), [(".jsonl", 1), (".csv", 2), (".parquet", 2)])
def test_the_file_is_the_commands(clips: Path, tmp_path: Path, suffix: str, workers: int) -> None:
    theirs, ours = tmp_path / f"theirs{suffix}", tmp_path / f"ours{suffix}"
    words = ["--models", "mini", "--tasks", "age,emotion", "--threshold", "0.3", "--min-face", "30", "--end"]
    words = ["analyze", str(clips), *words, "1", "--smooth", "2", "--neutral-first", "0.5", "--quiet"]
    drawing = ["--render", str(tmp_path / "a"), "--blur"]
    assert main([*words, *drawing, "-o", str(theirs)]) == 0
    job = Job(
        tasks=("age", "emotion"),
        models="mini",
        threshold=0.3,
        detection=DetectorOptions(min_face=30),
        smoothing=SmoothOptions(strength=2.0),
        neutral=0.5,
        frames=SourceOptions(end_s=1.0),
        render=tmp_path / "b",
        drawing=RenderOptions(hide="blur"),
    )
    report = run_batch(clips, ours, job, workers=workers)
    assert (report.done, report.clean) == (4, True)
    assert ours.read_bytes() == theirs.read_bytes()
    assert Path(f"{ours}.run").read_bytes() == Path(f"{theirs}.run").read_bytes()
    a, b = drawn_in(tmp_path / "a"), drawn_in(tmp_path / "b")
    # The encoder of videos isn't the same twice where a machine is busy.
    assert (b.keys(), b["group.jpg"]) == (a.keys(), a["group.jpg"])
    # Each goes on with what the other has made.
    assert main([*words, "-o", str(ours)]) == 0
    assert run_batch(clips, theirs, replace(job, render=None, drawing=None)).skipped == 4


@pytest.mark.filterwarnings("default:.*the face at rest reads as:mimik.errors.MimikWarning")
def test_a_face_at_rest_may_be_a_file(examples: Path, tmp_path: Path) -> None:
    theirs, ours, photo = tmp_path / "theirs.csv", tmp_path / "ours.csv", examples / "astronaut.jpg"
    words = ["--tasks", "emotion", "--models", "mini", "--neutral", str(photo), "--quiet"]
    assert main(["analyze", str(photo), "-o", str(theirs), *words]) == 0
    with pytest.warns(MimikWarning, match="reads as happy"):
        assert run_batch(photo, ours, Job(tasks=("emotion",), models="mini", neutral=photo)).clean
    assert ours.read_bytes() == theirs.read_bytes()
    assert Path(f"{ours}.run").read_bytes() == Path(f"{theirs}.run").read_bytes()


def test_seconds_may_be_whole(examples: Path, tmp_path: Path) -> None:
    job = Job(tasks=("emotion",), models="mini", neutral=1, frames=SourceOptions(end_s=0.5))
    report = run_batch(examples / "two_people.mp4", tmp_path / "o.jsonl", job)
    why = "it is only 0.4 s long, less than the first 1 s that were asked for"
    reason = f"{why}; its readings are as they are (for short clips, 1 s is enough)"
    assert report.notes == [(str(examples / "two_people.mp4"), reason)]
    assert report.clean
    assert '"neutral": 1.0' in (tmp_path / "o.jsonl.run").read_text()


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("rows", [1, 50])
def test_killed_it_goes_on_to_the_same_bytes(
    job: Job, clips: Path, tmp_path: Path, workers: int, rows: int
) -> None:
    path, whole = tmp_path / "o.jsonl", tmp_path / "whole.jsonl"
    code = KILLED.format(folder=str(clips), path=str(path), models=job.models, workers=workers)
    kill_at(rows, path, code)
    report = run_batch(clips, path, job, workers=workers)
    assert report.clean and report.done + report.skipped == 4
    assert run_batch(str(clips / "*"), whole, job).done == 4
    assert path.read_bytes() == whole.read_bytes()
    assert left_beside(path) == {"o.jsonl", "o.jsonl.run"}


def test_what_was_named_and_not_read_is_told(job: Job, clips: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    told: list[Progress] = []
    names = [tmp_path / "nothing", clips / "group.jpg", f"{clips}/./group.jpg", "missing.jpg"]
    report = run_batch(names, None, job, on_progress=told.append)
    assert [source for source, _ in report.failed] == [str(tmp_path / "nothing"), "missing.jpg"]
    assert "no picture or video" in report.failed[0][1]
    assert [(p.source, p.done, p.total, p.expected) for p in told] == [
        (str(tmp_path / "nothing"), 0, 2, None),
        (str(clips / "group.jpg"), 0, 2, 1),
        (str(clips / "group.jpg"), 1, 2, None),
        ("missing.jpg", 2, 2, None),
    ]


def test_pictures_that_come_later_are_drawn_and_none_is_read_anew(
    job: Job, clips: Path, tmp_path: Path
) -> None:
    path = tmp_path / "o.jsonl"
    run_batch(clips, path, job)
    before = path.read_bytes()
    report = run_batch(clips, path, replace(job, render=tmp_path / "drawn"))
    assert (report.done, report.skipped, report.clean) == (0, 4, True)
    assert len(drawn_in(tmp_path / "drawn")) == 4 and path.read_bytes() == before


def test_a_file_that_was_cut_is_told_of_and_mended(job: Job, clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    run_batch(clips, path, job)
    before = path.read_bytes()
    path.write_bytes(before[:-10])
    with pytest.warns(MimikWarning, match=r"o\.jsonl: was cut short; 1 source of it are analysed again"):
        assert run_batch(clips, path, job).done == 1
    assert path.read_bytes() == before


def test_other_options_are_refused_or_replace(job: Job, clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    run_batch(clips / "group.jpg", path, job)
    other = replace(job, frames=SourceOptions(every=2))
    with pytest.raises(OutputExistsError, match=r"settings\.frames\.end_s was 1\.5, now null"):
        run_batch(clips / "group.jpg", path, other)
    assert run_batch(clips / "0.mp4", path, other, overwrite=True).done == 1
    assert {frame["source"] for frame in read_results(path)} == {str(clips / "0.mp4")}


@pytest.mark.parametrize(
    ("sources", "output", "workers", "said"),
    [
        ("a.jpg", None, 0, "workers must be 1 or more"),
        ("a.jpg", None, 2, "1 where no results file is written, not 2"),
        ("a.jpg", "o.csv", "2", "workers must be 1 or more, .*, not '2'"),
        ("a.jpg", "o.csv", 1.5, r"workers must be 1 or more, .*, not 1\.5"),
        (0, "o.csv", 2, "^0: workers take .*of its own"),
        (["rtsp://me:secret@cam/1", "b.jpg"], "o.csv", 2, "^rtsp://cam/1: workers take .*of its own"),
    ],
)
def test_what_workers_cannot_do(
    sources: Any, output: str | None, workers: Any, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match=said):
        run_batch(sources, output, workers=workers)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sources", [None, b"bytes", [None], ["a.jpg", 1.5]])
def test_what_is_no_source_of_a_batch(sources: Any, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"a path, address or camera number, not (NoneType|bytes|float)"):
        run_batch(sources, tmp_path / "o.csv")
    assert not list(tmp_path.iterdir())


def test_sources_may_come_from_a_generator(job: Job, clips: Path, tmp_path: Path) -> None:
    report = run_batch(iter(sorted(clips.iterdir())), tmp_path / "o.csv", job)
    assert report.done == len(list(clips.iterdir()))


def test_wrong_options(job: Job, clips: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="name a path for them with render"):
        Job(drawing=RenderOptions(hide="blur"))
    with pytest.raises(OutputError, match=r"o\.xlsx: results can be written as \.jsonl"):
        run_batch(clips, tmp_path / "o.xlsx", job)
    with pytest.raises(OutputError, match="is a source itself"):
        run_batch(clips, tmp_path / "o.csv", replace(job, render=clips), overwrite=True)


def test_a_newcomer_is_hidden_in_the_first_frame(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[int] = []
    detect = YuNet.detect

    def counted(self: YuNet, image: Image) -> list[Detection]:
        searches.append(1)
        return detect(self, image)

    monkeypatch.setattr(YuNet, "detect", counted)
    film, job = examples / "two_people.mp4", Job(tasks=("gender",), models="mini", detect_every=4)
    job = replace(job, frames=SourceOptions(end_s=0.3))
    hidden = replace(job, render=tmp_path / "hidden", drawing=RenderOptions(hide="blur"))
    run_batch(film, tmp_path / "a.jsonl", job)
    frames = len((tmp_path / "a.jsonl").read_text().splitlines())
    assert len(searches) < frames
    searches.clear()
    run_batch(film, tmp_path / "b.jsonl", hidden)
    assert len(searches) == frames
    # Who is hidden makes no difference to what is read.
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_job_goes_to_other_processes_without_its_models(job: Job) -> None:
    load = Loader(job, None, {"cam": "rtsp://me:secret@cam"})
    assert load() is load()
    sent = pickle.dumps(load)
    assert len(sent) < 3000
    other = pickle.loads(sent)
    assert (other.job, other.addresses) == (job, load.addresses) and other() is not load()
