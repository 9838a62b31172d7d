"""The pictures of a data set, decoded one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from mimik.data.base import Sample
from mimik.errors import SourceError
from mimik.types import Image

Told: TypeAlias = Callable[[int, int], None]
"""Is told how many pictures of how many are done."""
AHEAD = 2048
"""Pictures that are decoded at a time, at most: of a large set, all would fill the memory."""
BLANK = 2.0
"""A picture whose pixels spread by no more than this shows nothing; training leaves it out, too."""


def each_picture(
    samples: Sequence[Sample], use: Callable[[Image], Any], told: Told | None = None
) -> Iterator[tuple[Sample, Any | SourceError]]:
    """Each sample with what is made of its picture, or with the error if it can't be decoded.

    Args:
        samples: In the order in which they come back.
        use: What is made of a picture; is called in threads.
        told: Is told how many are done, each time that the caller comes back for the next.
    """

    def made(sample: Sample) -> Any:
        try:
            return use(sample.load())
        except SourceError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(samples), AHEAD):
            part = samples[start : start + AHEAD]
            for number, found in enumerate(zip(part, pool.map(made, part), strict=True), start + 1):
                yield found
                if told:
                    told(number, len(samples))


def made_of(samples: Sequence[Sample], rows: Iterable[int], use: Callable[[Image], Any]) -> dict[int, Any]:
    """Row to what is made of its picture; rows whose picture can't be decoded (any more) are absent."""
    chosen = list(dict.fromkeys(rows))
    found = each_picture([samples[row] for row in chosen], use)
    return {
        row: made for row, (_, made) in zip(chosen, found, strict=True) if not isinstance(made, SourceError)
    }
