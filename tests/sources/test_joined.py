"""Recordings of TV, joined byte by byte: picture and sound go on together, whatever the clocks say."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from tones import late_tone, onset_s, write_sound

from mimik.sources.open import open_source
from mimik.sources.open_sound import open_sound


def recording(begin_s: float) -> bytes:
    """Two seconds of picture and sound, silent but for the last half second."""
    data = io.BytesIO()
    write_sound(
        data,
        late_tone(1.5, 0.5, 48_000),
        codec="mp2",
        format="mpegts",
        rate=48_000,
        begin_s=begin_s,
        picture_s=(begin_s, begin_s + 2),
    )
    return data.getvalue()


@pytest.mark.parametrize("clocks", [(10, 2), (5000, 10), (10, 5000)])
def test_both_go_on_where_the_clock_jumps(tmp_path: Path, clocks: tuple[float, float]) -> None:
    path = tmp_path / "tv.ts"
    path.write_bytes(b"".join(map(recording, clocks)))
    with open_source(path) as source:
        times = [frame.time_s for frame in source]
    assert len(times) == 100 and np.diff(times) == pytest.approx(0.04, abs=0.001)
    assert "cut short" not in (source.problem or "")
    with open_sound(path) as sound:
        blocks = list(sound)
    heard = np.concatenate([block.samples for block in blocks])
    assert blocks[0].time_s == pytest.approx(0, abs=0.03) and len(heard) / 16_000 == pytest.approx(4, abs=0.1)
    assert onset_s(heard[40_000:]) + 2.5 == pytest.approx(3.5, abs=0.1)
    assert sound.notes == ("joined recordings: the time goes on where it jumps, at 1 place",)
