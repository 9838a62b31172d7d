"""The server hears: recordings and videos by REST, what is refused, tables."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pytest
from app_server import Served, wait_for
from numpy.typing import NDArray

import mimik
from mimik.app.options import Limits
from mimik.cli import main
from voiced import RATE, speech, write_film, write_voice_model, write_wav

SCHEMA = json.loads((Path(mimik.__file__).parent / "schema.json").read_text())
HEARD = ("voice",)
LENGTHS = (1.2, 2.0)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of two utterances."""
    return write_wav(tmp_path_factory.mktemp("talk") / "talk.wav", speech(*LENGTHS))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Path:
    """The same with two people in the picture."""
    return write_film(
        tmp_path_factory.mktemp("film") / "film.mkv", speech(*LENGTHS), examples / "two_people.mp4"
    )


def encoded(samples: NDArray[np.float32], form: str, codec: str) -> bytes:
    """Samples as a file of a kind."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as file:
        rate = 48_000 if codec == "libopus" else RATE
        stream = file.add_stream(codec, rate=rate, layout="mono")
        values = (np.clip(samples, -1, 1) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(values, format="s16", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(stream.format, stream.layout, stream.rate, stream.frame_size or 1024)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return out.getvalue()


def analyze(served: Served, *files: tuple[str, bytes], **query: Any) -> list[dict[str, Any]]:
    sent = [("files", file) for file in files]
    answer = served.http.post("/v1/analyze", files=sent, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


def test_what_is_heard_is_offered_apart_from_faces(served: Served) -> None:
    told = served.http.get("/v1/models").json()
    assert told["heard"] == list(HEARD)
    assert not set(told["tasks"]) & set(told["heard"])
    assert "voice" in told["sets"]["base"] and "voice" not in told["sets"]["open"]
    assert {"angry", "calm"} <= set(told["labels"]["voice"])
    inputs = {card["name"]: card["input"] for card in told["cards"]}
    assert (inputs[told["sets"]["base"]["voice"]], inputs["emotion.base"]) == ("sound", "crop")


def test_a_recording_is_heard_where_no_task_is_named(served: Served, talk: Path) -> None:
    (result,) = analyze(served, ("talk.wav", talk.read_bytes()))
    assert (result["status"], result["frames"], result["problem"]) == ("ok", [], None)
    assert [span["source"] for span in result["spans"]] == ["talk.wav"] * 2
    for span, length_s in zip(result["spans"], LENGTHS, strict=True):
        jsonschema.validate(span, SCHEMA)
        assert span["end_s"] - span["start_s"] == pytest.approx(length_s, abs=0.4)
    made_by = result["made_by"]
    assert (made_by["detector"], made_by["tasks"], made_by["heard"]) == (None, list(HEARD), list(HEARD))


@pytest.mark.parametrize(
    ("name", "form", "codec"),
    [
        ("a.mp3", "mp3", "mp3"),
        ("a.m4a", "mp4", "aac"),
        ("a.ogg", "ogg", "libopus"),
        ("a.flac", "flac", "flac"),
    ],
)
def test_recordings_of_all_kinds(served: Served, name: str, form: str, codec: str) -> None:
    try:
        data = encoded(speech(*LENGTHS), form, codec)
    except (av.FFmpegError, ValueError) as error:
        pytest.skip(f"this FFmpeg can't write it: {error}")
    (result,) = analyze(served, (name, data))
    assert result["status"] == "ok" and len(result["spans"]) == 2, result


def test_a_video_gives_faces_voices_or_both(served: Served, film: Path) -> None:
    data = ("film.mkv", film.read_bytes())
    (faces,) = analyze(served, data, models="mini", tasks="emotion")
    assert faces["spans"] == [] and len(faces["frames"]) > 40
    (voices,) = analyze(served, data, models="mini", tasks="voice")
    assert voices["frames"] == [] and len(voices["spans"]) == 2
    (both,) = analyze(served, data, models="mini", tasks="emotion,voice")
    fused = [span.pop("face_voice") for span in both["spans"]]
    assert (both["frames"], both["spans"]) == (faces["frames"], voices["spans"])
    assert [one["reason"] for one in fused] == ["several faces: read au to find the speaker"] * 2
    assert both["made_by"]["heard"] == [*HEARD, "face_voice"] and both["made_by"]["detector"] == "yunet"


def test_a_jobs_lines_are_those_of_the_command(served: Served, film: Path, tmp_path: Path) -> None:
    query = {"models": "mini", "tasks": "emotion,voice", "start": 0.5}
    started = served.http.post(
        "/v1/jobs", params=query, files=[("files", ("film.mkv", film.read_bytes()))]
    ).json()
    (file,) = wait_for(served, started["id"], "done")["files"]
    assert file["spans"] == 2 and file["frames"] > 40
    lines = served.http.get(f"/v1/jobs/{started['id']}/files/0/frames").text
    out = tmp_path / "out.jsonl"
    how = ["--models", "mini", "--tasks", "emotion,voice", "--start", "0.5"]
    assert main(["analyze", str(film), "-o", str(out), *how]) == 0
    assert lines == out.read_text().replace(str(film), "film.mkv")
    run = json.loads((tmp_path / "out.jsonl.run").read_text().splitlines()[0])
    assert {**file["made_by"], "libraries": {}} == {**run, "libraries": {}}
    served.http.delete(f"/v1/jobs/{started['id']}")


def test_what_has_no_sound_says_so(served: Served, photo: bytes, examples: Path) -> None:
    mute = ("mute.mp4", (examples / "two_people.mp4").read_bytes())
    found = analyze(served, ("a.jpg", photo), mute, models="mini", tasks="voice")
    for result in found:
        assert (result["status"], result["error"]["code"], result["spans"]) == ("error", "no_sound", [])
        assert "\n" not in result["error"]["message"] and "/scratch/" not in result["error"]["message"]
    assert "is a picture, which has no sound" in found[0]["error"]["message"]
    assert "audio track" in found[1]["error"]["message"]
    (both,) = analyze(served, mute, models="mini", tasks="emotion,voice", every=20)
    assert both["status"] == "ok" and both["frames"]
    assert "it has no sound: only its faces were read" in both["note"]
    (still,) = analyze(served, ("a.jpg", photo), models="mini", tasks="emotion,voice")
    assert (still["status"], still["note"], len(still["frames"])) == ("ok", None, 1)


def test_silence_is_a_note_and_faces_in_a_recording_an_error(served: Served, tmp_path: Path) -> None:
    silent = ("s.wav", write_wav(tmp_path / "s.wav", np.zeros(2 * RATE, np.float32)).read_bytes())
    (result,) = analyze(served, silent)
    assert (result["status"], result["spans"]) == ("ok", [])
    assert "silent from beginning to end" in result["note"]
    (result,) = analyze(served, silent, tasks="emotion")
    assert (result["status"], result["error"]["code"]) == ("error", "unreadable")
    for name, data in (("cut.wav", silent[1][:20]), ("x.mp3", b"no sound at all" * 50), ("e.wav", b"")):
        (result,) = analyze(served, (name, data))
        assert result["status"] == "error" and result["error"]["code"] == "unreadable", (name, result)
        assert name in result["error"]["message"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"models": "open", "tasks": "voice"}, "choose one that does (voice: base, mini)"),
        ({"models": "open"}, "choose one that does (voice: base, mini)"),
        ({"tasks": "voice", "neutral_first": 2}, "a face at rest means nothing where only voices are heard"),
        ({"tasks": "voice", "model": "emotion=emotion.mini"}, "a model is named for 'emotion'"),
        ({"tasks": "voice", "model": "voice=emotion.mini"}, "unknown model of voice"),
        ({"tasks": "voice", "audio_track": 0}, "audio_track"),
    ],
)
def test_what_cannot_be_is_refused(served: Served, talk: Path, query: dict[str, Any], said: str) -> None:
    file = {"files": ("talk.wav", talk.read_bytes())}
    answer = served.http.post("/v1/analyze", files=file, params=query)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["error"]["message"]


def test_a_voice_is_heard_against_its_own(serve: Callable[..., Served], tmp_path: Path) -> None:
    knows = write_voice_model(tmp_path / "voice.own.onnx")
    served = serve(own={"voice": str(knows)})
    long = ("l.wav", write_wav(tmp_path / "l.wav", speech(2.0, 2.0, 1.2)).read_bytes())
    (result,) = analyze(served, long, voice_first=3)
    assert [span["voice"]["against_reference"] for span in result["spans"]] == [False, False, True]
    assert result["made_by"]["settings"]["voice_reference"] == 3
    assert result["made_by"]["columns"]["voice"]["against_reference"] == "truth"
    answer = served.http.post(
        "/v1/analyze", files={"files": long}, params={"tasks": "emotion", "voice_first": 2}
    )
    assert answer.status_code == 422 and "no voices are heard" in answer.json()["error"]["message"]


def test_a_track_that_is_not_there(served: Served, talk: Path) -> None:
    (result,) = analyze(served, ("talk.wav", talk.read_bytes()), audio_track=2)
    assert result["status"] == "error" and "audio track 2" in result["error"]["message"]


def test_a_long_recording_is_refused_or_cut(serve: Callable[..., Served], tmp_path: Path) -> None:
    server = serve(limits=Limits(duration_s=4.0))
    long = ("long.wav", write_wav(tmp_path / "l.wav", speech(1, 1, 1, 1, 1)).read_bytes())
    (result,) = analyze(server, long)
    assert (
        result["error"]["code"] == "too_large" and "more than the limit of 4 s" in result["error"]["message"]
    )
    (part,) = analyze(server, long, end=3)
    assert part["status"] == "ok" and part["problem"] is None and len(part["spans"]) == 2
    a_little = ("a.wav", write_wav(tmp_path / "a.wav", speech(1, 1, 0.5)).read_bytes())
    (cut,) = analyze(server, a_little)
    assert cut["problem"] == "longer than 4 s; the rest was left out" and cut["spans"]


def test_one_table_for_each_kind(served: Served, film: Path) -> None:
    (both,) = analyze(served, ("film.mkv", film.read_bytes()), models="mini", tasks="emotion,voice", every=10)
    lines = "\n".join(map(json.dumps, [*both["frames"], *both["spans"]]))
    rows = {}
    for kind in ("faces", "spans"):
        answer = served.http.post(
            "/v1/table", files={"file": ("r.jsonl", lines.encode())}, params={"rows": kind}
        )
        assert answer.status_code == 200, answer.text
        rows[kind] = answer.text.splitlines()
    assert len(rows["spans"]) == 1 + len(both["spans"])
    assert len(rows["faces"]) == 1 + sum(len(frame["faces"]) or 1 for frame in both["frames"])
    assert rows["spans"][0].startswith(
        "source,span,start_s,end_s,speech,level_db,reliable,reason,voice_label"
    )
    broken = json.dumps({**both["spans"][0], "quality": None}).encode()
    answer = served.http.post("/v1/table", files={"file": ("r.jsonl", broken)})
    assert answer.status_code == 422 and "line 1 is no utterance" in answer.json()["error"]["message"]


def test_nothing_that_was_sent_stays(served: Served, talk: Path) -> None:
    analyze(served, ("talk.wav", talk.read_bytes()))
    assert list(served.state.scratch.folder.iterdir()) == []


def test_the_page_may_ask_for_the_microphone(served: Served) -> None:
    policy = served.http.get("/v1/health").headers["permissions-policy"]
    assert "camera=(self), microphone=(self)" in policy


def test_a_model_of_ones_own_is_heard_in_every_set(
    serve: Callable[..., Served], tiny_voice: Path, talk: Path
) -> None:
    server = serve(own={"voice": str(tiny_voice)}, models="open")
    told = server.http.get("/v1/models").json()
    assert {models["voice"] for models in told["sets"].values()} == {"voice.tiny"}
    assert "voice" not in told["tasks"]
    (result,) = analyze(server, ("talk.wav", talk.read_bytes()))
    assert result["made_by"]["models"]["voice"]["name"] == "voice.tiny"


def test_the_description_names_spans(described: dict[str, Any]) -> None:
    shapes = described["components"]["schemas"]
    assert "spans" in shapes["FileResult"]["properties"] and "SpanResultModel" in shapes
    assert "spans" in shapes["Session"]["properties"]
    assert mimik.__version__ == described["info"]["version"]
