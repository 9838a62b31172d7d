"""Angles from what a network says of 24 directions."""

from __future__ import annotations

import numpy as np
import pytest

from mimik.faces.turn import LABELS, apart_deg, turn_deg


def logits(**shares: float) -> np.ndarray:
    """One face, by the shares of some directions ("d45")."""
    row = np.full(len(LABELS), 1e-9)
    for name, share in shares.items():
        row[LABELS.index(name[1:])] = share
    return np.log(row)[None].astype(np.float32)


@pytest.mark.parametrize(
    ("said", "degrees", "sure"),
    [
        ({"d0": 1.0}, 0.0, 1.0),
        ({"d90": 1.0}, 90.0, 1.0),
        ({"d345": 1.0}, -15.0, 1.0),
        ({"d30": 0.5, "d45": 0.5}, 37.5, np.cos(np.deg2rad(7.5))),
        ({"d345": 0.5, "d15": 0.5}, 0.0, np.cos(np.deg2rad(15))),
        ({"d0": 0.75, "d180": 0.25}, 0.0, 0.5),
    ],
)
def test_the_mean_direction_and_its_length(said: dict[str, float], degrees: float, sure: float) -> None:
    turns, lengths = turn_deg(logits(**said))
    assert turns[0] == pytest.approx(degrees, abs=1e-3)
    assert lengths[0] == pytest.approx(sure, abs=1e-6)


def test_opposite_directions_are_not_sure() -> None:
    assert turn_deg(logits(d45=0.5, d225=0.5))[1][0] == pytest.approx(0, abs=1e-6)


def test_a_temperature_makes_it_less_sure() -> None:
    said = logits(d0=0.8, d90=0.2)
    assert turn_deg(said, 2.0)[1] < turn_deg(said)[1]


def test_angles_are_apart_the_short_way() -> None:
    assert apart_deg(np.array([170.0, -10.0]), np.array([-170.0, 5.0])) == pytest.approx([-20.0, -15.0])
