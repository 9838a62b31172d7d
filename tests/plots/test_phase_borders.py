"""Curves show where one phase of a training ends and the next begins."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.plots.curves import draw_curves, phase_spans

ROWS = [
    {
        "epoch": n,
        "phase": "head" if n < 5 else "all",
        "loss": 1 / n,
        "validation_loss": 1.2 / n,
        "accuracy": n / 9,
    }
    for n in range(1, 9)
]


def test_a_phase_spans_its_epochs() -> None:
    assert phase_spans(ROWS) == {"head": (1, 4), "all": (5, 8)}
    assert phase_spans([{"epoch": 1, "loss": 1.0}]) == {}


def test_the_border_is_drawn_in_each_panel(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need matplotlib: pip install 'mimik[plots]'")
    draw_curves(ROWS, tmp_path / "two.png")
    draw_curves([{k: v for k, v in row.items() if k != "phase"} for row in ROWS], tmp_path / "one.png")
    grey = [_dashes(cv2.imread(str(tmp_path / name))) for name in ("two.png", "one.png")]
    assert grey == [2, 0]


def _dashes(picture: np.ndarray) -> int:
    """Columns of the picture in which a dashed grey line stands, neighbours as one."""
    border = (np.abs(picture.astype(int) - (0x5C, 0x60, 0x5B)) < 40).all(2)
    columns = np.flatnonzero(border.sum(0) > picture.shape[0] * 0.25)
    return int((np.diff(columns, prepend=-9) > 2).sum())
