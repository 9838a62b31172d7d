"""Sources that wait for a worker, and what becomes of one whose worker has died."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import replace

from mimik.runs.reader import Outcome

TRIES = 3
"""How many workers may die of a source before it is set aside."""


class Waiting:
    """Hands each source out once, and again where its worker died, until it has had its tries."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._sources = deque(sources)
        self._deaths: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._sources)

    def take(self) -> str | None:
        """The next source, or None if there is none just now."""
        return self._sources.popleft() if self._sources else None

    def died(self, source: str, how: str) -> Outcome | None:
        """A worker died of a source: it is the next to be handed out, or has had its tries.

        Args:
            source: What it was reading.
            how: What is known of its end: "-9".

        Returns:
            How the source ended, if it is set aside; the next run tries it again.
        """
        self._deaths[source] += 1
        if self._deaths[source] < TRIES:
            self._sources.appendleft(source)
            return None
        words = f"the worker process died ({how}), {TRIES} times in a row, perhaps for lack of memory"
        return Outcome(0, f"{source}: {words}: set aside; read it by itself, or with fewer workers")

    def ended(self, source: str, outcome: Outcome) -> Outcome:
        """How a source ended; with a note if workers have died of it before."""
        if not (deaths := self._deaths[source]):
            return outcome
        again = f"read again, as {deaths} worker process{'es' if deaths > 1 else ''} died of it"
        return replace(outcome, note="; ".join(filter(None, [outcome.note, again])))
