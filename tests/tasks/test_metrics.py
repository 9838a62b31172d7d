from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.tasks import metrics
from mimik.tasks.unit_figures import figures_of

TRUTH = np.array([0, 0, 0, 1, 1, 2])
SAID = np.array([0, 0, 1, 1, 2, 2])


def test_confusion_and_classes() -> None:
    confusion = metrics.confusion_matrix(TRUTH, SAID, 4)
    assert confusion.tolist() == [[2, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    rows = metrics.class_figures(confusion, ("a", "b", "c", "d"))
    assert rows["a"] == {"n": 3, "precision": 1.0, "recall": pytest.approx(2 / 3), "f1": pytest.approx(0.8)}
    assert rows["b"]["f1"] == pytest.approx(0.5)
    assert rows["d"] == {"n": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert metrics.macro(rows, "f1") == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)
    assert metrics.accuracy(TRUTH, SAID) == pytest.approx(4 / 6)


def test_wilson_matches_the_textbook() -> None:
    low, high = metrics.wilson_interval(50, 100)
    assert (low, high) == (pytest.approx(0.4038, abs=1e-4), pytest.approx(0.5962, abs=1e-4))
    assert metrics.wilson_interval(0, 10)[0] == 0
    assert metrics.wilson_interval(10, 10)[1] == pytest.approx(1)
    assert metrics.wilson_interval(0, 0) == (0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share(case: tuple[int, int]) -> None:
    right, n = case
    low, high = metrics.wilson_interval(right, n)
    assert 0 <= low <= right / n + 1e-12
    assert right / n - 1e-12 <= high <= 1


def test_age_figures() -> None:
    truth, said = np.array([10.0, 20.0, 30.0]), np.array([12.0, 15.0, 36.0])
    assert metrics.mean_absolute_error(truth, said) == pytest.approx(13 / 3)
    assert metrics.cumulative_score(truth, said) == pytest.approx(2 / 3)
    assert metrics.within_one(np.array([0, 3]), np.array([1, 5])).tolist() == [True, False]


def test_bootstrap_is_repeatable_and_holds_the_mean() -> None:
    values = np.random.default_rng(1).exponential(5, 400)
    low, high = metrics.bootstrap_interval(values)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)
    assert metrics.bootstrap_interval(values) == (low, high)


def test_frames_of_one_person_say_less_than_people() -> None:
    rng = np.random.default_rng(3)
    people = rng.random(200) < 0.8
    frames, groups = np.repeat(people, 10), np.repeat(np.arange(200), 10)
    assert metrics.effective_count(frames, groups) == pytest.approx(200, rel=0.02)
    low, high = metrics.share_figures(frames, groups)["ci95"]
    assert (low, high) == pytest.approx(metrics.wilson_interval(int(people.sum()), 200), abs=0.002)
    # Whose frames differ as if they were of different people, or who come once, count as what they are.
    free = rng.random(2000) < 0.8
    assert metrics.effective_count(free, groups) == pytest.approx(2000, rel=0.15)
    assert metrics.share_figures(free, np.arange(2000)) == metrics.share_figures(free)
    # Ten frames of one person are one answer, and so are those of people who are all read rightly.
    assert metrics.effective_count(free[:10], np.zeros(10, np.intp)) == 1
    assert metrics.effective_count(np.ones(40, bool), np.repeat(np.arange(4), 10)) == 4


def test_the_bootstrap_draws_people() -> None:
    errors = np.random.default_rng(1).exponential(5, 100)
    low, high = metrics.bootstrap_interval(np.repeat(errors, 9), groups=np.repeat(np.arange(100), 9))
    assert (low, high) == pytest.approx(metrics.bootstrap_interval(errors))
    several = np.array([1.0, 1.0, 1.0, 5.0])
    assert metrics.bootstrap_interval(several, groups=np.array([7, 7, 7, 2])) == (1.0, 5.0)


def test_share_figures_of_nothing() -> None:
    assert metrics.share_figures(np.array([], bool)) == {"n": 0, "accuracy": None, "ci95": [0.0, 1.0]}


def test_units_without_a_negative_have_no_mean() -> None:
    """As in a folder of contempt alone: its units are always there, and an AUC says nothing."""
    rng = np.random.default_rng(0)
    values, truth = rng.normal(size=(40, 2)), np.ones((40, 2), np.float32)
    people = np.array([f"p{n // 4}" for n in range(40)])
    report = figures_of(values, truth, values > 0, ("AU12", "AU14"), people)
    assert report["mean"] is None and report["units"]["AU14"]["auc"] is None
    truth[:20, 0] = 0
    report = figures_of(values, truth, values > 0, ("AU12", "AU14"), people)
    assert report["mean"]["units"] == ["AU12"]
    json.dumps(report, allow_nan=False)
