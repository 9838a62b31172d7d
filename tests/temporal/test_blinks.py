"""Blinks out of how far eyes are open: their times, whatever the frames'."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest

from mimik.errors import OptionError
from mimik.temporal.blinks import BlinkCount, BlinkOptions, Closure, EyeWatch, openness_of

OPEN, SHUT = 0.9, 0.05
BLINKS_S = ((1.0, 1.15), (4.2, 4.4), (7.03, 7.38), (11.5, 11.6))
"""When somebody blinks, in 15 seconds."""


def openness(time_s: float, shut_s: Iterable[tuple[float, float]]) -> float:
    """Eyes that fall and rise in 40 ms, shut exactly between the times (at half)."""
    fall = 0.04
    depth = max(
        (min((time_s - a) / fall + 0.5, (b - time_s) / fall + 0.5, 1.0) for a, b in shut_s), default=0.0
    )
    return OPEN - (OPEN - SHUT) * max(0.0, depth)


def watched(times_s: Sequence[float], shut_s: Iterable[tuple[float, float]] = BLINKS_S) -> list[Closure]:
    watch, found = EyeWatch(), []
    shut_s = tuple(shut_s)
    for time_s, next_s in pairwise((*times_s, 2 * times_s[-1] - times_s[-2])):
        found += watch.add(time_s, next_s - time_s, openness(time_s, shut_s))
    return found + watch.finish()


def even(rate: float, until_s: float = 15.0) -> list[float]:
    return [number / rate for number in range(round(rate * until_s))]


def uneven(rate: float, seed: int) -> list[float]:
    """Frames half to one and a half times as far apart as usual, a tenth of them dropped."""
    chance, times, time_s = random.Random(seed), [], 0.0
    while time_s < 15:
        if chance.random() > 0.1:
            times.append(time_s)
        time_s += chance.uniform(0.5, 1.5) / rate
    return times


@pytest.mark.parametrize("rate", [20, 25, 29.97, 30, 60, 240])
def test_blinks_are_found_at_any_rate(rate: float) -> None:
    found = watched(even(rate))
    assert [closure.is_blink for closure in found] == [True] * 4
    for closure, (start_s, end_s) in zip(found, BLINKS_S, strict=True):
        assert closure.start_s == pytest.approx(start_s, abs=1 / rate + 0.02)
        assert closure.end_s == pytest.approx(end_s, abs=1 / rate + 0.02)


@pytest.mark.parametrize("seed", range(10))
def test_blinks_are_found_with_uneven_and_dropped_frames(seed: int) -> None:
    found = watched(uneven(40, seed))
    assert [closure.is_blink for closure in found] == [True] * 4
    assert all(
        closure.duration_s == pytest.approx(b - a, abs=0.1)
        for closure, (a, b) in zip(found, BLINKS_S, strict=True)
    )


def test_mean_duration_is_right_on_average() -> None:
    """A frame's length off in single blinks, but to neither side."""
    chance = random.Random(1)
    blinks, start_s = [], 1.0
    while start_s < 590:
        blinks.append((start_s, start_s + chance.uniform(0.12, 0.35)))
        start_s += chance.uniform(1, 5)
    found = watched(even(30, 600), blinks)
    assert len(found) == len(blinks)
    true_s = sum(b - a for a, b in blinks) / len(blinks)
    assert sum(closure.duration_s for closure in found) / len(found) == pytest.approx(true_s, abs=0.01)


def times(values: Sequence[float], rate: float = 10) -> list[tuple[float, float, bool, bool]]:
    watch = EyeWatch()
    found = [c for n, value in enumerate(values) for c in watch.add(n / rate, 1 / rate, value)]
    return [(round(c.start_s, 3), round(c.end_s, 3), c.whole, c.is_blink) for c in (*found, *watch.finish())]


def test_a_single_frame_is_a_blink() -> None:
    assert times([0.9, 0.1, 0.9]) == [(0.1, 0.2, True, True)]


def test_half_a_second_is_a_blink_and_more_is_not() -> None:
    assert times([0.9] + [0.1] * 5 + [0.9]) == [(0.1, 0.6, True, True)]
    assert times([0.9] + [0.1] * 6 + [0.9]) == [(0.1, 0.7, True, False)]


def test_a_value_between_the_thresholds_goes_on() -> None:
    assert times([0.9, 0.4, 0.1, 0.4, 0.1, 0.9]) == [(0.2, 0.5, True, True)]
    assert times([0.9, 0.4, 0.35, 0.4, 0.9]) == []


def test_narrow_eyes_open_again_though_they_are_never_wide_open() -> None:
    assert times([0.4, 0.4, 0.1, 0.4, 0.4, 0.4, 0.4, 0.1, 0.4, 0.4, 0.4]) == [
        (0.2, 0.3, True, True),
        (0.7, 0.8, True, True),
    ]


def test_what_began_or_ended_unseen_is_no_blink() -> None:
    assert times([0.1, 0.1, 0.9]) == [(0.0, 0.2, False, False)]
    assert times([0.9, 0.1, 0.1]) == [(0.1, 0.3, False, False)]


def test_a_gap_cuts_and_a_dropped_frame_does_not() -> None:
    watch = EyeWatch()
    watch.add(0.0, 0.04, 0.9)
    watch.add(0.04, 0.04, 0.1)
    assert watch.shut
    assert watch.add(0.12, 0.04, 0.1) == []
    assert watch.add(0.16, 0.04, 0.9) == [Closure(0.04, 0.16, whole=True, is_blink=True)]
    watch.add(0.2, 0.04, 0.1)
    assert watch.add(5.0, 0.04, 0.9) == [Closure(0.2, 0.2 + 0.04, whole=False, is_blink=False)]
    assert not watch.shut


@pytest.mark.parametrize("fps", [30, 50, 60])
def test_a_tenth_of_a_second_unseen_is_bridged_wherever_it_is(fps: int) -> None:
    """Times in files are rounded: 0.1 s must not be longer here than there."""
    unseen = round(0.1 * fps)
    for start in range(10, 60):
        watch, found = EyeWatch(), []
        for n in (n for n in range(start - 2, start + 20) if not start < n <= start + unseen):
            time_s, end_s = round(n / fps, 6), round((n + 1) / fps, 6)
            found += watch.add(time_s, end_s - time_s, 0.1 if start <= n <= start + unseen + 1 else 0.9)
        assert [closure.is_blink for closure in found] == [True]


def test_eyes_are_shut_where_both_are() -> None:
    assert openness_of([0.1, 0.9]) == 0.9
    assert openness_of([0.1]) == 0.1


def count(
    rate: float, shut_s: Iterable[tuple[float, float]] = BLINKS_S, until_s: float = 15.0
) -> dict[str, float | None]:
    counted = BlinkCount()
    shut_s = tuple(shut_s)
    for time_s in even(rate, until_s):
        value = openness(time_s, shut_s)
        counted.add(time_s, 1 / rate, dict.fromkeys(BlinkCount.reads, value))
    return counted.figures()


def test_figures_are_of_the_time_seen() -> None:
    figures = count(60, (*BLINKS_S, (12.5, 14.0)))
    assert (figures["blinks"], figures["shut_times"]) == (4, 1)
    assert figures["blinks_per_minute"] == pytest.approx(16.0)
    assert figures["blink_mean_s"] == pytest.approx(0.2, abs=0.02)
    assert figures["shut_seconds"] == pytest.approx(1.5, abs=0.03)


def test_nobody_who_blinks_has_none() -> None:
    figures = count(30, ())
    assert (figures["blinks"], figures["blinks_per_minute"], figures["blink_mean_s"]) == (0, 0.0, None)


def test_blinks_between_sparse_frames_are_not_counted() -> None:
    assert set(count(8).values()) == {None}
    assert count(10)["blinks"] is not None


def test_eyes_that_are_not_seen_count_for_nothing() -> None:
    counted = BlinkCount()
    counted.add(0.0, 0.04, dict.fromkeys(BlinkCount.reads, None))
    assert set(counted.figures().values()) == {None}


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="in this order"):
        BlinkOptions(shut_below=0.6)
    with pytest.raises(OptionError, match="longest_s"):
        BlinkOptions(longest_s=math.nan)
