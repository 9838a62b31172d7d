"""Pictures to train on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from bars import draw_bars


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """Two classes of pictures: upright bars and lying bars, 40 of each."""
    return draw_bars(tmp_path / "bars")


PLOTTED = ("test_course", "test_tutorial")
"""Modules whose runs draw their plots."""


@pytest.fixture(autouse=True)
def few_plots(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a run's plots only where they are looked at: they take a fifth of a tiny run's time."""
    if request.module.__name__ not in PLOTTED and importlib.util.find_spec("torch"):
        monkeypatch.setattr("mimik.train.report.finish._draw", lambda finish, run: {})
