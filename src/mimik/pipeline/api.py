"""The short form: everything that some sources hold, seen or heard at once into a list."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimik.errors import MimikWarning, SourceError
from mimik.pipeline.analyzer import Analyzer, Input
from mimik.pipeline.choice import Named
from mimik.pipeline.listen import Listener, SoundInput
from mimik.sources.expand import expand, in_words
from mimik.sources.options import Colour, SoundOptions, SourceOptions
from mimik.types import FrameResult, SpanResult


def analyze(
    source: Input | Sequence[Input],
    *,
    tasks: Sequence[str] | None = None,
    detector: str = "auto",
    device: str = "auto",
    models: str | Named | None = None,
    model: Named | None = None,
    commercial: bool = False,
    options: SourceOptions | None = None,
    colour: Colour | None = None,
) -> list[FrameResult]:
    """Read a picture, a video, a folder or a pattern, and return everything at once.

    For long videos and cameras use Analyzer.stream, which keeps nothing.

    Args:
        source: What Analyzer.stream takes, a folder or pattern (all that is in it), or a list of these;
            bytes and arrays of a list are named by their place, "bytes 0", "array 1".
        tasks: What to read; all that there are models for if None, see Analyzer.
        detector: "auto" (YuNet), "yunet" or "haar".
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        models: Name of a set ("base", "mini", "open"), or task to another model; see Analyzer.
        model: Task to another model than the set's.
        commercial: Refuse models that may not be used in products.
        options: Which frames are taken, and limits for decoding.
        colour: Order of an array's channels: "rgb", "bgr" or "grey"; must be said for an array.

    Raises:
        MimikError: As Analyzer and open_source.

    Warns:
        MimikWarning: One of several sources can't be read, or one ended early; the rest is there. Or
            something that was named isn't read: files of unknown kind in a folder, further pages of a TIFF.
    """
    analyzer = Analyzer(tasks, detector, device, models=models, model=model, commercial=commercial)
    named: Sequence[Any] = source if isinstance(source, (list, tuple)) else [source]
    alone = len(named) == 1
    results: list[FrameResult] = []
    for number, one in enumerate(named):
        # Bytes and arrays have no name of their own.
        mark = "" if alone or isinstance(one, (str, Path, int)) else f" {number}"
        try:
            items = _expanded(one)
        except SourceError as error:
            _pass_by(error, alone, mark)
            continue
        for item in items:
            try:
                name = f"{'array' if isinstance(item, np.ndarray) else 'bytes'}{mark}" if mark else None
                results.extend(analyzer.stream(item, options, colour=colour, name=name))
            except SourceError as error:
                _pass_by(error, alone and len(items) == 1, mark)
    return results


def listen(
    source: SoundInput,
    *,
    tasks: Sequence[str] | None = None,
    device: str = "auto",
    models: str | Named | None = None,
    model: Named | None = None,
    commercial: bool = False,
    options: SoundOptions | None = None,
) -> list[SpanResult]:
    """Read the voices of a recording or video, and return everything at once.

    For microphones and streams use Listener.stream, which keeps nothing.

    Args:
        source: What Listener.stream takes.
        tasks: What to hear; all that there are models for if None, see Listener.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        models: Name of a set, or task to another model; see Analyzer.
        model: Task to another model than the set's.
        commercial: Refuse models that may not be used in products.
        options: Which sound is taken.

    Returns:
        An entry an utterance; empty where nobody speaks.

    Raises:
        MimikError: As Listener and open_sound.

    Warns:
        MimikWarning: As Listener.stream.
    """
    listener = Listener(tasks, device, models=models, model=model, commercial=commercial)
    return list(listener.stream(source, options))


def _pass_by(error: SourceError, alone: bool, mark: str) -> None:
    """Warn of a source that can't be read; raise if there is no other.

    Raises:
        SourceError: That error.
    """
    if alone:
        raise error
    name, colon, reason = str(error).partition(":")
    warnings.warn(f"{name}{mark}{colon}{reason}", MimikWarning, stacklevel=3)


def _expanded(source: Input) -> Sequence[Input]:
    """The files of a folder or pattern; anything else as it is."""
    if isinstance(source, Path) and str(source).isdecimal() and not source.exists():
        return [source]  # A missing file, not a camera.
    if not isinstance(source, (str, Path)):
        return [source]
    found = expand([str(source)])
    if found.left_out:
        warnings.warn(f"{source}: left out: {in_words(found.left_out)}", MimikWarning, stacklevel=3)
    return found.sources
