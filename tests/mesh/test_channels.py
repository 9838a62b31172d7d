"""What channels say of units: ranks among faces of everyday photos."""

from __future__ import annotations

import numpy as np
import pytest

from mimik.facs import ACTION_UNITS
from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.mesh.channels import (
    AT_REST,
    CHANNELS,
    NAMES,
    OBLIQUE,
    SMILE,
    SMILING,
    active_channels,
    mixing,
    rank_table,
    ranks_of,
)


def face(**values: float) -> dict[str, float]:
    """Blendshapes that are nought but for those named, both sides alike."""
    return {name: values.get(name.removesuffix("Left").removesuffix("Right"), 0.0) for name in BLENDSHAPES}


def test_every_channel_is_made_of_blendshapes_and_every_unit_is_known() -> None:
    assert set(CHANNELS) <= set(ACTION_UNITS)
    weights = mixing()
    assert weights.shape == (48, len(NAMES))
    sums = weights.sum(axis=0)
    assert sums == pytest.approx([0.0 if name == OBLIQUE else 1.0 for name in NAMES])


def test_the_table_rises_and_says_what_was_counted() -> None:
    ranks, table = rank_table()
    assert ranks[0] > 0 and ranks[-1] < 1 and (np.diff(ranks) > 0).all()
    assert table.shape == (2, len(NAMES), len(ranks)) and (np.diff(table, axis=2) > 0).all()
    smile = table[:, NAMES.index(SMILE)]
    assert smile[0, -1] <= AT_REST + 0.01 and smile[1, 0] >= SMILING
    # What a published file says: nine of ten calm faces have their jaws less open than this.
    assert np.interp(0.9, ranks, table[0, NAMES.index("jawOpen")]) == pytest.approx(0.096, abs=0.01)


def test_ranks_are_those_of_the_table_and_a_smile_is_allowed_for() -> None:
    ranks, (calm, smiling) = rank_table()
    column = NAMES.index("mouthUpperUp")
    values = np.tile(calm[:, 8], (2, 1))
    values[:, NAMES.index(SMILE)] = [0.0, 0.95]
    at_rest, smiled = ranks_of(values)
    assert at_rest[column] == pytest.approx(ranks[8])
    assert smiled[column] == pytest.approx(np.interp(calm[column, 8], smiling[column], ranks))
    assert smiled[column] < at_rest[column], "a smile raises the upper lip by itself"
    frown = NAMES.index("mouthFrown")
    assert smiled[frown] == pytest.approx(at_rest[frown]), "and a trace of a frown isn't much more in one"


def test_units_are_told_with_their_channels() -> None:
    assert active_channels(face()) == {}
    assert active_channels(face(mouthSmile=0.9)) == {"AU12": "mouthSmile"}
    assert active_channels(face(mouthSmile=0.2)) == {}
    found = active_channels(face(browInnerUp=0.8, jawOpen=0.6))
    assert found == {"AU01": "browInnerUp", "AU04": OBLIQUE, "AU26": "jawOpen"}
    assert active_channels(face(browInnerUp=0.8, browOuterUp=0.8)) == {
        "AU01": "browInnerUp",
        "AU02": "browOuterUp",
    }
