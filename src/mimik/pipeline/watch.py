"""Reads whole clips: evenly spaced pictures of a face, and perhaps the sound -> one span."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from mimik._version import __version__
from mimik.errors import SourceError
from mimik.faces.detect.base import DetectorOptions, share_detector
from mimik.models.shared import Shared
from mimik.pipeline.choice import Named, choose
from mimik.pipeline.versions import libraries
from mimik.readings import Reading
from mimik.sources.base import Source
from mimik.sources.evenly import evenly
from mimik.tasks.base import CLIP
from mimik.tasks.loaded import LoadedModel, load_models, with_threshold
from mimik.temporal.clip import Clip, take_clip
from mimik.types import Frame, RunInfo, Sound, SpanQuality, SpanResult
from mimik.voice.quality import loudness

LONGEST_S = 15.0
"""A clip is an utterance; what is longer holds several."""
SEVERAL = "several faces"
"""Why a clip can't be trusted in which more than one person is seen: the largest face was read."""


class Watcher:
    """Reads clips of one person and one utterance each. Loads its models once."""

    def __init__(
        self,
        tasks: Sequence[str],
        detector: str = "auto",
        device: str = "auto",
        *,
        models: str | Named | None = None,
        model: Named | None = None,
        commercial: bool = False,
        threshold: float | None = None,
        detection: DetectorOptions | None = None,
        threads: int = 1,
        shared: Shared | None = None,
    ) -> None:
        """Load detector and models; see Analyzer for the arguments, and for what is raised."""
        choice = choose(tasks, models, model, commercial=commercial, source=CLIP)
        shared, detection = shared or Shared(), detection or DetectorOptions()
        loaded = load_models(choice.models, device, threads, shared)
        if threshold is not None:
            loaded = {name: with_threshold(one, threshold) for name, one in loaded.items()}
        self._models: Mapping[str, LoadedModel] = loaded
        self._detector = share_detector(detector, dataclasses.replace(detection, threads=threads), shared)
        own = {key: value for key, value in dataclasses.asdict(detection).items() if key != "threads"}
        self._settings = {
            "threshold": threshold,
            "device": device,
            "clips": {"detector": self._detector.name, "detection": own},
        }

    def info(self, settings: Mapping[str, Any]) -> RunInfo:
        """What makes the results, for the head of a results file.

        Args:
            settings: Further options that change the results (of the source).
        """
        made_by = {
            name: {"name": m.card.name, "version": m.card.version, "sha256": m.card.sha256}
            for name, m in self._models.items()
        }
        return RunInfo(
            version=__version__,
            detector=None,  # Of frames; none are told.
            tasks=tuple(self._models),
            models=made_by,
            settings={**self._settings, **settings},
            columns={name: m.task.columns(m.card) for name, m in self._models.items()},
            libraries=libraries(),
            heard=tuple(self._models),
        )

    def read(self, opened: Callable[[], Source], hear: Callable[[], Sound]) -> SpanResult:
        """Read one clip.

        Args:
            opened: Opens its pictures, at the beginning each time.
            hear: Gives its sound; asked only if a model hears.

        Raises:
            NoFaceError: No face is found, or in less than half of the pictures.
            NoPictureError: It has too few pictures.
            NoSoundError: A model hears, and there is nothing to be heard.
            SourceError: It can't be read, or is too long.
        """
        with opened() as source:
            name, long_s = source.name, (source.frame_count or 0) / (source.fps or 1.0)
        _check_length(name, long_s)
        frames: list[Frame] = []

        def watch(count: int) -> list[Any]:
            frames[:] = evenly(opened, count)
            _check_length(name, frames[-1].time_s - frames[0].time_s)
            return [frame.image for frame in frames]

        specs = dict.fromkeys(model.card.clip for model in self._models.values())
        sound = cache(hear)
        clips = {
            spec: take_clip(name, watch, lambda: sound().samples, spec, self._detector) for spec in specs
        }
        several = any(clip.several for clip in clips.values())
        heard = sound() if any(clip.samples is not None for clip in clips.values()) else None
        return SpanResult(
            source=name,
            span=0,
            start_s=frames[0].time_s,
            end_s=frames[-1].time_s,
            quality=_quality(heard, several=several),
            readings={task: _reading(model, clips[model.card.clip]) for task, model in self._models.items()},
        )


def _check_length(name: str, long_s: float) -> None:
    if long_s > LONGEST_S:
        raise SourceError(
            f"{name}: is {long_s:.0f} s long, and a clip is one utterance, {LONGEST_S:g} s at most: name a "
            "part of it with --start and --end (SourceOptions)"
        )


def _quality(heard: Sound | None, *, several: bool) -> SpanQuality:
    """How well a clip can be read."""
    level_db, reason = loudness(heard) if heard else (None, None)
    return SpanQuality(None, level_db, SEVERAL if several else reason)


def _reading(model: LoadedModel, clip: Clip) -> Reading:
    card = model.card
    values = model.task.decode(model.logits(*clip.inputs(card.clip, card.mean, card.std)), card)[0]
    return model.task.reading(values, values, card)
