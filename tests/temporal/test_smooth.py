from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.errors import OptionError
from mimik.temporal.smooth import Smoother, SmoothOptions


def run(fps: float, seconds: float, tau: float, signal: np.ndarray | None = None) -> list[float]:
    """The smoothed course of a step from 0 to 1 at one second."""
    smoother = Smoother({"x": tau})
    times = np.arange(0, seconds, 1 / fps)
    values = (times >= 1).astype(np.float32) if signal is None else signal
    return [
        float(smoother.blend(0, float(t), {"x": np.float32([v])})["x"][0])
        for t, v in zip(times, values, strict=True)
    ]


def test_strength_is_in_seconds_not_frames() -> None:
    slow, fast = run(10, 3, 0.5), run(60, 3, 0.5)
    assert slow[20] == pytest.approx(fast[120], abs=0.08)


def test_a_change_shows_in_time() -> None:
    course = run(30, 3, 0.3)
    assert course[29] < 0.05
    assert course[30 + 12] > 0.7


def test_noise_is_reduced() -> None:
    noise = np.random.default_rng(0).normal(size=300).astype(np.float32)
    assert np.std(run(30, 10, 1.0, noise)[60:]) < 0.3 * np.std(noise)


def test_the_first_frames_are_a_mean_not_the_first_value() -> None:
    smoother = Smoother({"x": 10.0})
    for i, value in enumerate([9.0, 1.0, 1.0, 1.0, 1.0]):
        last = smoother.blend(0, i / 30, {"x": np.float32([value])})["x"][0]
    assert last == pytest.approx(2.6, abs=0.5)


@given(
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40),
    st.floats(0.01, 20),
    st.floats(0.001, 1.5),
)
def test_values_stay_between_what_was_seen(values: list[float], tau: float, step: float) -> None:
    smoother = Smoother({"x": tau})
    for i, value in enumerate(values):
        out = float(smoother.blend(0, i * step, {"x": np.float32([value])})["x"][0])
        assert min(values[: i + 1]) - 1e-5 <= out <= max(values[: i + 1]) + 1e-5


def test_people_are_kept_apart_and_forgotten() -> None:
    smoother = Smoother({"x": 5.0}, SmoothOptions(forget_s=1.0))
    smoother.blend(0, 0.0, {"x": np.float32([1])})
    smoother.keep_label(0, "x", "happy")
    assert smoother.blend(1, 0.1, {"x": np.float32([0])})["x"][0] == 0
    assert smoother.label(0, "x") == "happy"
    assert smoother.label(7, "x") is None
    assert smoother.blend(0, 3.0, {"x": np.float32([0])})["x"][0] == 0, "a gap starts anew"
    smoother.forget(9.0)
    assert smoother.label(0, "x") is None


def test_zero_strength_is_off_and_bad_values_are_refused() -> None:
    smoother = Smoother({"x": 5.0}, SmoothOptions(strength=0))
    smoother.blend(0, 0.0, {"x": np.float32([1])})
    assert smoother.blend(0, 0.1, {"x": np.float32([0.25])})["x"][0] == 0.25
    with pytest.raises(OptionError, match="strength"):
        SmoothOptions(strength=-1)
    with pytest.raises(OptionError, match="forget_s"):
        SmoothOptions(forget_s=0)


def test_frames_that_cannot_be_trusted_do_not_colour_those_that_follow() -> None:
    smoother, shown = Smoother({"x": 0.3}), []
    for step in range(30):
        trusted = not 10 <= step < 20
        value = {"x": np.float32([0.0 if trusted else 1.0])}
        shown.append(float(smoother.blend(0, step / 20, value, trusted=trusted)["x"][0]))
        smoother.keep_label(0, "x", "good" if trusted else "poor")
        assert smoother.label(0, "x") == ("good" if trusted else "poor")
    assert shown[:10] == [0.0] * 10 and shown[20:] == [0.0] * 10
    # They themselves go on from what was known.
    assert 0 < shown[10] < shown[15] < shown[19] < 1


def test_one_who_is_never_trusted_is_smoothed_all_the_same() -> None:
    smoother = Smoother({"x": 10.0})
    course = [
        float(smoother.blend(0, n / 10, {"x": np.float32([n % 2])}, trusted=False)["x"][0]) for n in range(20)
    ]
    assert course[-1] == pytest.approx(0.5, abs=0.06)
