"""Batches over stores: the rows of local files, files that were replaced, failing stores, no secrets."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from mimik.cli import main
from mimik.faces.detect.base import DetectorOptions
from mimik.runs.batch import REPLACED, run_batch
from mimik.runs.job import Job
from mimik.runs.journal import read_journal
from mimik.runs.progress import Progress
from mimik.sources.options import SourceOptions
from stores import Store, Web, s3_server, web_server

pytest.importorskip("fsspec", reason="needs fsspec (pip install 'mimik[remote]')")
SECRETS = ("hunter2", "d34db33f", "X-Amz", "me:")


@pytest.fixture(scope="module")
def s3() -> Iterator[Store]:
    with s3_server() as store:
        yield store


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    pytest.importorskip("aiohttp", reason="needs aiohttp (pip install 'mimik[remote]')")
    (tmp_path / "web").mkdir()
    with web_server(tmp_path / "web") as server:
        yield server


@pytest.fixture
def job(tiny_models: dict[str, Path]) -> Job:
    return Job(models={"emotion": str(tiny_models["emotion"])}, frames=SourceOptions(end_s=0.5))


@pytest.fixture
def clips(s3: Store, examples: Path) -> str:
    """A folder of two clips, a picture and a text."""
    s3.empty()
    s3.put("set/a.mp4", examples / "two_people.mp4")
    s3.put("set/b.mp4", examples / "two_people.mp4")
    s3.put("set/group.jpg", examples / "group.jpg")
    s3.put("set/notes.txt", b"x")
    return "s3://clips/set/"


def entries(output: Path) -> dict[str, str]:
    record = read_journal(output.with_name(f"{output.name}.run"))
    assert record
    return {entry.source: entry.status for entry in record.entries}


@pytest.mark.parametrize("workers", [1, 2])
def test_the_rows_are_those_of_local_files(
    clips: str, job: Job, examples: Path, tmp_path: Path, workers: int
) -> None:
    for name, file in (("a.mp4", "two_people.mp4"), ("b.mp4", "two_people.mp4"), ("group.jpg", "group.jpg")):
        (tmp_path / "set").mkdir(exist_ok=True)
        shutil.copy(examples / file, tmp_path / "set" / name)
    run_batch(tmp_path / "set", tmp_path / "local.jsonl", job)
    report = run_batch(clips, tmp_path / "remote.jsonl", job, workers=workers)
    assert report.clean and report.done == 3
    assert report.left_out == [("s3://clips/set/notes.txt", "unknown kind")]
    local = (tmp_path / "local.jsonl").read_text().replace(f"{tmp_path}/set/", clips)
    assert (tmp_path / "remote.jsonl").read_text() == local
    again = run_batch(clips, tmp_path / "remote.jsonl", job)
    assert (again.done, again.skipped) == (0, 3)


def test_an_object_that_was_replaced_is_told(clips: str, job: Job, s3: Store, tmp_path: Path) -> None:
    run_batch(clips, tmp_path / "out.csv", job)
    s3.put("set/group.jpg", b"another picture")
    s3.requests.clear()
    report = run_batch(clips, tmp_path / "out.csv", job)
    assert report.failed == [("s3://clips/set/group.jpg", f"s3://clips/set/group.jpg: {REPLACED}")]
    assert s3.requests == ["GET /clips"]  # The listing tells of all of them.


def test_what_fails_is_told_and_tried_again(clips: str, job: Job, s3: Store, tmp_path: Path) -> None:
    s3.refused = "b.mp4"
    report = run_batch([clips, "s3://clips/none.jpg"], tmp_path / "out.csv", job)
    assert report.done == 2 and dict(report.failed) == {
        "s3://clips/set/b.mp4": "s3://clips/set/b.mp4: may not be read (Forbidden); check the credentials, "
        "which s3fs takes from its own settings",
        "s3://clips/none.jpg": "s3://clips/none.jpg: no such file; check the address",
    }
    s3.refused = "(none)"
    again = run_batch(clips, tmp_path / "out.csv", job)
    assert (again.done, again.skipped, again.failed) == (1, 2, [])
    assert set(entries(tmp_path / "out.csv").values()) == {"done", "failed", "left out"}


def test_an_archive_of_which_a_file_is_gone(clips: str, job: Job, s3: Store, tmp_path: Path) -> None:
    report = run_batch(["s3://clips/none.zip", clips], tmp_path / "out.csv", job)
    assert report.done == 3 and report.failed == [
        ("s3://clips/none.zip", "s3://clips/none.zip: no such file; check the address")
    ]


def large_film(frames: int) -> bytes:
    """A film of grey pictures, 0.46 MB each."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for number in range(frames):
            picture = np.full((480, 640, 3), 10 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    return out.getvalue()


@pytest.mark.parametrize("workers", [1, 2])
def test_half_a_video_is_not_kept(s3: Store, job: Job, tmp_path: Path, workers: int) -> None:
    s3.empty()
    film = large_film(10)
    films = [s3.put(f"set/{name}.mkv", film) for name in "ab"]
    job = replace(job, frames=SourceOptions(), detection=DetectorOptions(size=96))
    whole, half = tmp_path / "whole.jsonl", tmp_path / "half.jsonl"
    run_batch(films, whole, job)
    s3.ends = {"a.mkv": 3 << 20}
    told: list[Progress] = []
    report = run_batch(films, half, job, workers=workers, on_progress=told.append)
    assert workers > 1 or max(p.frames for p in told if p.source == films[0]) > 2
    assert report.done == 1 and [source for source, _ in report.failed] == [films[0]] and not report.partial
    assert "a.mkv" not in half.read_text() and entries(half)[films[0]] == "failed"
    s3.ends = {}
    assert run_batch(films, half, job).clean
    assert sorted(half.read_text().splitlines()) == sorted(whole.read_text().splitlines())


def written(folder: Path) -> str:
    return "".join(file.read_text(errors="replace") for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_no_secret_is_written(
    web: Web,
    s3: Store,
    examples: Path,
    tmp_path: Path,
    tiny_models: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    suffix: str,
) -> None:
    for name in ("group.jpg", "two_people.mp4"):
        shutil.copy(examples / name, tmp_path / "web")
    shutil.make_archive(str(tmp_path / "web" / "set"), "zip", examples, "group.jpg")
    s3.empty()
    s3.put("set/group.jpg", examples / "group.jpg")
    host, out = web.url.removeprefix("http://"), tmp_path / "out"
    out.mkdir()
    signed = "?X-Amz-Signature=d34db33f&X-Amz-Date=20261130"
    names = ("group.jpg", "two_people.mp4", "none.jpg", "none.mp4", "set.zip", "none.zip")
    addresses = [f"http://me:hunter2@{host}/{name}{signed}" for name in names]
    words = ["analyze", *addresses, "s3://clips/set/", "-o", str(out / f"results{suffix}"), "--end", "0.2"]
    words += ["--render", str(out / "drawn"), "--model", f"emotion={tiny_models['emotion']}"]
    words += ["--tasks", "emotion"]
    assert main(words) == 1  # Three of them aren't there.
    assert main([*words, "--json"]) == 1
    told = capsys.readouterr()
    everything = written(out) + told.out + told.err + str(list(out.rglob("*")))
    assert web.url.removeprefix("http://") in everything
    assert all(f"/{name}: " in told.err for name in names if name.startswith("none"))
    assert not [s for s in (*SECRETS, "secret-of-the-test", "AKIA") if s in everything]
    head = json.loads((out / f"results{suffix}.run").read_text().splitlines()[0])
    assert "secret" not in json.dumps(head)


def test_addresses_that_differ_in_their_secrets_alone_are_told(web: Web, job: Job, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "examples" / "group.jpg", tmp_path / "web" / "a.jpg")
    addresses = [f"{web.url}/a.jpg?token={number}" for number in (1, 2)]
    report = run_batch(addresses, tmp_path / "out.csv", job)
    assert report.done == 1 and len(report.failed) == 1
    assert "differs from another one only in what may not be written" in report.failed[0][1]
