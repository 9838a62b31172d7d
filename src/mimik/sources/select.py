"""Which frames of a source are taken, and how large they become. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import cv2
import numpy as np

from mimik.sources.options import SourceOptions
from mimik.types import Image

T = TypeVar("T")


def select(frames: Iterable[tuple[int, float, T]], options: SourceOptions) -> Iterator[tuple[int, float, T]]:
    """Leave out the frames that the options don't want.

    Args:
        frames: Index, time in seconds and anything, both rising; not yet converted, so that a frame
            that is left out costs little.
        options: Time range, every, max_fps.

    Yields:
        Those that are wanted, unchanged. Stops at the end of the range.
    """
    yield from islice(_taken(frames, options), options.skip, None)


def _taken(frames: Iterable[tuple[int, float, T]], options: SourceOptions) -> Iterator[tuple[int, float, T]]:
    """All that are taken, those included that are skipped."""
    period = 1 / options.max_fps if options.max_fps else 0.0
    end_s = math.inf if options.end_s is None else options.end_s
    next_index, due_s, before_s = 0, options.start_s, 0.0
    for index, time_s, item in frames:
        step_s, before_s = time_s - before_s, time_s
        if time_s >= end_s:
            return
        if time_s < options.start_s or index < next_index:
            continue
        next_index = index + options.every
        # The frame nearest to each tick: a container's rounded times may come a little early.
        if period and time_s < due_s - min(step_s, period) / 2:
            continue
        due_s = (due_s if due_s + period > time_s else time_s) + period
        yield index, time_s, item


def expected_count(duration_s: float, fps: float, options: SourceOptions) -> int:
    """How many frames ``select`` will take of a source, about.

    Args:
        duration_s: Length of the source in seconds.
        fps: Its mean frames per second.
        options: Time range, every, max_fps.
    """
    end_s = duration_s if options.end_s is None else min(duration_s, options.end_s)
    taken = fps / options.every
    if options.max_fps:
        taken = min(taken, options.max_fps)
    return max(0, round((end_s - options.start_s) * taken))


def scaled_size(width: int, height: int, max_size: int | None) -> tuple[int, int]:
    """Width and height after scaling down until the longer side is max_size."""
    longest = max(width, height)
    if max_size is None or longest <= max_size:
        return width, height
    return max(1, round(width * max_size / longest)), max(1, round(height * max_size / longest))


def shrink(image: Image, max_size: int | None) -> Image:
    """Scale a picture down until its longer side is max_size, each pixel the mean of its area."""
    height, width = image.shape[:2]
    size = scaled_size(width, height, max_size)
    if size == (width, height):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
