"""Utterances that wait for their pictures, and results that hold what both say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mimik.readings import AuReading, ClassReading
from mimik.results.read import read_spans
from mimik.results.summarise import summarise
from mimik.runs.batch import run_batch
from mimik.runs.fusing import Fusing
from mimik.runs.job import Job
from mimik.runs.progress import Tally
from mimik.runs.reader import About, Outcome
from mimik.temporal.face_voice import FaceVoice
from mimik.temporal.fusion_model import read_fusion
from mimik.temporal.speaker import NO_FACE, TOO_FEW
from mimik.temporal.sync import ANOTHERS, IN_TIME, OFF, STRANGE, UNKNOWN
from mimik.types import SOUND_RATE, Face, FrameResult, Quality, Sound, SpanQuality, SpanResult
from mimik.voice.level import LEVEL_RATE, Levels
from mouths import SAID_S, sounding, spoken_db, starts
from voiced import speech, write_film


def span(number: int, start_s: float, end_s: float) -> SpanResult:
    return SpanResult("a.mp4", number, start_s, end_s, SpanQuality(0.9, -20))


def test_without_a_fusion_utterances_go_through_at_once() -> None:
    fusing = Fusing(None, 6.0, live=False)
    fusing.hold(one := span(0, 1.0, 2.0))
    assert list(fusing.until(0.5)) == [one]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Path:
    folder = tmp_path_factory.mktemp("film")
    return write_film(folder / "film.mkv", speech(1.2, 1.0), examples / "two_people.mp4")


def run(film: Path, out: Path, voice: Path, models: dict[str, Path], **options: object) -> Path:
    chosen = {"voice": str(voice), "emotion": str(models["emotion"])}
    job = Job(tasks=("emotion", "voice"), model=chosen, **options)  # type: ignore[arg-type]
    report = run_batch(film, out, job)
    assert not report.failed
    return out


@pytest.mark.parametrize("suffix", ("jsonl", "csv", "parquet"))
def test_every_form_holds_it(
    suffix: str, film: Path, tmp_path: Path, tiny_voice: Path, tiny_models: dict[str, Path]
) -> None:
    out = run(film, tmp_path / f"out.{suffix}", tiny_voice, tiny_models)
    spans = list(read_spans(out))
    assert len(spans) == 2
    for told in (one["face_voice"] for one in spans):
        assert told["sides"] == ["voice"] and told["id"] is None
        assert told["reason"].startswith("several faces")
        assert sum(told["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    row = next(row for row in summarise(out) if row.get("type") == "voices")
    assert "face_voice_label" in row and row["face_voice_neutral_mean"] is not None
    head = json.loads(out.with_name(f"{out.name}.run").read_text("utf-8").splitlines()[0])
    assert head["settings"]["fusion"]["name"] == "fusion.base" and "face_voice" in head["heard"]


def test_an_utterance_comes_after_the_pictures_that_it_lasts(
    film: Path, tmp_path: Path, tiny_voice: Path, tiny_models: dict[str, Path]
) -> None:
    out = run(film, tmp_path / "out.jsonl", tiny_voice, tiny_models)
    time_s = 0.0
    for line in map(json.loads, out.read_text("utf-8").splitlines()):
        if line.get("type") == "span":
            assert line["end_s"] <= time_s + 0.2
        else:
            time_s = line["time_s"]


def test_few_pictures_are_too_few(
    film: Path, tmp_path: Path, tiny_voice: Path, tiny_models: dict[str, Path]
) -> None:
    from mimik.sources.options import SourceOptions

    frames = SourceOptions(max_fps=1.0)
    out = run(film, tmp_path / "out.jsonl", tiny_voice, tiny_models, frames=frames)
    assert {one["face_voice"]["reason"] for one in read_spans(out)} <= {TOO_FEW, NO_FACE}


FUSION = FaceVoice("emotion", "voice", ("happy", "neutral"), 0.5, read_fusion())
FILM_S = 120.0


def seen(number: int, opening: float) -> FrameResult:
    """A frame with one person whose mouth is open so far."""
    units = {"AU25": opening}
    readings = {
        "emotion": ClassReading("happy", shares := {"happy": 0.7, "neutral": 0.3}, shares),
        "au": AuReading((), units, units),
    }
    face = Face(0, (0, 0, 9, 9), 0.9, Quality(80, 0.5, 0.5), None, readings)
    return FrameResult("a.mp4", number, number / LEVEL_RATE, 64, 64, "yunet", (face,))


def heard(number: int, start_s: float) -> SpanResult:
    voice = ClassReading("happy", shares := {"happy": 0.6, "neutral": 0.4}, shares)
    quality = SpanQuality(0.9, -20)
    return SpanResult("a.mp4", number, start_s, start_s + SAID_S, quality, {"voice": voice})


def watched(
    mouth: int, later_s: float = 0.0, *, asked: bool = True, length_s: float = FILM_S
) -> tuple[Fusing, list[tuple[float, SpanResult]]]:
    """What is told of a film of one person, and when: the mouth follows one level, the sound is another."""
    levels = Levels() if asked else None
    fusing = Fusing(FUSION, 6.0, live=False, levels=levels)
    opening = np.clip((spoken_db(mouth, length_s) + 60) / 60, 0, 1)
    sound = np.roll(sounding(spoken_db(0, length_s)), round(later_s * SOUND_RATE))
    spans = [heard(number, start_s + later_s) for number, start_s in enumerate(starts(length_s))]
    told: list[tuple[float, SpanResult]] = []
    for number, open_by in enumerate(opening):
        time_s = number / LEVEL_RATE
        if levels and number % LEVEL_RATE == 0:
            first = number * SOUND_RATE // LEVEL_RATE
            levels.push(Sound(sound[first : first + SOUND_RATE], SOUND_RATE, time_s))
        while spans and spans[0].end_s <= time_s:
            fusing.hold(spans.pop(0))
        fusing.see(seen(number, float(open_by)))
        told += [(time_s, span) for span in fusing.until(time_s)]
    return fusing, told + [(length_s, span) for span in fusing.rest()]


def reasons(told: list[tuple[float, SpanResult]]) -> set[str | None]:
    return {span.face_voice.reason for _, span in told if span.face_voice}


def test_sound_in_time_is_fused_and_told_once_it_is_known() -> None:
    fusing, told = watched(0)
    verdict = fusing.verdict()
    assert verdict and verdict.name == IN_TIME and reasons(told) == {None}
    assert [span.span for _, span in told] == list(range(len(starts(FILM_S))))
    assert told[0][0] < 45 and all(time_s - span.end_s < 4 for time_s, span in told if time_s > 45)


def test_late_sound_isnt_fused() -> None:
    fusing, told = watched(0, 0.84)
    verdict = fusing.verdict()
    assert verdict and verdict.name == OFF and verdict.begin_s == pytest.approx(0.8, abs=0.03)
    assert reasons(told) == {"sound is 0.8 s late"}
    assert all(span.face_voice and span.face_voice.sides == ("voice",) for _, span in told)


def test_sound_of_another_isnt_fused_from_the_first_utterance_on() -> None:
    fusing, told = watched(1)
    verdict = fusing.verdict()
    assert verdict and verdict.name == ANOTHERS and reasons(told) == {STRANGE}


def test_what_cant_be_known_is_fused_at_the_end_of_a_short_film() -> None:
    for mouth in (0, 1):
        fusing, told = watched(mouth, length_s=15.0)
        verdict = fusing.verdict()
        assert verdict and verdict.to_dict() == {"verdict": UNKNOWN, "speech_s": 8.0}
        assert verdict.note() is None and reasons(told) == {None}


def test_a_report_counts_what_cant_be_known() -> None:
    tally = Tally(3, 0, None)
    for sync in ({"verdict": UNKNOWN, "speech_s": 8.0}, {"verdict": IN_TIME}, None):
        tally.close("a.mp4", Outcome(10, about=About(sync=sync)))  # type: ignore[arg-type]
    assert tally.report.unjudged == 1


def test_where_nobody_asks_utterances_dont_wait() -> None:
    fusing, told = watched(1, asked=False)
    assert fusing.verdict() is None and reasons(told) == {None}
    assert all(time_s - span.end_s < 0.1 for time_s, span in told)


def test_a_film_that_is_gone_on_with_is_judged_as_one() -> None:
    """A snapshot after half of it: what waited is heard again."""

    class State:
        def snapshot(self) -> bytes:
            return b"state"

        def restore(self, data: bytes) -> None:
            assert data == b"state"

    length_s, opening = FILM_S, np.clip((spoken_db(1, FILM_S) + 60) / 60, 0, 1)
    sound, half = sounding(spoken_db(0, length_s)), 20 * LEVEL_RATE

    def read(fusing: Fusing, levels: Levels, frames: range, known: int) -> list[SpanResult]:
        levels.push(Sound(sound, SOUND_RATE, 0.0))
        spans = [heard(number, start_s) for number, start_s in enumerate(starts(length_s)) if number >= known]
        told: list[SpanResult] = []
        for number in frames:
            while spans and spans[0].end_s <= number / LEVEL_RATE:
                fusing.hold(spans.pop(0))
            fusing.see(seen(number, float(opening[number])))
            told += fusing.until(number / LEVEL_RATE)
        return told

    whole = Fusing(FUSION, 6.0, live=False, levels=(levels := Levels()))
    expected = read(whole, levels, range(len(opening)), 0)
    first = Fusing(FUSION, 6.0, live=False, levels=(levels := Levels()))
    told = read(first, levels, range(half), 0)
    second = Fusing(FUSION, 6.0, live=False, levels=(levels := Levels()))
    second.restore(State(), first.snapshot(State()))  # type: ignore[arg-type]
    told += read(second, levels, range(half, len(opening)), len(told))
    assert told == expected and second.verdict() == whole.verdict()
