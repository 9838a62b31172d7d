"""Live viewers: frames in, answers out, over a real WebSocket."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from app_server import Live, Served
from fastapi import WebSocketDisconnect
from PIL import Image
from websockets.exceptions import ConnectionClosed

from mimik.app.live.live import first_of
from mimik.app.options import Limits
from mimik.tasks.years import GROUPS, group_of


def blank(width: int = 320, height: int = 240) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 90)).save(stream, "JPEG")
    return stream.getvalue()


def test_a_frame_is_answered_with_all_that_is_read(served: Served, photo: bytes) -> None:
    with served.live({}) as viewer:
        assert viewer.hear() == {"type": "ready", "session_clock": 0}
        answer = viewer.read(12.5, photo)
    (face,) = answer["frame"]["faces"]
    assert answer["time_s"] == answer["frame"]["time_s"] == 12.5
    assert face["emotion"]["label"] == "happy"
    assert {"AU06", "AU12"} <= set(face["au"]["active"])
    assert {"gender", "age", "quality"} <= set(face)
    assert answer["explain"]["0"]["duchenne"] is True
    assert "AU12 lip corner puller" in answer["explain"]["0"]["text"]
    assert answer["derived"]["0"]["valence"] > 0.5
    assert answer["hints"] == [] and answer["skipped"] == 0 and answer["latency_ms"] > 0


def test_ids_stay_and_values_are_smoothed_over_frames(served: Served, photo: bytes) -> None:
    with served.live({"tasks": ["emotion"], "models": "mini"}) as viewer:
        ids = [viewer.read(i / 10, photo)["frame"]["faces"][0]["id"] for i in range(3)]
    assert ids == [0, 0, 0]


def test_only_the_tasks_that_were_asked_for_are_read_and_may_change(served: Served, photo: bytes) -> None:
    with served.live({"tasks": ["emotion"], "models": "mini"}) as viewer:
        (face,) = viewer.read(0, photo)["frame"]["faces"]
        assert "emotion" in face and "age" not in face and "au" not in face
        viewer.say(type="options", tasks=["age"])
        answer = viewer.read(1, photo)
        assert "age" in answer["frame"]["faces"][0] and "emotion" not in answer["frame"]["faces"][0]
        assert answer["explain"] == {} and answer["derived"] == {}


def test_age_groups_may_be_chosen_and_change(served: Served, photo: bytes) -> None:
    def told(viewer: Any, time_s: float) -> tuple[float, str]:
        age = viewer.read(time_s, photo)["frame"]["faces"][0]["age"]
        return age["years"], age["group"]

    with served.live({"tasks": ["age"], "models": "mini", "age_groups": 5}) as viewer:
        years, group = told(viewer, 0)
        assert group == group_of(years, 5)
        viewer.say(type="options", age_groups=10)
        years, group = told(viewer, 1)
        assert group == group_of(years, 10)
        viewer.say(type="options", age_groups=0)
        assert told(viewer, 2)[1] in GROUPS


def test_nobody_there_is_an_empty_answer(served: Served) -> None:
    with served.live({"models": "mini"}) as viewer:
        assert viewer.read(0, blank())["frame"]["faces"] == []


def test_a_dark_face_gets_a_hint(served: Served, photo: bytes) -> None:
    stream = io.BytesIO()
    Image.open(io.BytesIO(photo)).point(lambda v: v // 8).save(stream, "JPEG", quality=95)
    with served.live({"models": "mini"}) as viewer:
        answer = viewer.read(0, stream.getvalue())
    if answer["frame"]["faces"]:
        assert answer["hints"] == [{"id": 0, "hint": "too_dark"}]


def test_the_newest_frame_wins_and_skipped_ones_are_counted(served: Served, photo: bytes) -> None:
    with served.live({}) as viewer:
        viewer.hear("ready")
        for i in range(30):
            viewer.send(i, photo)
        answers = [viewer.hear("frame")]
        while answers[-1]["time_s"] < 29:
            answers.append(viewer.hear("frame"))
    times = [answer["time_s"] for answer in answers]
    assert times == sorted(times) and len(times) < 30
    assert answers[-1]["skipped"] + len(answers) == 30
    assert answers[-1]["frame"]["frame"] == 29


@pytest.mark.parametrize(
    "garbage",
    [b"", b"x", b"\0" * 8, b"\0" * 8 + b"no picture", b"\0" * 8 + b"\xff\xd8\xff\xe0 cut", b"\xff" * 60],
)
def test_garbage_is_answered_and_the_connection_goes_on(served: Served, photo: bytes, garbage: bytes) -> None:
    with served.live({"models": "mini"}) as viewer:
        viewer.hear("ready")
        viewer.socket.send(garbage)
        said = viewer.hear()
        assert said["type"] == "error" and said["code"] == "bad_frame" and "\n" not in said["message"]
        assert len(viewer.read(1, photo)["frame"]["faces"]) == 1


def test_a_truncated_picture_is_refused_by_its_time(served: Served, photo: bytes) -> None:
    with served.live({"models": "mini"}) as viewer:
        viewer.send(7.5, photo[: len(photo) // 2])
        said = viewer.hear("error")
    assert said["code"] == "bad_frame" and said["time_s"] == 7.5


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "{",
            "[]",
            "null",
            '{"type":"start"}',
            '{"type":"nonsense"}',
            '{"type":"record","session":"x"}',
        ),
        *('{"type":"options","tasks":[]}', '{"type":"options","smoothing":1e999}', '{"type":"marker"}'),
        *('{"type":"options","tasls":["age"]}', '{"type":"record","session":1,"zero":2}'),
    ],
)
def test_a_text_that_means_nothing_is_answered(served: Served, text: str) -> None:
    with served.live({"models": "mini"}) as viewer:
        viewer.hear("ready")
        viewer.socket.send(text)
        said = viewer.hear()
        assert said["type"] == "error" and said["code"] == "invalid"
        viewer.say(type="stop")
        assert viewer.hear()["type"] == "end"


def test_the_first_message_must_be_a_start(served: Served, photo: bytes) -> None:
    with served.live() as viewer:
        viewer.send(0, photo)
        assert viewer.hear()["code"] == "invalid"
        viewer.say(type="start", source="browser", models="mini")
        assert viewer.hear()["type"] == "ready"


def test_stop_ends_it(served: Served) -> None:
    with served.live({"models": "mini"}) as viewer:
        viewer.say(type="stop")
        assert viewer.hear("end")["message"] == "stopped"
        with pytest.raises(ConnectionClosed) as closed:
            viewer.hear()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1000


def test_too_many_viewers_are_refused_and_a_place_comes_free(serve: Callable[..., Served]) -> None:
    server = serve(limits=Limits(connections=2))
    with server.live({}) as first, server.live({}) as second:
        first.hear("ready"), second.hear("ready")
        with server.live() as third, pytest.raises(ConnectionClosed) as closed:
            third.hear()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
        assert closed.value.rcvd.reason == ("2 of 2 connections are in use; close one or raise --connections")
        assert server.http.get("/v1/health").json()["connections"] == 2
        assert "mimik_live_refused_total 1" in server.http.get("/metrics").text
    end_s = time.monotonic() + 20
    while server.http.get("/v1/health").json()["connections"] and time.monotonic() < end_s:
        time.sleep(0.1)
    with server.live({}) as again:
        again.hear("ready")


def test_a_message_that_is_too_large_closes_the_connection(serve: Callable[..., Served]) -> None:
    server = serve(limits=Limits(message_mb=1))
    with server.live({}) as viewer:
        viewer.hear("ready")
        viewer.send(0, b"x" * (2**20 + 100))
        with pytest.raises(ConnectionClosed) as closed:
            viewer.hear()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


def test_a_frame_of_too_many_pixels_is_refused(serve: Callable[..., Served]) -> None:
    server = serve(limits=Limits(pixels=100_000))
    with server.live({}) as viewer:
        viewer.send(3, blank(400, 300))
        said = viewer.hear("error")
    assert said["code"] == "too_large" and said["time_s"] == 3


def test_batching_over_two_connections_answers_as_alone(served: Served, photo: bytes) -> None:
    mirrored = io.BytesIO()
    Image.open(io.BytesIO(photo)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(
        mirrored, "JPEG", quality=90
    )
    pictures = [photo, mirrored.getvalue()]

    def read(viewer: Live) -> dict[str, float]:
        (face,) = viewer.hear("frame")["frame"]["faces"]
        return {**face["emotion"]["raw"], **face["au"]["raw"], "age": face["age"]["raw"]["years"] / 100}

    alone = []
    for picture in pictures:
        with served.live({}) as viewer:
            viewer.send(0, picture)
            alone.append(read(viewer))
    with served.live({}) as first, served.live({}) as second:
        first.hear("ready"), second.hear("ready")
        for time_s in range(4):
            first.send(time_s, pictures[0]), second.send(time_s, pictures[1])
            together = [read(first), read(second)]
            for got, wanted in zip(together, alone, strict=True):
                assert got == pytest.approx(wanted, abs=2e-3)


def test_a_file_at_the_server_is_shown_and_ends(
    serve: Callable[..., Served], photo: bytes, tmp_path: object
) -> None:

    path = Path(str(tmp_path)) / "secret place.jpg"
    path.write_bytes(photo)
    server = serve(sources=(str(path),))
    assert [s["name"] for s in server.http.get("/v1/settings").json()["sources"]] == [str(path)]
    with server.live({"source": {"index": 0}, "blur": True}) as viewer:
        viewer.hear("ready")
        shown = viewer.socket.recv(timeout=60)
        assert isinstance(shown, bytes)
        preview = Image.open(io.BytesIO(shown[8:]))
        answer = viewer.hear("frame")
        assert viewer.hear("end")["message"] == "the source is over"
    left, top, right, bottom = (int(v) for v in answer["frame"]["faces"][0]["box_xyxy"])
    hidden = preview.crop((left, top, right, bottom)).convert("L")
    seen = Image.open(io.BytesIO(photo)).crop((left, top, right, bottom)).convert("L")

    def detail(image: Image.Image) -> float:
        small = image.resize((64, 64))
        values = list(small.tobytes())
        return sum(abs(a - b) for a, b in pairwise(values)) / len(values)

    assert detail(hidden) < detail(seen) / 3


def test_a_source_that_is_not_there_says_so(serve: Callable[..., Served]) -> None:
    server = serve(sources=("nowhere.mp4",))
    with server.live({"source": {"index": 0}}) as viewer:
        assert "no such file" in viewer.hear("end")["message"]
    with server.live({"source": {"index": 3}}) as viewer:
        viewer.hear("ready")
        assert viewer.hear("error")["code"] == "not_found"
        viewer.hear("end")


def test_metrics_count_frames(served: Served, photo: bytes) -> None:
    def frames() -> int:
        lines = served.http.get("/metrics").text.splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("mimik_frames_total")))

    before = frames()
    with served.live({"models": "mini"}) as viewer:
        viewer.read(0, photo), viewer.read(1, photo)
        viewer.say(type="stop")
        viewer.hear("end")
    assert frames() == before + 2
    assert json.dumps(served.http.get("/metrics").text).count("mimik_latency_seconds_bucket") == 14


def test_a_face_at_rest_is_taken_from_the_next_seconds(served: Served, photo: bytes) -> None:
    with served.live({"models": "mini", "tasks": ["emotion", "gender"]}) as viewer:
        (before,) = viewer.read(0, photo)["frame"]["faces"]
        viewer.say(type="reference", seconds=0.5)
        assert viewer.hear("reference") == {"type": "reference", "state": "collecting", "faces": 0}
        faces = [viewer.read(1 + i / 10, photo)["frame"]["faces"][0] for i in range(6)]
        told = viewer.hear("reference")
        (after,) = viewer.read(3, photo)["frame"]["faces"]
        viewer.say(type="reference", clear=True)
        assert viewer.hear("reference")["state"] == "none"
        (cleared,) = viewer.read(4, photo)["frame"]["faces"]
    assert "against_neutral" not in before["emotion"] and "against_neutral" not in cleared["emotion"]
    assert [face["emotion"]["against_neutral"] for face in faces] == [False] * 5 + [True]
    assert told["state"] == "set" and told["faces"] == 5
    # A smile that is the person's rest is less of a smile.
    assert after["emotion"]["raw"]["happy"] < before["emotion"]["raw"]["happy"]
    assert "against_neutral" not in after["gender"]


def test_a_reference_that_cannot_be(served: Served) -> None:
    with served.live({"models": "mini", "tasks": ["age"]}) as viewer:
        viewer.hear("ready")
        viewer.say(type="reference", seconds=1)
        assert viewer.hear("error")["code"] == "no_rest"
        viewer.say(type="reference")
        assert 'names its "seconds"' in viewer.hear("error")["message"]
        viewer.say(type="reference", seconds=-1)
        assert viewer.hear("error")["code"] == "invalid"


def test_two_ends_at_once_leave_no_complaint_behind() -> None:
    """A viewer who leaves while an answer is on its way ends both what is read and what is sent."""
    unheard: list[dict[str, Any]] = []
    ended: list[str] = []

    async def ends() -> None:
        raise WebSocketDisconnect(1006)

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("waits")

    async def viewers() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
        for work in ((ends(), ends()), (ends(), waits())):
            with pytest.raises(WebSocketDisconnect):
                await first_of(*work)
        gc.collect()

    asyncio.run(viewers())
    assert ended == ["waits"]
    assert not unheard
