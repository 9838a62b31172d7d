"""Statistics of pairs, held against published values and other programs'."""

from __future__ import annotations

import numpy as np
import pytest

from mimik.evaluate.paired import (
    difference,
    drawn_interval,
    figure_interval,
    mcnemar_p,
    paired_share_interval,
)
from mimik.tasks.measures import Measure
from mimik.tasks.metrics import share_figures


@pytest.mark.parametrize(
    ("b", "c", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 5, 1.0),
        (12, 2, 0.012939453125),
        (300, 250, 0.036578745549102676),  # scipy.stats.binomtest(300, 550).pvalue
        (59, 6, 4.964650327128616e-12),
        (2000, 2100, 0.12206497999113655),
    ],
)
def test_mcnemar_is_scipys_binomial_test(b: int, c: int, p: float) -> None:
    assert mcnemar_p(b, c) == pytest.approx(p, rel=1e-12)
    assert mcnemar_p(c, b) == mcnemar_p(b, c)


def answers(both: int, first: int, second: int, none: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether two models are right, from the four counts."""
    one = np.repeat([True, True, False, False], [both, first, second, none])
    other = np.repeat([True, False, True, False], [both, first, second, none])
    return one, other


def alone(n: int) -> np.ndarray:
    return np.arange(n)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((36, 12, 2, 0), 0.0569, 0.3404),  # Newcombe 1998, method 10
        # Worked out by the formula of Altman, Statistics with confidence (2000), page 52
        ((20, 12, 2, 16), 0.0562, 0.3292),
        ((54, 0, 0, 0), -0.0664, 0.0664),
        ((0, 30, 0, 24), 0.4080, 0.6800),
    ],
)
def test_newcombes_interval(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    one, other = answers(*counts)
    found = paired_share_interval(one, other, alone(len(one)))
    assert found == pytest.approx((low, high), abs=6e-5)
    back = paired_share_interval(other, one, alone(len(one)))
    assert back == pytest.approx((-high, -low), abs=6e-5)


def test_twenty_pictures_of_a_person_say_less_than_of_twenty_people() -> None:
    one, other = answers(200, 60, 30, 110)
    rows = np.repeat(np.arange(len(one)), 20)
    people = paired_share_interval(one, other, alone(len(one)))
    copies = paired_share_interval(one[rows], other[rows], rows)
    taken_apart = paired_share_interval(one[rows], other[rows], alone(len(rows)))
    assert copies == pytest.approx(people, abs=1e-3)
    assert taken_apart[1] - taken_apart[0] < 0.3 * (people[1] - people[0])


def shares(*right: np.ndarray) -> Measure:
    return Measure("accuracy", "accuracy", "share", True, [r.astype(float) for r in right])


def test_a_share_differs_by_newcombe_and_has_wilsons_interval() -> None:
    one, other = answers(36, 12, 2, 0)
    measure, rows = shares(one, other), alone(50)
    found = difference(measure, 0, 1, rows, rows)
    assert (found["n"], found["value"], found["against"]) == (50, 0.96, 0.76)
    assert found["difference"] == pytest.approx(0.2)
    assert found["ci95"] == pytest.approx([0.0569, 0.3404], abs=6e-5)
    assert figure_interval(measure, 1, rows) == tuple(share_figures(other, rows)["ci95"])


def test_what_has_no_truth_in_years_is_left_out_of_the_error() -> None:
    first, second = np.array([1.0, np.nan, 3.0, 5.0]), np.array([2.0, np.nan, 5.0, 8.0])
    measure = Measure("mae", "MAE", "years", False, [first, second])
    found = difference(measure, 0, 1, alone(4), alone(4))
    assert (found["n"], found["value"], found["against"], found["difference"]) == (3, 3.0, 5.0, -2.0)
    assert -3 <= found["ci95"][0] <= -2 <= found["ci95"][1] <= -1
    none = difference(measure, 0, 1, alone(4), np.array([1]))
    assert none == {"n": 0, "value": None, "against": None, "difference": None, "ci95": None}


def test_errors_that_move_together_differ_surely() -> None:
    """The interval is of the pairs: far narrower than those of the two models."""
    rng = np.random.default_rng(0)
    errors = rng.exponential(5, 400)
    measure = Measure("mae", "MAE", "years", False, [errors + 0.5, errors])
    low, high = difference(measure, 0, 1, alone(400), alone(400))["ci95"]
    assert (low, high) == pytest.approx((0.5, 0.5))
    own_low, own_high = figure_interval(measure, 0, alone(400))
    assert own_high - own_low > 0.6


def test_people_are_drawn_whole() -> None:
    groups = np.repeat(np.arange(40), 5)
    values = np.repeat(np.random.default_rng(1).normal(size=40), 5)
    low, high = drawn_interval(lambda rows: float(values[rows].mean()), groups)
    lone_low, lone_high = drawn_interval(lambda rows: float(values[rows].mean()), alone(200))
    assert high - low > 1.7 * (lone_high - lone_low)
    assert (low, high) == drawn_interval(lambda rows: float(values[rows].mean()), groups)
    assert np.isnan(drawn_interval(lambda rows: float("nan"), groups)).all()
