from __future__ import annotations

import gc
import io
import itertools
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numbered_video import number_of, numbered, write_video

from mimik.errors import LiveSourceError, SourceNotFoundError, TooLargeError
from mimik.sources import arrivals
from mimik.sources.live import LiveSource
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.types import Image


def no_thread_left() -> bool:
    return not any(t.name.startswith("mimik source") for t in threading.enumerate())


def picture(index: int) -> Image:
    return numbered(index)


class Steps:
    """A feed that gives as many numbered frames as it is told to."""

    def __init__(self) -> None:
        self.more = threading.Semaphore(0)
        self.asked = 0
        self.given = -1

    def __call__(self) -> Iterator[Callable[[], Image]]:
        for number in range(200):
            self.given = number  # all before this one have been published
            self.more.acquire()
            yield partial(picture, number)

    def publish(self, count: int) -> None:
        """Returns when that many more have arrived."""
        self.asked += count
        self.more.release(count)
        while self.given < self.asked:
            time.sleep(0.001)

    def end(self) -> None:
        self.more.release(1000)


def test_the_newest_frame_wins_and_the_rest_is_counted() -> None:
    steps = Steps()
    with LiveSource("fake", steps, SourceOptions()) as source:
        taken = []
        threading.Timer(0.05, steps.publish, [1]).start()
        frames = iter(source)
        taken.append(next(frames))
        for count in (30, 29):
            steps.publish(count)
            taken.append(next(frames))
        assert [number_of(f.image) for f in taken] == [f.index for f in taken] == [0, 30, 59]
        assert source.skipped == 57
        assert 0 == taken[0].time_s < taken[1].time_s < taken[2].time_s
        assert source.live
        steps.end()
    assert no_thread_left()


def test_frames_that_are_skipped_are_never_converted() -> None:
    converted: list[int] = []

    def feed() -> Iterator[Callable[[], Image]]:
        for number in range(50):
            yield lambda n=number: converted.append(n) or picture(n)  # type: ignore[misc]
        time.sleep(0.3)

    with LiveSource("fake", feed, SourceOptions()) as source:
        next(iter(source))
    assert len(converted) == 1


def test_a_quick_reader_gets_every_frame() -> None:
    steps = Steps()
    with LiveSource("fake", steps, SourceOptions()) as source:
        frames = iter(source)
        for index in range(20):
            steps.more.release()
            assert next(frames).index == index
        assert source.skipped == 0
        steps.end()


def test_options_apply() -> None:
    steps = Steps()
    with LiveSource("fake", steps, SourceOptions(every=5, max_size=64)) as source:
        frames = iter(source)
        taken = []
        for index in range(16):
            steps.more.release()
            if index % 5 == 0:
                taken.append(next(frames))
        steps.end()
    assert all(b.index - a.index >= 5 for a, b in itertools.pairwise(taken))
    assert taken[0].image.shape == (32, 64, 3)


def test_it_comes_back_within_the_patience() -> None:
    opened: list[int] = []

    def feed() -> Iterator[Callable[[], Image]]:
        opened.append(1)
        if len(opened) == 2:
            raise LiveSourceError("still away")
        for number in range(5):
            time.sleep(0.01)
            yield partial(picture, number)

    with LiveSource("fake", feed, SourceOptions(patience_s=3)) as source:
        frames = iter(source)
        taken = [next(frames) for _ in range(10)]
    assert len(opened) >= 3
    assert all(a.index < b.index and a.time_s < b.time_s for a, b in itertools.pairwise(taken))
    assert no_thread_left()


def test_nothing_is_left_of_a_stream_that_was_opened_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "LONG_S", 0.0)

    class Device:
        """What refers to itself, as FFmpeg's containers do."""

        def __init__(self) -> None:
            self.itself = self
            opened.append(weakref.ref(self))

    opened: list[weakref.ref[Device]] = []
    left: list[int] = []

    def feed() -> Iterator[Callable[[], Image]]:
        left.append(sum(device() is not None for device in opened))
        device = Device()
        yield partial(picture, 1)
        raise LiveSourceError(f"{device} is gone")

    gc.disable()
    try:
        with LiveSource("fake", feed, SourceOptions(patience_s=30)) as source:
            frames = iter(source)
            for _ in range(4):
                next(frames)
    finally:
        gc.enable()
    assert left[:4] == [0, 0, 0, 0]


def test_it_is_given_up_when_the_patience_ends() -> None:
    begin = time.monotonic()
    opened: list[int] = []

    def feed() -> Iterator[Callable[[], Image]]:
        opened.append(1)
        if len(opened) > 1:
            raise LiveSourceError("it is away")
        yield partial(picture, 0)

    with (
        LiveSource("fake", feed, SourceOptions(patience_s=0.5)) as source,
        pytest.raises(LiveSourceError, match=r"fake: no picture for 0\.5 s \(it is away\); .*patience_s"),
    ):
        list(source)
    assert 0.4 < time.monotonic() - begin < 5
    assert len(opened) > 1
    assert no_thread_left()


def test_a_feed_that_hangs_is_given_up_too() -> None:
    steps = Steps()
    with (
        LiveSource("fake", steps, SourceOptions(patience_s=0.3)) as source,
        pytest.raises(LiveSourceError, match="nothing arrived"),
    ):
        threading.Timer(0.6, steps.end).start()
        list(source)


def test_an_error_in_the_thread_reaches_the_reader() -> None:
    def feed() -> Iterator[Callable[[], Image]]:
        raise RuntimeError("a bug")
        yield

    with LiveSource("fake", feed, SourceOptions()) as source, pytest.raises(RuntimeError, match="a bug"):
        list(source)


def test_leaving_early_ends_the_thread() -> None:
    def feed() -> Iterator[Callable[[], Image]]:
        for number in itertools.count():
            time.sleep(0.001)
            yield partial(picture, number % 200)

    with LiveSource("fake", feed, SourceOptions()) as source:
        for frame in source:
            if frame.index > 3:
                break
    assert no_thread_left()


def test_an_absent_camera_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    for camera in (99, "99"):
        with (
            open_source(camera) as source,
            pytest.raises(LiveSourceError, match="camera 99 can't be opened; connect it"),
        ):
            list(source)
    assert capfd.readouterr() == ("", "")


class FakeCapture:
    """Three blue pictures, then nothing, as a camera that is pulled out."""

    def __init__(self, index: int) -> None:
        self.left = 3
        self.open = True

    def isOpened(self) -> bool:
        return self.open

    def read(self) -> tuple[bool, Any]:
        time.sleep(0.02)
        self.left -= 1
        return self.left >= 0, np.full((8, 8, 3), (255, 0, 0), np.uint8)

    def release(self) -> None:
        self.open = False


def test_a_camera_gives_rgb_and_its_loss_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    captures: list[FakeCapture] = []

    def capture(index: int) -> FakeCapture:
        captures.append(FakeCapture(index))
        if len(captures) > 1:
            captures[-1].open = False
        return captures[-1]

    monkeypatch.setattr(cv2, "VideoCapture", capture)
    frames = []
    with (
        open_source(0, SourceOptions(patience_s=0.4)) as source,
        pytest.raises(LiveSourceError, match=r"camera 0: no picture for 0\.4 s \(camera 0 can't be opened"),
    ):
        frames.extend(source)  # keeps what came before the error
        frames += list(source)
    assert source.name == "camera 0"
    assert not captures[0].open
    assert len(captures) > 1
    assert frames == [] or frames[0].image[0, 0].tolist() == [0, 0, 255]


class Server(ThreadingHTTPServer):
    """Streams a list of chunks on each request, slowly; then hangs up."""

    daemon_threads = True
    kind: str
    chunks: list[bytes]
    requests = 0
    away = 0

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def address(self, path: str = "live", login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self.server_port}/{path}"

    def handle_error(self, *_: object) -> None:
        """The reader may hang up at any time."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests += 1
        if self.path == "/none" or 1 < self.server.requests <= 1 + self.server.away:
            self.send_error(404 if self.path == "/none" else 503)
            return
        self.send_response(200)
        self.send_header("Content-Type", self.server.kind)
        self.end_headers()
        for chunk in self.server.chunks:
            self.wfile.write(chunk)
            self.wfile.flush()
            time.sleep(0.01)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def motion_jpeg() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.kind = "multipart/x-mixed-replace; boundary=frame"
        server.chunks = []
        for index in range(20):
            jpeg = cv2.imencode(".jpg", numbered(index))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            server.chunks.append(head.encode() + jpeg + b"\r\n")
        yield server


@pytest.fixture
def transport_stream() -> Iterator[Server]:
    out = io.BytesIO()
    write_video(out, range(0, 2000, 40), format="mpegts")
    data = out.getvalue()
    with Server(("127.0.0.1", 0), Handler) as server:
        server.kind = "video/mp2t"
        server.chunks = [data[at : at + 1880] for at in range(0, len(data), 1880)]
        yield server


@pytest.mark.parametrize("kind", ["motion_jpeg", "transport_stream"])
def test_a_network_stream_that_breaks_is_opened_again(kind: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(kind)
    server.away = 1
    with open_source(server.address(), SourceOptions(patience_s=8)) as source:
        frames = []
        for frame in source:
            frames.append(frame)
            if server.requests >= 3 and len(frames) > 3:
                break
    assert all(a.index < b.index and a.time_s <= b.time_s for a, b in itertools.pairwise(frames))
    assert frames[0].time_s < 0.5
    assert all(0 <= number_of(f.image) < 50 for f in frames)
    assert no_thread_left()


def test_a_clock_that_is_set_back_or_forward_changes_nothing(
    motion_jpeg: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps = itertools.cycle([-3600.0, 7200.0, 0.0])
    usual = time.time
    monkeypatch.setattr(time, "time", lambda: usual() + next(jumps))
    monkeypatch.setattr(time, "time_ns", lambda: int((usual() + next(jumps)) * 1e9))
    begun = time.monotonic()
    with open_source(motion_jpeg.address(), SourceOptions(patience_s=8)) as source:
        times = [frame.time_s for frame in itertools.islice(source, 8)]
    assert times[0] < 0.5 and times[-1] <= time.monotonic() - begun
    assert all(a <= b for a, b in itertools.pairwise(times))


def test_a_stream_that_stays_away_is_given_up(motion_jpeg: Server) -> None:
    motion_jpeg.away = 1000
    with (
        open_source(motion_jpeg.address(), SourceOptions(patience_s=1)) as source,
        pytest.raises(LiveSourceError, match="no picture for 1 s"),
    ):
        list(source)
    assert motion_jpeg.requests > 2


def test_a_password_stays_out_of_names_and_messages(motion_jpeg: Server) -> None:
    for address in (motion_jpeg.address(login="me:secret@"), "http://me:secret@127.0.0.1:9/x"):
        source = open_source(address, SourceOptions(patience_s=1))
        assert "secret" not in source.name
        with source:
            try:
                next(iter(source))
            except LiveSourceError as error:
                assert "secret" not in str(error)


def test_an_address_that_never_was() -> None:
    with (
        open_source("http://127.0.0.1:9/live", SourceOptions(patience_s=5)) as source,
        pytest.raises(LiveSourceError, match=r"http://127\.0\.0\.1:9/live: can't be opened"),
    ):
        list(source)
    with (
        open_source("rtsp://127.0.0.1:9/live", SourceOptions(patience_s=5)) as source,
        pytest.raises(LiveSourceError, match="can't be opened"),
    ):
        list(source)


def test_an_address_without_anything(motion_jpeg: Server) -> None:
    with (
        open_source(motion_jpeg.address("none")) as source,
        pytest.raises(SourceNotFoundError, match="no such address"),
    ):
        list(source)


def test_a_large_stream_is_refused(transport_stream: Server) -> None:
    with (
        open_source(transport_stream.address(), SourceOptions(max_pixels=1000)) as source,
        pytest.raises(TooLargeError, match="128 x 64"),
    ):
        list(source)


def test_a_video_file_over_http_skips_nothing(transport_stream: Server, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(str(path), range(0, 1000, 40), options={"movflags": "faststart"})
    transport_stream.chunks = [path.read_bytes()]
    with open_source(transport_stream.address("clip.mp4?token=1")) as source:
        numbers = [number_of(f.image) for f in source]
    assert numbers == list(range(25))
    assert not source.live
