"""Sound of files: the clock, gaps, damage, channels, and what is said of bad recordings."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numbered_video import write_video
from numpy.typing import NDArray
from tones import RATE, late_tone, onset_s, tone, write_sound

from mimik.errors import DecodeError, OptionError, SourceNotFoundError, UnknownNameError
from mimik.sources.continuous import Continuous, in_blocks, within
from mimik.sources.mono import Mono
from mimik.sources.open_sound import open_sound
from mimik.sources.options import SoundOptions
from mimik.sources.sound import SoundSource
from mimik.types import Sound

Heard = tuple[list[Sound], NDArray[np.float32], SoundSource]


def hear(source: Path | bytes, **options: Any) -> Heard:
    """Blocks, all samples, and the source after it was read."""
    with SoundSource(source, SoundOptions(**options)) as sound:
        blocks = list(sound)
    return blocks, np.concatenate([b.samples for b in blocks] or [np.zeros(0, np.float32)]), sound


def loudest(samples: NDArray[np.float32]) -> float:
    """The loudest sample, once the high-pass has settled: a tone begins with a jolt."""
    return float(np.abs(samples[RATE // 4 :]).max())


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, *tracks: NDArray[np.float32], **how: Any) -> Path:
        write_sound(str(tmp_path / name), *tracks, **how)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", "pcm_s16le", 44_100),
        ("b.wav", "pcm_f32le", 48_000),
        ("c.wav", "pcm_u8", 16_000),
        ("d.wav", "pcm_s32le", 22_050),
        ("e.flac", "flac", 16_000),
        ("f.mp3", "libmp3lame", 44_100),
        ("g.m4a", "aac", 48_000),
        ("h.ogg", "libopus", 48_000),
        ("i.mkv", "libopus", 48_000),
        ("j.aiff", "pcm_s16be", 32_000),
    ],
)
def test_any_container_becomes_16_khz_mono_at_its_own_times(
    make: Callable[..., Path], name: str, codec: str, rate: int
) -> None:
    path = make(name, late_tone(0.5, 1.0, rate), codec=codec, rate=rate)
    blocks, samples, source = hear(path, block_s=0.4)
    assert [len(b.samples) for b in blocks[:3]] == [6400] * 3 and {b.rate for b in blocks} == {RATE}
    assert [b.time_s for b in blocks] == pytest.approx([0.4 * i for i in range(len(blocks))])
    assert samples.dtype == np.float32 and len(samples) == pytest.approx(1.5 * RATE, abs=400)
    assert onset_s(samples) == pytest.approx(0.5, abs=0.002)
    assert np.abs(samples[9000:23000]).max() == pytest.approx(0.5, abs=0.04)
    assert blocks[0].source == str(path) and source.problem is None and source.notes == ()
    assert source.rate == rate and source.channels == 1 and not source.live


@pytest.mark.parametrize(("sound_s", "picture_s"), [(0.5, 0.0), (0.0, 0.52), (0.2, 0.2), (2.0, 1.0)])
def test_time_0_is_the_first_picture(make: Callable[..., Path], sound_s: float, picture_s: float) -> None:
    path = make("x.mkv", late_tone(0.5, 1.5), begin_s=sound_s, picture_s=(picture_s, picture_s + 2))
    blocks, samples, source = hear(path)
    assert source.offset_s == pytest.approx(max(0.0, picture_s - sound_s), abs=0.001)
    assert blocks[0].time_s == pytest.approx(sound_s - picture_s, abs=0.001)
    assert blocks[0].time_s + onset_s(samples) == pytest.approx(sound_s + 0.5 - picture_s, abs=0.002)


def test_without_a_picture_time_0_is_the_first_sound(make: Callable[..., Path]) -> None:
    blocks, samples, _ = hear(make("x.mkv", late_tone(0.5, 0.5), begin_s=3.0))
    assert blocks[0].time_s == 0.0 and onset_s(samples) == pytest.approx(0.5, abs=0.001)


def test_silence_stands_for_a_gap_and_the_rest_keeps_its_time(make: Callable[..., Path]) -> None:
    path = make("x.mkv", late_tone(1.6, 0.8), codec="pcm_s16le", missing_s=(0.5, 1.1))
    _, samples, source = hear(path)
    assert len(samples) == pytest.approx(2.4 * RATE, abs=2) and onset_s(samples) == pytest.approx(
        1.6, abs=0.002
    )
    assert source.problem is not None and source.problem.startswith("silence stands for what is missing: 0.")
    assert source.problem.endswith("s at 1 place")


def test_timestamps_that_are_rounded_make_no_gaps(make: Callable[..., Path]) -> None:
    """Matroska's milliseconds against packets of 23.2 ms."""
    _, samples, source = hear(make("x.mkv", tone(3.0, rate=44_100), codec="aac", rate=44_100))
    assert source.problem is None and source.notes == () and len(samples) == pytest.approx(48_000, abs=1100)


def test_damage_midway_is_counted_and_the_rest_keeps_its_time(make: Callable[..., Path]) -> None:
    path = make("x.mkv", late_tone(3.0, 1.0), codec="flac")
    data = bytearray(path.read_bytes())
    quiet = path.with_name("y.mkv")
    with av.open(io.BytesIO(data)) as container:
        victims = [p for p in container.demux(audio=0) if p.pts is not None and 500 < p.pts < 1500]
        for packet in victims:
            at = bytes(data).index(bytes(packet))
            data[at : at + packet.size] = b"\xff" * packet.size
    quiet.write_bytes(data)
    _, samples, source = hear(quiet)
    assert source.problem is not None and f"lost to damage: {len(victims)} packets" in source.problem
    assert "silence stands for what is missing" in source.problem
    assert len(samples) == pytest.approx(4 * RATE, abs=2) and onset_s(samples) == pytest.approx(3, abs=0.002)


def test_reading_that_breaks_off_keeps_what_came_before(
    make: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with SoundSource(make("x.wav", tone(4.0))) as source:
        demux, stream = source._container.demux, source._stream

        def broken(*_: Any) -> Any:
            for number, packet in enumerate(demux(stream)):
                if number == 10:
                    raise OSError(5, "Input/output error")
                yield packet

        monkeypatch.setattr(source, "_container", type("Broken", (), {"demux": broken, "close": print}))
        kept = sum(len(block.samples) for block in source)
        assert 0 < kept < 4 * RATE and kept == pytest.approx(10 * 4096 / 2, rel=0.5)
    assert source.problem is not None
    assert source.problem.startswith("reading broke off (Input/output error); the rest is missing; cut short")


def test_what_is_cut_short_says_so(make: Callable[..., Path]) -> None:
    path = make("x.wav", tone(4.0))
    path.write_bytes(path.read_bytes()[: 2 * RATE * 2])
    _, samples, source = hear(path)
    assert len(samples) == pytest.approx(2 * RATE, abs=200)
    assert source.problem == "cut short: it ends after 2.0 s, 64078 bytes are missing"
    path = make("x.mkv", tone(4.0))
    path.write_bytes(path.read_bytes()[: 2 * RATE * 2])
    assert (hear(path)[2].problem or "").startswith("cut short: it ends after 1.9 of 4.0 s")


@pytest.mark.parametrize(
    ("name", "codec", "missing"),
    [
        ("x.wav", "pcm_s16le", 40_000),
        ("x.w64", "pcm_s16le", 39_993),
        ("x.caf", "pcm_s16le", 40_000),
        ("x.ogg", "libopus", None),
        ("y.ogg", "flac", None),
    ],
)
def test_a_cut_file_says_so_whatever_its_header(
    make: Callable[..., Path], name: str, codec: str, missing: int | None
) -> None:
    path = make(name, np.random.default_rng(0).normal(0, 0.1, 4 * RATE).astype(np.float32), codec=codec)
    data = path.read_bytes()
    assert hear(data)[2].problem is None
    _, samples, source = hear(data[: -40_000 if missing else -len(data) // 3])
    assert source.problem is not None and source.problem.startswith("cut short: it ends after ")
    assert missing is None or source.problem.endswith(f", {missing} bytes are missing")
    assert 1.5 * RATE < len(samples) < 3 * RATE


def test_sound_and_picture_of_different_length(make: Callable[..., Path]) -> None:
    assert hear(make("x.mp4", tone(4.0), codec="aac", picture_s=(0, 2)))[2].notes == (
        "the sound ends 2.0 s after the picture",
    )
    assert hear(make("y.mp4", tone(2.0), codec="aac", picture_s=(0, 4)))[2].notes == (
        "the sound ends 2.0 s before the picture",
    )


DRIFTS = "2.5 % of its length: it drifts, or one of them is cut"


@pytest.mark.parametrize(
    ("sound_s", "said"),
    (
        (20.2, ()),
        (20.5, (f"the sound ends 0.5 s after the picture, {DRIFTS}",)),
        (19.5, (f"the sound ends 0.5 s before the picture, {DRIFTS}",)),
        (22.0, ("the sound ends 2.0 s after the picture",)),
    ),
)
def test_sound_a_little_longer_than_the_picture_may_drift(
    sound_s: float, said: tuple[str, ...], make: Callable[..., Path]
) -> None:
    assert hear(make("x.mkv", tone(sound_s), picture_s=(0, 20)))[2].notes == said


def test_sound_that_begins_elsewhere_says_so(make: Callable[..., Path]) -> None:
    path = make("x.mp4", tone(4.0), codec="aac", picture_s=(1.5, 4))
    assert hear(path)[2].notes == ("the sound begins 1.5 s before the picture",)


def test_tracks_are_chosen_by_number_and_the_others_are_named(make: Callable[..., Path]) -> None:
    path = make("x.mkv", tone(1.0, 500), tone(1.0, 3000), np.zeros(RATE, np.float32))
    _, samples, source = hear(path, audio_track=2)
    assert np.argmax(np.abs(np.fft.rfft(samples[:RATE]))) == 3000
    assert source.left_out == ("2 further audio tracks",)
    assert np.argmax(np.abs(np.fft.rfft(hear(path)[1][:RATE]))) == 500
    with pytest.raises(DecodeError, match=r"x.mkv: has no audio track 4 \(audio_track\); it has 3"):
        SoundSource(path, SoundOptions(audio_track=4))
    with pytest.raises(DecodeError, match=r"has no video track 1 \(track\); it has 0"):
        SoundSource(path, SoundOptions(track=1))


def test_channels_are_averaged(make: Callable[..., Path]) -> None:
    """FFmpeg's own mix of floats would be 3 dB louder than a mono recording of the same."""
    both = np.stack([tone(1.0), tone(1.0)])
    assert loudest(hear(make("x.wav", both))[1]) == pytest.approx(0.5, abs=0.001)
    six = np.stack([tone(1.0)] * 6)
    samples = hear(make("y.wav", six))[1]
    assert loudest(samples) == pytest.approx(0.5, abs=0.001)


def test_one_channel_can_be_read_alone(make: Callable[..., Path]) -> None:
    path = make("x.wav", np.stack([tone(1.0, 500), tone(1.0, 3000)]))
    assert np.argmax(np.abs(np.fft.rfft(hear(path, channel=2)[1]))) == 3000
    with pytest.raises(DecodeError, match=r"its sound has no channel 3 \(channel\); it has 2"):
        hear(path, channel=3)


def test_what_is_wrong_with_a_recording_is_said(make: Callable[..., Path]) -> None:
    loud, none = tone(1.0, size=0.5), np.zeros(RATE, np.float32)
    dead = hear(make("dead.wav", np.stack([loud, none])))
    assert dead[2].notes == ("channel 2 of 2 is silent; the mix is quieter for it",)
    assert loudest(dead[1]) == pytest.approx(0.25, abs=0.001)
    against = hear(make("against.wav", np.stack([loud, -loud])))[2].notes
    assert against == (
        "its channels cancel each other out when they are mixed; choose one (channel, --channel)",
    )
    clipped = np.clip(tone(1.0, size=2.0), -1, 1)
    assert hear(make("clipped.wav", clipped))[2].notes[0].startswith("clipped: 6")
    slow = hear(make("slow.wav", tone(1.0, rate=8000), rate=8000))[2].notes
    assert slow == ("recorded at 8 kHz: nothing above 4 kHz can be heard",)


def marked_s(blocks: list[Sound]) -> tuple[float, float, int]:
    """When the first and the last sample at full scale are heard, and how many there are."""
    full = np.concatenate([block.at_full for block in blocks])
    places = np.flatnonzero(full)
    return blocks[0].time_s + places[0] / RATE, blocks[0].time_s + places[-1] / RATE, len(places)


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
def test_full_scale_is_seen_in_each_channel_before_the_mix(make: Callable[..., Path], rate: int) -> None:
    """A second of tone, of which 0.1 s are at full scale on the left."""
    left = tone(1.0, rate=rate)
    loud = slice(round(0.5 * rate), round(0.6 * rate))
    left[loud] = np.where(left[loud] >= 0, 1, -1)
    path = make("x.wav", np.stack([left, left / 2]), rate=rate)
    for block_s in (0.13, 1.0):
        blocks, _, source = hear(path, block_s=block_s)
        first_s, last_s, count = marked_s(blocks)
        assert (first_s, last_s) == pytest.approx((0.5, 0.6), abs=2 / RATE) and abs(count - 1600) <= 2
        assert "clipped: 5.0 % of its samples are at full scale" in source.notes
    assert marked_s(hear(path, channel=1, start_s=0.53, end_s=0.59)[0])[2] == pytest.approx(960, abs=2)
    right, _, source = hear(path, channel=2)
    assert not any(block.at_full.any() for block in right)
    assert not any("clipped" in note for note in source.notes)


def test_full_scale_after_a_gap_is_seen_where_it_is_heard(make: Callable[..., Path]) -> None:
    samples = late_tone(1.6, 0.8)
    samples[2 * RATE : 2 * RATE + 160] = 1
    path = make("x.mkv", samples, codec="pcm_s16le", missing_s=(0.5, 1.1))
    first_s, last_s, count = marked_s(hear(path)[0])
    assert (first_s, last_s) == pytest.approx((2.0, 2.01), abs=0.002) and count == 160


@pytest.mark.parametrize("codec", ["pcm_mulaw", "pcm_alaw"])
def test_full_scale_of_a_telephone_is_a_smaller_value(make: Callable[..., Path], codec: str) -> None:
    clipped = np.clip(tone(1.0, 440, rate=8000, size=2.0), -1, 1)
    blocks, _, source = hear(make("x.wav", clipped, codec=codec, rate=8000))
    assert source.notes[1].startswith("clipped: 67.")
    assert np.mean(np.concatenate([block.at_full for block in blocks])) == pytest.approx(0.67, abs=0.01)
    assert not any(
        "clipped" in note for note in hear(make("y.wav", clipped * 0.9, codec=codec, rate=8000))[2].notes
    )


def test_only_the_channel_that_is_heard_is_spoken_of(make: Callable[..., Path]) -> None:
    path = make("x.wav", np.stack([np.clip(tone(1.0, size=2.0), -1, 1), np.zeros(RATE, np.float32)]))
    _, _, source = hear(path, channel=2)
    said = "channel 2 of 2 is silent from beginning to end: choose another (channel, --channel)"
    assert source.silent and source.notes == (said,)
    assert hear(path, channel=1)[2].notes == ("clipped: 62.5 % of its samples are at full scale",)


def test_samples_that_cannot_be_are_silence(make: Callable[..., Path]) -> None:
    samples = tone(1.0)
    samples[100:110] = np.nan
    samples[200:205] = [-np.inf, np.inf, 9, -1e30, 8.5]
    _, heard, source = hear(make("x.wav", samples, codec="pcm_f32le"))
    samples[100:110] = samples[200:205] = 0
    assert np.array_equal(heard, hear(make("y.wav", samples, codec="pcm_f32le"))[1])
    assert source.notes == ("15 samples silenced: no numbers, or over 8 times full scale",)


def test_silence_is_said(make: Callable[..., Path]) -> None:
    _, samples, source = hear(make("x.wav", np.zeros(RATE, np.float32)))
    assert len(samples) == RATE and source.problem is None and source.silent
    assert len(source.notes) == 1 and source.notes[0].startswith("silent from beginning to end: check")


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_an_offset_changes_nothing_that_is_heard(make: Callable[..., Path], rate: int) -> None:
    samples = np.concatenate([tone(0.5, 300, rate, 0.1), tone(0.5, 1000, rate, 0.02)])
    clean = hear(make("x.wav", samples, codec="pcm_f32le", rate=rate))
    for offset in (0.02, -0.3):
        _, heard, source = hear(make("y.wav", samples + np.float32(offset), codec="pcm_f32le", rate=rate))
        assert heard == pytest.approx(clean[1], abs=1e-4) and source.notes == clean[2].notes == ()
    still = hear(make("z.wav", np.full(rate, 0.05, np.float32), codec="pcm_f32le", rate=rate))
    assert still[2].silent and np.abs(still[1]).max() < 1e-4


def test_an_offset_on_one_side_is_no_voice_there(make: Callable[..., Path]) -> None:
    path = make("x.wav", np.stack([tone(1.0), np.full(RATE, 0.1, np.float32)]))
    _, samples, source = hear(path)
    assert source.notes == ("channel 2 of 2 is silent; the mix is quieter for it",)
    assert loudest(samples) == pytest.approx(0.25, abs=0.001) and abs(samples.mean()) < 1e-4


@pytest.mark.parametrize(("size", "faint_db"), [(0.01, None), (0.001, 60), (0.0003, 70)])
def test_very_faint_sound_is_said(make: Callable[..., Path], size: float, faint_db: int | None) -> None:
    path = make("x.wav", tone(1.0, size=size) + np.float32(0.1), codec="pcm_f32le")
    said = f"very faint: its loudest sample is {faint_db} dB below full scale, where speech may not be found"
    assert hear(path)[2].notes == (() if faint_db is None else (f"{said}; raise its level",))


def test_the_range_is_cut_to_the_sample_whatever_the_blocks(make: Callable[..., Path]) -> None:
    path = make("x.wav", np.linspace(-0.5, 0.5, 3 * RATE, dtype=np.float32), codec="pcm_f32le")
    whole = hear(path)[1]
    for block_s in (0.01, 0.33, 5.0):
        blocks, samples, source = hear(path, start_s=0.7, end_s=2.1, block_s=block_s)
        assert blocks[0].time_s == pytest.approx(0.7) and blocks[-1].end_s == pytest.approx(2.1)
        assert np.array_equal(samples, whole[round(0.7 * RATE) : round(2.1 * RATE)])
        assert source.problem is None
    problem = hear(path, start_s=5.0)[2].problem
    assert problem == "it has no sound in the time range that was asked for; it ends at 3.0 s"


def test_what_has_no_sound(tmp_path: Path) -> None:
    write_video(str(tmp_path / "mute.mp4"), range(0, 400, 40))
    (tmp_path / "text.wav").write_text("RIFF, but no sound\n" * 10)
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "pointer.wav").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    (tmp_path / "photo.wav").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    for name, said in {
        "mute.mp4": "has no audio track; name a video or recording with sound",
        "text.wav": "not a sound or video that can be read",
        "empty.wav": "the file is empty",
        "pointer.wav": "a Git LFS pointer, not the recording itself",
        "photo.wav": "is a picture, which has no sound",
        ".": "is a folder",
    }.items():
        with pytest.raises(DecodeError, match=said):
            open_sound(tmp_path / name)
    with pytest.raises(SourceNotFoundError, match="no such file"):
        open_sound(tmp_path / "none.wav")
    with pytest.raises(DecodeError, match="there are no bytes"):
        open_sound(b"")


def test_a_track_without_a_sample(make: Callable[..., Path]) -> None:
    with pytest.raises(DecodeError, match=r"no sound could be read|that can be read"):
        hear(make("x.mkv", tone(0.5), missing_s=(-1.0, 9.0), picture_s=(0, 1)))


def test_what_a_user_names() -> None:
    for source, error, said in [
        ("", SourceNotFoundError, "the name of a source is empty"),
        ("gopher://x", UnknownNameError, "unknown kind of address 'gopher'"),
        (7, OptionError, "a source of sound is a path"),
    ]:
        with pytest.raises(error, match=said):
            open_sound(source)  # type: ignore[arg-type]
    assert open_sound("http://127.0.0.1:9/live").live and open_sound("mic").name == "microphone"
    assert open_sound("mic:hw:1").name == "microphone hw:1"


def test_bytes_and_paths_as_text(make: Callable[..., Path], tmp_path: Path) -> None:
    path = make("x.wav", tone(0.5))
    for source in (path.read_bytes(), str(path), f"file://{path}"):
        with open_sound(source) as sound:
            assert sum(len(block.samples) for block in sound) == RATE // 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"audio_track": 0}, "audio_track must be 1 or more, not 0"),
        ({"channel": 1.5}, "channel must be a whole number"),
        ({"block_s": 0}, "block_s must be 0.01 to 600 seconds, not 0"),
        ({"start_s": 2, "end_s": 1}, "the time range of the sound, 2 to 1 s, is empty"),
        ({"end_s": float("-inf")}, "is empty"),
        ({"patience_s": 0}, "patience_s must be above 0"),
        ({"start_s": "1"}, "start_s must be a number, not '1'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        SoundOptions(**options)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"samples": np.zeros(3)}, r"mono float32 \(N,\), not float64 \(3,\)"),
        ({"samples": np.zeros((2, 3), np.float32)}, r"not float32 \(2, 3\)"),
        ({"samples": [0.0]}, "not list"),
        ({"samples": np.zeros(3, np.float32), "rate": 0}, "rate 0 or time 0.0 is out of range"),
        ({"samples": np.zeros(3, np.float32), "time_s": float("nan")}, "out of range"),
    ],
)
def test_a_sound_that_cannot_be(values: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Sound(**values)


def frame_of(samples: NDArray[np.float32], rate: int = RATE) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples[None], "flt", "mono")
    frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
    return frame


def lined_up(*stamps: float) -> tuple[int, Continuous]:
    """How many samples become of tones of a second with these timestamps."""
    line = Continuous(Mono(None, "x"))
    return sum(map(len, line.of((t, frame_of(tone(1.0))) for t in stamps))), line


def test_a_jump_back_is_a_new_recording_and_a_small_one_overlaps() -> None:
    made, line = lined_up(5.0, 6.0, 0.0, 1.0)
    assert made == 4 * RATE and line.rejoined == 1 and line.gaps == line.overlaps == 0
    made, line = lined_up(5.0, 6.0, 6.7, 7.7)
    assert made == 3.7 * RATE and line.overlaps == 1 and line.overlaps_s == pytest.approx(0.3)
    made, line = lined_up(5.0, 6.04, 7.0)
    assert made == 3 * RATE and line.gaps == line.overlaps == 0


def test_an_impossible_timestamp_makes_no_hours_of_silence() -> None:
    for limit_s in (None, 10.0):
        line = Continuous(Mono(None, "x"), limit_s)
        stamps = [0.0, 1.0, 1e9, 3.0, 4.0]
        made = sum(map(len, line.of((t, frame_of(tone(1.0))) for t in stamps)))
        assert made == 5 * RATE and line.gaps == 0


def test_a_limit_past_which_the_sound_goes_on_is_wrong() -> None:
    line = Continuous(Mono(None, "x"), 10.0)
    made = sum(map(len, line.of((t, frame_of(tone(1.0))) for t in (0.0, 1.0, 30.0, 31.0, 50.0))))
    assert made == 51 * RATE and line.gaps == 2 and line.gaps_s == pytest.approx(46)


def test_a_long_gap_is_filled_in_pieces() -> None:
    line = Continuous(Mono(None, "x"))
    sizes = [len(s) for s in line.of((t, frame_of(tone(1.0))) for t in (0.0, 1800.0))]
    assert max(sizes) == 60 * RATE and sum(sizes) == 1801 * RATE and line.gaps_s == 1799


def test_the_rate_may_change_midway() -> None:
    mono = Mono(None, "x")
    parts = [mono.push(frame_of(tone(1.0))), mono.push(frame_of(tone(1.0, rate=8000), 8000)), mono.flush()]
    assert sum(map(len, parts)) == 2 * RATE


@pytest.mark.parametrize("rates", [(48_000, 24_000), (24_000, 48_000), (48_000, 48_000)])
def test_aac_whose_rate_changes_midway_goes_on(make: Callable[..., Path], rates: tuple[int, int]) -> None:
    """ADTS states no times, and FFmpeg counts them at the first rate."""
    first, second = (
        make(f"{n}.aac", late_tone(1.0, 1.0, rate), codec="aac", rate=rate) for n, rate in enumerate(rates)
    )
    _, samples, source = hear(first.read_bytes() + second.read_bytes())
    assert source.problem is None and source.notes == () and len(samples) == pytest.approx(4 * RATE, abs=3000)
    loud = np.abs(samples) > 0.1
    assert onset_s(samples) == pytest.approx(1.0, abs=0.1)
    assert np.argmax(loud[round(2.3 * RATE) :]) / RATE + 2.3 == pytest.approx(3.0, abs=0.2)
    assert np.count_nonzero(loud) == pytest.approx(2 * RATE * 0.87, rel=0.05)


def test_cutting_and_blocks() -> None:
    samples = [np.arange(i, i + n, dtype=np.float32) for i, n in ((0, 3), (3, 0), (3, 7), (10, 2))]
    cut = list(within(samples, 0, 2, 11))
    assert [place for place, _ in cut] == [2, 3, 10]
    blocks = list(in_blocks(cut, 4))
    assert [(at, part.tolist()) for at, part in blocks] == [
        (2, [2, 3, 4, 5]),
        (6, [6, 7, 8, 9]),
        (10, [10]),
    ]
