"""``mimik analyze`` with recordings and voices, as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mimik.cli.main import main
from voiced import speech, write_film, write_wav


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "talk.wav", speech(1.2, 2.0))


def test_a_recording_is_a_line_an_utterance(
    recording: Path, tiny_voice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(recording), "--model", f"voice={tiny_voice}"]) == 0
    first, *spans = capsys.readouterr().out.splitlines()
    assert first == f"{recording}: 2 utterances"
    assert [line.split()[:3] for line in spans] == [["0:00.5", "to", "0:02.0"], ["0:02.3", "to", "0:04.5"]]
    assert all(line.endswith(("%", "%)")) for line in spans)


def test_json_has_a_line_an_utterance(
    recording: Path, tiny_voice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(recording), "--json", "--model", f"voice={tiny_voice}"]) == 0
    spans = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert [(span["type"], span["span"]) for span in spans] == [("span", 0), ("span", 1)]


def test_faces_and_voices_are_told_together(
    tmp_path: Path,
    examples: Path,
    tiny_voice: Path,
    tiny_models: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    film = write_film(tmp_path / "film.mkv", speech(1.2), examples / "two_people.mp4")
    models = ["--model", f"voice={tiny_voice}", "--model", f"emotion={tiny_models['emotion']}"]
    out = tmp_path / "out.jsonl"
    assert main(["analyze", str(film), "--tasks", "emotion,voice", *models, "-o", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0].endswith("24 frames, 2 people, 1 utterance")
    assert captured.err == f"1 read, 24 frames, 1 utterance; results in {out}\n"


def test_an_audio_track_that_is_not_there(
    recording: Path, tiny_voice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["analyze", str(recording), "--audio-track", "2", "--model", f"voice={tiny_voice}"]
    assert main(words) == 1
    assert capsys.readouterr().err.startswith(
        f"mimik: {recording}: has no audio track 2 (audio_track); it has 1\n"
    )
