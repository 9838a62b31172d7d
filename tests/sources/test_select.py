from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimik.errors import OptionError
from mimik.sources.options import SourceOptions
from mimik.sources.select import expected_count, scaled_size, select, shrink


def taken(fps: float, count: int, options: SourceOptions, digits: int = 6) -> list[int]:
    frames = [(i, round(i / fps, digits), None) for i in range(count)]
    return [index for index, _, _ in select(frames, options)]


def test_takes_all_by_default() -> None:
    assert taken(30, 7, SourceOptions()) == list(range(7))


def test_range_holds_its_start_and_not_its_end() -> None:
    assert taken(10, 10, SourceOptions(start_s=0.3, end_s=0.6)) == [3, 4, 5]


def test_every_counts_from_the_start_of_the_range() -> None:
    assert taken(10, 10, SourceOptions(every=3)) == [0, 3, 6, 9]
    assert taken(10, 10, SourceOptions(every=3, start_s=0.1)) == [1, 4, 7]


def test_max_fps_thins_evenly() -> None:
    assert taken(30, 10, SourceOptions(max_fps=10)) == [0, 3, 6, 9]
    assert len(taken(30, 300, SourceOptions(max_fps=20))) == pytest.approx(200, abs=2)


def test_max_fps_of_the_source_itself_leaves_nothing_out_though_times_are_rounded() -> None:
    assert taken(30, 100, SourceOptions(max_fps=30), digits=3) == list(range(100))


def test_end_stops_reading() -> None:
    def endless():  # type: ignore[no-untyped-def]
        index = 0
        while True:
            yield index, index / 10, None
            index += 1

    assert len(list(select(endless(), SourceOptions(end_s=1)))) == 10


@given(
    steps=st.lists(st.floats(0.001, 2), max_size=60),
    every=st.integers(1, 5),
    max_fps=st.none() | st.floats(0.1, 100),
    start_s=st.floats(0, 5),
    length_s=st.none() | st.floats(0.1, 20),
)
def test_what_is_taken_keeps_the_promises(steps, every, max_fps, start_s, length_s) -> None:  # type: ignore[no-untyped-def]
    times = list(np.cumsum([0.0, *steps]))
    end_s = None if length_s is None else start_s + length_s
    options = SourceOptions(start_s=start_s, end_s=end_s, every=every, max_fps=max_fps)
    found = list(select(((i, t, t) for i, t in enumerate(times)), options))
    assert all(start_s <= t < (end_s or math.inf) for _, t, _ in found)
    assert all(b[0] - a[0] >= every for a, b in itertools.pairwise(found))
    if max_fps and len(found) > 1:
        assert len(found) <= (found[-1][1] - found[0][1]) * max_fps + 2.001
    inside = [i for i, t in enumerate(times) if start_s <= t < (end_s or math.inf)]
    assert (found[0][0] if found else None) == (inside[0] if inside else None)


def test_expected_count_follows_the_options() -> None:
    assert expected_count(10, 30, SourceOptions()) == 300
    assert expected_count(10, 30, SourceOptions(start_s=1, end_s=3, every=2)) == 30
    assert expected_count(10, 30, SourceOptions(max_fps=5)) == 50
    assert expected_count(10, 30, SourceOptions(start_s=20)) == 0


def test_scaling_keeps_the_shape_and_never_enlarges() -> None:
    assert scaled_size(4000, 3000, 1000) == (1000, 750)
    assert scaled_size(30, 3000, 100) == (1, 100)
    assert scaled_size(100, 50, 1000) == (100, 50)
    image = np.zeros((30, 60, 3), np.uint8)
    assert shrink(image, 20).shape == (10, 20, 3)
    assert shrink(image, None) is image


@pytest.mark.parametrize(
    "bad",
    [
        {"start_s": -1},
        {"start_s": math.nan},
        {"start_s": math.inf},
        {"start_s": 2, "end_s": 2},
        {"end_s": math.nan},
        {"every": 0},
        {"max_fps": 0},
        {"max_fps": math.nan},
        {"max_size": 8},
        {"max_pixels": 0},
        {"patience_s": 0},
        {"threads": 0},
    ],
)
def test_impossible_options_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=r"not|range"):
        SourceOptions(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"every": "2"}, "every must be a whole number, not '2'"),
        ({"every": None}, "every must be a whole number, not None"),
        ({"max_size": 640.5}, "max_size must be a whole number, not 640.5"),
        ({"end_s": "0:12"}, "end_s must be a number, not '0:12'"),
    ],
)
def test_options_of_another_kind_are_refused(bad: dict[str, object], told: str) -> None:
    with pytest.raises(OptionError) as refused:
        SourceOptions(**bad)  # type: ignore[arg-type]
    assert str(refused.value) == told
    assert SourceOptions(every=np.int64(2), end_s=3, max_fps=np.float32(5)).every == 2


def test_a_gap_does_not_lead_to_frames_in_a_hurry() -> None:
    times = [0, 0.1, 0.2, 5, 5.1, 5.2, 5.3, 6, 6.1, 7]
    taken = select(((i, t, None) for i, t in enumerate(times)), SourceOptions(max_fps=1))
    assert [t for _, t, _ in taken] == [0, 5, 6, 7]
