from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.sources.timeline import Timeline, ahead


def times(stamps: list[int | None], limit_s: float | None = None, gap_s: float = math.inf) -> list[float]:
    timeline = Timeline(0.001, 0.04, limit_s, gap_s)
    return [timeline.seconds(stamp, after) for stamp, after in ahead(stamps)]


def test_counts_from_the_first_frame_and_keeps_uneven_steps() -> None:
    assert times([5000, 5040, 5500, 9000]) == pytest.approx([0, 0.04, 0.5, 4])


def test_a_missing_stamp_is_one_step_on() -> None:
    assert times([None, None, None]) == pytest.approx([0, 0.04, 0.08])
    assert times([0, None, 100]) == pytest.approx([0, 0.04, 0.1])


def test_a_stamp_a_little_behind_comes_right_after() -> None:
    assert times([0, 100, 90, 100, 140]) == pytest.approx([0, 0.1, 0.101, 0.102, 0.14])


def test_joined_recordings_go_on() -> None:
    assert times([0, 4000, 0, 40]) == pytest.approx([0, 4, 4.04, 4.08])


def test_too_long_a_gap_is_a_new_recording() -> None:
    stamps: list[int | None] = [0, 40, 4_000_000, 4_000_040]
    assert times(stamps, gap_s=3600) == pytest.approx([0, 0.04, 0.08, 0.12])
    assert times(stamps) == pytest.approx([0, 0.04, 4000, 4000.04])
    assert times([0, 40, 3_500_000], gap_s=3600) == pytest.approx([0, 0.04, 3500])
    # One wrong stamp moves nothing that comes after it.
    assert times([0, 40, 10**9, 120, 160], gap_s=3600) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_a_stamp_past_the_end_is_wrong() -> None:
    assert times([0, 40, 10**9, 120], limit_s=10) == pytest.approx([0, 0.04, 0.08, 0.12])
    assert times([0, 40, 20_000, 120], limit_s=10) == pytest.approx([0, 0.04, 0.08, 0.12])
    assert times([0, 40, 10**9, 10**9 + 40, 160], limit_s=10) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert times([0, 40, 20_000], limit_s=10) == pytest.approx([0, 0.04, 0.08])


def test_a_limit_past_which_stamps_go_on_is_wrong() -> None:
    stamps: list[int | None] = [0, 40, 20_000, 20_030, 20_100, 50_000, 50_040]
    assert times(stamps, limit_s=10) == pytest.approx([0, 0.04, 20, 20.03, 20.1, 50, 50.04])


def test_an_error_comes_after_what_was_read() -> None:
    def broken() -> Iterator[int]:
        yield from (1, 2)
        raise ValueError("broken")

    found = ahead(broken())
    assert [next(found), next(found)] == [(1, 2), (2, None)]
    with pytest.raises(ValueError, match="broken"):
        next(found)
    assert list(ahead([])) == [] and list(ahead([1])) == [(1, None)]


@given(
    st.lists(st.none() | st.integers(-(2**62), 2**62)),
    st.none() | st.floats(0.1, 100),
    st.sampled_from([3600, math.inf]),
)
def test_time_never_stands_nor_runs_back(
    stamps: list[int | None], limit_s: float | None, gap_s: float
) -> None:
    small = [None if s is None else s % 10**8 for s in stamps]
    found = times(small, limit_s, gap_s)
    assert all(a < b for a, b in itertools.pairwise(found))
    found = times(stamps, limit_s, gap_s)
    assert all(a <= b for a, b in itertools.pairwise(found))
