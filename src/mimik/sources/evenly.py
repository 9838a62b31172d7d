"""A few pictures of a film, evenly spaced from its first to its last."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mimik.errors import DecodeError, NoPictureError
from mimik.sources.base import Source
from mimik.types import Frame


def evenly(opened: Callable[[], Source], count: int) -> list[Frame]:
    """So many frames of a film: the first, the last, and those evenly between.

    It is decoded twice, as what its header says of its length is often wrong, and all of it might not fit
    into memory.

    Args:
        opened: Opens the film, at its beginning each time.
        count: Frames that are wanted, 2 or more.

    Raises:
        NoPictureError: It has fewer frames.
        SourceError: It can't be read.
    """
    with opened() as source:
        there, problem = sum(1 for _ in source), source.problem
    if there < count:
        why = f" ({problem})" if problem else ""
        pictures = "1 picture" if there == 1 else f"{there} pictures"
        raise NoPictureError(f"{source.name}: has {pictures}, and {count} are needed{why}")
    wanted = set(np.linspace(0, there - 1, count).round().astype(int).tolist())
    with opened() as source:
        found = [frame for number, frame in enumerate(source) if number in wanted]
    if len(found) < count:
        raise DecodeError(f"{source.name}: gave {there} pictures, and then fewer; copy it again")
    return found
