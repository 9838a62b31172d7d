"""An age that a network says as one number: years, interval, group, figures and words."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest

from mimik.data.base import Sample
from mimik.errors import ModelError
from mimik.models.card import ModelCard
from mimik.models.inputs import CropSpec
from mimik.tasks.age import Age
from mimik.tasks.age_number import residuals_of
from mimik.tasks.scored import Measured

CARD = ModelCard("age.n", "1", "age", "n.onnx", "0" * 64, 10, (), 1, CropSpec(24), residuals=(-6.0, 9.0))
BARE = dataclasses.replace(CARD, residuals=())


def aged(years: float) -> Sample:
    labels, told = {"age": years}, {"gender": "female"}
    return Sample(str(years), lambda: None, "test", labels, subgroup=told)  # type: ignore[arg-type, return-value]


def test_the_answer_is_the_number_and_its_interval_that_of_validation() -> None:
    values = Age().decode(np.array([[31.5], [-2.0], [104.0]], np.float32), CARD)
    assert values[:, :3].tolist() == [[31.5, 25.5, 40.5], [0, 0, 9], [104, 98, 113]]
    reading = Age().reading(values[0], values[0], CARD)
    assert (reading.text, reading.group) == ("32 (26-40)", "30-39")
    assert Age(5).reading(values[0], values[0], CARD).group == "30-34"


def test_where_the_errors_are_not_known_the_interval_says_nothing() -> None:
    assert Age().decode(np.array([[31.5]], np.float32), BARE)[0, :3].tolist() == [31.5, 0, 100]
    assert "interval of all ages" in Age().account(BARE, {})
    assert "from -6.0 to +9.0 years about it" in Age().account(CARD, {})


def test_a_group_is_that_of_the_years_as_results_hold_them() -> None:
    values = Age().decode(np.array([[29.996], [29.99]], np.float32), CARD)
    assert [Age().reading(row, row, CARD).group for row in values] == ["30-39", "20-29"]


def test_residuals_hold_four_fifths_of_the_ages() -> None:
    rng = np.random.default_rng(0)
    said = rng.uniform(10, 60, (2000, 1)).astype(np.float32)
    truth = said[:, 0] + rng.normal(2, 5, 2000)
    low, high = residuals_of(said[:1000], truth[:1000])
    assert (low, high) == (pytest.approx(2 - 6.4, abs=0.6), pytest.approx(2 + 6.4, abs=0.6))
    inside = (said[1000:, 0] + low <= truth[1000:]) & (truth[1000:] <= said[1000:, 0] + high)
    assert inside.mean() == pytest.approx(0.8, abs=0.04)
    assert residuals_of(said[:60], np.where(np.arange(60) < 49, truth[:60], np.nan)) == ()


def test_figures_are_in_years_and_within_one_group() -> None:
    task, samples = Age(), [aged(30.0), aged(41.0)]
    logits = np.array([[33.0], [38.0]], np.float32)
    report = task.report(logits, samples, CARD)
    assert report["mae"] == pytest.approx(3)
    assert (report["group_accuracy"], report["group_within_one"]) == (0.5, 1.0)
    assert report["coverage80"] == 1
    assert report["subgroups"]["gender"]["female"]["mae"] == pytest.approx(3)
    assert task.headline(logits, samples, CARD) == ("mae", pytest.approx(3))
    (mae, group) = task.measures([logits], samples, [CARD])
    assert (mae.name, group.name) == ("mae", "group_accuracy")
    assert task.outcomes(logits, samples, CARD).predicted == [33, 38]
    bare = task.report(logits, samples, BARE)
    assert bare["coverage80"] is None
    assert not any("interval" in line for line in task.figure_lines(bare))
    assert any("interval" in line for line in task.figure_lines(report))


def test_what_a_card_takes_from_validation() -> None:
    task, rng = Age(), np.random.default_rng(0)
    assert isinstance(task, Measured)
    samples = [aged(float(years)) for years in rng.integers(0, 80, 60)]
    logits = np.array([[s.labels["age"]] for s in samples], np.float32)
    assert task.fit_residuals(logits, samples, BARE) == (0, 0)
    assert task.fit_temperature(logits, samples, (), "age") == 1
    assert task.soft_targets(np.array([[-3.0], [20.0]], np.float32), CARD).tolist() == [[0], [20]]
    over_years = dataclasses.replace(BARE, outputs=101)
    assert task.fit_residuals(np.zeros((60, 101), np.float32), samples, over_years) == ()


def test_cards_keep_residuals_and_older_ones_have_none() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ModelCard.from_json(CARD.to_json()) == CARD
        assert ModelCard.from_json(BARE.to_json()) == BARE
    assert "residuals" not in BARE.to_json()
    with pytest.raises(ModelError, match="residuals must be two numbers that rise"):
        dataclasses.replace(CARD, residuals=(3.0, -3.0))
