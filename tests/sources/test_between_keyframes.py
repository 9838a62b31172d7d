"""Films that begin between keyframes: what can't be decoded is told, and picture and sound stay together."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_video import number_of, numbered
from tones import late_tone, onset_s, packets

from mimik.sources.open import open_source
from mimik.sources.open_sound import open_sound

RATE = 48_000
KEY_S, TONE_S, END_S = 2, 2.4, 3
"""Of the film that is copied: the second keyframe, where the tone begins, the end."""


def film(sound: str = "aac", format: str = "matroska") -> io.BytesIO:
    """Numbered frames, 25 a second, with a keyframe at 0 and one at 2 s, and a tone from 2.4 s."""
    target = io.BytesIO()
    with av.open(target, "w", format=format) as box:
        key = {"g": str(25 * KEY_S), "keyint_min": str(25 * KEY_S), "sc_threshold": "0", "bf": "0"}
        video = box.add_stream("libx264", rate=25, options=key)
        video.width, video.height, video.pix_fmt = 128, 64, "yuv420p"
        audio = box.add_stream(sound, rate=RATE, layout="mono")
        for packet in packets(late_tone(TONE_S, END_S - TONE_S, RATE)[None], audio, RATE, 0.0):
            box.mux(packet)
        for i in range(25 * END_S):
            frame = av.VideoFrame.from_ndarray(numbered(i))
            frame.pts, frame.time_base = i, Fraction(1, 25)
            box.mux(video.encode(frame))
        box.mux(video.encode())
    target.seek(0)
    return target


def copy(source: io.BytesIO, target: Path, begin: Fraction, **kinds: bool) -> None:
    """What comes from a time on, without coding it anew."""
    with av.open(source) as box, av.open(str(target), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in box.streams if kinds.get(s.type, True)}
        for packet in box.demux():
            if packet.stream_index not in streams or packet.dts is None:
                continue
            if packet.dts * packet.time_base >= begin:
                # There are no B-frames, so that both times of a packet are one.
                packet.pts = packet.dts = packet.dts - round(begin / packet.time_base)
                packet.stream = streams[packet.stream_index]
                out.mux(packet)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.flv", "a.avi"])
@pytest.mark.parametrize("begin", [Fraction(0), Fraction(6, 5)])
def test_picture_and_sound_stay_together(tmp_path: Path, name: str, begin: Fraction) -> None:
    made = film("pcm_s16le", "avi") if name == "a.avi" else film()
    copy(made, tmp_path / name, begin)
    late_s = float(KEY_S - begin) if begin else 0.0
    with open_source(tmp_path / name) as source:
        frames = list(source)
        assert source.problem is None
        said = "its first 0.8 s can't be decoded: it begins between keyframes"
        assert source.notes == ((said,) if begin else ())
    first = 25 * KEY_S if begin else 0
    assert [number_of(frame.image) for frame in frames] == list(range(first, 25 * END_S))
    assert frames[0].time_s == 0 and frames[-1].time_s == pytest.approx((74 - first) / 25, abs=0.002)
    assert {frame.offset_s for frame in frames} == {source.offset_s}
    assert source.offset_s == pytest.approx(late_s, abs=0.03)
    with open_sound(tmp_path / name) as sound:
        blocks = list(sound)
    heard = np.concatenate([block.samples for block in blocks])
    shown_s = first / 25
    assert blocks[0].time_s + onset_s(heard) == pytest.approx(TONE_S - shown_s, abs=0.05)
    assert len(heard) / 16_000 == pytest.approx(END_S - float(begin), abs=0.1)
    assert sound.problem is None


def test_a_picture_without_sound_too(tmp_path: Path) -> None:
    copy(film(), tmp_path / "a.mp4", Fraction(6, 5), audio=False)
    with open_source(tmp_path / "a.mp4") as source:
        assert len(list(source)) == 25 and source.problem is None
        assert source.offset_s == pytest.approx(0.8, abs=0.002)
