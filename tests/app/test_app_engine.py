"""The parts behind the live connections: batches, slots, feeds, the recorder."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from mimik.app.live.engine import Engine, ReadOptions
from mimik.app.live.feeds import End, Feed, Feeds, Slot, Viewer
from mimik.app.options import Limits
from mimik.app.store.database import Database
from mimik.app.store.recorder import Recorder
from mimik.app.store.sessions import Sessions
from mimik.errors import OptionError, RefusedError, UnknownNameError
from mimik.faces.recognise import Recogniser, Values
from mimik.models.inputs import CropSpec
from mimik.pipeline.batcher import Batcher
from mimik.tasks.loaded import LoadedModel
from mimik.types import Frame
from synthetic_results import INFO, make_face, make_result

SPEC = CropSpec(size=16)


class Doubling:
    """Stands where a network does: gives each face's first pixel, twice and thrice, after a while."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.may_go = threading.Event()

    def run(self, batch: Any) -> list[Any]:
        assert self.may_go.wait(20)
        self.sizes.append(len(batch))
        if batch.max() == 1:
            raise ValueError("a picture that breaks the network")
        return [np.float32(255 * times) * batch[:, 0, 0, :1] for times in (2, 3)]

    def recogniser(self, *tasks: str) -> Recogniser:
        """Reads tasks by the network's outputs, in order."""
        card: Any = SimpleNamespace(crop=SPEC, mean=0.0, std=1.0)
        task: Any = SimpleNamespace(decode=lambda logits, card: logits)
        net: Any = self
        outputs = {"emotion": 0, "gender": 1}
        return Recogniser({name: LoadedModel(card, task, net, outputs[name]) for name in tasks})


def crops(*values: int) -> dict[CropSpec, Any]:
    return {SPEC: np.stack([np.full((1, 16, 16), value, np.uint8) for value in values])}


def answer(future: Future[list[Values]]) -> list[int]:
    return [round(float(values["emotion"][0])) for values in future.result(20)]


@pytest.fixture
def batcher() -> Iterator[Batcher]:
    batcher = Batcher()
    yield batcher
    batcher.close()


def test_what_waits_is_read_together_and_each_gets_its_own(batcher: Batcher) -> None:
    net = Doubling()
    reads = net.recogniser("emotion")
    first = batcher.submit(reads, crops(1), 1)
    time.sleep(0.1)  # the thread has taken it, and waits
    rest = [batcher.submit(reads, crops(*values), len(values)) for values in ((2, 3), (4,), (5, 6, 7))]
    empty = batcher.submit(reads, {}, 0)
    net.may_go.set()
    assert answer(first) == [2] and [answer(f) for f in rest] == [[4, 6], [8], [10, 12, 14]]
    assert empty.result() == [] and net.sizes == [1, 6]
    assert (batcher.batches, batcher.faces) == (2, 7)


def test_who_asks_for_other_tasks_of_a_network_shares_its_call(batcher: Batcher) -> None:
    net = Doubling()
    first = batcher.submit(net.recogniser("emotion"), crops(1), 1)
    time.sleep(0.1)
    asked = [("emotion",), ("gender",), ("emotion", "gender")]
    rest = [batcher.submit(net.recogniser(*tasks), crops(i, 9), 2) for i, tasks in enumerate(asked, 2)]
    net.may_go.set()
    assert answer(first) == [2]
    told = [[{task: round(float(v[0])) for task, v in face.items()} for face in f.result(20)] for f in rest]
    assert told == [
        [{"emotion": 4}, {"emotion": 18}],
        [{"gender": 9}, {"gender": 27}],
        [{"emotion": 8, "gender": 12}, {"emotion": 18, "gender": 27}],
    ]
    assert net.sizes == [1, 6]


def test_other_networks_are_other_calls(batcher: Batcher) -> None:
    nets = [Doubling(), Doubling()]
    futures = [batcher.submit(net.recogniser("emotion"), crops(i), 1) for i, net in enumerate(nets)]
    for net in nets:
        net.may_go.set()
    assert [answer(f) for f in futures] == [[0], [2]]
    assert [net.sizes for net in nets] == [[1], [1]]


def test_one_who_has_gone_does_not_stop_the_others(batcher: Batcher) -> None:
    net = Doubling()
    reads = net.recogniser("emotion")
    first = batcher.submit(reads, crops(1), 1)
    time.sleep(0.1)
    gone, stays = batcher.submit(reads, crops(2), 1), batcher.submit(reads, crops(3), 1)
    assert gone.cancel() and not first.cancel()
    net.may_go.set()
    assert answer(stays) == [6] and net.sizes == [1, 1]


def test_an_error_reaches_those_who_wait_and_the_thread_lives(batcher: Batcher) -> None:
    net = Doubling()
    reads = net.recogniser("emotion")
    net.may_go.set()
    with pytest.raises(ValueError, match="breaks the network"):
        batcher.submit(reads, crops(255), 1).result(20)
    assert answer(batcher.submit(reads, crops(4), 1)) == [8]


def test_read_options_are_checked() -> None:
    assert ReadOptions(tasks=("au", "emotion")).tasks == ("emotion", "au")
    for bad, error in (({"models": "x"}, UnknownNameError), ({"tasks": ()}, OptionError)):
        with pytest.raises(error):
            ReadOptions(**bad)
    with pytest.raises(OptionError):
        ReadOptions(smoothing=-1)


def test_viewers_share_models_and_info_names_what_is_read() -> None:
    engine = Engine(threads=1)
    try:
        one = engine.session(ReadOptions("mini", ("emotion", "age")))
        two = engine.session(ReadOptions("mini", ("age", "emotion"), smoothing=0))
        other = engine.session(ReadOptions("mini", ("age",)))
        assert one is not two and one.recogniser.models == two.recogniser.models
        assert one.recogniser.models["age"] is other.recogniser.models["age"]
        assert set(other.recogniser.models) == {"age"}
        info = engine.info(ReadOptions("mini", ("age",), smoothing=0.5))
        assert info.tasks == ("age",) and set(info.models) == {"age", "detector"}
        assert set(info.columns) == {"age"} and info.settings["smoothing"]["strength"] == 0.5
    finally:
        engine.close()


def test_a_slot_keeps_the_newest() -> None:
    async def use() -> list[int | End]:
        slot: Slot[int] = Slot()
        waiting = asyncio.create_task(slot.take())
        await asyncio.sleep(0)
        slot.offer(1)
        got = [await waiting]
        for value in (2, 3, 4):
            slot.offer(value)
        slot.finish(End("over"))
        return [*got, slot.skipped, await slot.take(), await slot.take(), await slot.take()]

    assert asyncio.run(use()) == [1, 2, 4, End("over"), End("over")]


def test_a_file_begins_for_each_viewer_and_is_shown_at_its_own_speed(examples: Path) -> None:
    video = str(examples / "two_people.mp4")

    async def watch(feeds: Feeds) -> list[float]:
        viewer = Viewer(Slot())
        feed = feeds.join(0, viewer)
        times: list[float] = []
        while not times or times[-1] < 0.5:
            item: Frame | End = await viewer.slot.take()
            assert isinstance(item, Frame), item
            times.append(item.time_s)
        feed.leave(viewer)
        return times

    async def both() -> tuple[list[float], list[float], float]:
        feeds = Feeds([video], Limits())
        start_s = time.monotonic()
        first = await watch(feeds)
        took_s = time.monotonic() - start_s
        second = await watch(feeds)
        feeds.close()
        return first, second, took_s

    first, second, took_s = asyncio.run(both())
    assert first[0] == second[0] == 0 and took_s >= 0.5


class Camera(BaseHTTPRequestHandler):
    """A stream of one picture, again and again, as webcams send it."""

    opened: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.opened.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        jpeg = cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
        with contextlib.suppress(OSError):
            for _ in range(2000):
                self.wfile.write(head + jpeg + b"\r\n")
                time.sleep(0.01)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def test_a_stream_is_shared_and_let_go_with_its_last_viewer() -> None:
    class Server(ThreadingHTTPServer):
        daemon_threads = True

    async def watch(feeds: Feeds) -> Feed:
        viewers = [Viewer(Slot()), Viewer(Slot())]
        joined = [feeds.join(0, viewer) for viewer in viewers]
        assert joined[0] is joined[1]
        for viewer in viewers:
            item: Frame | End = await asyncio.wait_for(viewer.slot.take(), 30)
            assert isinstance(item, Frame) and item.width == 64, item
        joined[0].leave(viewers[0])
        assert not joined[0].ended
        joined[0].leave(viewers[1])
        return joined[0]

    with Server(("127.0.0.1", 0), Camera) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        feeds = Feeds([f"http://me:secret@127.0.0.1:{server.server_port}/live"], Limits())
        feed = asyncio.run(watch(feeds))
        assert feed.ended and Camera.opened == ["/live"]
        feeds.close()
        server.shutdown()


def test_a_feed_without_viewers_ends() -> None:
    async def use() -> bool:
        feed, viewer = Feed("nowhere.mp4", Limits()), Viewer(Slot())
        assert feed.join(viewer)
        assert isinstance(await viewer.slot.take(), End)
        feed.leave(viewer)
        return feed.join(viewer)

    assert asyncio.run(use()) is False


def test_no_password_is_shown() -> None:
    feeds = Feeds(["rtsp://me:secret@camera/1", "0", "a.mp4"], Limits())
    assert feeds.names == ["rtsp://camera/1", "camera 0", "a.mp4"]

    async def look() -> None:
        feeds.join(3, Viewer(Slot()))

    with pytest.raises(RefusedError, match="no source 3"):
        asyncio.run(look())


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    database = Database(tmp_path / "x.db")
    yield Sessions(database)
    database.close()


def test_rows_are_on_the_disk_within_a_second(sessions: Sessions) -> None:
    recorder = Recorder(sessions)
    number = sessions.create({"name": "x"})["id"]
    recording = recorder.begin(number, INFO, None)
    for i in range(5):
        recording.add(make_result("x", i, make_face(2), time_s=100 + i / 10).to_dict())
    end_s = time.monotonic() + 1.0
    while recording.saved < 5 and time.monotonic() < end_s:
        time.sleep(0.05)
    assert recording.saved == 5 and recording.zero_s == 100
    assert sessions.get(number)["frames"] == 5
    recording.add(make_result("x", 9, make_face(0), time_s=101).to_dict())
    recorder.end(recording)
    frames = list(sessions.frames(number))
    assert [f["time_s"] for f in frames] == [0, 0.1, 0.2, 0.3, 0.4, 1]
    assert sessions.get(number)["state"] == "closed"
    assert sessions.made_by(number)[0]["models"]["emotion"]["name"] == "emotion.test"
    recorder.close()


def test_what_the_disk_does_not_take_waits_and_is_told(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    recorder = Recorder(sessions)
    number = sessions.create({"name": "x"})["id"]
    recording = recorder.begin(number, INFO, 0.0)

    def full(parts: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(sessions, "append_all", full)
        recording.add(make_result("x", 0, make_face()).to_dict())
        end_s = time.monotonic() + 10
        while recording.problem is None and time.monotonic() < end_s:
            time.sleep(0.05)
        assert recording.problem is not None and "disk is full" in recording.problem
    recorder.end(recording)
    assert sessions.get(number)["frames"] == 1 and recording.problem is None
    recorder.close()
