"""A clip of a run, read whole."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

import numpy as np

from mimik.pipeline.watch import Watcher
from mimik.runs.ending import ended
from mimik.runs.reader import About, Ending, Read
from mimik.sources.open import open_held, open_source
from mimik.sources.open_sound import open_held_sound, open_sound
from mimik.sources.options import SoundOptions, SourceOptions
from mimik.types import Samples


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

    def hear() -> Samples:
        with (
            open_held_sound(address, sound, name)
            if isinstance(address, bytes)
            else open_sound(address, sound)
        ) as source:
            blocks = [block.samples for block in source]
            problems.append(source.problem)
            notes.extend(source.notes)
        return np.concatenate(blocks) if blocks else np.empty(0, np.float32)

    if isinstance(address, bytes):
        opened = partial(open_held, address, frames, name)
    else:
        opened = partial(open_source, address, frames, name=name)
    yield Read(watcher.read(opened, hear))
    return ended(None, problems, notes, About())
