"""Live sound in runs: beside cameras and streams, alone, lost, and stopped by Ctrl-C."""

from __future__ import annotations

import _thread
import io
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest

from mimik.errors import LiveSourceError, MimikWarning, OptionError
from mimik.results.read import read_spans
from mimik.runs.batch import run_batch
from mimik.runs.job import Job
from mimik.runs.progress import Progress
from mimik.sources import live, live_sound
from mimik.sources.live_sound import Heard
from mimik.sources.options import SourceOptions
from mimik.voice.segment import SegmentOptions
from voiced import RATE, speech

STEP = RATE // 50
WARNED = "default:.*faces go on without voices:mimik.errors.MimikWarning"


OVER = threading.Event()
"""Set where a test is over, so that a device that waits does so no longer."""


@pytest.fixture(autouse=True)
def no_device_outlives_its_test() -> Iterator[None]:
    OVER.clear()
    others = set(threading.enumerate())
    yield
    OVER.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(10)


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """A process that a shell began in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def job(tiny_models: dict[str, Path], tiny_voice: Path) -> Job:
    return Job(
        tasks=("emotion", "voice"),
        models={"emotion": tiny_models["emotion"], "voice": tiny_voice},
        segmenting=SegmentOptions(detector="energy"),
        frames=SourceOptions(patience_s=30.0),
    )


@pytest.fixture
def impatient(job: Job) -> Job:
    return replace(job, frames=SourceOptions(patience_s=1.0))


def voices(job: Job) -> Job:
    assert isinstance(job.models, dict)
    return replace(job, tasks=("voice",), models={"voice": job.models["voice"]})


class Devices:
    """A camera that gives a picture each 20 ms, and a microphone that gives its sound at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pictures: int, samples: np.ndarray) -> None:
        self.pictures, self.samples = pictures, samples
        self.opened: list[str] = []
        self.seen, self.heard_all = threading.Event(), threading.Event()
        self.after: Callable[[], None] = lambda: OVER.wait(60) and None
        """What the microphone does when it has no more."""
        monkeypatch.setattr(live, "_camera_frames", self.camera)
        monkeypatch.setattr(live_sound, "_microphone_frames", self.microphone)

    def camera(self, index: int, name: str) -> Iterator[Callable[[], np.ndarray]]:
        self._open(name)
        for number in range(self.pictures):
            time.sleep(0.02)
            if number == 10:
                self.seen.set()
            yield partial(np.zeros, (48, 64, 3), np.uint8)
        raise LiveSourceError(f"{name} gives no more pictures")

    def microphone(self, device: str, name: str) -> Iterator[Heard]:
        self._open(name)
        for at in range(0, len(self.samples), STEP):
            frame = av.AudioFrame.from_ndarray(self.samples[None, at : at + STEP], "flt", "mono")
            frame.sample_rate = RATE
            yield Heard(frame, at / RATE, at == 0)
        self.heard_all.set()
        self.after()
        raise LiveSourceError(f"{name} was pulled out")

    def _open(self, name: str) -> None:
        if name in self.opened:
            raise LiveSourceError(f"{name} is away")
        self.opened.append(name)


class Stopping:
    """Ctrl-C, once, as soon as a run is so far; keeps what was told."""

    def __init__(self, when: Callable[[Progress], bool]) -> None:
        self.when, self.told, self.done = when, list[Progress](), False

    def __call__(self, progress: Progress) -> None:
        self.told.append(progress)
        if not (self.done or progress.finished) and self.when(progress):
            self.done = True
            raise KeyboardInterrupt


def interrupted() -> None:
    """Ctrl-C, when what was said has been heard."""
    time.sleep(0.5)
    _thread.interrupt_main()


def gone() -> None:
    """The microphone is pulled out at once."""


def test_a_camera_is_seen_and_the_microphone_heard_beside_it(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    devices = Devices(monkeypatch, 400, np.pad(speech(1.2, 2.0), (0, 2 * RATE)))
    devices.after = gone
    watch = Stopping(lambda progress: progress.frames > 60)
    report = run_batch(0, tmp_path / "out.jsonl", replace(job, microphone="USB"), on_progress=watch)
    assert sorted(devices.opened) == ["camera 0", "microphone USB"]
    assert report.interrupted and report.done == 1 and not report.partial
    spans = list(read_spans(tmp_path / "out.jsonl"))
    assert [span["source"] for span in spans] == ["camera 0"] * 2
    # Both began within a moment of each other, by the monotonic clock.
    assert spans[0]["start_s"] == pytest.approx(0.5, abs=0.4)
    assert spans[1]["start_s"] - spans[0]["start_s"] == pytest.approx(1.8, abs=0.1)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_keeps_what_is_being_said(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whether it comes while the next picture is waited for, or while one is written."""
    for number, interrupt in enumerate((_thread.interrupt_main, None)):
        devices = Devices(monkeypatch, 400, speech(1.2, 2.0)[: -round(0.8 * RATE)])  # In mid-sentence.

        def after(devices: Devices = devices, interrupt: Callable[[], None] | None = interrupt) -> None:
            devices.seen.wait(30)
            time.sleep(0.3)
            if interrupt:
                interrupt()

        devices.after = after

        heard_all = devices.heard_all
        watch = Stopping(lambda p, e=heard_all: p.frames > 20 and p.spans > 0 and e.is_set())  # type: ignore[misc]
        watch.done = interrupt is not None
        out = tmp_path / f"{number}.jsonl"
        report = run_batch(0, out, job, on_progress=watch)
        assert report.interrupted and report.frames > 0 and report.spans == 2
        assert list(read_spans(out))[1]["end_s"] == pytest.approx(4.2, abs=0.5)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_a_microphone_alone_until_ctrl_c(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    devices = Devices(monkeypatch, 0, speech(1.2, 2.0)[: -round(0.8 * RATE)])
    devices.after = interrupted
    report = run_batch(
        "mic", tmp_path / "out.jsonl", Job(model=voices(job).models, segmenting=job.segmenting)
    )
    assert report.interrupted and (report.done, report.spans, report.frames) == (1, 2, 0)
    assert [span["source"] for span in read_spans(tmp_path / "out.jsonl")] == ["microphone"] * 2


def test_a_microphone_that_vanishes_keeps_what_it_gave(
    impatient: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = Devices(monkeypatch, 0, speech(1.2, 2.0)[: -round(0.8 * RATE)])
    devices.after = gone
    report = run_batch("mic", None, voices(impatient))
    assert (report.done, report.spans, report.interrupted) == (1, 2, False)
    assert report.partial[0][1].startswith("microphone: no sound for 1 s (microphone is away)")


@pytest.mark.filterwarnings(WARNED)
def test_faces_go_on_without_the_microphone(impatient: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = Devices(monkeypatch, 150, speech(1.2))
    devices.after = gone
    with pytest.warns(MimikWarning, match=r"camera 0: microphone: no sound for 1 s .* go on without voices"):
        report = run_batch(0, None, impatient)
    ((_, why),) = report.partial
    assert why.startswith("camera 0: no picture for 1 s") and "; microphone: no sound for 1 s" in why
    assert report.frames > 50 and report.spans == 1


@pytest.mark.filterwarnings(WARNED)
def test_a_microphone_that_cannot_be_opened(impatient: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = Devices(monkeypatch, 30, speech(1.2))
    devices.opened.append("microphone")
    with pytest.warns(MimikWarning, match="camera 0: microphone is away; faces go on without voices"):
        report = run_batch(0, None, impatient)
    assert report.frames > 5 and report.spans == 0 and "; microphone is away" in report.partial[0][1]


@pytest.mark.filterwarnings(WARNED)
def test_a_camera_that_ends_ends_the_sound(impatient: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    Devices(monkeypatch, 30, speech(1.2)[: -round(0.9 * RATE)]).after = partial(OVER.wait, 3)
    report = run_batch(0, None, impatient)
    assert report.spans == 1 and report.partial[0][1].startswith("camera 0: no picture for 1 s")
    assert not any(t.name.startswith("mimik hearing") for t in threading.enumerate())


def test_a_camera_that_cannot_be_opened_fails_alone(impatient: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    devices = Devices(monkeypatch, 30, speech(1.2))
    devices.opened.append("camera 0")
    report = run_batch(0, None, impatient)
    assert report.failed == [("0", "camera 0 is away")] and report.notes == []


def test_voices_of_a_camera_alone_are_refused(job: Job) -> None:
    with pytest.raises(
        OptionError, match=r"0: a camera has no sound of its own: name the microphone \(mic\)"
    ):
        run_batch(0, None, voices(job))
    with pytest.raises(OptionError, match="name it as the source, 'mic:USB'"):
        run_batch("a.mp4", None, replace(job, microphone="USB"))


def transport_stream(samples: np.ndarray) -> bytes:
    """A black picture with a sound, as it is sent."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as sent:
        video, audio = sent.add_stream("libx264", rate=25), sent.add_stream("aac", rate=RATE)
        video.width, video.height, video.pix_fmt, audio.codec_context.layout = 64, 48, "yuv420p", "mono"
        resampler = av.AudioResampler(audio.codec_context.format, "mono", RATE, 1024)
        per_picture = RATE // 25
        for at in range(0, len(samples) - per_picture, per_picture):
            picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))
            sent.mux(video.encode(picture))
            sound = av.AudioFrame.from_ndarray(samples[None, at : at + per_picture], "flt", "mono")
            sound.sample_rate, sound.pts, sound.time_base = RATE, at, Fraction(1, RATE)
            for part in resampler.resample(sound):
                sent.mux(audio.encode(part))
        sent.mux(video.encode())
        sent.mux(audio.encode())
    return out.getvalue()


class Handler(BaseHTTPRequestHandler):
    data = b""
    over = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp2t")
        self.end_headers()
        with suppress(ConnectionError):  # Whoever listens may go at any time.
            for at in range(0, len(self.data), 3760):
                self.wfile.write(self.data[at : at + 3760])
                time.sleep(0.02)
            self.over.wait(20)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.filterwarnings(WARNED)
def test_a_stream_is_seen_and_heard(job: Job) -> None:
    Handler.data = transport_stream(speech(1.5, 1.5, 1.5, 1.5, 1.5))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        address = f"http://anna:secret@127.0.0.1:{server.server_port}/live"
        watch = Stopping(lambda progress: progress.frames > 0 and progress.spans >= 2)
        report = run_batch(address, None, job, on_progress=watch)
        Handler.over.set()
        server.shutdown()
        thread.join()
    assert report.interrupted and report.spans >= 2 and report.frames > 0
    heard = [p.heard for p in watch.told if p.heard]
    assert heard[0].source == address.replace("anna:secret@", "")
    assert heard[1].end_s - heard[1].start_s == pytest.approx(1.7, abs=0.3)
