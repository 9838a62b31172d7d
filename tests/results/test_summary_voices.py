"""Voices summed up: weighted by time, beside faces or alone, and the sources that gave nothing."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from heard_results import BOTH, HEARD, VOICES, make_span, write
from mimik.cli.main import main
from mimik.errors import DataError, OptionError
from mimik.readings import ClassReading
from mimik.results.signals import check_signal
from mimik.results.summarise import sum_up, summarise
from mimik.types import SpanResult
from synthetic_results import make_face, make_result


def three(source: str = "a.wav") -> list[SpanResult]:
    """A second of happy, three of sad, one of who knows, and one that is clipped."""
    return [
        make_span(source, 0, 0.5, 1.5, "happy", 0.8),
        make_span(source, 1, 2.0, 5.0, "sad", 0.6),
        make_span(source, 2, 6.0, 7.0, "sad", 0.3),
        make_span(source, 3, 8.0, 9.0, "angry", 0.9, reason="clipped"),
    ]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_an_utterance_counts_by_its_length(tmp_path: Path, suffix: str) -> None:
    (row,) = summarise(write(tmp_path / f"o{suffix}", three()))
    assert [row[name] for name in ("source", "status", "utterances", "first_s", "last_s")] == [
        *("a.wav", "done", 4, 0.5, 9.0),
    ]
    assert (row["speech_seconds"], row["untrusted_utterances"], row["untrusted"]) == (6.0, 1, {"clipped": 1})
    assert row["voice_label"] == "sad"
    # The others share what is left: 0.2 / 8 of a second, 0.4 / 8 of three, 0.7 / 8 of one.
    assert row["voice_happy_mean"] == pytest.approx((0.8 + 3 * 0.05 + 0.0875) / 5, abs=1e-6)
    assert row["voice_sad_mean"] == pytest.approx((0.025 + 3 * 0.6 + 0.3) / 5, abs=1e-6)
    told = {label: row[f"voice_{label}_share"] for label in ("happy", "sad", "uncertain", "angry", "bored")}
    assert told == {"happy": 0.2, "sad": 0.6, "uncertain": 0.2, "angry": 0.0, "bored": 0.0}
    assert (row["voice_sad_seconds"], row["voice_sad_utterances"], row["voice_angry_utterances"]) == (
        3.0,
        1,
        0,
    )
    assert row["voice_label_seconds"] == {"happy": 1.0, "sad": 3.0, "uncertain": 1.0}
    assert sum(row[f"voice_{label}_mean"] for label in VOICES) == pytest.approx(1, abs=1e-5)


def test_utterances_that_are_there_twice_or_without_times_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "o.jsonl", three())
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(DataError, match=r"a\.wav: utterance 0 is there twice: leave out rows"):
        summarise(path)
    table = write(tmp_path / "o.csv", three())
    text = table.read_text()
    table.write_text(text.replace("a.wav,1,2.0,5.0,", "a.wav,1,5.0,2.0,"))
    with pytest.raises(DataError, match=r"a\.wav: utterance 1 is from 5\.0 to 2\.0 s: mend or remove"):
        summarise(table)
    table.write_text(text.replace("a.wav,1,2.0,5.0,", "a.wav,1,,,"))
    with pytest.raises(DataError, match=r"a\.wav: utterance 1 is from None to None s"):
        summarise(table)
    table.write_text(text + "," * text.partition("\n")[0].count(",") + "\n")  # As spreadsheets end tables.
    assert [row["utterances"] for row in summarise(table)] == [4]


def test_of_voices_alone_nothing_is_said_of_faces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "o.jsonl", [*three("a.wav"), make_span("b.wav", reason="too short")])
    columns = sum_up(path).columns
    assert not {"id", "type", "frames", "source_frames", "untrusted_frames"} & {*columns}
    assert main(["summary", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "  utterances  from s  to s  speech s  voice                 untrusted",
        "a.wav",
        "  4           0.50    9.00  6.00      sad 60 %, happy 20 %  clipped 1",
        "b.wav",
        "  1           0.00    1.00  1.00      -                     too short 1",
    ]
    *_, row = summarise(path)
    assert (row["voice_label"], row["voice_happy_mean"], row["voice_happy_share"]) == (None, None, None)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_faces_and_voices_are_told_apart(
    tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [make_result("v.mp4", i, make_face(), time_s=i / 10) for i in range(10)]
    path = write(tmp_path / f"o{suffix}", [*frames, *three("v.mp4")], BOTH)
    face, voice = summarise(path)
    assert (face["type"], face["id"], face["emotion_happy_share"]) == ("face", 0, 1.0)
    assert (voice["type"], voice["utterances"], voice["voice_sad_share"]) == ("voices", 4, 0.6)
    assert not any(name.startswith("voice") for name in face)
    assert main(["summary", str(path)]) == 0
    faces, voices = capsys.readouterr().out.split("\n\n")
    assert "frames" in faces and "utterances" in voices and "voice" not in faces
    assert main(["summary", str(path), "-o", str(tmp_path / "s.csv")]) == 0
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        face, voice = csv.DictReader(stream)
    assert (face["type"], face["voice_sad_share"], face["frames"]) == ("face", "", "10")
    assert (voice["type"], voice["voice_sad_share"], voice["frames"], voice["id"]) == (
        "voices",
        "0.6",
        "",
        "",
    )
    assert main(["summary", str(path), "-o", str(tmp_path / "s.json")]) == 0
    assert [row["type"] for row in json.loads((tmp_path / "s.json").read_text("utf-8"))] == ["face", "voices"]


def test_faces_are_summed_up_as_without_voices(tmp_path: Path) -> None:
    frames = [make_result("v.mp4", i, make_face(), time_s=i / 10) for i in range(10)]
    (alone,) = summarise(write(tmp_path / "a.jsonl", frames, replace(BOTH, heard=(), tasks=BOTH.tasks[:-1])))
    face, _ = summarise(write(tmp_path / "b.jsonl", [*frames, *three("v.mp4")], BOTH))
    alone = {name: value for name, value in alone.items() if not name.startswith("voice")}
    assert {name: value for name, value in face.items() if name != "type"} == alone


def test_sources_in_which_nobody_speaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "o.jsonl", three())
    ends = (("a.wav", "done", None), ("noise.wav", "done", None), ("bad.wav", "failed", "no sound"))
    lines = [{"source": s, "status": how, "frames": 0, "error": why, "size": 0} for s, how, why in ends]
    run = tmp_path / "o.jsonl.run"
    run.write_text("".join(json.dumps(line) + "\n" for line in (HEARD.to_dict(), *lines)), "utf-8")
    assert [(row["source"], row["status"], row["problem"]) for row in summarise(path)] == [
        ("a.wav", "done", None),
        ("noise.wav", "nobody speaks", None),
        ("bad.wav", "failed", "no sound"),
    ]
    assert main(["summary", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[3:] == [
        "noise.wav",
        "  nobody speaks",
        "bad.wav",
        "  failed: no sound",
    ]


def test_raw_is_what_is_said_without_a_reference(tmp_path: Path) -> None:
    spans = three()
    moved = ClassReading("calm", {"calm": 0.9, "sad": 0.1}, {"calm": 0.4, "sad": 0.6}, None, True)
    early = replace(moved, label="sad", against_reference=False)
    spans = [
        replace(spans[0], readings={"voice": early}),
        replace(spans[1], readings={"voice": moved}),
    ]
    (row,) = summarise(write(tmp_path / "o.jsonl", spans), raw=True)
    assert (row["voice_calm_mean"], row["voice_raw_calm_mean"], row["voice_sad_share"]) == (0.9, 0.4, 0.0)
    assert row["voice_before_reference"] == 1


def test_a_table_of_people_joins_voices_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "people.csv").write_text("file,participant,group\na.wav,P1,test\n", "utf-8")
    path = write(tmp_path / "o.jsonl", three())
    (row,) = summarise(path, people=tmp_path / "people.csv")
    assert (row["participant"], row["group"]) == ("P1", "test")
    assert main(["summary", str(path), "--people", str(tmp_path / "people.csv")]) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[:3] == ["participant", "group", "utterances"]


def test_signals_are_of_faces() -> None:
    assert check_signal("emotion:happy") == "emotion:happy"
    with pytest.raises(OptionError, match="signals are of faces, and voice is heard in utterances"):
        check_signal("voice:happy")
