"""Times that never run backwards, from a container's own timestamps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

LONGEST_GAP_S = 3600.0
"""A gap longer than this is a timestamp that can't be, or a new recording."""
_HAIR_S = 0.001
_JUMP_S = 1.0
"""Running back by more than this is a new recording, by less a wrong timestamp."""


def ahead(items: Iterable[T]) -> Iterator[tuple[T, T | None]]:
    """Each with the one after it, the last with None; an error comes after all that was read before it."""
    before: list[T] = []
    try:
        for item in items:
            if before:
                yield before.pop(), item
            before.append(item)
    except Exception:
        yield from ((item, None) for item in before)
        raise
    yield from ((item, None) for item in before)


class Timeline:
    """Turns timestamps into seconds since the first one; strictly rising."""

    def __init__(
        self, tick_s: float, step_s: float, limit_s: float | None = None, gap_s: float = math.inf
    ) -> None:
        """Start before the first frame.

        Args:
            tick_s: Length of a timestamp's unit in seconds.
            step_s: Time between frames where the timestamps don't say.
            limit_s: A time past this can't be; None if unknown.
            gap_s: A longer time between two frames is a new recording.
        """
        self._tick_s, self._step_s, self._limit_s, self._gap_s = tick_s, step_s, limit_s, gap_s
        self.rejoined = False
        """Whether a new recording began on the way."""
        self._origin_s: float | None = None
        self._last_s = 0.0

    def seconds(self, stamp: int | None, after: int | None = None) -> float:
        """The time of the next frame.

        Args:
            stamp: Its timestamp; None if it has none. A stamp a little behind the last, or past the
                limit, is wrong: the frame comes right after the last one. Far behind, or after too long a
                gap, as in joined recordings, time goes on from the last frame.
            after: That of the frame after it; None if unknown. Where it goes on from a stamp past the
                limit, it is the limit that is wrong.
        """
        if self._origin_s is None:
            self._origin_s = 0.0 if stamp is None else stamp * self._tick_s
            return 0.0
        self._last_s = self._next(stamp, after, self._origin_s)
        return self._last_s

    def _next(self, stamp: int | None, after: int | None, origin_s: float) -> float:
        """The time after the last one."""
        following_s = self._last_s + self._step_s
        if stamp is None:
            return following_s
        time_s = stamp * self._tick_s - origin_s
        if not self._last_s - _JUMP_S <= time_s <= self._last_s + self._gap_s:
            self._origin_s = stamp * self._tick_s - following_s
            self.rejoined = True
            return following_s
        if self._limit_s is not None and time_s > max(self._limit_s, following_s):
            if time_s > self._last_s + LONGEST_GAP_S or not self._goes_on(stamp, after):
                return following_s
            self._limit_s = None
        return time_s if time_s > self._last_s else self._last_s + min(_HAIR_S, self._step_s)

    def _goes_on(self, stamp: int, after: int | None) -> bool:
        """Whether the next frame comes as soon after this one as frames do."""
        return after is not None and 0 < (after - stamp) * self._tick_s <= max(_JUMP_S, 2 * self._step_s)
