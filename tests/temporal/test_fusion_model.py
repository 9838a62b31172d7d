"""The fusion that ships, and what is refused as one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mimik.errors import ModelError
from mimik.temporal.fusion_model import (
    LIMIT,
    SHIPPED,
    Linear,
    columns_of,
    own_mean,
    parse_fusion,
    read_fusion,
    unit_levels,
)


def test_the_shipped_one_is_whole() -> None:
    model = read_fusion()
    assert (model.name, len(model.labels), len(model.face.names)) == ("fusion.base", 8, 35)
    assert len(model.people) == 19 and "RAVDESS 10" not in model.people
    assert model.about["commercial_use"] is False and "CC BY-NC-SA" in model.about["licence"]


def test_what_is_written_is_read_again() -> None:
    model = read_fusion()
    again = parse_fusion(model.to_json(), "again")
    assert again.to_json() == model.to_json()
    assert again.face.own.weights == pytest.approx(model.face.own.weights)


def test_a_smile_reads_as_happy() -> None:
    head = read_fusion().face
    means = head.centre[None] ** 2
    for unit, value in (("AU06_r", 2.0), ("AU12_r", 2.5), ("AU06_c", 1.0), ("AU12_c", 1.0)):
        means[0, head.names.index(unit)] = value
    shares = head.probabilities(unit_levels(means))
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    assert read_fusion().labels[int(shares.argmax())] == "happy"


def test_what_a_face_always_shows_is_taken_off() -> None:
    head, rng = read_fusion().face, np.random.default_rng(0)
    plain = head.centre + rng.normal(0, 0.1, (95, len(head.names))).astype(np.float32)
    moved = plain + np.float32(0.3)
    as_is = np.abs(head.probabilities(plain) - head.probabilities(moved)).max()
    own = np.abs(head.against(plain, plain) - head.against(moved, moved)).max()
    assert own < 0.2 * as_is


def test_few_clips_are_a_part_of_a_reference() -> None:
    centre = np.zeros(2, np.float32)
    assert own_mean(np.ones((5, 2), np.float32), centre) == pytest.approx([0.5, 0.5])
    assert own_mean(np.ones((95, 2), np.float32), centre) == pytest.approx([0.95, 0.95])
    assert own_mean(np.zeros((0, 2), np.float32), centre) == pytest.approx([0, 0])


def test_nothing_is_said_of_what_is_beyond_reach() -> None:
    head = Linear(np.ones(2, np.float32), np.eye(2, dtype=np.float32), np.zeros(2, np.float32), 1.0)
    near, far = head.probabilities(np.array([[1, 0], [9, 0]], np.float32))
    assert near[0] > 0.7 and far == pytest.approx([0.5, 0.5])
    assert LIMIT**2 == 25


@pytest.mark.parametrize(
    ("change", "said"),
    (
        ({"format": 2}, "this mimik reads 1: update mimik"),
        ({"weights": {}}, "as_is"),
        ({"units": {"names": ["AU01_r"], "centre": "x"}}, "AU01_r|as_is|float"),
        ({"labels": ["happy"]}, "expected 1 rows of weights"),
    ),
)
def test_a_damaged_one_is_refused(change: dict[str, object], said: str) -> None:
    values = json.loads(SHIPPED.read_text(encoding="utf-8")) | change
    with pytest.raises(ModelError, match=said) as refused:
        parse_fusion(json.dumps(values), "there.json")
    assert str(refused.value).startswith("there.json: not a fusion that can be used")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no readable fusion"):
        read_fusion(tmp_path / "none.json")


def test_a_table_that_lacks_units_names_them() -> None:
    assert columns_of([" AU12_r", "AU01_r"], ("AU01_r", "AU12_r"), "t.csv") == [1, 0]
    with pytest.raises(ModelError, match=r"t\.csv: lacks AU12_r; it must have the 2 columns"):
        columns_of(["AU01_r"], ("AU01_r", "AU12_r"), "t.csv")
