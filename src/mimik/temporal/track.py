"""Who is who over time: ids from boxes alone, in seconds and not in frames."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.faces.boxes import centre_xy, size_px
from mimik.temporal.assign import assign
from mimik.types import Box, Detection, Point

VELOCITY_S = 0.15
"""Time constant over which a track's velocity is measured."""
SPARSE_S = 10.0
"""Frames may be this far apart, and a person who is in both keeps the id; more where most are."""
FAR = 1.5
"""A time between frames that is this many times the usual one is still usual."""
STEPS = 5
"""Times between frames that tell what is usual."""
COAST_S = 0.5
"""Time constant with which a lost track's velocity is assumed to die away."""
LOST_COST = 0.4
"""Added for a track that the last frame didn't show: where someone passes in front of it, the face
belongs to the one who was seen all the time."""


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """When two detections are the same person."""

    patience_s: float = 1.0
    """How long a person may be unseen and keep the id."""
    adapt: bool = True
    """Whether that is longer where frames are further apart: a person who is in both keeps the id."""
    reach: float = 0.8
    """How far a face may be from where it was expected, in sizes of the face."""
    reach_per_s: float = 1.0
    """How much further for every second that it was not seen."""
    ratio: float = 1.8
    """How many times larger or smaller a face may have become."""

    def __post_init__(self) -> None:
        if not 0 < self.patience_s < math.inf:
            raise OptionError(
                f"how long someone may be unseen (patience_s, keep_id_s, --keep-id) must be above 0 seconds, "
                f"not {self.patience_s}"
            )
        if not self.reach > 0 or self.reach_per_s < 0:
            raise OptionError(f"reach {self.reach} must be above 0, reach_per_s {self.reach_per_s} 0 or more")
        if not self.ratio > 1:
            raise OptionError(f"ratio must be above 1, not {self.ratio}")


@dataclass(slots=True)
class _Track:
    id: int
    box: Box
    seen_s: float
    seen_in: int
    """Number of the update that saw it last."""
    velocity: Point = (0.0, 0.0)
    """A second, in the unit of the box."""

    def shift(self, time_s: float) -> Point:
        """How far it is expected to have moved since it was seen."""
        reach = COAST_S * (1 - math.exp(-(time_s - self.seen_s) / COAST_S))
        return self.velocity[0] * reach, self.velocity[1] * reach

    def predicted(self, time_s: float) -> Box:
        """Where it is expected."""
        (x, y), (left, top, right, bottom) = self.shift(time_s), self.box
        return left + x, top + y, right + x, bottom + y

    def see(self, box: Box, time_s: float, update: int) -> None:
        """Take a new sight of it in."""
        step = time_s - self.seen_s
        if step > 0:
            (x, y), (was_x, was_y) = centre_xy(box), centre_xy(self.box)
            weight = 1 - math.exp(-step / VELOCITY_S)
            vx, vy = self.velocity
            self.velocity = (
                vx + weight * ((x - was_x) / step - vx),
                vy + weight * ((y - was_y) / step - vy),
            )
        self.box, self.seen_s, self.seen_in = box, time_s, update


class Tracker:
    """Gives each detection the id of its person. One instance a source.

    Places are kept as shares of the picture's longer side, so that a stream may change its resolution.
    """

    def __init__(self, options: TrackOptions | None = None) -> None:
        self.options = options or TrackOptions()
        self._tracks: list[_Track] = []
        self._next_id = 0
        self._time_s = -math.inf
        self._update = 0
        self._side_px = 1.0
        self._steps: deque[float] = deque(maxlen=STEPS)

    @property
    def people(self) -> set[int]:
        """Ids of those who are seen, or may be seen again."""
        return {track.id for track in self._tracks}

    def update(self, detections: Sequence[Detection], time_s: float, side_px: float = 1.0) -> list[int]:
        """Ids of a frame's detections.

        Args:
            detections: Faces of one frame, in any order.
            time_s: The frame's true time. If it goes back, all people are new.
            side_px: The longer side of its picture.

        Returns:
            Ids in the order of the detections.
        """
        if time_s < self._time_s:
            self._tracks.clear()
        elif time_s > self._time_s > -math.inf:
            self._steps.append(time_s - self._time_s)
        self._time_s, self._side_px = time_s, side_px
        self._update += 1
        self._tracks = [t for t in self._tracks if self._remembered(t, time_s)]
        boxes = [_scaled(d.box_xyxy, 1 / side_px) for d in detections]
        ids = [-1] * len(boxes)
        for row, column in assign(self._costs(boxes, time_s)):
            track = self._tracks[row]
            track.see(boxes[column], time_s, self._update)
            ids[column] = track.id
        # In an order of their own, so that the order of the detections doesn't matter.
        for index in sorted((i for i, id_ in enumerate(ids) if id_ < 0), key=lambda i: boxes[i]):
            ids[index] = self._begin(boxes[index], time_s)
        return ids

    def lost(self, time_s: float) -> list[tuple[int, Box]]:
        """Ids of people who are not seen for the moment, and where they may be.

        Args:
            time_s: The time of the last update, or later.

        Returns:
            By id; the box covers the place where a person was last seen and the one expected now.
        """
        return [
            (t.id, _scaled(_hull(t.box, t.predicted(time_s)), self._side_px))
            for t in self._tracks
            if t.seen_in < self._update and self._remembered(t, time_s)
        ]

    def _remembered(self, track: _Track, time_s: float) -> bool:
        """Whether a person is still expected.

        That is for the patience, or where frames are further apart, until the next frame.
        """
        unseen_s = time_s - track.seen_s
        if unseen_s <= self.options.patience_s or not self.options.adapt:
            return unseen_s <= self.options.patience_s
        usual_s = median(self._steps) if self._steps else 0.0
        return track.seen_in >= self._update - 1 and unseen_s <= max(SPARSE_S, FAR * usual_s)

    def _begin(self, box: Box, time_s: float) -> int:
        self._tracks.append(_Track(self._next_id, box, time_s, self._update))
        self._next_id += 1
        return self._next_id - 1

    def _costs(self, boxes: Sequence[Box], time_s: float) -> NDArray[np.float64]:
        """Cost of each track (row) taking each box (column); infinite where it can't be the same face."""
        costs = np.full((len(self._tracks), len(boxes)), np.inf)
        faces = [(centre_xy(box), size_px(box)) for box in boxes]
        for row, track in enumerate(self._tracks):
            expected = track.predicted(time_s)
            centre, size = centre_xy(expected), size_px(expected)
            extra = LOST_COST if track.seen_in < self._update - 1 else 0.0
            allowed = self.options.reach + self.options.reach_per_s * min(time_s - track.seen_s, SPARSE_S)
            for column, (its_centre, its_size) in enumerate(faces):
                # Unlike the overlap, the distance still tells near from far for boxes that don't meet.
                distance = math.dist(centre, its_centre) / math.sqrt(size * its_size)
                ratio = abs(math.log(its_size / size))
                if distance <= allowed and ratio <= math.log(self.options.ratio):
                    costs[row, column] = distance + ratio + extra
        return costs


def _scaled(box: Box, factor: float) -> Box:
    """A box in another unit."""
    left, top, right, bottom = box
    return left * factor, top * factor, right * factor, bottom * factor


def _hull(first: Box, second: Box) -> Box:
    """The smallest box around two."""
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )
