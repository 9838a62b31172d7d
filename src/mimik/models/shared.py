"""What is loaded once, however many use it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")
LATEST = 4
"""How many of those things are held that could be asked for in endless variety."""


class Shared:
    """Holds networks and detectors by what makes each; may be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Hashable, Any] = {}
        self._latest: dict[Hashable, Any] = {}

    def once(self, key: Hashable, load: Callable[[], T]) -> T:
        """What stands under a key.

        Args:
            key: All that it depends on: the file and where it runs, the options of a detector.
            load: Makes it; called if nothing stands there yet. What it raises is raised, and nothing is held.
        """
        with self._lock:
            if key not in self._held:
                self._held[key] = load()
            return cast(T, self._held[key])

    def lately(self, key: Hashable, load: Callable[[], T]) -> T:
        """As ``once``, of which only the few that were asked for last are held."""
        with self._lock:
            self._latest[key] = found = self._latest.pop(key) if key in self._latest else load()
            if len(self._latest) > LATEST:
                del self._latest[next(iter(self._latest))]
            return cast(T, found)
