"""Which models mimik bench measures."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from mimik.cli import bench
from mimik.pipeline import Analyzer


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), {"emotion": "emotion.base", "gender": "gender.base", "age": "age.base"}),
        (
            ("--models", "base", "--tasks", "emotion, au"),
            {"emotion": "emotion.base", "au": "au.base", "cover": "cover.mini"},
        ),
        (
            ("--models", "base", "--tasks", "gender", "--model", "gender=gender.fairface"),
            {"gender": "gender.fairface"},
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
    assert {task: model["name"] for task, model in models.items() if task != "detector"} == names
