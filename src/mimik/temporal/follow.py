"""Which frames are searched as a whole, and in which faces are only followed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.faces.boxes import centre_xy, overlap, size_px
from mimik.faces.detect.around import Place
from mimik.faces.detect.base import Detector, Following
from mimik.faces.detect.boxes import largest_first, suppress
from mimik.faces.detect.sideways import agreed_turns
from mimik.faces.detect.upright import Upright
from mimik.faces.turn import eyes_deg
from mimik.types import Box, Detection, Image, Point

Every: TypeAlias = "int | Literal['auto']"
"""Every how many frames the whole picture is searched; "auto" goes by time."""
NEWCOMER_S = 0.3
"""No later than this a newcomer is seen."""
DROP = 0.15
"""A score that falls this far from one frame to the next speaks of another face, or none."""
OVERLAP, INSIDE = 0.3, 0.7
"""See `suppress`: two faces that are followed to one place."""
SAME = 0.4
"""Intersection over union from which on a face that is followed is the one that the search found."""
CALM, CALM_RATIO = 0.1, 1.15
"""The same part of the picture is searched for a face until it has gone so far, in its sizes, or is so many
times larger or smaller."""
LEVEL_DEG = 8.0
"""A face is followed in a patch turned like it if it is turned by more."""
FARTHEST = 0.5
"""How far a face is expected to go from one frame to the next at most, in its sizes."""
LOOK, BLANK, LIKE = 16, 8, 8
"""Squares across and down by whose mean colours pictures are compared, and levels of 255: one whose colours
span fewer is blank, and two of which no square differs by as many are alike."""


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """How often the whole picture is searched for faces."""

    every: Every = "auto"
    """In every Nth frame; "auto" as often as a newcomer must be seen. In between, faces are followed."""
    newcomer_s: float = NEWCOMER_S
    """Within how many seconds that is, for "auto"."""

    def __post_init__(self) -> None:
        if self.every != "auto" and (type(self.every) is not int or self.every < 1):
            raise OptionError(
                f"how often faces are searched for (detect_every, --detect-every) must be 'auto' or a number "
                f"of frames from 1 on, not {self.every!r}"
            )
        if not 0 < self.newcomer_s < math.inf:
            raise OptionError(f"newcomer_s must be above 0 seconds, not {self.newcomer_s}")


@dataclass(frozen=True, slots=True)
class _Face:
    """A face of the frame before."""

    box: Box
    score: float
    anchor: Box
    """Its box when what is searched for it was last laid out."""
    velocity: Point = (0.0, 0.0)
    """Pixels a second."""
    roll_deg: float = 0.0
    """How far its eyes are from level; 0 if that is little, as level patches keep boxes calm."""
    tilt_clear: bool = True
    """Whether the last search knew which way up it is."""


_Found: TypeAlias = "tuple[Detection, _Face | None]"
"""A face, and what it was in the frame before if it was followed."""


@dataclass(slots=True)
class FollowState:
    """What is remembered from frame to frame."""

    faces: list[_Face] = field(default_factory=list)
    size: tuple[int, ...] = ()
    """Of the picture: another one is searched as a whole."""
    time_s: float = -math.inf
    searched_s: float = -math.inf
    unsearched: int = 0
    """Frames since the last that was searched."""
    lost: bool = False
    """Whether a face was lost and is still looked for."""
    lost_s: float = -math.inf
    quarter_turns: int = 0
    """By how many, clockwise, its faces say that the picture is turned, 0 to 3."""
    upright: bool = False
    """Whether they say that it isn't: that is asked no more."""
    asked_s: float = -math.inf
    """When it was last searched turned every way, for want of a face."""


class Follower:
    """Finds the faces of a stream's frames: searches some, and follows faces in the others.

    The whole picture is searched when it is time, when nobody is in view, and at once when a face is not
    found again, two lead to the same place, or a score drops. For as long as a newcomer may be unseen, a
    face that is lost is searched for in every frame. A face that a search doesn't find is followed no
    longer, so that nothing false is followed for ever.

    A film may lie on its side or stand on its head. Until a face says which way up it is, pictures without
    a face are searched turned every way, too, as often as a newcomer must be seen; one that is turned is
    searched as it is meant, and as it lies, until its faces say otherwise.
    """

    def __init__(self, detector: Detector, options: FollowOptions | None = None) -> None:
        """Start with nobody.

        Args:
            detector: Finds the faces.
            options: How often it searches the whole picture; every frame where it can't follow.

        Raises:
            OptionError: Frames are to be left out, and it can't follow.
        """
        self.options = options or FollowOptions()
        self._detector = detector
        self._following = detector if isinstance(detector, Following) else None
        if self._following is None and self.options.every not in ("auto", 1):
            raise OptionError(
                f"the detector {detector.name} can't follow faces: leave detect_every (--detect-every) out, "
                "or take yunet"
            )
        self.state = FollowState()
        """May be kept, and put back, between frames."""
        self._empty_look: NDArray[np.int16] | None = None
        """What the last picture looked like in which `unseen` found nobody, turned every way."""
        self.thorough = False
        """Whether every frame is searched for the time being."""

    def find(self, image: Image, time_s: float) -> list[Detection]:
        """The faces of the next frame, the largest first.

        Args:
            image: RGB uint8 (H, W, 3).
            time_s: The frame's time.
        """
        state = self.state
        before = state.faces if image.shape == state.size and time_s > state.time_s else []
        step_s = time_s - state.time_s
        found = self._followed(image, before, step_s) if self._follows(image, before, step_s) else None
        state.unsearched += 1
        if found is None or self._due(time_s, step_s) or _doubtful(found, before):
            found = self._searched(self.search(image, time_s), found or [])
            state.searched_s, state.unsearched = time_s, 0
            self._look_out(time_s, lost=len(found) < len(before))
        state.faces = [_face(one, was, step_s) for one, was in found]
        state.size, state.time_s = image.shape, time_s
        return largest_first(one for one, _ in found)

    def search(self, image: Image, time_s: float) -> list[Detection]:
        """The faces of a frame by itself; which way up the film is stays known from those before it.

        Args:
            image: RGB uint8 (H, W, 3).
            time_s: The frame's time.
        """
        state = self.state
        asked_s_ago = abs(time_s - state.asked_s)
        every_way = self._unsure() and asked_s_ago > self.options.newcomer_s - 1e-6 and not _blank(image)
        found = self._detected(image, every_way=every_way)
        if every_way:
            state.asked_s = time_s
        if (turns := agreed_turns(found)) is not None:
            # Once they have said otherwise, two searches must agree.
            state.upright = turns == 0 and state.quarter_turns == 0
            state.quarter_turns = turns
        return found

    def unseen(self, image: Image, found: Sequence[Detection]) -> list[Detection]:
        """The faces of a frame that ``find`` didn't see.

        It may only have followed those of before, or not have turned a picture in which it found none.

        Args:
            image: The frame's, RGB uint8 (H, W, 3).
            found: What ``find`` said of it.
        """
        if not found:
            return self._on_its_side(image)
        if self.state.unsearched == 0:
            return []
        boxes = [one.box_xyxy for one in found]
        return [
            one
            for one in self._detected(image, every_way=False)
            if all(overlap(one.box_xyxy, box) < SAME for box in boxes)
        ]

    def _on_its_side(self, image: Image) -> list[Detection]:
        """The faces of a picture in which a search found none, if it may be turned.

        One that looks like the last without a face is taken to have none, or an empty room would be searched
        turned every way in every frame.
        """
        if not self._unsure() or self.state.asked_s == self.state.time_s or _blank(image):
            return []
        look, before = _look(image), self._empty_look
        if before is not None and np.abs(look - before).max() < LIKE:
            return []
        assert isinstance(self._detector, Upright)
        found, _ = self._detector.as_meant(image, [])
        self._empty_look = None if found else look
        return found

    def _unsure(self) -> bool:
        """Whether no face has said yet which way up the film is."""
        state = self.state
        return isinstance(self._detector, Upright) and not (state.upright or state.quarter_turns)

    def _follows(self, image: Image, before: Sequence[_Face], step_s: float) -> bool:
        """Whether the faces of the frame before can be followed, and should."""
        options = self.options
        if self._following is None or self.thorough or options.every == 1:
            return False
        if options.every == "auto" and step_s > options.newcomer_s:
            return False
        return bool(before) and self._following.pays(image.shape, len(before))

    def _followed(self, image: Image, before: Sequence[_Face], step_s: float) -> list[_Found]:
        """Those of the frame before that are where they are expected."""
        assert self._following is not None
        places = [Place(_expected(face, step_s), face.roll_deg, face.anchor) for face in before]
        found = self._following.around(image, places)
        pairs = zip(found, before, strict=True)
        return [(replace(one, tilt_clear=was.tilt_clear), was) for one, was in pairs if one is not None]

    def _due(self, time_s: float, step_s: float) -> bool:
        """Whether the next frame would be too late, or somebody was lost just now."""
        state, every = self.state, self.options.every
        if state.lost:
            return True
        if every != "auto":
            return state.unsearched >= every
        return time_s + step_s - state.searched_s > self.options.newcomer_s + 1e-6

    def _searched(self, detected: Sequence[Detection], followed: Sequence[_Found]) -> list[_Found]:
        """The faces of a search; one that was followed as it was found then, which is steadier."""
        known, found = list(followed), []
        for one in detected:
            same = max(known, key=lambda pair: overlap(pair[0].box_xyxy, one.box_xyxy), default=None)
            if same is not None and overlap(same[0].box_xyxy, one.box_xyxy) >= SAME:
                known.remove(same)
                found.append((one, same[1]) if _seen_otherwise(one, same[0]) else same)
            else:
                found.append((one, None))
        return found

    def _detected(self, image: Image, *, every_way: bool) -> list[Detection]:
        """The faces of the whole picture, as far as it is known which way up it is.

        Args:
            image: RGB uint8 (H, W, 3).
            every_way: Whether one without a face is searched turned every way, too, if that isn't known.
        """
        detector, state = self._detector, self.state
        if state.upright or not isinstance(detector, Upright):
            return detector.detect(image)
        if state.quarter_turns:
            return detector.detect_both(image, state.quarter_turns)
        return detector.detect_first(image)[0] if every_way else detector.detect(image)

    def _look_out(self, time_s: float, *, lost: bool) -> None:
        """After a search, note whether somebody was lost, who is then looked for for a while."""
        state = self.state
        if lost:
            state.lost, state.lost_s = True, time_s
        elif not state.lost_s <= time_s < state.lost_s + self.options.newcomer_s:
            state.lost = False


def _look(image: Image) -> NDArray[np.int16]:
    """What a picture looks like from afar."""
    step = max(1, min(image.shape[:2]) // (8 * LOOK))
    small = np.ascontiguousarray(image[::step, ::step])
    return np.asarray(cv2.resize(small, (LOOK, LOOK), interpolation=cv2.INTER_AREA), np.int16)


def _blank(image: Image) -> bool:
    """Whether a picture shows nothing, as before it is faded in."""
    return bool(np.ptp(_look(image), axis=(0, 1)).max() < BLANK)


def _expected(face: _Face, step_s: float) -> Box:
    """Where a face is likely to be next."""
    (x, y), (left, top, right, bottom) = face.velocity, face.box
    way, most = step_s * math.hypot(x, y), FARTHEST * size_px(face.box)
    time_s = step_s * (most / way if way > most else 1.0)
    return left + time_s * x, top + time_s * y, right + time_s * x, bottom + time_s * y


def _doubtful(found: Sequence[_Found], before: Sequence[_Face]) -> bool:
    """Whether the whole picture must say what became of the faces."""
    if len(found) < len(before) or any(was and one.score < was.score - DROP for one, was in found):
        return True
    boxes = np.array([one.box_xyxy for one, _ in found], np.float32)
    scores = np.array([one.score for one, _ in found], np.float32)
    return len(found) > 1 and len(suppress(boxes, scores, OVERLAP, INSIDE)) < len(found)


def _face(one: Detection, was: _Face | None, step_s: float) -> _Face:
    """What is remembered of a face."""
    box = one.box_xyxy
    roll_deg = roll if abs(roll := _roll_deg(one)) > LEVEL_DEG else 0.0
    if was is None:
        return _Face(box, one.score, box, roll_deg=roll_deg, tilt_clear=one.tilt_clear)
    (x, y), (was_x, was_y) = centre_xy(box), centre_xy(was.box)
    velocity = ((x - was_x) / step_s, (y - was_y) / step_s)
    anchor = was.anchor if _near(box, was.anchor) else box
    return _Face(box, one.score, anchor, velocity, roll_deg, one.tilt_clear)


def _near(box: Box, anchor: Box) -> bool:
    """Whether a face is still about where and as large as it was."""
    size = size_px(anchor)
    far = math.dist(centre_xy(box), centre_xy(anchor)) > CALM * size
    return not far and 1 / CALM_RATIO < size_px(box) / size < CALM_RATIO


def _roll_deg(one: Detection) -> float:
    """How far a face's eyes are from level, -180 to 180; 0 without landmarks."""
    return 0.0 if one.landmarks_xy is None else eyes_deg(one.landmarks_xy)


def _seen_otherwise(one: Detection, other: Detection) -> bool:
    """Whether a search, which asks which way up a face is, disagrees with how it was followed."""
    apart = abs((_roll_deg(one) - _roll_deg(other) + 180) % 360 - 180)
    return apart > LEVEL_DEG or one.tilt_clear != other.tilt_clear
