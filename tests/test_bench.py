"""mimik bench: the clocks, the example, and what the command prints."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.bench import StageClock, example_video, measure
from mimik.cli.main import main
from mimik.errors import OptionError, SourceNotFoundError
from mimik.pipeline.analyzer import Analyzer
from mimik.sources.open import open_source

STAGES = {"decode", "detect", "track", "crop", "emotion", "gender", "cover", "quality", "smooth and result"}


@pytest.fixture
def analyzer(make_model: Callable[..., Path]) -> Analyzer:
    tasks = ("emotion", "gender")
    return Analyzer(tasks, "yunet", "cpu", models={task: make_model(task) for task in tasks})


@pytest.mark.parametrize("faces", [1, 4])
def test_the_example_has_the_faces_asked_for(tmp_path: Path, faces: int, analyzer: Analyzer) -> None:
    path = tmp_path / "example.mp4"
    example_video(path, faces, seconds=0.1)
    results = list(analyzer.stream(path))
    assert [len(result.faces) for result in results] == [faces] * 3
    assert (results[0].width, results[0].height) == (640, 480)


def test_every_stage_is_measured(tmp_path: Path, analyzer: Analyzer) -> None:
    path = tmp_path / "example.mp4"
    example_video(path, seconds=0.2)
    report = measure(analyzer, path, name="example", seconds=0.2)
    assert set(report.stages) == STAGES
    assert all(0 < s.median_ms <= s.p95_ms for s in report.stages.values())
    assert report.faces == 1
    assert report.frames > 0
    assert set(report.face_ms) == {"crop", "emotion", "gender", "cover", "all"}
    assert report.source == "example"
    assert 0 < report.face_ms["crop"] < report.face_ms["all"]


def test_stages_stand_in_the_order_in_which_a_frame_meets_them(tmp_path: Path, analyzer: Analyzer) -> None:
    path = tmp_path / "example.mp4"
    example_video(path, seconds=0.1)
    stages = list(measure(analyzer, path, seconds=0.05).stages)
    tasks = ["emotion", "gender", "cover"]
    assert stages == ["decode", "detect", "track", "crop", *tasks, "quality", "smooth and result"]


def test_a_picture_without_faces_is_read_again_and_again(tmp_path: Path, analyzer: Analyzer) -> None:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((64, 96, 3), 128, np.uint8))
    report = measure(analyzer, path, seconds=0.1)
    assert (report.width, report.height, report.faces) == (96, 64, 0.0)
    assert report.frames > 1
    assert report.face_ms == {}
    assert "crop" not in report.stages


def test_a_clock_adds_up_what_a_frame_meets_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seconds = StageClock(), itertools.count()
    monkeypatch.setattr("mimik.bench.time.perf_counter", lambda: next(seconds))
    for name in ("work", "emotion", "work"):
        with clock.stage(name):
            pass
    clock.next_frame(2)
    stages = clock.stages(("emotion", "never", "work"))
    assert list(stages) == ["emotion", "work"]
    assert (stages["emotion"].median_ms, stages["work"].p95_ms) == (1000, 2000)
    clock.next_frame(0)
    assert clock.face_ms(("work",)) == {"work": 1000, "all": 1000}
    assert StageClock().face_ms(("work",)) == {}


def test_the_last_line_is_json(
    tmp_path: Path, make_model: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    photo, out, threads = tmp_path / "one.png", tmp_path / "bench.json", cv2.getNumThreads()
    cv2.imwrite(str(photo), np.zeros((80, 80, 3), np.uint8))
    words = ["bench", str(photo), "--tasks", "gender", "--model", f"gender={make_model('gender')}"]
    assert main([*words, "--seconds", "0.05", "--json", str(out)]) == 0
    shown = capsys.readouterr().out
    report = json.loads(shown.splitlines()[-1])
    assert report == json.loads(out.read_text())
    assert report["frames_per_s"] > 0
    assert set(report["stages_ms"]["detect"]) == {"median", "p95"}
    assert "frames/s" in shown
    assert cv2.getNumThreads() == threads


def test_without_a_source_the_example_is_measured(
    make_model: Callable[..., Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimik.bench.EXAMPLE_S", 0.2)
    model = f"gender={make_model('gender')}"
    assert main(["bench", "--tasks", "gender", "--model", model, "--seconds", "0.1"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["source"], report["faces"]) == ("1 face, 640 x 480", 1.0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--seconds", "0"), "seconds"),
        (("--threads", "0"), "threads"),
        (("--tasks", "emotoin"), "did you mean 'emotion'"),
        (("--model", "gender"), "TASK=FILE"),
    ],
)
def test_wrong_use_says_why(words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_missing_source_and_an_unwritable_file(
    tmp_path: Path, make_model: Callable[..., Path], capsys: pytest.CaptureFixture[str], analyzer: Analyzer
) -> None:
    with pytest.raises(SourceNotFoundError, match="nowhere"):
        measure(analyzer, tmp_path / "nowhere.mp4", seconds=0.1)
    photo = tmp_path / "one.png"
    cv2.imwrite(str(photo), np.zeros((80, 80, 3), np.uint8))
    words = ["bench", str(photo), "--tasks", "gender", "--model", f"gender={make_model('gender')}"]
    assert main([*words, "--seconds", "0.05", "--json", str(tmp_path)]) == 1
    assert "can't be written" in capsys.readouterr().err


def test_seconds_are_checked_in_python_too(analyzer: Analyzer) -> None:
    with pytest.raises(OptionError, match="seconds"):
        measure(analyzer, 0, seconds=0)


def test_the_portrait_is_small() -> None:
    from mimik.bench import PORTRAIT

    assert PORTRAIT.stat().st_size < 60_000
    with open_source(PORTRAIT) as source:
        assert next(iter(source)).image.shape == (512, 512, 3)
