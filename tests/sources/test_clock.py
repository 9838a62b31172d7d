"""Times are those of presentation; what a video says of its recording is kept; a cut one is told."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_video import number_of, numbered, write_video

from mimik import Job, run_batch
from mimik.errors import DecodeError, OptionError
from mimik.results.read import read_rows
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions


def encode(
    path: Path,
    count: int,
    rate: int = 30,
    kind: str | None = None,
    start_ms: int = 0,
    sound: bool = False,
    metadata: dict[str, str] | None = None,
    tracks: int = 1,
    **options: str,
) -> None:
    """Numbered frames in H.264 with three B-frames between others; sound begins at 0."""
    with av.open(str(path), "w", format=kind) as box:
        box.metadata.update(metadata or {})
        streams = []
        for _ in range(tracks):
            stream = box.add_stream("libx264", rate=rate, options={"bf": "3", "b_strategy": "0", **options})
            stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
            streams.append(stream)
        if sound:
            audio = box.add_stream("aac", rate=16000, layout="mono")
            for n in range(count * 16000 // rate // 1024 + 1):
                heard = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
                heard.sample_rate, heard.pts, heard.time_base = 16000, n * 1024, Fraction(1, 16000)
                box.mux(audio.encode(heard))
            box.mux(audio.encode())
        for k, stream in enumerate(streams):
            for i in range(count):
                frame = av.VideoFrame.from_ndarray(numbered(i + 100 * k))
                frame.pts, frame.time_base = i + start_ms * rate // 1000, Fraction(1, rate)
                box.mux(stream.encode(frame))
            box.mux(stream.encode())


def read(path: Path, **options: float) -> tuple[list[int], list[float]]:
    with open_source(path, SourceOptions(**options)) as source:  # type: ignore[arg-type]
        frames = list(source)
        assert source.problem is None
    return [number_of(f.image) for f in frames], [f.time_s for f in frames]


@pytest.mark.parametrize("name", ["a.avi", "a.mp4", "a.mkv", "a.ts", "a.flv"])
def test_frames_out_of_order_have_the_times_at_which_they_are_shown(tmp_path: Path, name: str) -> None:
    encode(tmp_path / name, 20)
    numbers, times = read(tmp_path / name)
    assert numbers == list(range(20))
    assert times == pytest.approx([i / 30 for i in range(20)], abs=0.0015)


def test_a_raw_streams_rate_is_that_of_its_header(tmp_path: Path) -> None:
    encode(tmp_path / "a.h264", 12, rate=10, kind="h264")
    numbers, times = read(tmp_path / "a.h264")
    assert numbers == list(range(12)) and times == pytest.approx([i / 10 for i in range(12)])
    assert read(tmp_path / "a.h264", fps=5)[1] == pytest.approx([i / 5 for i in range(12)])


def test_a_rate_for_what_has_times_is_left_out_and_said(tmp_path: Path) -> None:
    encode(tmp_path / "a.mp4", 5)
    with open_source(tmp_path / "a.mp4", SourceOptions(fps=5)) as source:
        assert "times of its own" in source.notes[0]
        assert [f.time_s for f in source] == pytest.approx([i / 30 for i in range(5)], abs=0.001)


def test_the_rate_of_raw_dv(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "tape.dv"), "w", format="dv") as box:
        stream = box.add_stream("dvvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 720, 576, "yuv420p"
        for i in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((576, 720, 3), 9 * i, np.uint8))
            frame.pts, frame.time_base = i, Fraction(1, 25)
            box.mux(stream.encode(frame))
        box.mux(stream.encode())
    with open_source(tmp_path / "tape.dv") as source:
        assert (source.fps, source.frame_count) == (25, 10)
        assert [f.time_s for f in source] == pytest.approx([i / 25 for i in range(10)])
        assert source.problem is None


@pytest.mark.parametrize("name", ["a.avi", "a.mp4", "a.mkv"])
@pytest.mark.parametrize("count", [1, 2, 5, 20])
def test_a_film_that_begins_with_a_keyframe_has_no_offset(tmp_path: Path, name: str, count: int) -> None:
    encode(tmp_path / name, count)
    with open_source(tmp_path / name) as source:
        assert len(list(source)) == count and (source.offset_s, source.notes) == (0, ())


@pytest.mark.parametrize("value", [0, -1, 2000])
def test_rates_that_can_not_be(value: float) -> None:
    with pytest.raises(OptionError, match="--fps"):
        SourceOptions(fps=value)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_where_the_picture_begins_after_the_sound(tmp_path: Path, name: str) -> None:
    encode(tmp_path / name, 30, start_ms=500, sound=True)
    with open_source(tmp_path / name) as source:
        assert source.offset_s == pytest.approx(0.5, abs=0.04)
        assert next(iter(source)).time_s == 0
    encode(tmp_path / name, 30)
    with open_source(tmp_path / name) as source:
        assert source.offset_s == 0


def test_when_it_was_recorded(tmp_path: Path) -> None:
    encode(tmp_path / "a.mp4", 3, metadata={"creation_time": "2024-05-06T07:08:09.000000Z"})
    with open_source(tmp_path / "a.mp4") as source:
        assert source.created_at == "2024-05-06T07:08:09+00:00"
    encode(tmp_path / "b.mp4", 3)
    with open_source(tmp_path / "b.mp4") as source:
        assert source.created_at is None


def test_a_track_is_chosen_and_others_are_named(tmp_path: Path) -> None:
    encode(tmp_path / "a.mkv", 4, tracks=2)
    with open_source(tmp_path / "a.mkv") as source:
        assert source.left_out == ("1 further video track",)
        assert [number_of(f.image) for f in source] == [0, 1, 2, 3]
    assert read(tmp_path / "a.mkv", track=2)[0] == [100, 101, 102, 103]
    with pytest.raises(DecodeError, match=r"no video track 3 .*it has 2"):
        open_source(tmp_path / "a.mkv", SourceOptions(track=3))
    with pytest.raises(OptionError, match="--track"):
        SourceOptions(track=0)


def test_the_track_that_the_file_names_is_taken(tmp_path: Path) -> None:
    encode(tmp_path / "a.mkv", 4, tracks=2)
    # Matroska's flag "default" (0x88) stands once a track, and is 0 in both.
    first, second, third = (tmp_path / "a.mkv").read_bytes().split(b"\x88\x81\x00")
    (tmp_path / "b.mkv").write_bytes(first + b"\x88\x81\x00" + second + b"\x88\x81\x01" + third)
    assert read(tmp_path / "b.mkv")[0][0] == 100


@pytest.mark.parametrize(("kept", "cut"), [(0.7, True), (1.0, False)])
def test_a_short_clip_that_lost_its_end_is_told(tmp_path: Path, kept: float, cut: bool) -> None:
    out = io.BytesIO()
    write_video(out, [i * 40 for i in range(60)], format="matroska")
    data = out.getvalue()
    (tmp_path / "a.mkv").write_bytes(data[: int(len(data) * kept)])
    with open_source(tmp_path / "a.mkv") as source:
        count = len(list(source))
        assert (count < 58) == cut
        assert ("cut short" in (source.problem or "")) == cut


def test_a_slow_film_is_whole(tmp_path: Path) -> None:
    """Frames that come seldom: the last one may be shown for long."""
    out = io.BytesIO()
    write_video(out, [0, 40, 80, 2000, 4000, 4040], format="matroska")
    (tmp_path / "a.mkv").write_bytes(out.getvalue())
    with open_source(tmp_path / "a.mkv") as source:
        assert len(list(source)) == 6 and source.problem is None


def test_both_stand_in_the_rows_and_in_the_journal(tmp_path: Path) -> None:
    film, output = tmp_path / "a.mp4", tmp_path / "o.csv"
    encode(film, 9, start_ms=500, sound=True, metadata={"creation_time": "2024-05-06T07:08:09Z"})
    job = Job(tasks=("emotion",), models="mini")
    assert run_batch(film, output, job).done == 1
    rows = list(read_rows(output))
    assert {row["created_at"] for row in rows} == {"2024-05-06T07:08:09+00:00"}
    offsets = {row["offset_s"] for row in rows}
    assert len(offsets) == 1 and offsets.pop() == pytest.approx(0.5, abs=0.04)
    entry = json.loads(Path(f"{output}.run").read_text().splitlines()[1])
    assert entry["created_at"] == "2024-05-06T07:08:09+00:00" and entry["offset_s"] > 0.4
    run_batch(film, tmp_path / "o.jsonl", job)
    assert [row["offset_s"] for row in read_rows(tmp_path / "o.jsonl")] == [row["offset_s"] for row in rows]
