"""Expressions by time as subtitles: what FFmpeg reads of them, what is shown of faces, what is left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import pytest

from heard_results import BOTH, make_span, write
from mimik.cli.main import main
from synthetic_results import INFO, make_face, make_result

Shown = tuple[float, float, str]


def cues(path: Path) -> list[Shown]:
    """Begin, end and text of each cue, as FFmpeg reads them."""
    found = []
    with av.open(str(path)) as container:
        (stream,) = container.streams.subtitles
        for packet in container.demux(stream):
            if packet.size:
                begin = float(packet.pts * packet.time_base)
                end = begin + float(packet.duration * packet.time_base)
                found.append((round(begin, 3), round(end, 3), bytes(packet).decode("utf-8")))
    return found


def convert(*words: str | Path) -> int:
    return main(["convert", *map(str, words)])


@pytest.mark.parametrize(("suffix", "form"), [(".srt", ".jsonl"), (".vtt", ".csv"), (".srt", ".parquet")])
def test_an_utterance_is_a_cue(
    tmp_path: Path, suffix: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spans = [
        make_span(span=0, start_s=-2.0, end_s=-1.0),
        make_span(span=1, start_s=-0.5, end_s=1.25, label="happy", share=0.78),
        make_span(span=2, start_s=59.9996, end_s=61.5, label="sad", share=0.38),
        make_span(span=3, start_s=3723.456, end_s=3725.0, label="calm", reason="too short"),
    ]
    output = tmp_path / f"o{suffix}"
    assert convert(write(tmp_path / f"o{form}", spans), "--to", "subtitles", "-o", output) == 0
    assert cues(output) == [
        (0.0, 1.25, "happy 78 %"),
        (60.0, 61.5, "uncertain (sad 38 %)"),
        (3723.456, 3725.0, "not reliable: too short"),
    ]
    mark = "," if suffix == ".srt" else "."
    assert f"01:02:03{mark}456 --> 01:02:05{mark}000" in output.read_text("utf-8")
    assert capsys.readouterr().err.splitlines() == [
        "mimik: left out: 1 cue before the beginning of the picture",
        "mimik: cut: 1 cue that began before the picture",
    ]


@pytest.mark.parametrize("form", [".jsonl", ".csv"])
def test_voices_alone_are_placed_as_the_run_says(tmp_path: Path, form: str) -> None:
    """Their times are the picture's, which begins 1.5 s after the sound, and with the file."""
    results = write(
        tmp_path / f"o{form}", [make_span(span=0, start_s=-0.5, end_s=1.25, label="happy", share=0.78)]
    )
    run = results.with_name(f"{results.name}.run")
    lines = run.read_text("utf-8").splitlines(keepends=True) if run.exists() else []
    done = {"source": make_span().source, "status": "done", "error": None, "offset_s": 1.5}
    run.write_text("".join([*lines[:1], json.dumps(done) + "\n"]), "utf-8")
    assert convert(results, "--to", "subtitles", "-o", tmp_path / "o.srt") == 0
    assert cues(tmp_path / "o.srt") == [(1.0, 2.75, "happy 78 %")]


def test_more_than_a_hundred_hours(tmp_path: Path) -> None:
    results = write(tmp_path / "o.jsonl", [make_span(start_s=360_000.0, end_s=360_001.0)])
    assert convert(results, "--to", "subtitles", "-o", tmp_path / "o.srt") == 0
    assert "100:00:00,000 --> 100:00:01,000" in (tmp_path / "o.srt").read_text("utf-8")


def test_a_face_is_told_of_for_as_long_as_it_holds_an_expression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Happy, a glimpse of sad, happy, away for a while, untrusted; a second person who is uncertain."""
    frames = []
    for index in range(40):
        label = "sad" if index == 10 else "happy"
        share = 0.9 if index < 10 else 0.7
        reason = "blurred" if index >= 35 else None
        faces = [make_face(1, emotion="angry", share=0.3)] if index < 20 else []
        if not 20 <= index < 24:
            faces.insert(0, make_face(0, emotion=label, share=share, reason=reason))
        frames.append(make_result("a.mp4", index, *faces, time_s=index / 10))
    results = write(tmp_path / "o.jsonl", frames, INFO)
    assert convert(results, "--to", "subtitles", "-o", tmp_path / "o.vtt") == 0
    assert cues(tmp_path / "o.vtt") == [
        (0.0, 1.0, "#0 happy 90 %"),
        (0.0, 2.0, "#1 uncertain"),
        (1.1, 2.0, "#0 happy 70 %"),
        (2.4, 3.5, "#0 happy 70 %"),
    ]
    assert capsys.readouterr().err.splitlines() == [
        "mimik: left out: 1 expression that the faces held for less than 0.3 s",
        "mimik: left out: 5 frames of faces that can't be trusted",
    ]


def both(path: Path) -> Path:
    frames = [replace(make_result("v/b.mp4", i, make_face(), time_s=i / 10), offset_s=0.5) for i in range(10)]
    return write(path, [*frames, make_span("v/b.mp4", 0, -0.25, 0.75)], BOTH)


def test_faces_stand_beside_voices_where_they_are_asked_for(tmp_path: Path) -> None:
    """The file that is played begins half a second before its first picture."""
    results = both(tmp_path / "o.jsonl")
    assert convert(results, "--to", "subtitles", "-o", tmp_path / "voice.srt") == 0
    assert cues(tmp_path / "voice.srt") == [(0.25, 1.25, "happy 80 %")]
    assert convert(results, "--to", "subtitles", "--faces", "-o", tmp_path / "both.srt") == 0
    assert cues(tmp_path / "both.srt") == [(0.25, 1.25, "voice: happy 80 %"), (0.5, 1.5, "#0 happy 90 %")]


def test_a_file_a_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = [make_result("v/silent.mp4", i, make_face(), time_s=i / 10) for i in range(10)]
    results = write(tmp_path / "o.jsonl", [*frames, make_span("v/b.mp4"), make_span("v/c.wav")], BOTH)
    assert convert(results, "--to", "subtitles", "-o", tmp_path / "o.srt") == 1
    assert "subtitles are of one source, and these results hold v/b.mp4, v/c.wav" in capsys.readouterr().err
    folder = tmp_path / "subs"
    assert convert(results, "--to", "subtitles", "-o", f"{folder}/", "--suffix", ".vtt") == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [f"v/{name}: {folder / name[0]}.vtt" for name in ("b.mp4", "c.wav")]
    assert said.err == "mimik: v/silent.mp4: not written: nobody speaks in it\n"
    assert sorted(path.name for path in folder.iterdir()) == ["b.vtt", "c.vtt"]
    assert convert(results, "--to", "subtitles", "-o", f"{folder}/", "--suffix", ".vtt") == 2
    assert convert(results, "--to", "subtitles", "--source", "c.wav", "-o", tmp_path / "o.srt") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "subtitles", "-o", "o.ass"), "subtitles are written as .srt or .vtt"),
        (
            ("--to", "subtitles", "--source", "no.wav", "-o", "o.srt"),
            "holds no source 'no.wav'; there is a.wav",
        ),
        (("--to", "fer", "--faces", "-o", "o.csv"), "--faces chooses what subtitles tell of"),
        (("--to", "subtitles", "--suffix", ".vtt", "-o", "o.srt"), "--suffix chooses the kind of file"),
    ],
)
def test_what_can_not_be(
    tmp_path: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    results = write(tmp_path / "r.jsonl", [make_span()])
    *options, output = words
    assert convert(results, *options, tmp_path / output) in (1, 2)
    assert said in capsys.readouterr().err
    assert not (tmp_path / output).exists()


def test_pictures_have_no_subtitles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = write(tmp_path / "r.jsonl", [make_result("a.jpg", 0, make_face())], INFO)
    assert convert(results, "--to", "subtitles", "-o", tmp_path / "o.srt") == 1
    assert "analyze a video or recording with --tasks voice" in capsys.readouterr().err


def test_other_tools_have_no_place_for_voices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(both(tmp_path / "o.jsonl"), "--to", "fer", "-o", tmp_path / "o.csv") == 0
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "mimik: left out, as fer's form is of faces: 1 utterance"
