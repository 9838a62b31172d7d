"""Utterances that wait for their pictures, and results that hold what both say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mimik.results.read import read_spans
from mimik.results.summarise import summarise
from mimik.runs.batch import run_batch
from mimik.runs.fusing import Fusing
from mimik.runs.job import Job
from mimik.temporal.speaker import NO_FACE, TOO_FEW
from mimik.types import SpanQuality, SpanResult
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
