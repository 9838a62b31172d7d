"""The parts behind the live connections: the engine, slots, feeds, the recorder."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from mimik.app.live.engine import Engine
from mimik.app.live.feeds import End, Feed, Feeds, Slot, Viewer
from mimik.app.live.offers import ReadOptions
from mimik.app.options import Limits
from mimik.app.store.database import Database
from mimik.app.store.recorder import Recorder
from mimik.app.store.sessions import Sessions
from mimik.errors import MimikWarning, OptionError, OutputError, RefusedError, UnknownNameError
from mimik.models.session import Session
from mimik.pipeline.session import StreamSession
from mimik.types import Frame
from synthetic_results import INFO, make_face, make_result


def test_read_options_are_checked() -> None:
    assert ReadOptions("base", ("au", "emotion")).tasks == ("emotion", "au")
    for bad, error in ((("x", ("age",)), UnknownNameError), (("base", ()), OptionError)):
        with pytest.raises(error):
            ReadOptions(*bad)
    with pytest.raises(OptionError):
        ReadOptions("base", ("age",), smoothing=-1)
    for more, error in (({"age_groups": 7}, "not 7"), ({"age_groups": 5, "tasks": ("emotion",)}, "add age")):
        with pytest.raises(OptionError, match=error):
            ReadOptions(**{"models": "base", "tasks": ("age",), **more})


def test_viewers_share_models_and_info_names_what_is_read() -> None:
    engine = Engine(threads=1)
    try:
        one = engine.session(ReadOptions("mini", ("emotion", "age")))
        two = engine.session(ReadOptions("mini", ("age", "emotion"), smoothing=0))
        other = engine.session(ReadOptions("mini", ("age",)))
        networks = [one.recogniser.models["age"].session for one in (one, two, other)]
        assert one is not two and list(one.recogniser.models) == list(two.recogniser.models)
        assert networks[0] is networks[1] is networks[2]
        assert set(other.recogniser.models) == {"age", "cover"}
        info = engine.info(ReadOptions("mini", ("age",), smoothing=0.5))
        assert info.tasks == ("age",) and set(info.models) == {"age", "cover", "detector", "tilt"}
        assert set(info.columns) == {"age"} and info.settings["smoothing"]["strength"] == 0.5
    finally:
        engine.close()


def test_what_a_viewer_asks_for_is_settled_by_the_set() -> None:
    engine = Engine(threads=1, models="mini")
    try:
        assert engine.tasks == ("emotion", "gender", "age", "au"), "of all sets"
        assert engine.options() == ReadOptions("mini", ("emotion", "gender", "age"))
        assert engine.options(tasks=["age", "cover"]).tasks == ("age", "cover")
        assert engine.options("open", smoothing=0) == ReadOptions("open", ("emotion", "gender", "age"), 0)
        with pytest.raises(UnknownNameError, match="there is base, mini, open"):
            engine.options("opne")
        with pytest.raises(OptionError, match=r"'mini' doesn't read au: choose one that does \(au: base\)"):
            engine.options(tasks=["age", "au"])
        assert set(engine.load("open").models) == {"emotion", "gender", "age", "cover", "mesh"}
    finally:
        engine.close()


def test_a_server_for_products_offers_no_other_models(make_model: Callable[..., Path]) -> None:
    for own, why in (({}, "emotion.wild"), ({"emotion": str(make_model("emotion"))}, "emotion.tiny")):
        models = "open" if own else "base"
        with pytest.raises(OptionError, match=rf"{why}.* may not be used in products"):
            Engine(threads=1, models=models, own=own, commercial=True)
    own = {"emotion": str(make_model("emotion", seed=1, commercial_use=True))}
    engine = Engine(threads=1, models="open", own=own, commercial=True)
    try:
        assert set(engine.sets) == {"open"} and engine.tasks == ("emotion", "gender", "age")
        with pytest.raises(OptionError, match=r"in products only \(--commercial\): open, not 'base'"):
            engine.options("base", ["gender"])
        with pytest.raises(OptionError, match="no model for 'au' is here: name one, --model au=FILE"):
            engine.options(tasks=["au"])
    finally:
        engine.close()


def test_a_model_of_ones_own_stands_in_every_set(tiny_models: dict[str, Path]) -> None:
    engine = Engine(threads=1, own={"age": str(tiny_models["age"])})
    try:
        assert {models["age"] for models in engine.sets.values()} == {"age.tiny"}
        assert engine.load("mini").models["age"].card.name == "age.tiny"
        assert engine.tasks == ("emotion", "gender", "age", "au")
    finally:
        engine.close()


def test_two_sets_hold_each_network_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    load = Session.__init__

    def counted(self: Session, model: Path | bytes, device: str = "auto", threads: int = 1) -> None:
        loaded.append("yunet" if isinstance(model, bytes) else model.name)
        load(self, model, device, threads)

    monkeypatch.setattr(Session, "__init__", counted)
    engine = Engine(threads=1)
    try:
        base, mini = engine.load("base"), engine.load("mini")
        assert engine.load("base") is base
    finally:
        engine.close()
    small = [f"{task}.mini.onnx" for task in ("age", "cover", "emotion", "gender")]
    shared = ["face.base.onnx", "mesh.base.onnx", "tilt.mini.onnx", "voice.base.onnx", "yunet"]
    assert sorted(loaded) == sorted([*shared, *small])
    assert base.models["cover"].session is mini.models["cover"].session
    assert base.models["au"].session is base.models["emotion"].session


def test_a_time_that_does_not_rise_is_told_once_a_stream() -> None:
    engine, frame = Engine(threads=1), Frame(np.zeros((80, 80, 3), np.uint8), 3, 1.5, "browser")

    async def read(session: StreamSession) -> int:
        return await engine.read(session, lambda: frame, lambda step: len(step.result.faces))

    try:
        for _ in range(2):
            session = engine.session(ReadOptions("mini", ("age",)))
            assert asyncio.run(read(session)) == 0
            with pytest.warns(MimikWarning, match=r"browser, frame 3: its time, 1\.5 s, comes after 1\.5 s"):
                asyncio.run(read(session))
            assert asyncio.run(read(session)) == 0
            engine.batcher.step(session, frame)
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
    recorder = Recorder(sessions)
    number = sessions.create({"name": "x"})["id"]
    recording = recorder.begin(number, INFO, 0.0)

    def full(*parts: object) -> None:
        raise OutputError("database or disk is full")

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
