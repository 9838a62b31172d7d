"""Ids over time: still, moving, crossing, hidden, gone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimik.errors import OptionError
from mimik.faces.boxes import centre_xy
from mimik.faces.detect.base import load_detector
from mimik.temporal.track import Tracker, TrackOptions
from mimik.types import Detection

FILES = Path(__file__).parents[2] / "examples"
Path2D = Callable[[float], tuple[float, float] | None]


def at(x: float, y: float, size: float = 100) -> Detection:
    return Detection((x - 0.4 * size, y - 0.6 * size, x + 0.4 * size, y + 0.6 * size), 0.9)


def follow(
    people: list[Path2D], times: Iterable[float], jitter: float = 0, options: TrackOptions | None = None
) -> list[list[int]]:
    """Ids that each person had, in order of time; a person who is None then isn't seen."""
    rng, tracker = np.random.default_rng(0), Tracker(options)
    had: list[list[int]] = [[] for _ in people]
    for time_s in times:
        places = {i: place for i, person in enumerate(people) if (place := person(time_s)) is not None}
        order = list(rng.permutation(list(places))) if places else []
        seen = [at(*(np.array(places[i]) + rng.normal(0, jitter, 2) if jitter else places[i])) for i in order]
        for i, id_ in zip(order, tracker.update(seen, time_s), strict=True):
            had[i].append(id_)
    return had


def clock(seconds: float, fps: float = 30) -> list[float]:
    return [n / fps for n in range(round(seconds * fps))]


def test_ids_start_at_0_and_stay() -> None:
    assert follow([lambda t: (100, 100)], clock(1), jitter=2) == [[0] * 30]
    assert Tracker().update([], 0) == []


@pytest.mark.parametrize("fps", [5, 12.5, 30, 120])
@pytest.mark.parametrize("speed", [50, 200, 400])
def test_a_moving_face_keeps_its_id(fps: float, speed: float) -> None:
    (ids,) = follow([lambda t: (speed * t, 100)], clock(3, fps), jitter=1)
    assert set(ids) == {0}


@pytest.mark.parametrize("fps", [10, 30])
@pytest.mark.parametrize("offset", [15, 40, 80])
def test_two_who_cross_keep_their_ids(fps: float, offset: float) -> None:
    people: list[Path2D] = [lambda t: (100 + 200 * t, 200), lambda t: (700 - 200 * t, 200 + offset)]
    first, second = follow(people, clock(3, fps), jitter=2)
    assert len(set(first)) == len(set(second)) == 1
    assert first[0] != second[0]


@pytest.mark.parametrize("fps", [10, 30])
def test_one_passes_behind_the_other(fps: float) -> None:
    def behind(t: float) -> tuple[float, float] | None:
        x = 100 + 250 * t
        return None if abs(x - 400) < 75 else (x, 200)

    front, back = follow([lambda t: (400, 210), behind], clock(2.4, fps), jitter=2)
    assert set(front) == {front[0]} and set(back) == {back[0]} and front[0] != back[0]


def test_both_move_and_one_is_hidden() -> None:
    def behind(t: float) -> tuple[float, float] | None:
        x = 700 - 200 * t
        return None if abs(x - (100 + 200 * t)) < 70 else (x, 215)

    first, second = follow([lambda t: (100 + 200 * t, 200), behind], clock(3), jitter=2)
    assert len(set(first)) == len(set(second)) == 1
    assert first[0] != second[0]


@pytest.mark.parametrize(("hidden_s", "people"), [(0.5, 1), (0.9, 1), (1.3, 2)])
def test_patience_is_in_seconds(hidden_s: float, people: int) -> None:
    for fps in (10, 30):
        (ids,) = follow([lambda t: None if 1 <= t < 1 + hidden_s else (100, 100)], clock(4, fps), jitter=1)
        assert len(set(ids)) == people


def test_a_jump_or_another_size_is_someone_else() -> None:
    tracker = Tracker()
    assert tracker.update([at(100, 100)], 0) == [0]
    assert tracker.update([at(500, 100)], 1 / 30) == [1]
    assert tracker.update([at(500, 100, 250)], 2 / 30) == [2]


def test_a_gap_in_time_ends_all_and_a_loop_begins_anew() -> None:
    tracker = Tracker()
    for i in range(6):
        assert tracker.update([at(100, 100)], i / 30) == [0]
    assert tracker.update([at(100, 100)], 12) == [1]
    assert tracker.update([at(100, 100)], 0) == [2]


def test_frames_a_quarter_of_a_minute_apart_show_one_person() -> None:
    tracker = Tracker()
    assert [tracker.update([at(100 + 3 * i, 100)], 15.0 * i) for i in range(7)] == [[0]] * 7


def test_who_may_be_unseen_for_how_long_is_as_told() -> None:
    for patience_s, again in ((30.0, 0), (3.0, 1)):
        tracker = Tracker(TrackOptions(patience_s=patience_s, adapt=False))
        tracker.update([at(100, 100)], 0)
        tracker.update([], 0.5)
        assert tracker.update([at(110, 100)], 20) == [again]
        assert again in tracker.people


def test_a_stream_may_change_its_resolution() -> None:
    tracker = Tracker()
    for i, scale in enumerate((1, 1, 0.5, 0.5, 1, 2)):
        face = at(300 * scale, 200 * scale, 100 * scale)
        assert tracker.update([face], i / 15, 640 * scale) == [0]
    tracker.update([], 0.5, 320)
    ((_, box),) = tracker.lost(0.5)
    assert box == pytest.approx((130, 70, 170, 130), abs=2)


def test_frames_far_apart_keep_who_is_in_both() -> None:
    tracker = Tracker()
    assert [tracker.update([at(100, 100)], 2.0 * i) for i in range(4)] == [[0]] * 4
    tracker.update([], 8.0)
    assert tracker.lost(8.0)
    assert tracker.update([at(100, 100)], 10.0) == [1], "unseen for a frame and more than the patience"


def test_two_frames_at_one_time() -> None:
    tracker = Tracker()
    assert tracker.update([at(100, 100)], 1) == tracker.update([at(103, 100)], 1) == [0]
    tracker.update([], 1)
    assert [person for person, _ in tracker.lost(1)] == [0]


def test_a_row_of_people_shifts_together() -> None:
    tracker = Tracker()
    row = [at(150 * i, 100) for i in range(5)]
    ids = tracker.update(row, 0)
    assert tracker.update([at(150 * i + 60, 100) for i in range(5)], 0.1) == ids


def test_lost_covers_the_last_place_and_the_expected() -> None:
    tracker = Tracker()
    for n in range(30):
        tracker_id, _ = tracker.update([at(100 + 10 * n, 100), at(100, 400)], n / 30)
    assert tracker.lost(29 / 30) == []
    tracker.update([at(100, 400)], 1.0)
    tracker.update([at(100, 400)], 1.2)
    ((id_, box),) = tracker.lost(1.2)
    assert id_ == tracker_id
    last = at(390, 100).box_xyxy
    assert box[0] <= last[0] and box[2] > last[2] + 30
    assert box[1] == pytest.approx(last[1], abs=1)
    assert tracker.lost(1.5) != []
    assert tracker.lost(2.1) == []
    tracker.update([at(100, 400)], 2.1)
    assert tracker.lost(2.1) == []


places = st.lists(
    st.tuples(st.floats(0, 1000), st.floats(0, 1000), st.floats(20, 200)), min_size=1, max_size=6, unique=True
)


@settings(max_examples=60)
@given(st.lists(places, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(
    frames: list[list[tuple[float, ...]]], random: Random
) -> None:
    one, other = Tracker(), Tracker()
    for n, frame in enumerate(frames):
        faces = [at(*place) for place in frame]
        shuffled = random.sample(faces, len(faces))
        ids = dict(zip(map(id, faces), one.update(faces, n / 10), strict=True))
        again = dict(zip(map(id, shuffled), other.update(shuffled, n / 10), strict=True))
        assert ids == again
        assert len(set(ids.values())) == len(faces)


@given(places, st.floats(-1e5, 1e5))
def test_only_differences_of_time_matter(frame: list[tuple[float, ...]], start: float) -> None:
    faces = [at(*place) for place in frame]
    tracker = Tracker()
    assert tracker.update(faces, start) == tracker.update(faces, start + 0.25)


def test_trackers_know_nothing_of_each_other() -> None:
    first, second = Tracker(), Tracker()
    first.update([at(100, 100), at(500, 100)], 0)
    assert second.update([at(100, 100)], 0) == [0]


def test_two_people_in_the_clip_have_two_ids() -> None:
    detector, tracker = load_detector("yunet"), Tracker()
    capture = cv2.VideoCapture(str(FILES / "two_people.mp4"))
    sides: dict[int, set[str]] = {}
    frames = 0
    while (read := capture.read())[0]:
        faces = detector.detect(np.asarray(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB), np.uint8))
        for face, id_ in zip(faces, tracker.update(faces, frames / 12.0), strict=True):
            sides.setdefault(id_, set()).add("left" if centre_xy(face.box_xyxy)[0] < 240 else "right")
        frames += 1
    capture.release()
    assert frames == 56
    assert sorted(sides) == [0, 1]
    assert sorted(map(str, sides.values())) == ["{'left'}", "{'right'}"]


@pytest.mark.parametrize(
    "wrong", [{"patience_s": 0}, {"reach": 0}, {"reach_per_s": -1}, {"ratio": 1}, {"patience_s": math.nan}]
)
def test_options_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        TrackOptions(**wrong)
