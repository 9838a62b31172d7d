"""One of several parts of a run's sources, for jobs that share them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mimik.errors import OptionError


@dataclass(frozen=True, slots=True)
class Shard:
    """The Ith of N equal parts: of the sources in their order, the Ith and every Nth after it."""

    number: int
    """I, from 1."""
    of: int
    """N."""

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise OptionError(
                f"a shard is one of 1/N to N/N of the sources, not {self.number}/{self.of}; of an array of "
                "jobs that counts from 0, add 1 to its number"
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """What "3/10" says.

        Raises:
            OptionError: It has another form, or there is no such part.
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        if not found:
            raise OptionError(
                f"a shard is written I/N, such as 3/10, the third of ten parts, not {text!r:.40}"
            )
        return cls(int(found[1]), int(found[2]))

    def part(self, sources: Sequence[str]) -> tuple[str, ...]:
        """Those of some sources that are this part's: each is one of exactly one of the N."""
        return tuple(sources[self.number - 1 :: self.of])
