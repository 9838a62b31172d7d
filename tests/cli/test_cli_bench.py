"""Which models mimik bench measures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from mimik.cli import analyze, bench, explain, main
from mimik.models.sets import MODEL_SETS
from mimik.pipeline.analyzer import Analyzer
from mimik.tasks.base import CROP, input_of

EXAMPLES = Path(__file__).parents[2] / "examples"


def read_by_default(name: str) -> dict[str, str]:
    """A set's models of faces; a mesh must be asked for."""
    return {
        task: model for task, model in MODEL_SETS[name].items() if input_of(task) == CROP and task != "mesh"
    }


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), read_by_default("base")),
        (("--models", "open", "--commercial"), read_by_default("open")),
        (
            ("--models", "base", "--tasks", "emotion, au"),
            {"emotion": "emotion.wild", "au": "au.base", "cover": "cover.mini"},
        ),
        (
            ("--models", "base", "--tasks", "gender", "--model", "gender=gender.fairface"),
            {"gender": "gender.fairface", "cover": "cover.mini"},
        ),
    ],
)
def test_the_models_that_were_asked_for(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], names: dict[str, str]
) -> None:
    measured: list[Analyzer] = []

    def measure(analyzer: Analyzer, *args: Any, **options: Any) -> None:
        measured.append(analyzer)

    monkeypatch.setattr("mimik.bench.measure", measure)
    parser = argparse.ArgumentParser()
    bench.add_parser(parser.add_subparsers())
    bench._measure(parser.parse_args(["bench", "photo.png", *words]))
    models = measured[0].info().models
    assert {
        task: model["name"] for task, model in models.items() if task not in ("detector", "tilt")
    } == names


def test_the_commands_that_read_faces_share_their_options() -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    for module in (analyze, bench, explain):
        module.add_parser(commands)
    options = {
        name: {word: (a.metavar, a.help) for a in parser._actions for word in a.option_strings}
        for name, parser in commands.choices.items()
    }
    for word in ("--models", "--model", "--commercial", "--detector", "--detect-size", "--device"):
        assert options["analyze"][word] == options["bench"][word] == options["explain"][word]
    assert options["analyze"]["--units"] == options["bench"]["--units"]
    tasks = [options[name]["--tasks"] for name in ("analyze", "bench")]
    assert tasks[0][0] == tasks[1][0]
    assert ["mesh" in told and "voice" in told for _, told in tasks] == [True, False], "bench hears nothing"
    assert options["explain"]["--models"][0] == "|".join(MODEL_SETS)


def test_explain_takes_another_detector(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Haar's boxes have no landmarks, so the units can't be trusted, and that is said."""
    words = ["--detector", "haar", "--detect-size", "0", "--device", "cpu"]
    assert main(["explain", str(EXAMPLES / "astronaut.jpg"), *words]) == 0
    assert "pose unknown" in capsys.readouterr().out


def test_several_faces_in_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--faces", "4", "--models", "mini", "--tasks", "gender", "--seconds", "0.2"]
    assert main(["bench", *words]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["source"], report["faces"]) == ("4 faces, 640 x 480", 4.0)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--faces", "9"], "faces must be 1 to 8, not 9"),
        (["--faces", "0"], "faces must be 1 to 8, not 0"),
        (["photo.png", "--faces", "2"], "--faces is for the default source"),
    ],
)
def test_faces_that_the_example_has_not(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_missing_folder_is_told_before_the_measurement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--seconds", "100", "--json", str(tmp_path / "no" / "b.json")]) == 1
    told = capsys.readouterr()
    assert "b.json: its folder doesn't exist; make it first" in told.err and not told.out


def test_more_threads_than_can_be_started_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--threads", "999999"]) == 2
    assert "threads must be 1 to 256, not 999999" in capsys.readouterr().err
