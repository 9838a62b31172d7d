"""What a request asks of its files, settled before any of them is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mimik.app.live.engine import Engine
from mimik.app.live.offers import ReadOptions
from mimik.app.options import Limits
from mimik.app.schemas_read import How, Wanted
from mimik.app.uploads.files import Upload
from mimik.errors import OptionError
from mimik.models.card import file_sha256
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.listen import Listener
from mimik.runs.reference import load_reference, reference_settings
from mimik.sources.options import SourceOptions
from mimik.storage.kinds import SOUNDS


@dataclass(frozen=True, slots=True)
class RestFile:
    """An upload that shows a face at rest."""

    upload: Upload
    """The picture or video."""
    start_s: float = 0.0
    """Where a video begins to show it."""
    end_s: float | None = None
    """Up to where it does; its end if None."""

    def settings(self) -> dict[str, Any]:
        """As those of a run hold ``--neutral FILE@A-B``."""
        times = "" if self.end_s is None else f"@{self.start_s:g}-{self.end_s:g}"
        return {"neutral": f"{self.upload.name}{times}", "neutral_sha256": file_sha256(self.upload.path)}


@dataclass(frozen=True, slots=True)
class Wish:
    """How the files of a request are read; every option is known to be possible."""

    read: ReadOptions
    """What is read of faces, and how."""
    analyzer: Analyzer | None
    """Reads it; None if only voices are heard."""
    listener: Listener | None
    """Hears voices; None if only faces are read."""
    frames: SourceOptions
    """Which frames are taken."""
    rest: RestFile | float | None = None
    """The face at rest: a file that shows it, or the seconds that do."""
    audio_track: int | None = None
    """Which of several audio tracks is heard, from 1."""
    channel: int | None = None
    """The one channel that is heard, from 1."""
    commercial: bool = False
    """Whether what may not be used in products is refused."""

    def sound_settings(self) -> dict[str, Any]:
        """What the settings of results hold of the sound, as those of a run."""
        told: dict[str, Any] = dict(reference_settings(self.read.voice_first))
        named = {"audio_track": self.audio_track, "channel": self.channel}
        return told | {name: value for name, value in named.items() if value is not None}


def settle(engine: Engine, limits: Limits, wanted: Wanted, names: Sequence[str], *, with_rest: bool) -> Wish:
    """Check all that is asked for. Models are loaded, and no file is opened.

    Args:
        engine: Has the models.
        limits: Of the server.
        wanted: The request's options.
        names: What the files are called: recordings alone are heard where no task is named.
        with_rest: Whether a file comes with it that shows a face at rest; it isn't in the answer yet.

    Raises:
        MimikError: An option can't be met; says what is allowed.
    """
    limits.check("rate_fps", max_fps=wanted.max_fps)
    limits.check("duration_s", start=wanted.start, end=wanted.end, neutral_end=wanted.neutral_end)
    limits.check("detect_size", detect_size=wanted.detect_size)
    _check_rest(wanted, with_rest=with_rest)
    how = {name: getattr(wanted, name) for name in ("smoothing", *How.model_fields)}
    tasks = wanted.tasks or None
    if tasks is None and names and all(map(is_recording, names)):
        tasks = list(engine.voices(wanted.models, wanted.model))
    read = engine.options(wanted.models, tasks, **how)
    analyzer = engine.analyzer(read) if read.tasks else None
    if with_rest or wanted.neutral_first is not None:
        _check_rests(analyzer)
    frames = SourceOptions(
        start_s=wanted.start,
        end_s=wanted.end,
        every=wanted.every,
        max_fps=wanted.max_fps,
        max_size=wanted.max_size,
        fps=wanted.fps,
        track=wanted.track,
    )
    listener = engine.listener(read)
    load_reference(listener, read.voice_first)  # Says now what can't be.
    return Wish(
        read,
        analyzer,
        listener,
        frames,
        wanted.neutral_first,
        wanted.audio_track,
        wanted.channel,
        engine.commercial,
    )


def is_recording(name: str) -> bool:
    """Whether an upload holds sound alone, by what its sender calls it."""
    return PurePosixPath(name).suffix.lower() in SOUNDS


def _check_rests(analyzer: Analyzer | None) -> None:
    """Say before anything is read that the tasks know no face at rest."""
    if analyzer is None:
        raise OptionError("a face at rest means nothing where only voices are heard: leave it out")
    analyzer.info(against_neutral=True)


def _check_rest(wanted: Wanted, *, with_rest: bool) -> None:
    if with_rest and wanted.neutral_first is not None:
        raise OptionError("neutral and neutral_first both say what the face at rest is: send one of them")
    if wanted.neutral_end is not None and not with_rest:
        raise OptionError("neutral_end is a time of the file neutral: send that beside the files")
