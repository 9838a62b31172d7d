"""Films that lie on their side or stand on their head: who is in them stays found, and hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik import Analyzer, Frame
from mimik.faces.detect.yunet import YuNet
from mimik.pipeline.session import StreamSession
from mimik.sources.decode import decode_image
from mimik.temporal.follow import NEWCOMER_S, Every
from mimik.types import Detection, Image

HOW = ("", "on its side", "upside down", "on its side")
FPS = 25
GREY: Image = np.full((240, 320, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def face(examples: Path) -> Image:
    """A face of which plain searches find nothing where it is turned."""
    own = decode_image(examples / "astronaut.jpg")[:300, 70:370]
    return np.asarray(cv2.resize(own, (100, 100), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def film(face: Image) -> list[Image]:
    """A face that goes to the right for a second."""
    return [with_face(face, 10 + 4 * n) for n in range(FPS)]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Image]]:
    """The pictures that YuNet has searched as a whole."""
    pictures: list[Image] = []
    detect = YuNet.detect

    def counted(self: YuNet, image: Image) -> list[Detection]:
        pictures.append(image)
        return detect(self, image)

    monkeypatch.setattr(YuNet, "detect", counted)
    yield pictures


def with_face(face: Image, left: int, ground: Image = GREY) -> Image:
    picture = ground.copy()
    picture[40:140, left : left + 100] = face
    return picture


def turned(picture: Image, turns: int) -> Image:
    """A picture turned clockwise by quarter turns."""
    return np.ascontiguousarray(np.rot90(picture, -turns))


def frames(pictures: Sequence[Image], turns: int = 0) -> list[Frame]:
    return [Frame(turned(one, turns), n, n / FPS, "film") for n, one in enumerate(pictures)]


def new_session(every: Every = "auto") -> StreamSession:
    return Analyzer(("gender",), models="mini", detect_every=every).session()


def seen(session: StreamSession, film: Sequence[Frame]) -> list[int]:
    """How many faces each frame has."""
    return [len(session.read(frame).faces) for frame in film]


@pytest.mark.parametrize("every", ["auto", 1])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_the_face_of_a_turned_film_is_in_every_frame(film: list[Image], turns: int, every: Every) -> None:
    session = new_session(every)
    results = [session.read(frame) for frame in frames(film, turns)]
    for result in results:
        (one,) = result.faces
        assert one.id == results[0].faces[0].id and one.quality.pose
        assert abs((one.quality.pose.roll_deg - 90 * turns + 180) % 360 - 180) < 15
    assert f"{HOW[turns]}: turned by {90 * turns} degrees clockwise" in str(session.note())


@pytest.mark.parametrize("colour", [(0, 0, 0), (0, 0, 200)])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_film_may_begin_blank(
    film: list[Image], searches: list[Image], turns: int, colour: tuple[int, int, int]
) -> None:
    session, blank = new_session(), np.full_like(GREY, colour)
    assert seen(session, frames([*[blank] * 6, *film], turns)) == [0] * 6 + [1] * FPS
    assert HOW[turns] in str(session.note())
    assert sum(np.ptp(picture, axis=(0, 1)).max() == 0 for picture in searches) == 6


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_on_its_side_is_found_no_later_than_a_newcomer(film: list[Image], turns: int) -> None:
    empty = [with_stripes()] * 10
    late = seen(new_session(), frames([*empty, *film], turns))[10:].index(1)
    assert late / FPS < NEWCOMER_S


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_on_its_side_is_hidden_from_its_first_frame_on(film: list[Image], turns: int) -> None:
    faded = [np.asarray(one * (n / 12), np.uint8) for n, one in enumerate(film[:12])]
    room = [with_stripes()] * 4
    for pictures in ([*faded, *film[12:]], [*room, *film], [*room, *film[:1] * 12]):
        upright, session = new_session(), new_session()
        upright.hiding = session.hiding = True
        for plain, frame in zip(frames(pictures), frames(pictures, turns), strict=True):
            wanted, step = upright.step(plain), session.step(frame)
            hidden = len(step.result.faces) + len(step.also_hide_xyxy)
            assert hidden >= len(wanted.result.faces) + len(wanted.also_hide_xyxy)


def with_stripes() -> Image:
    """A room with nobody in it."""
    picture = GREY.copy()
    picture[::20] = 200
    return picture


@pytest.mark.parametrize("hiding", [False, True])
def test_an_empty_room_is_searched_turned_only_now_and_then(searches: list[Image], hiding: bool) -> None:
    session = new_session()
    session.hiding = hiding
    room = with_stripes()
    assert not any(seen(session, frames([room] * 3 * FPS)))
    asked = 3 / NEWCOMER_S
    assert len(searches) <= 3 * FPS + 3 * asked + 4 * hiding


def test_an_upright_film_is_searched_once_a_frame(film: list[Image], searches: list[Image]) -> None:
    session = new_session(every=1)
    session.hiding = True
    pictures = [*film, *[with_stripes()] * FPS]
    assert seen(session, frames(pictures)) == [1] * FPS + [0] * FPS
    assert len(searches) == len(pictures) and session.note() is None


def test_who_stands_in_a_film_that_began_with_a_face_on_its_side_is_found(
    face: Image, film: list[Image], searches: list[Image]
) -> None:
    session = new_session(every=1)
    posters = [with_face(turned(face, 1), 200)] * 5
    assert seen(session, frames(posters)) == [1] * 5 and "on its side" in str(session.note())
    both = [with_face(face, 10, poster) for poster in posters]
    later = frames([*posters, *both, *film])[5:]
    assert seen(session, later) == [2] * 5 + [1] * FPS
    assert session.note() is None
    searches.clear()
    session.read(Frame(film[-1], 99, 99 / FPS, "film"))
    assert len(searches) == 1


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_resumed_session_knows_which_way_up_the_film_is(film: list[Image], turns: int) -> None:
    first, second = new_session(), new_session()
    pictures = frames(film, turns)
    seen(first, pictures[:10])
    second.restore(first.snapshot())
    assert [second.read(one).to_dict() for one in pictures[10:]] == [
        first.read(one).to_dict() for one in pictures[10:]
    ]
    assert HOW[turns] in str(second.note())


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_at_rest_may_lie_on_its_side(film: list[Image], turns: int) -> None:
    session = new_session()
    assert [len(session.unsmoothed(frame)) for frame in frames(film[::5], turns)] == [1] * 5
