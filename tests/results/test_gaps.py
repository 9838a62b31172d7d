"""How long frames last, and gaps in a recording."""

from __future__ import annotations

import pytest

from mimik.results.gaps import lasting, usual_step


def lengths(times: list[float | None], end_s: float | None = None) -> list[float | None]:
    return [None if s is None else round(s, 6) for _, s in lasting([(t, t) for t in times], end_s)]


def test_a_frame_lasts_until_the_next_and_the_last_as_long_as_the_one_before() -> None:
    assert lengths([0, 0.1, 0.3, 0.4]) == [0.1, 0.2, 0.1, 0.1]
    assert lengths([0, 0.1, 0.3], end_s=0.5) == [0.1, 0.2, 0.2]


def test_nothing_lasts_through_a_gap() -> None:
    assert lengths([0, 0.1, 0.2, 60, 60.1]) == [0.1, 0.1, 0.1, 0.1, 0.1]
    assert lengths([0, 0.1, 0.2], end_s=9) == [0.1, 0.1, 0.1]


@pytest.mark.parametrize("fps", [10, 24, 25, 30, 50, 60])
def test_five_usual_steps_are_no_gap_wherever_they_are(fps: int) -> None:
    for start in range(90):
        times: list[float | None] = [round((start + n) / fps, 6) for n in (0, 1, 2, 7, 8)]
        assert (lengths(times)[2] or 0) * fps == pytest.approx(5, abs=1e-3)
        times[3:] = [round((start + n) / fps, 6) for n in (8, 9)]
        assert (lengths(times)[2] or 0) * fps == pytest.approx(1, abs=1e-3)


def test_a_rate_that_changes_is_no_gap_for_long() -> None:
    times = [i / 10 for i in range(40)] + [4 + i for i in range(1, 41)]
    assert sum(s or 0 for s in lengths(times)[40:]) == pytest.approx(40, abs=13)
    assert lengths(times)[-1] == 1


def test_single_frames_and_unknown_times() -> None:
    assert lengths([]) == []
    assert lengths([5.0]) == [0.0]
    assert lengths([None]) == [None]
    assert lengths([0, None, 0.2, 0.3]) == [None, None, 0.1, 0.1]


def test_the_usual_step() -> None:
    assert usual_step([0, 1, 2, 60, 61]) == 1
    assert usual_step([3]) == 1 == usual_step([])
