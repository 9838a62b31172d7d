"""The pictures and sounds of a data set, decoded one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from mimik.data.base import Sample
from mimik.errors import SourceError
from mimik.types import Image, Samples

Told: TypeAlias = Callable[[int, int], None]
"""Is told how many pictures or sounds of how many are done."""
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
    return each_item(samples, use, None, told)


def each_item(
    samples: Sequence[Sample],
    see: Callable[[Image], Any],
    hear: Callable[[Samples], Any] | None,
    told: Told | None = None,
) -> Iterator[tuple[Sample, Any | SourceError]]:
    """The same of pictures and sounds.

    Args:
        samples: In the order in which they come back.
        see: What is made of a picture; is called in threads.
        hear: What is made of a sound, of each sample that has one; None: all are pictures.
        told: As each_picture.
    """

    def made(sample: Sample) -> Any:
        try:
            return hear(sample.hear()) if hear and sample.hear else see(sample.load())
        except SourceError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(samples), AHEAD):
            part = samples[start : start + AHEAD]
            for number, found in enumerate(zip(part, pool.map(made, part), strict=True), start + 1):
                yield found
                if told:
                    told(number, len(samples))


def kind_of(samples: Sequence[Sample]) -> str:
    """What samples are, in a word: "pictures", "clips" (of sound), or both."""
    heard = sum(sample.hear is not None for sample in samples)
    return "pictures and clips" if 0 < heard < len(samples) else "clips" if heard else "pictures"


def made_of(samples: Sequence[Sample], rows: Iterable[int], use: Callable[[Image], Any]) -> dict[int, Any]:
    """Row to what is made of its picture; rows whose picture can't be decoded (any more) are absent."""
    chosen = list(dict.fromkeys(rows))
    found = each_picture([samples[row] for row in chosen], use)
    return {
        row: made for row, (_, made) in zip(chosen, found, strict=True) if not isinstance(made, SourceError)
    }
