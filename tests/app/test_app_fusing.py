"""What a camera shows and a microphone hears, fused while live."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from app_server import Live, Served
from numpy.typing import NDArray

from mimik.temporal.fuse import folded, fuse
from mimik.temporal.fusion_model import read_fusion
from voiced import RATE, speech

BLOCK = 1600
START = {"models": "mini", "tasks": ["emotion"], "smoothing": 0, "listen": True}
LENGTH_S = 1.2


def look(viewer: Live, times_s: Sequence[float], photo: bytes) -> list[dict[str, Any]]:
    """Show a picture at some times; what is read of it each time."""
    return [viewer.read(time_s, photo)["frame"] for time_s in times_s]


def talk(viewer: Live, begin_s: float) -> dict[str, Any]:
    """Say one utterance, half a second after a time; what is read of it."""
    samples: NDArray[np.float32] = speech(LENGTH_S)
    for first in range(0, len(samples), BLOCK):
        data = (samples[first : first + BLOCK] * 32767).astype("<i2").tobytes()
        viewer.socket.send(struct.pack("<d", begin_s + first / RATE) + b"PCM " + data)
    return dict(viewer.hear("span")["span"])


def test_face_and_voice_of_an_utterance_become_one_answer(served: Served, photo: bytes) -> None:
    with served.live(START) as viewer:
        viewer.hear("ready")
        frames = look(viewer, [20.7 + 0.1 * n for n in range(10)], photo)
        span = talk(viewer, 20.0)
        later = talk(viewer, 40.0)
    fused = span["face_voice"]
    assert (fused["sides"], fused["id"], fused["reason"]) == (["face", "voice"], 0, None)
    assert fused["seen"] == 1.0
    face = np.mean([list(frame["faces"][0]["emotion"]["raw"].values()) for frame in frames], axis=0)
    labels = tuple(fused["probabilities"])
    heard = folded(span["voice"]["probabilities"], labels, mean=True)
    expected = fuse(face.astype(np.float32), heard, read_fusion().network)
    assert list(fused["probabilities"].values()) == pytest.approx(expected, abs=2e-3)
    alone = later["face_voice"]
    assert (alone["sides"], alone["id"], alone["reason"]) == (["voice"], None, "too few frames")


def test_without_a_camera_or_expressions_the_voice_is_told_alone(served: Served, photo: bytes) -> None:
    with served.live(START) as viewer:
        assert "face_voice" not in talk(viewer, 0.0)
    with served.live({**START, "tasks": ["gender"]}) as viewer:
        look(viewer, [1.0], photo)
        assert "face_voice" not in talk(viewer, 0.0)


def test_a_recording_knows_who_spoke_by_its_own_ids(served: Served, photo: bytes) -> None:
    session = served.session()
    for begin_s in (0.0, 100.0):
        with served.live({**START, "record": session, "zero_s": 0.0}) as viewer:
            viewer.hear("recording")
            look(viewer, [begin_s + 0.7 + 0.1 * n for n in range(10)], photo)
            talk(viewer, begin_s)
            viewer.say(type="stop")
        served.recorded(session, spans=1 + (begin_s > 0))
    told = served.recorded(session, spans=2)
    assert told["made_by"][0]["heard"] == ["voice", "face_voice"]
    assert told["made_by"][0]["settings"]["fusion"]["name"] == "fusion.base"
    lines = served.http.get(f"/v1/sessions/{session}/spans").text.splitlines()
    assert [json.loads(line)["face_voice"]["id"] for line in lines] == [0, 1]
    report = served.http.get(f"/v1/sessions/{session}/report").text
    assert "Expression of face and voice together" in report
