"""Sound that is bad, cut, strange or none: what a user is told, in a line, and the exit code."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mimik.cli.main import main
from mimik.sources.open_sound import open_sound
from voiced import RATE, background, speech, write_film

SPEECH = speech(1.2, 1.2)


def wav(
    path: Path, channels: np.ndarray, rate: int = RATE, kind: str = "<i2", stated: int | None = None
) -> Path:
    """A WAV of any number of channels, whose header may say another length than it has."""
    whole = kind[1] == "i"
    scale = 2 ** (8 * int(kind[2]) - 1) - 1 if whole else 1
    values = np.atleast_2d(channels).T * scale
    data = (np.clip(values, -scale, scale) if whole else values).astype(kind).tobytes()
    count, size = len(np.atleast_2d(channels)), int(kind[2])
    form = struct.pack("<HHIIHH", 1 if whole else 3, count, rate, rate * count * size, count * size, 8 * size)
    length = len(data) if stated is None else stated
    head = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", length)
    path.write_bytes(b"RIFF" + struct.pack("<I", min(len(head) + length, 2**32 - 1)) + head + data)
    return path


def encoded(path: Path, channels: np.ndarray, codec: str, layout: str) -> Path:
    with av.open(str(wav(path.with_suffix(".wav"), channels))) as source, av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=RATE)
        context = stream.codec_context
        context.layout = layout
        resampler = av.AudioResampler(context.format, layout, RATE, context.frame_size or 1024)
        for frame in [*source.decode(audio=0), None]:
            for part in resampler.resample(frame):
                out.mux(stream.encode(part))
        out.mux(stream.encode())
    return path


def melody(length_s: float) -> np.ndarray:
    """A scale on something like a piano, two notes a second."""
    notes, time_s = (262, 294, 330, 349, 392, 440, 494, 523), np.arange(RATE // 2) / RATE
    played = [
        sum(np.sin(2 * np.pi * harmonic * notes[n % 8] * time_s) / harmonic for harmonic in (1, 2, 3, 4))
        * np.exp(-3 * time_s)
        for n in range(round(2 * length_s))
    ]
    return (0.2 * np.concatenate(played)).astype(np.float32)


def with_hole(path: Path) -> Path:
    """A recording with some bytes of another."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2500] = b"U" * 2500
    path.write_bytes(data)
    return path


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: round(share * len(data))])
    return path


def text(path: Path, words: str) -> Path:
    path.write_text(words)
    return path


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
ODD = np.where(np.arange(len(SPEECH)) % 999, SPEECH, np.nan).astype(np.float32)

CASES: dict[str, tuple[Callable[[Path], Path], int, int, str]] = {
    "silence": (lambda p: wav(p / "a.wav", np.zeros(RATE * 3)), 0, 0, "silent from beginning to end"),
    "noise": (lambda p: wav(p / "a.wav", background(3, 0.1)), 0, 0, "nobody speaks in it"),
    "music": (lambda p: wav(p / "a.wav", melody(8)), 0, 0, "nobody speaks in it"),
    "clipped": (lambda p: wav(p / "a.wav", 9 * SPEECH), 0, 2, "clipped: "),
    "8 kHz": (lambda p: wav(p / "a.wav", SPEECH[::2], 8000), 0, 2, "recorded at 8 kHz: nothing above 4 kHz"),
    "4 kHz": (lambda p: wav(p / "a.wav", SPEECH[::4], 4000), 0, -1, "recorded at 4 kHz: nothing above 2 kHz"),
    "192 kHz": (lambda p: wav(p / "a.wav", np.repeat(SPEECH, 12), 192_000), 0, 2, ""),
    "32 bits": (lambda p: wav(p / "a.wav", SPEECH, kind="<i4"), 0, 2, ""),
    "float": (lambda p: wav(p / "a.wav", SPEECH, kind="<f4"), 0, 2, ""),
    "no numbers": (lambda p: wav(p / "a.wav", ODD, kind="<f4"), 0, 2, "samples silenced: no numbers"),
    "24 bits": (lambda p: encoded(p / "b.mka", SPEECH, "pcm_s24le", "mono"), 0, 2, ""),
    "one side": (lambda p: wav(p / "a.wav", np.stack([SPEECH, 0 * SPEECH])), 0, 2, "channel 2 of 2"),
    "against": (lambda p: wav(p / "a.wav", np.stack([SPEECH, -SPEECH])), 0, 0, "choose one (channel"),
    "7.1": (lambda p: wav(p / "a.wav", np.stack([SPEECH] * 8)), 0, 2, ""),
    "7.1 in planes": (lambda p: encoded(p / "b.mka", np.stack([SPEECH] * 8), "aac", "7.1"), 0, 2, ""),
    "16 channels": (lambda p: wav(p / "a.wav", np.stack([SPEECH] * 16)), 0, 2, ""),
    "header too long": (lambda p: wav(p / "a.wav", SPEECH, stated=1 << 31), 1, 2, "cut short: it ends after"),
    "header without": (lambda p: wav(p / "a.wav", SPEECH, stated=2**32 - 1), 0, 2, ""),
    "cut": (lambda p: cut(wav(p / "a.wav", SPEECH), 0.5), 1, 1, "cut short: it ends after"),
    "header alone": (lambda p: cut(wav(p / "a.wav", SPEECH), 44 / (44 + 2 * len(SPEECH))), 1, 0, "no sound"),
    "empty": (lambda p: text(p / "a.wav", ""), 1, 0, "the file is empty"),
    "text": (lambda p: text(p / "a.wav", "hello\n" * 99), 1, 0, "not a sound or video that can be read"),
    "pointer": (lambda p: text(p / "a.wav", POINTER), 1, 0, "a Git LFS pointer, not the recording itself"),
    "damaged": (
        lambda p: with_hole(encoded(p / "b.mp3", np.tile(SPEECH, 4), "libmp3lame", "mono")),
        1,
        8,
        "lost to damage: 1 packet, and times after it may be too early",
    ),
}  # fmt: skip
"""Name to what makes the file, the exit code, how many utterances (-1 is any), and what is said."""


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_of_a_recording(
    case: str, tmp_path: Path, tiny_voice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, code, utterances, said = CASES[case]
    path = make(tmp_path)
    assert main(["analyze", str(path), "--tasks", "voice", "--model", f"voice={tiny_voice}"]) == code
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert utterances < 0 or len(out.splitlines()) == (utterances + 1 if utterances else 0)
    assert all(line.startswith("mimik: ") for line in lines) and "unexpected" not in err
    assert len(lines) == bool(said) or len(lines) == 2, err
    assert said in err and str(path) in err + out


def test_one_channel_can_be_chosen(
    tmp_path: Path, tiny_voice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wav(tmp_path / "a.wav", np.stack([SPEECH, -SPEECH]))
    words = ["analyze", str(path), "--channel", "2", "--model", f"voice={tiny_voice}"]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{path}: 2 utterances") and err == ""


def test_a_folder_goes_on_past_what_is_bad(
    tmp_path: Path, tiny_voice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wav(tmp_path / "1.wav", SPEECH)
    text(tmp_path / "2.wav", "hello")
    wav(tmp_path / "3.wav", np.zeros(RATE))
    words = ["analyze", str(tmp_path), "--tasks", "voice", "--model", f"voice={tiny_voice}"]
    assert main([*words, "-o", str(tmp_path / "out.jsonl")]) == 1
    assert capsys.readouterr().err.endswith(
        f"2 read, 1 failed, 2 utterances; results in {tmp_path / 'out.jsonl'}\n"
    )


def test_a_mute_video_is_whole(
    tmp_path: Path,
    examples: Path,
    tiny_voice: Path,
    tiny_models: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    film = write_film(tmp_path / "film.mkv", np.zeros(3 * RATE, np.float32), examples / "two_people.mp4")
    models = ["--model", f"voice={tiny_voice}", "--model", f"emotion={tiny_models['emotion']}"]
    assert main(["analyze", str(film), "--tasks", "emotion,voice", *models]) == 0
    out, err = capsys.readouterr()
    assert (
        err.startswith(f"mimik: {film}: silent from beginning to end: check the track")
        and err.count("\n") == 1
    )
    assert "30 frames" in out


def test_sound_six_hours_after_the_first_picture(tmp_path: Path) -> None:
    begin_s = 6 * 3600
    with av.open(str(tmp_path / "a.mkv"), "w") as film:
        video, audio = film.add_stream("libx264", rate=25), film.add_stream("pcm_s16le", rate=RATE)
        video.width, video.height, video.pix_fmt, audio.codec_context.layout = 64, 48, "yuv420p", "mono"
        for _ in range(25):
            film.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))))
        film.mux(video.encode())
        sound = av.AudioFrame.from_ndarray((SPEECH * 32767).astype(np.int16)[None], "s16", "mono")
        sound.sample_rate, sound.pts, sound.time_base = RATE, begin_s * RATE, Fraction(1, RATE)
        film.mux([*audio.encode(sound), *audio.encode()])
    with open_sound(tmp_path / "a.mkv") as source:
        first, *_ = blocks = list(source)
    assert first.time_s == begin_s and source.problem is None
    assert blocks[-1].end_s == pytest.approx(begin_s + len(SPEECH) / RATE)
    onset = np.argmax(np.abs(first.samples) > 0.05)
    assert onset == pytest.approx(np.argmax(np.abs(SPEECH) > 0.05), abs=16)
