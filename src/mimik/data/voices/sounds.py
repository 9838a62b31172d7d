"""The sound of a clip of a data set, and the pictures of a film, decoded when they are wanted."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

import numpy as np

from mimik.data.places import Place, children
from mimik.errors import DecodeError, MimikWarning, NoSoundError, SourceError, SourceNotFoundError
from mimik.sources.open import SUFFIXES
from mimik.storage.kinds import SOUNDS as SOUNDS_ALONE
from mimik.types import Image, Samples
from mimik.voice.inputs import is_silent

CLIP_SUFFIXES = (*SOUNDS_ALONE, *(suffix for suffix, kind in SUFFIXES.items() if kind == "video"))
"""Ends of the names of files that have sound: recordings and videos."""
BLOCK_S = 60.0
"""What is decoded at once; most clips are shorter."""


def is_clip(name: str) -> bool:
    """Whether a file's name is that of a recording or video, and not of one that a system hides."""
    return name.lower().endswith(CLIP_SUFFIXES) and not name.startswith(".")


def is_film(name: str) -> bool:
    """Whether a file's name is that of a video."""
    return is_clip(name) and not name.lower().endswith(SOUNDS_ALONE)


def clip_files(folder: Place) -> list[Place]:
    """The recordings and videos right in a folder, by name."""
    return [child for child in children(folder) if is_clip(child.name)]


def folder_of_clips(place: Place, inner: str, name: re.Pattern[str]) -> Place | None:
    """The folder of a set's clips: an inner one, or the place itself; None if neither has one so named."""
    for folder in ([place / inner] if (place / inner).is_dir() else []) + [place]:
        if any(name.fullmatch(file.name) for file in clip_files(folder)):
            return folder
    return None


def sound_loader(
    file: Place, start_s: float | None = None, end_s: float | None = None
) -> Callable[[], Samples]:
    """A function that reads and decodes a clip's sound; see Sample.hear.

    Args:
        file: A recording, or a video with an audio track.
        start_s: Where it begins, in seconds of the file; None for its beginning.
        end_s: Where it ends; None for its end.
    """
    return partial(_hear, file, start_s, end_s)


def _hear(file: Place, start_s: float | None, end_s: float | None) -> Samples:
    """Decode a clip; a damaged one is decoded as far as it goes, with a warning."""
    from mimik.sources.options import SoundOptions
    from mimik.sources.sound import SoundSource

    options = SoundOptions(start_s=start_s, end_s=end_s, block_s=BLOCK_S)
    try:
        with SoundSource(_packed(file) if isinstance(file, zipfile.Path) else file, options) as source:
            blocks = [block.samples for block in source]
    except SourceNotFoundError as error:
        raise SourceNotFoundError(f"{file}: the clip is missing; unpack the data set again") from error
    except SourceError as error:
        # What is read from a zip has no name of its own.
        text = str(error).removeprefix("bytes: ")
        kind = NoSoundError if isinstance(error, NoSoundError) else DecodeError
        raise kind(text if str(file) in text else f"{file}: {text}") from error
    if not blocks:
        raise DecodeError(f"{file}: {source.problem}")
    sound = np.concatenate(blocks)
    if source.problem and not is_silent(sound):  # Silence is no damage; who reads a set counts it.
        warnings.warn(f"{file}: {source.problem}", MimikWarning, stacklevel=2)
    return sound


def film_loader(
    file: Place, start_s: float | None = None, end_s: float | None = None
) -> Callable[[int], list[Image]]:
    """A function that decodes some of a film's pictures; see Sample.watch.

    Args:
        file: A video.
        start_s: Where it begins, in seconds of the file; None for its beginning.
        end_s: Where it ends; None for its end.
    """
    return partial(_watch, file, start_s, end_s)


def _watch(file: Place, start_s: float | None, end_s: float | None, count: int) -> list[Image]:
    """Decode evenly spaced pictures of a film."""
    from mimik.sources.evenly import evenly
    from mimik.sources.open import open_held, open_source
    from mimik.sources.options import SourceOptions

    options = SourceOptions(start_s=start_s or 0.0, end_s=end_s, threads=1)
    try:
        if isinstance(file, zipfile.Path):
            opened = partial(open_held, _packed(file), options, str(file))
        else:
            opened = partial(open_source, file, options)
        return [frame.image for frame in evenly(opened, count)]
    except SourceNotFoundError as error:
        raise SourceNotFoundError(f"{file}: the clip is missing; unpack the data set again") from error


def _packed(file: zipfile.Path) -> bytes:
    """The bytes of a clip in a zip."""
    try:
        return file.root.read(file.at)
    except KeyError as error:
        raise SourceNotFoundError(str(file)) from error
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise DecodeError(f"{file}: the clip can't be read: {error}") from error
