"""Live sound: beside the pictures of a browser, and of the server's own sources."""

from __future__ import annotations

import json
import struct
import threading
import time
import wave
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_server import PATIENCE_S, Live, Served
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed

from mimik.app.live.hearing import MOST_WAITING_S, Ear, SteadyClock, level_db
from mimik.app.live.messages import is_sound, split_sound
from mimik.errors import LiveSourceError, RefusedError
from mimik.pipeline.listen import Listener
from mimik.results.read import read_spans
from mimik.sources.base import BaseSource
from mimik.sources.live_sound import LiveSound
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.types import SOUND_RATE, Sound
from voiced import RATE, background, speech, voice, write_film, write_voice_model

BLOCK = 1600
MINI = {"models": "mini", "tasks": ["emotion"]}


def block(time_s: float, samples: NDArray[np.float32]) -> bytes:
    """A block of sound as the page sends it."""
    return struct.pack("<d", time_s) + b"PCM " + (samples * 32767).astype("<i2").tobytes()


def talk(viewer: Live, samples: NDArray[np.float32], begin_s: float = 0.0, jitter_s: float = 0.0) -> None:
    """Send samples block by block."""
    rng = np.random.default_rng(0)
    for first in range(0, len(samples), BLOCK):
        time_s = begin_s + first / RATE + rng.uniform(-jitter_s, jitter_s)
        viewer.socket.send(block(time_s, samples[first : first + BLOCK]))


def rest_of(viewer: Live, kind: str) -> list[dict[str, Any]]:
    """All messages of a kind until the other side closes."""
    found = []
    try:
        while True:
            found.append(viewer.hear(kind))
    except ConnectionClosed:
        return found


def test_a_block_of_sound_is_told_from_a_picture() -> None:
    time_s, samples = split_sound(block(12.5, np.array([0.5, -1], np.float32)))
    assert time_s == 12.5 and samples.dtype == np.float32
    assert samples.tolist() == pytest.approx([0.5, -1], abs=1e-4)
    assert is_sound(block(0, samples))
    assert not any(is_sound(b"\0" * 8 + start) for start in (b"", b"\xff\xd8\xff\xe0", b"RIFF", b"PCM"))
    for data in (
        block(0, samples[:0]),
        block(0, samples) + b"\0",
        block(float("nan"), samples),
        block(0, np.zeros(10 * RATE + 1, np.float32)),
    ):
        with pytest.raises(RefusedError) as refused:
            split_sound(data)
        assert refused.value.code == "bad_sound" and "\n" not in str(refused.value)


def test_blocks_follow_each_other_though_their_times_jitter() -> None:
    clock, samples = SteadyClock("x"), np.zeros(BLOCK, np.float32)
    begun = [clock.place(time_s, samples).time_s for time_s in (5.0, 5.13, 5.16, 7.0, 6.0)]
    assert begun == pytest.approx([5.0, 5.1, 5.2, 7.0, 6.0])


def test_levels() -> None:
    assert level_db(np.zeros(100, np.float32)) == -120.0
    assert level_db(np.full(100, 0.1, np.float32)) == -20.0


def test_nothing_is_heard_before_it_is_asked_for(served: Served) -> None:
    with served.live(MINI) as viewer:
        assert viewer.hear()["type"] == "ready"
        viewer.socket.send(block(0, voice(0.1)))
        said = viewer.hear()
        assert (said["type"], said["code"]) == ("error", "invalid")
        assert '{"type":"options","listen":true}' in said["message"]


def test_utterances_come_as_they_end_on_the_clock_of_the_pictures(served: Served, photo: bytes) -> None:
    spoken = speech(1.2, 1.5)
    before = served.http.get("/metrics").text
    with served.live({**MINI, "listen": True}) as viewer:
        assert viewer.hear()["type"] == "ready"
        waiting = viewer.hear("hearing")
        assert (waiting["state"], waiting["speech"], waiting["message"]) == ("waiting", None, None)
        talk(viewer, spoken, 40.0, jitter_s=0.04)
        spans = [viewer.hear("span")["span"] for _ in range(2)]
        assert viewer.read(45.0, photo)["frame"]["faces"], "the pictures go on"
    assert [span["source"] for span in spans] == ["browser"] * 2
    assert [span["span"] for span in spans] == [0, 1]
    times = [(span["start_s"], span["end_s"]) for span in spans]
    for (start_s, end_s), said_s in zip(times, ((40.6, 41.8), (42.4, 43.9)), strict=True):
        assert start_s == pytest.approx(said_s[0], abs=0.3) and end_s == pytest.approx(said_s[1], abs=0.3)
    assert spans[0]["voice"]["probabilities"].keys() >= {"angry", "calm"}
    count = "mimik_spans_total"
    assert counter(served.http.get("/metrics").text, count) == counter(before, count) + 2


def counter(text: str, name: str) -> int:
    return int(next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[1])


def test_the_level_and_whether_someone_speaks_are_told(served: Served) -> None:
    with served.live({**MINI, "listen": True}) as viewer:
        talk(viewer, np.concatenate([background(1.0), voice(1.0), background(1.0)]))
        told: list[dict[str, Any]] = []
        while not (told and told[-1]["time_s"] and told[-1]["time_s"] > 2.9):
            viewer.socket.send(block(3.0 + 0.1 * len(told), background(0.1)))
            told.append(viewer.hear("hearing"))
    spoke = [one for one in told if one["speaking"]]
    assert spoke and max(one["level_db"] for one in spoke) > -40
    assert max(one["speech"] for one in told if one["speech"] is not None) > 0.5
    assert not told[-1]["speaking"] and told[-1]["level_db"] < -50


def test_listening_is_switched_while_people_keep_their_ids(served: Served, photo: bytes) -> None:
    with served.live(MINI) as viewer:
        before = viewer.read(0, photo)["frame"]["faces"][0]["id"]
        viewer.say(type="options", listen=True)
        assert viewer.hear("hearing")["state"] == "waiting"
        talk(viewer, np.concatenate([background(0.5), voice(1.0)]), 1.0)
        assert viewer.hear("hearing")["state"] == "on"
        viewer.say(type="options", listen=False)  # in the middle of a word
        (span,) = [viewer.hear("span")["span"]]
        assert span["end_s"] == pytest.approx(2.5, abs=0.1)
        while (said := viewer.hear("hearing"))["state"] != "off":
            assert said["state"] == "on"
        assert viewer.read(3, photo)["frame"]["faces"][0]["id"] == before
        viewer.socket.send(block(9, voice(0.1)))
        assert viewer.hear("error")["code"] == "invalid"


def test_a_voice_is_heard_against_its_own(serve: Callable[..., Served], tmp_path: Path) -> None:
    knows = write_voice_model(tmp_path / "voice.own.onnx")
    with serve(own={"voice": str(knows)}).live({**MINI, "listen": True, "voice_first": 3}) as viewer:
        talk(viewer, speech(2.0, 2.0, 1.2))
        spans = [viewer.hear("span")["span"] for _ in range(3)]
    assert [span["voice"]["against_reference"] for span in spans] == [False, False, True]


def test_broken_sound_is_answered_and_listening_goes_on(served: Served) -> None:
    with served.live({**MINI, "listen": True}) as viewer:
        viewer.socket.send(block(0, voice(0.1)) + b"\0")
        assert viewer.hear("error")["code"] == "bad_sound"
        talk(viewer, speech(1.0))
        assert viewer.hear("span")["span"]["span"] == 0


def test_what_cannot_be_heard_is_refused(served: Served, photo: bytes) -> None:
    with served.live({"models": "open"}) as viewer:
        viewer.hear("ready")
        viewer.say(type="options", listen=True)
        assert "choose one that does (voice: base, mini)" in viewer.hear("error")["message"]
        viewer.say(type="options", models="mini", tasks=["emotion", "voice"])
        said = viewer.hear("error")
        assert said["code"] == "invalid" and "leave it out of tasks" in said["message"]
        assert viewer.read(0, photo)["frame"]["faces"][0].keys() >= {"age", "gender"}
    with served.live({"models": "open", "listen": True}) as viewer, pytest.raises(ConnectionClosed):
        assert viewer.hear("error")["code"] == "invalid"
        viewer.hear()


def test_a_session_holds_what_was_said(served: Served, photo: bytes, tmp_path: Path) -> None:
    session = served.session()
    with served.live({**MINI, "listen": True}) as viewer:
        viewer.hear("ready")
        talk(viewer, speech(1.0), 10.0)  # before the recording
        viewer.hear("span")
        viewer.say(type="record", session=session, zero_s=12.0)
        assert viewer.hear("recording")["spans"] == 0
        viewer.read(12.5, photo)
        talk(viewer, speech(1.0), 12.4)
        viewer.hear("span")
        talk(viewer, np.concatenate([background(0.4), voice(0.8)]), 15.0)  # still speaking at the end
        viewer.say(type="record", session=None)
        viewer.hear("recording")
        talk(viewer, speech(1.0), 17.0)  # after it
        viewer.hear("span")
        viewer.say(type="stop")
        rest_of(viewer, "end")
    told = served.recorded(session, spans=2, frames=1)
    assert (told["spans"], told["frames"], told["state"]) == (2, 1, "closed")
    assert told["made_by"][0]["heard"] == ["voice", "face_voice"]
    lines = served.http.get(f"/v1/sessions/{session}/spans").text.splitlines()
    spans = [json.loads(line) for line in lines]
    assert [span["span"] for span in spans] == [0, 1]
    assert spans[0]["start_s"] == pytest.approx(1.0, abs=0.3), "on the session's clock"
    assert spans[1]["end_s"] == pytest.approx(4.2, abs=0.1)
    exported(served, session, spans, tmp_path)
    assert served.http.delete(f"/v1/sessions/{session}").status_code == 204
    assert served.http.get(f"/v1/sessions/{session}/spans").status_code == 404
    assert served.state.database.row("SELECT COUNT(*) FROM spans WHERE session_id = ?", (session,))[0] == 0


def exported(served: Served, session: int, spans: list[dict[str, Any]], folder: Path) -> None:
    """Check a session's exports, plot and report."""

    def export(**query: str) -> bytes:
        answer = served.http.get(f"/v1/sessions/{session}/export", params=query)
        assert answer.status_code == 200
        return answer.content

    for kind in ("jsonl", "csv", "parquet"):
        path = folder / f"s.{kind}"
        path.write_bytes(export(format=kind, rows="spans"))
        read = list(read_spans(path))
        assert [span["start_s"] for span in read] == [span["start_s"] for span in spans]
        assert [span["voice"]["label"] for span in read] == [span["voice"]["label"] for span in spans]
    lines = [json.loads(line) for line in export(format="jsonl").splitlines()]
    assert [line.get("type", "frame") for line in lines] == ["frame", "span", "span"]
    assert len(export(format="csv").splitlines()) == 2, "a table of faces has no utterances"
    report = served.http.get(f"/v1/sessions/{session}/report").text
    assert "2 utterances" in report and "Of the time that could be judged" in report
    assert "An emotion that is heard in a voice is not a feeling" in report


def test_a_sessions_plot_of_voices(served: Served) -> None:
    pytest.importorskip("matplotlib", reason="plots need matplotlib: pip install 'mimik[plots]'")
    session = served.session()
    place = f"/v1/sessions/{session}/plots/voices.png"
    refused = served.http.get(place)
    assert refused.status_code == 409 and "no utterance" in refused.json()["error"]["message"]
    with served.live({**MINI, "listen": True, "record": session}) as viewer:
        talk(viewer, speech(1.0, 0.8))
        viewer.hear("span")
        viewer.say(type="stop")
        rest_of(viewer, "end")
    served.recorded(session, spans=2)
    plot = served.http.get(place)
    assert (plot.status_code, plot.content[:4]) == (200, b"\x89PNG")
    told = served.recorded(session, spans=2)
    assert (told["frames"], told["spans"]) == (0, 2)
    assert told["duration_s"] == pytest.approx(2.4, abs=0.4), "without pictures, from word to word"
    report = served.http.get(f"/v1/sessions/{session}/report").text
    assert "Voices over time" in report and "This session holds no results" not in report


def test_utterances_of_a_file_are_kept(served: Served, talk_wav: Path) -> None:
    (result,) = served.http.post(
        "/v1/analyze", files={"files": ("talk.wav", talk_wav.read_bytes())}, params={"models": "mini"}
    ).json()["results"]
    session = served.session(source="talk.wav", made_by=[result["made_by"]])
    told = served.http.post(f"/v1/sessions/{session}/spans", json=result["spans"])
    assert told.status_code == 200, told.text
    assert told.json()["spans"] == len(result["spans"]) == 2
    assert served.http.post(f"/v1/sessions/{session}/spans", json=[]).status_code == 422
    broken = [{**result["spans"][0], "type": "frame"}]
    assert served.http.post(f"/v1/sessions/{session}/spans", json=broken).status_code == 422
    turned = [{**result["spans"][0], "end_s": -1.0}]
    refused = served.http.post(f"/v1/sessions/{session}/spans", json=turned)
    assert refused.status_code == 422 and "ends before it begins" in refused.json()["error"]["message"]
    odd = [{**result["spans"][0], "tone": {"label": "x", "probabilities": "high"}, "span": 7}]
    assert served.http.post(f"/v1/sessions/{session}/spans", json=odd).status_code == 200
    assert served.http.post("/v1/sessions/987654/spans", json=result["spans"]).status_code == 404
    made = served.http.get(f"/v1/sessions/{session}/report").text
    assert "faces found by" not in made and "Expression of the voice" in made


@pytest.fixture
def talk_wav(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    with closing(wave.open(str(path), "wb")) as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((speech(1.0, 1.0) * 32767).astype("<i2").tobytes())
    return path


def test_a_file_at_the_server_is_heard_as_it_plays(
    serve: Callable[..., Served], examples: Path, tmp_path: Path
) -> None:
    film = write_film(tmp_path / "film.mkv", speech(1.0), examples / "two_people.mp4")
    server = serve(sources=(str(film), str(examples / "two_people.mp4")))
    session = server.session()
    start = {**MINI, "source": {"index": 0}, "listen": True, "record": session, "zero_s": 0.0}
    with server.live(start) as viewer:
        viewer.socket.send(block(0, voice(0.1)))
        assert viewer.hear("error")["code"] == "invalid"
        span = viewer.hear("span")["span"]
        rest_of(viewer, "end")
    assert span["source"] == str(film)
    assert span["start_s"] == pytest.approx(0.6, abs=0.3), "on the clock of its pictures"
    told = server.recorded(session, spans=1)
    assert told["spans"] == 1 and told["frames"] > 0
    with server.live({**MINI, "source": {"index": 1}, "listen": True}) as viewer:
        while (said := viewer.hear("hearing"))["state"] != "lost":
            assert said["state"] == "waiting"
        assert "audio track" in said["message"] and "\n" not in said["message"]
        assert viewer.hear("frame")["frame"]["source"], "the pictures go on"


def test_a_microphone_at_the_server_that_vanishes_is_said(
    serve: Callable[..., Served], examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = threading.Event()

    class Camera(BaseSource):
        """The same two people until the test is over."""

        live = True

        def __enter__(self) -> Camera:
            return self

        def __exit__(self, *_: object) -> None:
            return

        def __iter__(self) -> Any:
            with open_source(examples / "two_people.mp4") as source:
                first = next(iter(source))
            for number in range(1200):
                time.sleep(0.05)
                yield replace(first, index=number, time_s=number / 20, source="camera 0")

    class Microphone(LiveSound):
        """Sound as it comes, until it is unplugged."""

        def __init__(self) -> None:
            self.began = time.monotonic()

        @property
        def began_s(self) -> float:
            return self.began

        def __enter__(self) -> Microphone:
            return self

        def __exit__(self, *_: object) -> None:
            return

        def __iter__(self) -> Any:
            samples = speech(0.8, pause_s=0.5)
            for first in range(0, len(samples), BLOCK):
                yield Sound(samples[first : first + BLOCK], SOUND_RATE, first / RATE, "microphone")
            gone.wait(PATIENCE_S)
            raise LiveSourceError("microphone: the sound broke off; connect it")

    opened: list[str] = []

    def open_sound(source: str, *_: Any) -> Microphone:
        opened.append(source)
        return Microphone()

    monkeypatch.setattr("mimik.app.live.feeds.open_source", lambda *_: Camera("camera 0", SourceOptions()))
    monkeypatch.setattr("mimik.app.live.sounds.open_sound", open_sound)
    monkeypatch.setattr("mimik.app.live.sources.cameras_there", lambda: [0])
    server = serve(sources=("0",))
    with server.live({**MINI, "source": {"index": 0}}) as viewer:
        viewer.hear("frame")
        assert opened == [], "off until asked for"
        viewer.say(type="options", listen=True)
        span = viewer.hear("span")["span"]
        gone.set()
        while (said := viewer.hear("hearing"))["state"] != "lost":
            pass
        assert said["message"] == "microphone: the sound broke off; connect it"
        assert viewer.hear("frame")["frame"]["faces"] is not None
    assert opened == ["mic"] and (span["span"], span["source"]) == (0, "camera 0")


def test_too_much_sound_is_dropped_and_counted(tiny_voice: Path) -> None:
    told: list[dict[str, Any]] = []
    listener = Listener(("voice",), model={"voice": tiny_voice})
    held = threading.Event()

    class Slow(Listener):
        def __init__(self) -> None:
            self.inner = listener

        def session(self, reference: Any = None) -> Any:
            session = self.inner.session()
            push = session.push
            session.push = lambda sound: (held.wait(PATIENCE_S), push(sound))[1]
            return session

    ear = Ear(Slow(), told.append, lambda span: None)
    second = Sound(np.zeros(RATE, np.float32), time_s=0.0)
    taken = [ear.push(second) for _ in range(int(MOST_WAITING_S) + 3)]
    assert taken.count(False) == 3
    held.set()
    ear.flush(PATIENCE_S)
    ear.close()
    assert told[-1]["dropped_s"] == 3.0


def test_what_goes_wrong_while_listening_is_said(tiny_voice: Path) -> None:
    told: list[dict[str, Any]] = []
    ear = Ear(Listener(("voice",), model={"voice": tiny_voice}), told.append, lambda span: None)
    ear.push(Sound(np.zeros(100, np.float32), rate=8000))
    ear.close()
    assert told[-1]["state"] == "lost" and "its log says what" in told[-1]["message"]
    ear.flush(0.1)


def test_speech_ends_where_the_sound_stops(tiny_voice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimik.app.live.hearing.QUIET_S", 0.1)
    told: list[dict[str, Any]] = []
    spans: list[Any] = []
    ear = Ear(Listener(("voice",), model={"voice": tiny_voice}), told.append, spans.append)
    ear.push(Sound(np.concatenate([background(0.5), voice(1.0)])))
    end_s = time.monotonic() + PATIENCE_S
    while not (spans and told[-1]["state"] == "waiting") and time.monotonic() < end_s:
        time.sleep(0.02)
    assert len(spans) == 1 and told[-1]["state"] == "waiting"
    ear.close()
