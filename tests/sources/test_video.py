from __future__ import annotations

import io
import struct
import time
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numbered_video import HEIGHT, WIDTH, number_of, numbered, write_video

from mimik.errors import DecodeError, LiveSourceError, MimikError, SourceNotFoundError, TooLargeError
from mimik.sources.container import PixelShape
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions

Make = Callable[..., Path]
UNEVEN = [0, 40, 120, 160, 1160, 1200, 1201, 2000]
FORMATS = [
    ("a.mp4", "libx264"),
    ("a.mkv", "libx264"),
    ("a.webm", "libvpx"),
    ("a.avi", "mpeg4"),
    ("a.ts", "libx264"),
    ("a.mov", "mjpeg"),
]


def read(source: Any, **options: Any) -> tuple[list[int], list[float]]:
    """Numbers that the frames show, and their times; the index must agree."""
    with open_source(source, SourceOptions(**options)) as stream:
        frames = list(stream)
        assert stream.problem is None
    assert [number_of(f.image) for f in frames] == [f.index for f in frames]
    return [f.index for f in frames], [f.time_s for f in frames]


@pytest.mark.parametrize(("name", "codec"), FORMATS)
def test_every_frame_in_order_with_its_time(video: Make, name: str, codec: str) -> None:
    path = video(name, codec=codec, rate=25)
    numbers, times = read(path)
    assert numbers == list(range(25))
    assert times == pytest.approx(np.arange(25) * 0.04, abs=0.0015)
    with open_source(path) as source:
        assert (source.frame_count, source.live, source.skipped) == (25, False, 0)
        assert source.fps == pytest.approx(25, rel=0.05)
        assert source.name == str(path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_uneven_times_are_the_containers_own(video: Make, name: str) -> None:
    numbers, times = read(video(name, stamps=UNEVEN))
    assert numbers == list(range(8))
    assert times == pytest.approx(np.array(UNEVEN) / 1000, abs=0.001)


def test_time_counts_from_the_first_frame(video: Make) -> None:
    _, times = read(video("late.ts", stamps=[5000, 5040, 5080, 5120]))
    assert times == pytest.approx([0, 0.04, 0.08, 0.12], abs=1e-4)


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"start_s": 0.4}, range(10, 25)),
        ({"end_s": 0.2}, range(5)),
        ({"start_s": 0.4, "end_s": 0.6, "every": 2}, [10, 12, 14]),
        ({"every": 7}, [0, 7, 14, 21]),
        ({"max_fps": 5}, [0, 5, 10, 15, 20]),
        ({"threads": 1}, range(25)),
    ],
)
def test_options(video: Make, options: dict[str, Any], numbers: Any) -> None:
    path = video("a.mp4")
    found, times = read(path, **options)
    assert found == list(numbers)
    assert times == pytest.approx(np.array(found) * 0.04, abs=1e-4)
    with open_source(path, SourceOptions(**options)) as source:
        assert source.frame_count == pytest.approx(len(found), abs=1)


def test_max_size_scales(video: Make) -> None:
    with open_source(video("a.mp4"), SourceOptions(max_size=64)) as source:
        frames = list(source)
    assert {f.image.shape for f in frames} == {(32, 64, 3)}
    assert [number_of(f.image) for f in frames] == list(range(25))


@pytest.mark.parametrize(("rotation", "turns"), [(90, 1), (180, 2), (-90, -1)])
def test_rotation_metadata(video: Make, rotation: int, turns: int) -> None:
    with open_source(video("a.mp4", rotation=rotation)) as source:
        frames = list(source)
    for frame in frames:
        assert np.abs(frame.image.astype(int) - np.rot90(numbered(frame.index), turns)).mean() < 10


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
@pytest.mark.parametrize(
    ("aspect", "options", "shape"),
    [
        (Fraction(4, 3), {}, (64, 171)),
        (Fraction(8, 9), {}, (64, 114)),
        (Fraction(4, 3), {"max_size": 64}, (24, 64)),
        (Fraction(50, 1), {}, (64, 128)),  # nobody means that
    ],
)
def test_pixels_that_are_not_square_are_shown_as_meant(
    video: Make, name: str, aspect: Fraction, options: dict[str, Any], shape: tuple[int, int]
) -> None:
    path = video(name, aspect=aspect, codec="mpeg4" if name == "a.avi" else "libx264")
    with open_source(path, SourceOptions(**options)) as source:
        assert {frame.image.shape[:2] for frame in source} == {shape}


@pytest.mark.parametrize(("codec", "threads"), [("mpeg2video", 1), ("mpeg2video", None), ("libx264", None)])
@pytest.mark.parametrize("options", [{}, {"every": 3}])
def test_pixels_whose_shape_changes_on_the_way(
    tmp_path: Path, codec: str, threads: int | None, options: dict[str, Any]
) -> None:
    """TV that goes from 4:3 to 16:9 with the same number of pixels."""
    data = b""
    for part, aspect in enumerate((Fraction(2, 3), Fraction(8, 9), Fraction(1))):
        out = io.BytesIO()
        stamps = range(1000 + 800 * part, 1800 + 800 * part, 40)
        write_video(out, stamps, codec=codec, format="mpegts", aspect=aspect, options={"mpegts_copyts": "1"})
        data += out.getvalue()
    (tmp_path / "tv.ts").write_bytes(data)
    with open_source(tmp_path / "tv.ts", SourceOptions(threads=threads, **options)) as source:
        shapes = {frame.index: frame.image.shape[:2] for frame in source}
    widths = [85] * 20 + [114] * 20 + [128] * 20
    assert shapes == {i: (64, widths[i]) for i in range(0, 60, options.get("every", 1))}


def test_a_container_that_corrects_the_shape_goes_on_to_do_so() -> None:
    stream = SimpleNamespace(sample_aspect_ratio=Fraction(4, 3), codec_context=SimpleNamespace())
    shape = PixelShape(cast(Any, stream))
    for coded in (Fraction(1), Fraction(2), None):
        stream.codec_context.sample_aspect_ratio = coded
        shape.see(cast(Any, SimpleNamespace(key_frame=True)))
        assert shape.aspect == pytest.approx(4 / 3)


def test_wide_pixels_of_a_turned_video(video: Make) -> None:
    with open_source(video("a.mp4", rotation=90, aspect=Fraction(4, 3))) as source:
        assert {frame.image.shape[:2] for frame in source} == {(171, 64)}


def test_interlaced_film_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "tape.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"x264-params": "tff=1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(10):
            frame = av.VideoFrame.from_ndarray(numbered(index))
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    said = "; what moves is blurred in them: deinterlace it first (ffmpeg -i IN -vf bwdif OUT)"
    with open_source(path) as source:
        assert len(list(source)) == 10 and source.problem is None
        assert source.notes == (f"marked as interlaced: 10 frames{said}",)
    with open_source(path, SourceOptions(end_s=0.2)) as source:
        assert len(list(source)) == 5 and source.notes == (f"marked as interlaced: 6 frames{said}",)


@pytest.mark.parametrize("size", [(64, 48), (1280, 720)])
def test_colours_are_right(tmp_path: Path, size: tuple[int, int]) -> None:
    from av.video.reformatter import Colorspace

    red = np.full((size[1], size[0], 3), (200, 40, 60), np.uint8)
    space = Colorspace.ITU709 if size[1] >= 720 else Colorspace.ITU601
    with av.open(str(tmp_path / "red.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        frame = av.VideoFrame.from_ndarray(red).reformat(format="yuv420p", dst_colorspace=space)
        frame.colorspace = 2  # unspecified, as most recorders leave it
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_source(tmp_path / "red.mp4") as source:
        (found,) = source
    assert np.abs(found.image.astype(int) - red).max() <= 4


def test_bytes_and_odd_names(video: Make, tmp_path: Path) -> None:
    path = video("a.mp4")
    assert read(path.read_bytes())[0] == list(range(25))
    for name in ("12:30 größe %03d.mp4", "no suffix", "photo.jpg.x"):
        odd = tmp_path / name
        odd.write_bytes(path.read_bytes())
        assert read(odd)[0] == list(range(25))


def test_stopping_early_closes_the_file(video: Make) -> None:
    with open_source(video("a.mp4")) as source:
        assert next(iter(source)).index == 0
    source.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {"movflags": "faststart"}),
        ("a.avi", {}),
        ("a.mkv", {}),
        ("f.mp4", {"movflags": "frag_keyframe+empty_moov"}),
    ],
)
def test_a_video_cut_in_half_keeps_what_was_read(video: Make, name: str, options: dict[str, str]) -> None:
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    path = video(name, stamps=range(0, 6000, 40), codec=codec, options=options, rate=25)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    with open_source(path) as source:
        frames = list(source)
    assert 30 < len(frames) < 140
    assert [number_of(f.image) for f in frames[:30]] == list(range(30))
    assert source.problem
    assert "cut short" in source.problem or name == "f.mp4"  # fragments don't say how many follow


def blank_packets(path: Path, first: int, last: int) -> None:
    """Overwrite the packets of a video with zeros."""
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for at, size in places[first:last]:
        assert at is not None
        data[at : at + size] = bytes(size)
    path.write_bytes(data)


@pytest.mark.parametrize("threads", [1, None])
def test_damage_in_the_middle_is_told(video: Make, threads: int | None) -> None:
    path = video("a.mp4", stamps=range(0, 4000, 40))
    blank_packets(path, 40, 45)
    with open_source(path, SourceOptions(threads=threads)) as source:
        frames = list(source)
    assert 90 <= len(frames) <= 95
    assert frames[-1].time_s == pytest.approx(3.96)
    assert number_of(frames[-1].image) == 99
    assert source.problem == f"lost to damage: {100 - len(frames)} frames" or "partly" in str(source.problem)


def test_one_lost_frame_is_one_frame(video: Make) -> None:
    path = video("a.mjpeg", stamps=range(0, 400, 40), codec="mjpeg", format="mjpeg")
    data = bytearray(path.read_bytes())
    last = data.rindex(b"\xff\xc0")
    data[last + 5 : last + 9] = bytes([0x75, 0x30] * 2)  # 30,000 x 30,000
    path.write_bytes(data)
    with open_source(path, SourceOptions(threads=1)) as source:
        assert len(list(source)) == 9
    assert source.problem == "lost to damage: 1 frame"


def test_a_cut_before_the_first_frame_is_an_error(video: Make) -> None:
    path = video("a.mp4")  # its index stands at the end
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(DecodeError, match=r"a\.mp4: not a picture or video"):
        open_source(path)


def test_no_frame_at_all_is_an_error(video: Make) -> None:
    path = video("a.mp4")
    blank_packets(path, 0, 25)
    with open_source(path) as source, pytest.raises(DecodeError, match="no frame could be read"):
        list(source)


def test_a_range_past_the_end_is_told(video: Make) -> None:
    with open_source(video("a.mp4"), SourceOptions(start_s=60)) as source:
        assert list(source) == []
        assert source.problem == "it has no frame in the time range that was asked for; it is 1.0 s long"


def test_too_large_is_refused_before_decoding(video: Make) -> None:
    with pytest.raises(TooLargeError, match=r"a\.mp4: 128 x 64 .*limit of 8191"):
        open_source(video("a.mp4"), SourceOptions(max_pixels=WIDTH * HEIGHT - 1))
    assert read(video("b.mp4"), max_pixels=WIDTH * HEIGHT)[0] == list(range(25))


def test_a_size_that_grows_on_the_way_is_refused(video: Make) -> None:
    path = video("a.mjpeg", stamps=range(0, 400, 40), codec="mjpeg", format="mjpeg")
    data = bytearray(path.read_bytes())
    places = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xc0"]
    for at in places[5:]:
        data[at + 5 : at + 9] = bytes([0x75, 0x30] * 2)  # 30,000 x 30,000
    path.write_bytes(data)
    begin = time.perf_counter()
    with open_source(path, SourceOptions(threads=1)) as source:
        assert len(list(source)) == 5
    assert source.problem == "lost to damage: 5 frames"
    assert time.perf_counter() - begin < 2


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(DecodeError, match=r"sound\.mp4: sound alone: it has a voice and no face"):
        open_source(tmp_path / "sound.mp4")


@pytest.mark.parametrize(
    "text",
    [
        "just words\n" * 50,
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/hostname\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile /etc/hostname\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    ],
)
def test_text_is_no_video_and_opens_nothing_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.mp4").write_text(text)
    with pytest.raises(DecodeError, match=r"x\.mp4: not a picture or video"):
        open_source(tmp_path / "x.mp4")


def test_missing_empty_and_unreachable(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="no such file"):
        open_source(tmp_path / "none.mp4")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(DecodeError, match="empty"):
        open_source(tmp_path / "empty.mp4")
    with pytest.raises(DecodeError):
        open_source(b"")
    with pytest.raises(LiveSourceError, match="can't be opened"):
        open_source("http://127.0.0.1:9/clip.mp4", SourceOptions(patience_s=1))


@pytest.mark.parametrize(("shown_ms", "count"), [(1000, 25), (960, 24), (400, 10)])
def test_a_film_trimmed_by_its_edit_list_is_whole(video: Make, shown_ms: int, count: int) -> None:
    """As phones and QuickTime trim: the samples after the end stay in the file."""
    path = video("a.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12  # the length of the first edit, in thousandths of a second
    assert int.from_bytes(data[at : at + 4]) == 1000
    data[at : at + 4] = shown_ms.to_bytes(4)
    path.write_bytes(data)
    numbers, times = read(path)
    assert numbers == list(range(count)) and times[-1] == pytest.approx((count - 1) / 25)
    with open_source(path) as source:
        assert source.frame_count == count
    path.write_bytes(data.replace(b"elst", b"free"))  # without the list it is what it was
    assert read(path)[0] == list(range(25))


@pytest.mark.parametrize("sound_s", [0.4, 1.0, 2.0])
def test_a_wmv_whose_sound_is_longer_is_whole(tmp_path: Path, sound_s: float) -> None:
    """Its header states one length for both."""
    path = tmp_path / "a.wmv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("wmv2", rate=25)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for start in range(0, int(sound_s * 16_000), 800):
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
            silence.sample_rate, silence.pts, silence.time_base = 16_000, start, Fraction(1, 16_000)
            container.mux(sound.encode(silence))
        for index in range(25):
            frame = av.VideoFrame.from_ndarray(numbered(index))
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
    numbers, times = read(path)
    assert numbers == list(range(25)) and times[-1] == pytest.approx(0.96, abs=0.002)
    with open_source(path) as source:
        assert source.frame_count == pytest.approx(25 * max(1, sound_s), abs=2)


@pytest.mark.parametrize("stated_s", [22.0, 1.0])
def test_a_pause_stays_though_the_header_says_too_short_a_length(video: Make, stated_s: float) -> None:
    """As in an FLV whose recorder died."""
    stamps = [*range(0, 1000, 40), *range(21_000, 22_000, 40)]
    path = video("rec.flv", stamps=stamps)
    data = bytearray(path.read_bytes())
    at = data.index(b"duration") + 9
    data[at : at + 8] = struct.pack(">d", stated_s)
    path.write_bytes(data)
    numbers, times = read(path)
    assert numbers == list(range(50)) and times == pytest.approx(np.array(stamps) / 1000, abs=0.002)


@pytest.mark.parametrize("name", ["late.mkv", "late.webm"])
def test_a_video_that_begins_late_is_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    codec = "libvpx" if name.endswith("webm") else "libx264"
    write_video(str(path), range(5000, 7000, 40), codec=codec)
    with open_source(path) as source:
        assert source.frame_count == 50
        assert len(list(source)) == 50
        assert source.problem is None


def small_corpus() -> list[bytes]:
    corpus = []
    for name, codec in FORMATS:
        out = io.BytesIO()
        kind = {"mkv": "matroska", "ts": "mpegts"}.get(name[2:], name[2:])
        write_video(out, range(0, 480, 40), codec=codec, format=kind)
        corpus.append(out.getvalue())
    return corpus


CORPUS = small_corpus()


@settings(max_examples=250, deadline=10_000, suppress_health_check=[HealthCheck.too_slow])
@given(
    which=st.integers(0, len(CORPUS) - 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12),
    keep=st.floats(0.02, 1),
    cut=st.booleans(),
)
def test_damaged_videos_give_frames_or_typed_errors(which, flips, keep, cut) -> None:  # type: ignore[no-untyped-def]
    data = bytearray(CORPUS[which])
    for at, value in flips:
        data[int(at * len(data))] = value
    if cut:
        del data[int(keep * len(data)) :]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        last_s = -1.0
        try:
            with open_source(bytes(data), SourceOptions(max_pixels=1_000_000)) as source:
                for frame in source:
                    assert frame.time_s > last_s
                    last_s = frame.time_s
        except MimikError as error:
            assert str(error).isprintable()
