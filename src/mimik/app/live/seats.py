"""The places of live viewers: so many, and who says nothing gives theirs to others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Place:
    """A viewer's place."""

    watches: bool
    """Whether it looks at a source of the server, and so has nothing to say."""
    heard_s: float = field(default_factory=time.monotonic)
    """When it last said something or sent a frame."""
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when another viewer needs the place."""

    def heard(self) -> None:
        """The viewer sent something."""
        self.heard_s = time.monotonic()

    @property
    def idle_s(self) -> float:
        """How long nothing has come, which was to come."""
        return 0.0 if self.watches else time.monotonic() - self.heard_s


class Seats:
    """All places; belongs to the event loop."""

    def __init__(self, most: int, idle_s: float) -> None:
        """Begin with all free.

        Args:
            most: How many there are.
            idle_s: After how long in silence a place may go to another.
        """
        self.most = most
        """How many there are."""
        self._idle_s = idle_s
        self._taken: set[Place] = set()

    def __len__(self) -> int:
        """How many are taken."""
        return len(self._taken)

    @property
    def free(self) -> bool:
        """Whether a viewer would get one."""
        return len(self) < self.most or self._most_idle() is not None

    @contextmanager
    def place(self, watches: bool) -> Iterator[Place | None]:
        """Have a place for as long as the block lasts; None if there is none."""
        idle = self._most_idle() if len(self) >= self.most else None
        if idle:
            self._taken.remove(idle)
            idle.wanted.set()
        taken = Place(watches) if len(self) < self.most else None
        if taken:
            self._taken.add(taken)
        try:
            yield taken
        finally:
            if taken:
                self._taken.discard(taken)

    def _most_idle(self) -> Place | None:
        longest = max(self._taken, key=lambda place: place.idle_s, default=None)
        return longest if longest and longest.idle_s > self._idle_s else None
