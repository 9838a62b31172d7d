"""One stream, frame by frame: look -> recognise -> finish, with the state that it needs.

``look`` finds, tracks and crops the faces, ``recognise`` runs the networks on them, ``finish`` blends
what they say over time and puts it into words. Who runs the networks elsewhere (mimik.pipeline.batcher)
calls the first and the last, and hands over the same value.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from mimik.errors import MimikWarning, OptionError
from mimik.faces.boxes import size_px
from mimik.faces.detect.base import Detector
from mimik.faces.quality import assess
from mimik.faces.recognise import Clock, Crops, Recogniser, Squares, Values, untimed
from mimik.pipeline.seen import Seen, SeenFace
from mimik.pipeline.snapshot import from_bytes, to_bytes
from mimik.tasks.base import Demanding
from mimik.temporal.follow import Follower, FollowOptions
from mimik.temporal.neutral import Neutral, NeutralKeeper
from mimik.temporal.smooth import SmoothOptions
from mimik.temporal.steady import NOTHING, SteadyReader
from mimik.temporal.track import Tracker, TrackOptions
from mimik.types import Box, Detection, Face, Frame, FrameResult, Quality

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One frame, what was read from it, and what a picture of it must hide."""

    frame: Frame
    """As it came from the source."""
    result: FrameResult
    """Its faces and their readings."""
    also_hide_xyxy: tuple[Box, ...] = ()
    """Faces that aren't in the result: smaller than asked for, or seen a moment ago, but not in this frame;
    and newcomers that it doesn't have yet, where the session's `hiding` is set."""


class StreamSession:
    """The state of one stream: its tracks and what is remembered of each person."""

    def __init__(
        self,
        detector: Detector,
        recogniser: Recogniser,
        smoothing: SmoothOptions,
        min_face: float = 0,
        neutral: Neutral | float | None = None,
        shown: Collection[str] | None = None,
        clock: Clock = untimed,
        tracking: TrackOptions | None = None,
        following: FollowOptions | None = None,
    ) -> None:
        """Start with nobody.

        Args:
            detector: Finds faces of every size.
            recogniser: Runs the models.
            smoothing: How strongly values are blended over time.
            min_face: Smaller faces are only hidden, in pixels.
            neutral: See Analyzer.stream.
            shown: The tasks of the results; all that are read if None.
            clock: Called with each stage's name, "detect", "track", "crop", a task's, "quality" or "smooth
                and result"; the stage runs within what it gives.
            tracking: When two faces are the same person.
            following: How often the whole picture is searched; in every frame if None.

        Raises:
            OptionError: Frames are not to be searched, and the detector can't follow faces.
        """
        self._detector = detector
        self._follower = Follower(detector, following or FollowOptions(1))
        self._min_face = min_face
        self._clock = clock
        models = recogniser.models
        self._shown = [name for name in models if shown is None or name in shown]
        self._demanding = [m.task for m in models.values() if isinstance(m.task, Demanding)]
        self.recogniser = recogniser
        """Runs the models; shared by the streams of one Analyzer."""
        self.hiding = False
        """Whether each frame is searched for faces that results don't have yet, for `Step.also_hide_xyxy`."""
        self.neutrals = NeutralKeeper(models, neutral)
        """People's faces at rest; may be collected anew, or cleared, between frames."""
        self._tracker, self._small_tracker = Tracker(tracking), Tracker(tracking)
        self._reader = SteadyReader({name: (m.task, m.card) for name, m in models.items()}, smoothing)
        self._time_s = -math.inf
        self._warned = False

    def read(self, frame: Frame) -> FrameResult:
        """All that can be read from a frame.

        Raises:
            OptionError: It is no Frame.

        Warns:
            MimikWarning: Its time isn't later than the frame's before, for the first time: ids and
                smoothing go by time.
        """
        return self.step(frame).result

    def step(self, frame: Frame) -> Step:
        """The same as ``read``, with what a picture of the frame must hide."""
        return self.finish(self.recognise(self.look(frame)))

    def look(self, frame: Frame) -> Seen:
        """All that comes before the networks; raises and warns as ``read``."""
        self._check(frame)
        with self._clock("detect"):
            found = self._follower.find(frame.image, frame.time_s)
            unseen = self._follower.unseen(frame.image, found) if self.hiding else []
        large, small = self._parted(found)
        with self._clock("track"):
            side_px = max(frame.width, frame.height)
            ids = self._tracker.update(large, frame.time_s, side_px)
            self._small_tracker.update(small, frame.time_s, side_px)
            lost = [*self._tracker.lost(frame.time_s), *self._small_tracker.lost(frame.time_s)]
        hidden = (*(d.box_xyxy for d in (*small, *unseen)), *(box for _, box in lost))
        return self._seen(frame, ids, large, hidden)

    def recognise(self, seen: Seen) -> Seen:
        """What the models say of each face."""
        if not seen.faces:
            return seen
        return seen.with_values(self.recogniser.answers(seen.crops, {}, self._clock))

    def finish(self, seen: Seen) -> Step:
        """All that comes after the networks: blend with what was seen before, and put into words."""
        frame = seen.frame
        with self._clock("smooth and result"):
            faces = [self._face(seen, number) for number in range(len(seen.faces))]
            self._reader.forget(frame.time_s)
            self.neutrals.keep(self._tracker.people)
            result = FrameResult(
                frame.source,
                frame.index,
                frame.time_s,
                frame.width,
                frame.height,
                self._detector.name,
                tuple(sorted(faces, key=lambda face: face.id)),
                frame.offset_s,
                frame.created_at,
            )
        return Step(frame, result, seen.also_hide_xyxy)

    def snapshot(self) -> bytes:
        """What is remembered of the stream so far: another session of the same analyser can go on from it."""
        trackers = (self._tracker, self._small_tracker)
        people = (self._reader.people, self.neutrals.people)
        return to_bytes((trackers, people, self._follower.state, self._time_s, self._warned))

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: It is none, or damaged.
        """
        trackers, people, following, self._time_s, self._warned = from_bytes(data)
        self._tracker, self._small_tracker = trackers
        self._follower.state = following
        self._reader.people, self.neutrals.people = people

    def note(self) -> str | None:
        """What a user should know of how the stream was read, in a line; None for nothing."""
        turns = self._follower.state.quarter_turns
        how = ("", "on its side", "upside down", "on its side")[turns]
        turned = f"turned by {90 * turns} degrees clockwise, as its faces show, which were read upright"
        return f"the picture is {how}: {turned}" if turns else None

    def search_all(self, wanted: bool) -> None:
        """Search every frame from now on, or as often as was asked for: who hides faces by results needs it.

        Args:
            wanted: Whether it is every frame.
        """
        self._follower.thorough = wanted

    def unsmoothed(self, frame: Frame) -> list[tuple[Values, Quality]]:
        """Each face of a frame by itself: what the models say of it, and how good a reference it is."""
        large, _ = self._parted(self._follower.search(frame.image, frame.time_s))
        seen = self.recognise(self._seen(frame, range(len(large)), large))
        return [
            (one.values, self._as_reference(self._reader.judged(one.values, one.quality)))
            for one in seen.faces
        ]

    def _check(self, frame: Frame) -> None:
        """Refuse what is no frame; warn once of a time that doesn't rise."""
        if not isinstance(frame, Frame):
            raise OptionError(
                f"read takes a Frame (picture, index, time_s, source), not {type(frame).__name__}"
            )
        if frame.time_s <= self._time_s and not self._warned:
            text = f"frame {frame.index}: its time, {frame.time_s} s, comes after {self._time_s} s; "
            # To the caller of read.
            warnings.warn(f"{frame.source}, {text}times must rise", MimikWarning, stacklevel=5)
            self._warned = True
        self._time_s = frame.time_s

    def _parted(self, found: Iterable[Detection]) -> tuple[list[Detection], list[Detection]]:
        """Faces that are large enough, and the others."""
        large: list[Detection] = []
        small: list[Detection] = []
        for one in found:
            (large if size_px(one.box_xyxy) >= self._min_face else small).append(one)
        return large, small

    def _seen(
        self, frame: Frame, ids: Iterable[int], found: list[Detection], also_hide: tuple[Box, ...] = ()
    ) -> Seen:
        """Faces with their crops, and how well each can be seen."""
        squares: Squares = {}
        crops: Crops = {}
        if found:
            with self._clock("crop"):
                squares = self.recogniser.squares([(d.box_xyxy, d.landmarks_xy) for d in found])
                crops = self.recogniser.cut(frame.image, squares)
        with self._clock("quality"):
            qualities = [
                assess(frame.image, d.box_xyxy, d.landmarks_xy, tilt_clear=d.tilt_clear) for d in found
            ]
        return Seen(frame, tuple(map(SeenFace, ids, found, qualities)), squares, crops, also_hide)

    def _face(self, seen: Seen, number: int) -> Face:
        """One face with its readings, blended with what was seen before."""
        one, frame = seen.faces[number], seen.frame
        person, quality, found, time_s = one.id, one.quality, one.detection, frame.time_s
        raw = self.recogniser.placed(one.values, seen.squares, number, (frame.width, frame.height))
        asked, moved = self.neutrals.asked, False
        if asked:
            whole = self._as_reference(self._reader.judged(raw, quality))
            raw, moved = self.neutrals.against(person, time_s, raw, whole)
        tasks = self.neutrals.tasks if moved else NONE
        told, quality = self._reader.read(person, time_s, raw, quality, tasks)
        rest = self.neutrals.known(person)
        told = self._reader.aided(told, rest.measured if rest else NOTHING)
        readings = {name: told[name] for name in self._shown}
        if asked:
            readings = {name: self.neutrals.marked(name, one, moved) for name, one in readings.items()}
        return Face(person, found.box_xyxy, found.score, quality, found.landmarks_xy, readings)

    def _as_reference(self, whole: Quality) -> Quality:
        """How good a face at rest it is: it must serve for the tasks that ask more of a face, too."""
        for task in self._demanding:
            whole = replace(whole, reason=task.distrust(whole))
        return whole
