"""How a search among recipes is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.plots.tuning import best_so_far, draw_history

TRIALS = (
    (0, "failed", None),
    (1, "ended early", 0.9),
    (2, "finished", 0.5),
    (3, "finished", 0.7),
    (4, "finished", 0.6),
    (5, "ended early", 0.8),
    (6, "unfinished", 0.2),
    (7, "waiting", None),
)


def test_the_best_is_drawn_on_to_the_last_trial_that_was_begun() -> None:
    """Not up to the last finished one alone, and never that of a trial that was ended early."""
    assert best_so_far(TRIALS, lower=False) == [(2, 0.5), (3, 0.7), (4, 0.7), (5, 0.7), (6, 0.7)]
    assert best_so_far(TRIALS, lower=True) == [(2, 0.5), (3, 0.5), (4, 0.5), (5, 0.5), (6, 0.5)]
    assert best_so_far(TRIALS[:2], lower=True) == []


@pytest.mark.parametrize("count", [0, 2, 8])
def test_a_history_is_drawn(tmp_path: Path, count: int) -> None:
    pytest.importorskip("matplotlib")
    draw_history(TRIALS[:count], "accuracy", tmp_path / "history.png", lower=False)
    assert (tmp_path / "history.png").stat().st_size > 1000
