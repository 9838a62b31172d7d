"""How figures of cards are written."""

from __future__ import annotations

import pytest

from mimik.models.figures import metric_name, written


@pytest.mark.parametrize(
    ("metric", "value", "number", "name"),
    [
        ("accuracy", 0.6894, "68.9 %", "accuracy"),
        ("accuracy, seven emotions", 0.957, "95.7 %", "accuracy, seven emotions"),
        ("macro_recall", 0.656, "65.6 %", "macro recall"),
        ("mae", 4.876, "4.88 years", "mean absolute error"),
        ("mean AUC over 16 units", 0.966, "0.966", "mean AUC over 16 units"),
        ("macro F1", 0.9, "0.900", "macro F1"),
        ("median error of yaw, degrees", 1.7, "1.7 degrees", "median error of yaw"),
        (
            "greatest difference of a point, pixels of the crop",
            0.0002,
            "0.0002 pixels of the crop",
            "greatest difference of a point",
        ),
    ],
)
def test_numbers_have_their_units(metric: str, value: float, number: str, name: str) -> None:
    assert "".join(written(metric, value)) == number
    assert metric_name(metric) == name
