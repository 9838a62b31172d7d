"""A clip of a run, read whole."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from mimik.pipeline.watch import Watcher
from mimik.runs.ending import ended
from mimik.runs.reader import About, Ending, Read
from mimik.sources.open import open_held, open_source
from mimik.sources.open_sound import open_held_sound, open_sound
from mimik.sources.options import SoundOptions, SourceOptions
from mimik.types import Sound


def watched(
    watcher: Watcher, name: str, address: str | bytes, frames: SourceOptions, sound: SoundOptions
) -> Generator[Read, None, Ending]:
    """Read a clip; return what there is to say of it.

    Args:
        watcher: Reads it.
        name: What results call it.
        address: What is opened, or the bytes of it.
        frames: Which pictures are taken.
        sound: Which sound is.

    Raises:
        SourceError: It can't be read.
    """
    problems: list[str | None] = []
    notes: list[str | None] = []

    def hear() -> Sound:
        with (
            open_held_sound(address, sound, name)
            if isinstance(address, bytes)
            else open_sound(address, sound)
        ) as source:
            heard = _whole(source)
            problems.append(source.problem)
            notes.extend(source.notes)
        return heard

    if isinstance(address, bytes):
        opened = partial(open_held, address, frames, name)
    else:
        opened = partial(open_source, address, frames, name=name)
    yield Read(watcher.read(opened, hear))
    return ended(None, problems, notes, About())


def _whole(sounds: Iterable[Sound]) -> Sound:
    """The blocks of a source as one sound; of no blocks, one without samples."""
    blocks = [*sounds]
    if not blocks:
        return Sound(np.zeros(0, np.float32))
    samples, full = (
        np.concatenate(parts) for parts in zip(*((b.samples, b.at_full) for b in blocks), strict=True)
    )
    return replace(blocks[0], samples=samples, full=full)
