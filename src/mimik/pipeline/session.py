"""One stream, frame by frame: detect -> track -> recognise -> smooth, with the state that it needs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from mimik.errors import MimikWarning, OptionError
from mimik.faces.boxes import size_px
from mimik.faces.detect.base import Detector
from mimik.faces.quality import assess
from mimik.faces.recognise import Recogniser
from mimik.readings import Reading
from mimik.tasks.au import distrust
from mimik.tasks.cover import REASONS as COVER_REASONS
from mimik.temporal.neutral import Neutral, NeutralKeeper, Values
from mimik.temporal.smooth import Smoother, SmoothOptions
from mimik.temporal.track import Tracker
from mimik.types import Box, Detection, Face, Frame, FrameResult, Quality

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One frame, what was read from it, and what a picture of it must hide."""

    frame: Frame
    result: FrameResult
    also_hide_xyxy: tuple[Box, ...] = ()
    """Faces that aren't in the result: smaller than asked for, or seen a moment ago, but not in this
    frame."""


class StreamSession:
    """The state of one stream: its tracks and what is remembered of each person.

    ``read`` goes through the other methods, one a stage.
    """

    def __init__(
        self,
        detector: Detector,
        recogniser: Recogniser,
        smoothing: SmoothOptions,
        min_face: float = 0,
        neutral: Neutral | float | None = None,
        shown: Collection[str] | None = None,
    ) -> None:
        self._detector = detector
        self._min_face = min_face
        self._small: list[Detection] = []
        self._small_tracker = Tracker()
        self._order = sorted(recogniser.models, key=lambda name: name != "cover")
        self._shown = [name for name in recogniser.models if shown is None or name in shown]
        self.recogniser = recogniser
        """Runs the models; shared by the streams of one Analyzer."""
        self.neutrals = NeutralKeeper(recogniser.models, neutral)
        """People's faces at rest; may be collected anew, or cleared, between frames."""
        self._tracker = Tracker()
        taus = {name: m.task.tau_s for name, m in recogniser.models.items()}
        self._smoother = Smoother(taus, smoothing)
        self._holds = smoothing.strength > 0
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
        if not isinstance(frame, Frame):
            raise OptionError(
                f"read takes a Frame (picture, index, time_s, source), not {type(frame).__name__}"
            )
        if frame.time_s <= self._time_s and not self._warned:
            text = f"frame {frame.index}: its time, {frame.time_s} s, comes after {self._time_s} s; "
            warnings.warn(f"{frame.source}, {text}times must rise", MimikWarning, stacklevel=2)
            self._warned = True
        self._time_s = frame.time_s
        found = self.detect(frame)
        ids = self.track(frame, found)
        values = self.recognise(frame, found)
        qualities = self.assess(frame, found)
        return self.result(frame, ids, found, values, qualities)

    def detect(self, frame: Frame) -> list[Detection]:
        """The faces of a frame that are large enough."""
        found = self._detector.detect(frame.image)
        self._small = [d for d in found if size_px(d.box_xyxy) < self._min_face]
        return [d for d in found if d not in self._small] if self._small else found

    def track(self, frame: Frame, found: Sequence[Detection]) -> list[int]:
        """The people whose faces they are."""
        self._small_tracker.update(self._small, frame.time_s)
        return self._tracker.update(found, frame.time_s)

    def recognise(self, frame: Frame, found: Sequence[Detection]) -> Sequence[Values]:
        """What the models say of each face, before smoothing."""
        return self.recogniser.values(frame.image, [(d.box_xyxy, d.landmarks_xy) for d in found])

    def assess(self, frame: Frame, found: Sequence[Detection]) -> list[Quality]:
        """How well each face can be seen."""
        return [assess(frame.image, d.box_xyxy, d.landmarks_xy) for d in found]

    def unsmoothed(self, frame: Frame) -> list[tuple[Values, Quality]]:
        """Each face of a frame by itself: what the models say of it, and how good a reference it is."""
        found = self.detect(frame)
        values = self.recognise(frame, found)
        whole = map(self._as_whole, values, self.assess(frame, found))
        return list(zip(values, map(self._as_reference, whole), strict=True))

    def result(
        self,
        frame: Frame,
        ids: Sequence[int],
        found: Sequence[Detection],
        values: Sequence[Values],
        qualities: Sequence[Quality],
    ) -> FrameResult:
        """Smooth and put into words; the arguments hold an entry a face."""
        faces = list(map(self._face, repeat(frame.time_s), ids, found, values, qualities))
        self._smoother.forget(frame.time_s)
        self.neutrals.forget(frame.time_s)
        return FrameResult(
            frame.source,
            frame.index,
            frame.time_s,
            frame.width,
            frame.height,
            self._detector.name,
            tuple(sorted(faces, key=lambda face: face.id)),
        )

    def also_hide(self, time_s: float) -> tuple[Box, ...]:
        """Faces that aren't in the result: too small, or seen a moment ago, but not in this frame."""
        lost = [*self._tracker.lost(time_s), *self._small_tracker.lost(time_s)]
        return (*(d.box_xyxy for d in self._small), *(box for _, box in lost))

    def _face(self, time_s: float, person: int, detection: Detection, raw: Values, quality: Quality) -> Face:
        """One face with its readings, blended with what was seen before."""
        # Units are not trusted where they can't be seen, in this frame or in those blended with it.
        whole = self._as_whole(raw, quality)
        raw, moved = self.neutrals.against(person, time_s, raw, self._as_reference(whole))
        tasks = self.neutrals.tasks if moved else NONE
        smooth = self._smoother.blend(person, time_s, raw, tasks, trusted=quality.reason is None)
        readings: dict[str, Reading] = {}
        for name in self._order:
            readings[name] = self._reading(name, person, smooth[name], raw[name], whole)
            if name == "cover" and whole.reason is None:
                whole = replace(whole, reason=COVER_REASONS.get(readings[name].label))
        readings = {name: readings[name] for name in self._shown}
        if self.neutrals.asked:
            readings = {name: self.neutrals.marked(name, one, moved) for name, one in readings.items()}
        return Face(person, detection.box_xyxy, detection.score, quality, detection.landmarks_xy, readings)

    def _as_whole(self, raw: Values, quality: Quality) -> Quality:
        """How well a face can be seen, of which what is covered is a part."""
        cover = self.recogniser.models.get("cover")
        if cover is None or quality.reason is not None:
            return quality
        label = cover.task.reading(raw["cover"], raw["cover"], cover.card).label
        return replace(quality, reason=COVER_REASONS.get(label))

    def _as_reference(self, whole: Quality) -> Quality:
        """How good a face at rest it is: where action units are read, it must serve for them, too."""
        return replace(whole, reason=distrust(whole)) if "au" in self.recogniser.models else whole

    def _reading(
        self, task: str, person: int, smooth: NDArray[np.float32], raw: NDArray[np.float32], quality: Quality
    ) -> Reading:
        """One task's answer; the label that the person had before is kept while it is level with others."""
        model = self.recogniser.models[task]
        before = self._smoother.label(person, task) if self._holds else None
        reading = model.task.reading(smooth, raw, model.card, before, quality)
        self._smoother.keep_label(person, task, reading.label)
        return reading
