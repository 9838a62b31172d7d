"""Which frames are searched as a whole, and what becomes of faces in the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik import Analyzer, Frame
from mimik.errors import OptionError
from mimik.faces.boxes import centre_xy
from mimik.faces.detect.around import Place
from mimik.faces.detect.base import DetectorOptions
from mimik.faces.detect.haar import Haar
from mimik.faces.detect.yunet import YuNet
from mimik.temporal.follow import NEWCOMER_S, Every, Follower, FollowOptions
from mimik.types import Box, Detection, Image

PICTURE: Image = np.zeros((480, 640, 3), np.uint8)


def face(x: float, y: float = 100.0, size: float = 60.0) -> Box:
    return x - size / 2, y - size / 2, x + size / 2, y + size / 2


class Scene:
    """A detector of faces that a test puts up; counts its searches."""

    name = "scene"

    def __init__(self) -> None:
        self.faces: list[Box] = []
        self.unseen_nearby: set[Box] = set()
        """Faces that only a search finds."""
        self.seen_nearby: set[Box] = set()
        """What only looks like a face from close by."""
        self.score, self.searches, self.affordable = 0.9, 0, 10

    def detect(self, image: Image) -> list[Detection]:
        self.searches += 1
        return [Detection(box, self.score) for box in self.faces]

    def around(self, image: Image, places: Sequence[Place]) -> list[Detection | None]:
        there = [box for box in self.faces if box not in self.unseen_nearby] + sorted(self.seen_nearby)
        found: list[Detection | None] = []
        for place in places:
            middle = centre_xy(place.box_xyxy)
            near = [box for box in there if math.dist(centre_xy(box), middle) < 30]
            best = min(near, key=lambda box: math.dist(centre_xy(box), middle), default=None)
            found.append(None if best is None else Detection(best, self.score))
        return found

    def pays(self, shape: Sequence[int], count: int) -> bool:
        return count <= self.affordable


@pytest.fixture
def scene() -> Scene:
    return Scene()


def searched(follower: Follower, scene: Scene, times_s: Sequence[float]) -> list[bool]:
    """Whether each of some frames is searched."""
    said = []
    for time_s in times_s:
        before = scene.searches
        follower.find(PICTURE, time_s)
        said.append(scene.searches > before)
    return said


@pytest.mark.parametrize("fps", [5, 10, 24, 25, 30, 60])
def test_no_newcomer_waits_longer_than_said(scene: Scene, fps: int) -> None:
    scene.faces = [face(100)]
    times_s = [n / fps for n in range(2 * fps)]
    said = searched(Follower(scene), scene, times_s)
    marks = [time_s for time_s, was in zip(times_s, said, strict=True) if was]
    assert marks[0] == 0
    apart_s = np.diff(marks)
    assert max(apart_s) <= NEWCOMER_S + 1e-6
    assert min(apart_s) > NEWCOMER_S - 1.5 / fps  # Nor is more searched than that needs.


@pytest.mark.parametrize(("every", "expected"), [(1, "111111111"), (3, "100100100"), (4, "100010001")])
def test_every_nth_frame_is_searched(scene: Scene, every: Every, expected: str) -> None:
    scene.faces = [face(100)]
    said = searched(Follower(scene, FollowOptions(every)), scene, [n / 30 for n in range(9)])
    assert "".join("01"[was] for was in said) == expected


def test_a_followed_face_is_where_it_is(scene: Scene) -> None:
    follower = Follower(scene)
    for n in range(6):
        scene.faces = [face(100 + 12 * n)]
        (found,) = follower.find(PICTURE, n / 30)
        assert found.box_xyxy == scene.faces[0]
    assert scene.searches == 1


def test_where_nobody_is_every_frame_is_searched(scene: Scene) -> None:
    assert all(searched(Follower(scene), scene, [n / 30 for n in range(6)]))


def test_who_comes_in_is_seen_at_the_next_search(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100)]
    follower.find(PICTURE, 0.0)
    scene.faces = [face(100), face(400)]
    seen = [len(follower.find(PICTURE, n / 30)) for n in range(1, 10)]
    assert seen == [1] * 8 + [2]


def test_a_face_that_is_lost_is_searched_for_at_once_and_for_a_while(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100), face(400)]
    searched(follower, scene, [0.0, 1 / 30])
    scene.faces = [face(100)]
    said = searched(follower, scene, [n / 30 for n in range(2, 20)])
    assert said[:10] == [True] * 10 and not any(said[11:15])
    scene.faces = [face(100), face(300)]
    follower.state.lost = True
    assert len(follower.find(PICTURE, 1.0)) == 2


def test_a_face_that_jumped_is_found_in_the_same_frame(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100)]
    follower.find(PICTURE, 0.0)
    scene.faces = [face(500)]  # A cut.
    (found,) = follower.find(PICTURE, 1 / 30)
    assert found.box_xyxy == face(500)


def test_two_that_lead_to_one_face_are_searched_for(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100), face(125)]
    searched(follower, scene, [0.0])
    scene.faces = [face(112)]
    before = scene.searches
    (found,) = follower.find(PICTURE, 1 / 30)
    assert scene.searches == before + 1 and found.box_xyxy == face(112)


def test_a_score_that_drops_is_looked_into(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100)]
    searched(follower, scene, [0.0])
    scene.score = 0.71
    assert searched(follower, scene, [1 / 30, 2 / 30]) == [True, False]


def test_what_only_looks_like_a_face_from_close_by_is_not_followed_for_ever(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100)]
    follower.find(PICTURE, 0.0)
    scene.faces, scene.seen_nearby = [], {face(100)}
    seen = [len(follower.find(PICTURE, n / 30)) for n in range(1, 12)]
    assert seen == [1] * 8 + [0] * 3


def test_a_face_that_only_a_search_finds_stays(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100)]
    scene.unseen_nearby = {face(100)}
    assert [len(follower.find(PICTURE, n / 30)) for n in range(8)] == [1] * 8
    assert scene.searches == 8


@pytest.mark.parametrize("times_s", [(0.0, 0.0), (1.0, 0.5)])
def test_a_time_that_does_not_rise_begins_anew(scene: Scene, times_s: tuple[float, float]) -> None:
    scene.faces = [face(100)]
    assert searched(Follower(scene), scene, times_s) == [True, True]


def test_a_picture_of_another_size_is_searched(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100)]
    follower.find(PICTURE, 0.0)
    follower.find(PICTURE[:240, :320], 1 / 30)
    assert scene.searches == 2


def test_a_crowd_is_searched_for_where_that_is_less_work(scene: Scene) -> None:
    scene.faces = [face(60 * n + 40) for n in range(4)]
    scene.affordable = 3
    assert all(searched(Follower(scene), scene, [n / 30 for n in range(4)]))


def test_every_frame_is_searched_while_faces_are_hidden(scene: Scene) -> None:
    follower = Follower(scene)
    scene.faces = [face(100)]
    follower.thorough = True
    assert all(searched(follower, scene, [n / 30 for n in range(4)]))
    follower.thorough = False
    assert searched(follower, scene, [4 / 30, 5 / 30]) == [False, False]


@pytest.mark.parametrize("every", [0, -1, 1.5, "often", True])
def test_how_often_must_make_sense(every: Every) -> None:
    with pytest.raises(OptionError, match="'auto' or a number of frames"):
        FollowOptions(every)


def test_a_newcomer_needs_a_time() -> None:
    with pytest.raises(OptionError, match="newcomer_s must be above 0"):
        FollowOptions(newcomer_s=0)


def test_a_detector_that_can_not_follow_searches_every_frame_or_says_so() -> None:
    haar = Haar(DetectorOptions())
    Follower(haar, FollowOptions("auto"))
    Follower(haar, FollowOptions(1))
    with pytest.raises(OptionError, match="haar can't follow faces"):
        Follower(haar, FollowOptions(3))
    with pytest.raises(OptionError, match="haar can't follow faces"):
        Analyzer(("emotion",), "haar", models="mini", detect_every=3)


@pytest.fixture(scope="module")
def portrait() -> Image:
    path = Path(__file__).parents[2] / "examples" / "astronaut.jpg"
    return np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), np.uint8)


@pytest.fixture(scope="module")
def film(portrait: Image) -> list[Frame]:
    """A face that goes to the right, and from frame 20 on a second one that stands still."""
    small = np.asarray(cv2.resize(portrait[:300, 70:370], (160, 160), interpolation=cv2.INTER_AREA), np.uint8)
    frames = []
    for n in range(32):
        picture: Image = np.full((360, 640, 3), 90, np.uint8)
        picture[60:220, 20 + 6 * n : 180 + 6 * n] = small
        if n >= 20:
            picture[180:340, 460:620] = small
        frames.append(Frame(picture, n, n / 30, "film"))
    return frames


def test_people_keep_their_ids_and_readings_when_followed(
    film: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[int] = []
    detect = YuNet.detect

    def counted(self: YuNet, image: Image) -> list[Detection]:
        searches.append(1)
        return detect(self, image)

    monkeypatch.setattr(YuNet, "detect", counted)
    whole, followed = (Analyzer(("gender",), models="mini", detect_every=how) for how in (1, "auto"))
    session = whole.session()
    expected = [session.read(frame) for frame in film]
    assert len(searches) == len(film)
    searches.clear()
    session = followed.session()
    read = [session.read(frame) for frame in film]
    assert len(searches) <= 5
    late = [n for n, (a, b) in enumerate(zip(expected, read, strict=True)) if len(b.faces) < len(a.faces)]
    assert len(late) / 30 < NEWCOMER_S and set(late) <= set(range(20, 29))
    for a, b in zip(expected, read, strict=True):
        for one, other in zip(a.faces, b.faces, strict=False):
            assert one.id == other.id and math.dist(centre_xy(one.box_xyxy), centre_xy(other.box_xyxy)) < 6
            assert one.gender and other.gender and one.gender.label == other.gender.label


def test_a_still_is_searched_whatever_was_asked_for(portrait: Image) -> None:
    every, followed = (Analyzer(("gender",), models="mini", detect_every=how) for how in (1, 7))
    one, other = (each.image(portrait, colour="rgb").to_dict() for each in (every, followed))
    assert one == other


def test_who_is_hidden_is_not_read_any_sooner(film: list[Frame]) -> None:
    analyzer = Analyzer(("gender",), models="mini")
    plain, hiding = analyzer.session(), analyzer.session()
    hiding.hiding = True
    for frame in film[16:24]:
        a, b = plain.step(frame), hiding.step(frame)
        assert a.result.to_dict() == b.result.to_dict()
        assert len(b.result.faces) + len(b.also_hide_xyxy) == (2 if frame.index >= 20 else 1)


def test_a_session_that_hides_faces_sees_newcomers_at_once(film: list[Frame]) -> None:
    session = Analyzer(("gender",), models="mini").session()
    session.search_all(True)
    counts = [len(session.read(frame).faces) for frame in film[16:24]]
    assert counts == [1, 1, 1, 1, 2, 2, 2, 2]
