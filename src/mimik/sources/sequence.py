"""Numbered pictures as one film: "frame_%04d.jpg"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mimik.errors import DecodeError, SourceError, SourceNotFoundError
from mimik.sources.address import NUMBER
from mimik.sources.base import BaseSource
from mimik.sources.clock import GUESS_FPS
from mimik.sources.decode import decode_image
from mimik.sources.options import SourceOptions
from mimik.sources.select import expected_count, select, shrink
from mimik.types import Frame


class SequenceSource(BaseSource):
    """Numbered pictures, in the order of their numbers; a picture that is missing leaves its time empty."""

    def __init__(self, source: Path, options: SourceOptions) -> None:
        """List the pictures.

        Args:
            source: Path with a number's place in its name, "%d" or "%04d".
            options: Which frames are taken; fps is the film's rate.

        Raises:
            SourceNotFoundError: There is no such picture.
        """
        super().__init__(str(source), options)
        self._files = _numbered(source)
        if not self._files:
            raise SourceNotFoundError(f"{source}: no picture has such a name with a number; check the path")
        self.fps = options.fps or GUESS_FPS
        if options.fps is None:
            self.notes = (f"{GUESS_FPS:g} frames a second are assumed (fps, --fps says another)",)
        first, last = min(self._files), max(self._files)
        self.frame_count = expected_count((last - first + 1) / self.fps, self.fps, options)
        if (missing := last - first + 1 - len(self._files)) > 0:
            self.left_out = (f"{missing} missing number{'s' * (missing > 1)}",)

    def __iter__(self) -> Iterator[Frame]:
        """The pictures; one that can't be read is left out, and ``problem`` counts them.

        Raises:
            DecodeError: Not one can be read.
        """
        first, rate, bad, count = min(self._files), self.fps or GUESS_FPS, 0, 0
        numbers = ((n - first, (n - first) / rate, n) for n in sorted(self._files))
        for index, time_s, number in select(numbers, self.options):
            try:
                image = decode_image(self._files[number], self.options.max_pixels)
            except SourceError as error:
                bad += 1
                self.problem = f"couldn't be read: {bad} picture{'s' * (bad > 1)}, the last {error}"
                continue
            count += 1
            yield Frame(shrink(image, self.options.max_size), index, time_s, self.name)
        if count == 0 and bad:
            raise DecodeError(f"{self.name}: {self.problem}")
        if count == 0:
            self.problem = self._none_in_range((max(self._files) - first + 1) / rate)


def _numbered(source: Path) -> dict[int, Path]:
    """Number to file; "%04d" stands for four digits and more."""
    place = NUMBER.search(source.name)
    assert place is not None
    head, tail = re.escape(source.name[: place.start()]), re.escape(source.name[place.end() :])
    name = re.compile(f"{head}(\\d{{{place[1] or 1},}}){tail}")
    found = ((name.fullmatch(path.name), path) for path in source.parent.glob("*"))
    return {int(match[1]): path for match, path in found if match}
