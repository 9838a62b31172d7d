"""Microphones and streams: losses are filled and counted, and nothing that arrived is lost."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np
import pytest
from tones import RATE, tone, write_sound

from mimik.errors import LiveSourceError
from mimik.sources import live_sound
from mimik.sources.live_sound import Heard, LiveSound
from mimik.sources.open_sound import open_sound
from mimik.sources.options import SoundOptions


def heard(number: int, first: bool, length_s: float = 0.1) -> Heard:
    frame = av.AudioFrame.from_ndarray(tone(length_s)[None], "flt", "mono")
    frame.sample_rate = RATE
    return Heard(frame, number * length_s, first)


def test_a_connection_keeps_its_own_times_and_a_loss_is_filled() -> None:
    """Frames arrive at once, as from a server that sends what it has kept; only the break takes time."""
    calls: list[int] = []

    def feed() -> Iterator[Heard]:
        calls.append(1)
        if len(calls) == 2:
            time.sleep(0.7)
        for number in range(5 if len(calls) < 3 else 0):
            yield heard(number, number == 0)
        raise LiveSourceError("pulled out")

    with LiveSound("fake", feed, SoundOptions(block_s=0.1)) as source:
        blocks = []
        for block in source:
            blocks.append(block)
            if len(calls) == 2 and len(blocks) > 6 and np.abs(block.samples).max() > 0.4:
                break
    assert [b.time_s for b in blocks] == pytest.approx([0.1 * i for i in range(len(blocks))])
    loud = [np.abs(b.samples).max() > 0.4 for b in blocks]
    assert loud[:5] == [True] * 5 and not any(loud[6:-2]) and loud[-1]
    assert blocks[-1].time_s >= 0.7
    assert source.problem is not None and source.problem.startswith("silence stands for what is missing: 0.")
    assert source.live and source.began_s > 0 and source.skipped == 0


def test_a_partial_block_is_handed_over_before_the_error() -> None:
    calls: list[int] = []

    def feed() -> Iterator[Heard]:
        calls.append(1)
        if len(calls) > 1:
            raise LiveSourceError("it is away")
        yield heard(0, True)

    with LiveSound("fake", feed, SoundOptions(patience_s=1.0)) as source:
        blocks = iter(source)
        assert len(next(blocks).samples) == RATE // 10
        with pytest.raises(LiveSourceError, match=r"fake: no sound for 1 s \(it is away\)"):
            next(blocks)


def test_a_microphone_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(live_sound.SYSTEMS, sys.platform, ("alsa", "{}", "nothing-of-this-name"))
    with (
        open_sound("mic") as source,
        pytest.raises(LiveSourceError, match=r"microphone can't be opened .* as in 'mic:NAME'"),
    ):
        next(iter(source))
    monkeypatch.setitem(live_sound.SYSTEMS, sys.platform, ("dshow", "audio={}", ""))
    with (
        open_sound("mic") as source,
        pytest.raises(LiveSourceError, match="no microphone by default; name one"),
    ):
        next(iter(source))


class Handler(BaseHTTPRequestHandler):
    data = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "audio/ogg")
        self.end_headers()
        self.wfile.write(self.data)

    def log_message(self, *_: object) -> None:
        pass


def test_a_network_stream() -> None:
    out = io.BytesIO()
    write_sound(out, tone(2.0, rate=48_000), codec="libopus", format="ogg", rate=48_000)
    Handler.data = out.getvalue()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        address = f"http://anna:secret@127.0.0.1:{server.server_port}/live"
        with open_sound(address, SoundOptions(block_s=0.5)) as source:
            blocks = [block for _, block in zip(range(3), source, strict=False)]
        server.shutdown()
        thread.join()
    assert [b.time_s for b in blocks] == [0.0, 0.5, 1.0] and "secret" not in blocks[0].source
    assert np.abs(blocks[1].samples).max() == pytest.approx(0.5, abs=0.05)
