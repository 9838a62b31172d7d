"""Whose face belongs to an utterance, and what it shows meanwhile.

Of one face in view it is that face's; of several, the one whose mouth moves most while it is said, where
action units are read and no other mouth moves nearly as much. The limits are from clips of one person who
speaks and from a video call of four (docs/voice.md): a mouth that speaks varies by 0.06 to 0.35 in the
probability that the lips part or the jaw drops, one at rest by 0.06 at most.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.reading import MeshReading
from mimik.readings import AuReading, ClassReading
from mimik.types import Face, FrameResult

MOUTH = ("AU25", "AU26", "AU27")
"""Lips part, jaw drop, mouth stretch: what speaking shows."""
MOVES = 0.03
"""Deviation over an utterance of the likeliest of them, below which a mouth doesn't speak."""
OTHER = 0.6
"""Share of the most moved mouth's deviation that another's may have at most: above it both may speak."""
SEEN, TRUSTED, FEWEST = 0.3, 0.5, 3
"""Share of an utterance's frames in which a face must be seen to count, share of those in which it must be
trusted, and number of them."""
OPENS: Mapping[str, float] = {"opening": 0.02, "mouth": 0.06}
"""Deviation of a mouth's opening and of that probability from which it moves enough to be held against sound:
at rest they vary by 0.013 and 0.06 at most."""
GAP_S = 0.05
"""A face is seen at a time if it is in a frame so near: ten frames a second are enough."""
NO_FACE, SEVERAL, BOTH_MOVE, STILL, TOO_FEW = (
    "no face in view",
    "several faces: read au to find the speaker",
    "several mouths move",
    "no mouth moves",
    "too few frames",
)


@dataclass(frozen=True, slots=True)
class Sight:
    """One face in one frame, as far as a fusion needs it; picklable."""

    id: int
    """Number of the person's track."""
    shares: Mapping[str, float]
    """Class to probability of the expression, before smoothing."""
    reason: str | None
    """Why the face can't be trusted."""
    mouth: float
    """Probability that the lips part or the jaw drops, NaN where units aren't read."""
    opening: float = math.nan
    """How far the mouth is open, by the mesh; NaN where that isn't read, or sees no face."""

    @classmethod
    def of(cls, face: Face, task: str) -> Sight | None:
        """What a face shows by the task that reads its expression; None where that wasn't asked for."""
        read, au = face.readings.get(task), face.au
        if not isinstance(read, ClassReading):
            return None
        reason = face.quality.reason or (au.reason if au else None)
        return cls(face.id, dict(read.raw), reason, _mouth(au), _opening(face))


def _mouth(au: AuReading | None) -> float:
    known = [au.raw[unit] for unit in MOUTH if unit in au.raw] if au else []
    return max(known, default=math.nan)


def _opening(face: Face) -> float:
    mesh = next((one for one in face.readings.values() if isinstance(one, MeshReading)), None)
    opening = mesh.raw["mouth_opening"] if mesh else None
    return math.nan if opening is None else opening


@dataclass(frozen=True, slots=True)
class Shown:
    """What the speaker's face shows during an utterance."""

    id: int | None
    """Of the face; None where it isn't known."""
    probabilities: Mapping[str, float]
    """Class to mean probability over the frames that can be trusted; empty where there is a reason."""
    share: float
    """Share of the utterance's frames that they are."""
    reason: str | None
    """Why there is nothing to fuse."""


class Sights:
    """The faces of the last seconds of one stream."""

    def __init__(self, task: str) -> None:
        """Start with nobody.

        Args:
            task: What reads expressions.
        """
        self._task = task
        self.frames: list[tuple[float, tuple[Sight, ...]]] = []
        """Time of each frame, in seconds, and its faces."""

    def see(self, result: FrameResult) -> None:
        """Keep what a frame shows."""
        sights = (Sight.of(face, self._task) for face in result.faces)
        self.frames.append((result.time_s, tuple(filter(None, sights))))

    def forget(self, before_s: float) -> None:
        """Drop what is earlier than that."""
        self.frames = [frame for frame in self.frames if frame[0] >= before_s]

    def during(self, start_s: float, end_s: float) -> Shown:
        """What the speaker's face shows from one time to another, in seconds."""
        frames = [faces for time_s, faces in self.frames if start_s <= time_s <= end_s]
        if len(frames) < FEWEST:
            return Shown(None, {}, 0.0, TOO_FEW)
        faces: defaultdict[int, list[Sight]] = defaultdict(list)
        for one in (one for seen in frames for one in seen):
            faces[one.id].append(one)
        often = {id: seen for id, seen in faces.items() if len(seen) >= SEEN * len(frames)}
        id, reason = _speaker(often)
        if id is None:
            return Shown(None, {}, 0.0, reason)
        return self._shown(id, often[id], len(frames), reason)

    def opening(self, id: int, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float32], float]:
        """How far somebody's mouth is open, and how much that varies where it moves.

        Args:
            id: Of the face.
            times_s: When, in seconds.

        Returns:
            The mesh's opening where the mesh is read, else the probability of MOUTH's units, (N,): NaN where
            the face isn't seen; and OPENS of it.
        """
        seen = [(time_s, one) for time_s, faces in self.frames for one in faces if one.id == id]
        for name, moves in OPENS.items():
            known = [(time_s, value) for time_s, one in seen if math.isfinite(value := getattr(one, name))]
            if len(known) > max(1, len(seen) // 2):
                at_s, values = np.array(known).T
                after = np.searchsorted(at_s, times_s).clip(1, len(at_s) - 1)
                apart_s = np.minimum(abs(at_s[after] - times_s), abs(times_s - at_s[after - 1]))
                opening = np.where(apart_s <= GAP_S, np.interp(times_s, at_s, values), math.nan)
                return opening.astype(np.float32), moves
        return np.full(len(times_s), math.nan, np.float32), math.inf

    def _shown(self, id: int, seen: Sequence[Sight], frames: int, reason: str | None) -> Shown:
        trusted = [sight.shares for sight in seen if sight.reason is None]
        share = len(trusted) / frames
        if len(trusted) < max(FEWEST, TRUSTED * len(seen)):
            most = Counter(filter(None, (sight.reason for sight in seen))).most_common(1)
            reason = reason or (most[0][0] if most else TOO_FEW)
        if reason:
            return Shown(id, {}, share, reason)
        means = {label: float(np.mean([shares[label] for shares in trusted])) for label in trusted[0]}
        return Shown(id, means, share, None)


def _speaker(faces: Mapping[int, Sequence[Sight]]) -> tuple[int | None, str | None]:
    """Who speaks, and what speaks against it."""
    if not faces:
        return None, NO_FACE
    moves = {id: float(np.std([sight.mouth for sight in seen])) for id, seen in faces.items()}
    first, *others = sorted(moves, key=lambda id: -moves[id] if math.isfinite(moves[id]) else 0.0)
    if not others and math.isnan(moves[first]):
        return first, None
    if any(map(math.isnan, moves.values())):
        return None, SEVERAL
    if moves[first] < MOVES:
        return None if others else first, STILL
    return (None, BOTH_MOVE) if others and moves[others[0]] > OTHER * moves[first] else (first, None)
