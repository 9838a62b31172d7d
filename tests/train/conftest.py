"""Pictures to train on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """Two classes of pictures: upright bars and lying bars, 40 of each."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 40), ("test", 10)):
        for label in ("female", "male"):
            folder = tmp_path / "bars" / split / label
            folder.mkdir(parents=True)
            for i in range(count):
                image = rng.integers(0, 60, (24, 24, 3), np.uint8)
                at = int(rng.integers(4, 18))
                if label == "female":
                    image[:, at : at + 3] += 150
                else:
                    image[at : at + 3] += 150
                cv2.imwrite(str(folder / f"{i}.png"), image)
    return tmp_path / "bars"


PLOTTED = ("test_course", "test_tutorial")
"""Modules whose runs draw their plots."""


@pytest.fixture(autouse=True)
def few_plots(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a run's plots only where they are looked at: they take a fifth of a tiny run's time."""
    if request.module.__name__ not in PLOTTED and importlib.util.find_spec("torch"):
        monkeypatch.setattr("mimik.train.report.finish._draw", lambda finish, run: {})
