"""Joins the stages: source -> detect -> track -> crop -> recognise -> smooth -> result."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik._version import __version__
from mimik.errors import DecodeError, MimikWarning, OptionError
from mimik.faces.detect.base import Detector, DetectorOptions, Following, share_detector
from mimik.faces.detect.upright import upright
from mimik.faces.recognise import Clock, Recogniser, untimed
from mimik.faces.turn import TASK
from mimik.models.card import file_sha256
from mimik.models.shared import Shared
from mimik.models.store import REMOTE, find_file
from mimik.pipeline.choice import Named, choose, with_helpers
from mimik.pipeline.session import Step, StreamSession
from mimik.pipeline.versions import libraries
from mimik.readings import AGAINST_NEUTRAL, Column, columns
from mimik.sources.address import is_live, public_name
from mimik.sources.base import Source
from mimik.sources.open import open_source
from mimik.sources.options import Colour, SourceOptions
from mimik.tasks.base import Aided
from mimik.tasks.loaded import (
    LoadedModel,
    load_model,
    load_models,
    with_age_groups,
    with_camera,
    with_threshold,
    with_units,
)
from mimik.tasks.prior import Prior, shares_of, with_priors
from mimik.temporal.follow import Every, Follower, FollowOptions
from mimik.temporal.neutral import Neutral, mean_neutral, rests_of
from mimik.temporal.smooth import SmoothOptions
from mimik.temporal.track import TrackOptions
from mimik.types import FrameResult, RunInfo

Input: TypeAlias = "str | Path | bytes | int | NDArray[Any]"
"""A path, an address, encoded bytes, a camera's number, or an array."""


TILT = "tilt.mini"
"""The model that sees which way up a face is."""


class Analyzer:
    """Reads faces. Loads its models once; each picture or stream has its own tracks.

    Example:
        >>> analyzer = Analyzer(tasks=("emotion", "age"))
        >>> for result in analyzer.stream("talk.mp4"):  # doctest: +SKIP
        ...     print(result.time_s, [face.emotion.label for face in result.faces])
    """

    def __init__(
        self,
        tasks: Sequence[str] | None = None,
        detector: str = "auto",
        device: str = "auto",
        *,
        models: str | Named | None = None,
        model: Named | None = None,
        commercial: bool = False,
        threshold: float | None = None,
        prior: Mapping[str, Prior] | None = None,
        units: Sequence[str] | None = None,
        age_groups: int | None = None,
        fov_deg: float | None = None,
        detection: DetectorOptions | None = None,
        smoothing: SmoothOptions | None = None,
        keep_id_s: float | None = None,
        detect_every: Every = "auto",
        threads: int = 1,
        shared: Shared | None = None,
    ) -> None:
        """Load detector and models.

        Args:
            tasks: What to read, of "emotion", "gender", "age", "au" and "cover"; all that there are models
                for if None, without "cover" (see mimik.pipeline.choice.default_tasks).
            detector: "auto" (YuNet), "yunet" or "haar".
            device: Where the networks run: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
            models: Name of a set ("base", "mini", "open"); or task to another model, as ``model`` takes it,
                and the others are those of "base".
            model: Task to another model than the set's, by catalogue name or path.
            commercial: Refuse models whose cards don't allow that they are used in products.
            threshold: Probability below which a class is "uncertain", for all of ``tasks`` with classes,
                instead of each card's own; helpers keep theirs.
            prior: Task to how frequent its classes are, {"emotion": {"neutral": 0.3}} or "even"; those that
                aren't named share the rest as the card's do. As the card assumes if None.
            units: The action units that are read, "AU12"; all that the model knows if None.
            age_groups: Years of an age group, 5 or 10: a group is then the band in which the years lie, up
                to "100+"; FairFace's nine groups if None.
            fov_deg: The camera's vertical field of view, by which meshes tell where heads are; 63 degrees if
                None.
            detection: Working size, score and smallest face.
            smoothing: How strongly values are blended over time.
            keep_id_s: How long a person may be unseen and keep the id; if None, a second, or longer where
                frames are further apart.
            detect_every: In every how many frames of a video or stream the whole picture is searched for
                faces; between them, those in view are followed. "auto" searches as often as a newcomer must
                be seen, every 0.3 s, and either searches at once when a face is lost. Take 1 where faces are
                hidden.
            threads: CPU threads of each network call, the detector's too; the results are the same with any
                number.
            shared: What several analysers have in common, so that each network is loaded once.

        Raises:
            UnknownNameError: A task, detector, device, set or model doesn't exist.
            ModelError: A model's file is damaged or doesn't fit its card.
            OptionError: A value is out of range, the set has no model for a task, or a model may not be used
                in products.
        """
        _check(threshold, units)
        choice = choose(tasks, models, model, commercial=commercial)
        self.tasks = names = choice.tasks
        """The tasks that are read, in the order of the results."""
        shared = shared or Shared()
        loaded = load_models(choice.models, device, threads, shared)
        if threshold is not None:
            loaded |= {name: with_threshold(loaded[name], threshold) for name in names}
        named: dict[str, Any] = {}
        if prior:
            loaded = with_priors(loaded, names, prior)
            named["prior"] = {task: shares_of(loaded[task].card) for task in prior}
        if units is not None:
            loaded, named["units"] = with_units(loaded, names, units)
        if age_groups is not None:
            loaded, named["age_groups"] = with_age_groups(loaded, names, age_groups), age_groups
        if fov_deg is not None:
            loaded, named["fov_deg"] = with_camera(loaded, names, fov_deg), fov_deg
        self._recogniser = Recogniser(loaded)
        detection = dataclasses.replace(detection or DetectorOptions(), threads=threads)
        tilt = load_model(TASK, TILT, "cpu", threads, shared)
        self._detector: Detector = upright(share_detector(detector, detection, shared), tilt)
        self._tilt = tilt.card
        self._detector_file = _detector_file(self._detector.name, detection)
        self._min_face = detection.min_face
        self._smoothing = smoothing or SmoothOptions()
        self._following = FollowOptions(detect_every)
        Follower(self._detector, self._following)  # Says now what can't be.
        self._tracking = None if keep_id_s is None else TrackOptions(patience_s=keep_id_s, adapt=False)
        self._settings = {
            "threshold": threshold,
            **named,
            "device": device,
            "detection": {k: v for k, v in _plain(detection).items() if k != "threads"},
            "detect_every": detect_every if isinstance(self._detector, Following) else 1,
            "smoothing": _plain(self._smoothing),
            **({} if keep_id_s is None else {"keep_id_s": keep_id_s}),
        }

    @property
    def models(self) -> Mapping[str, LoadedModel]:
        """Task to the model that reads it, of those that help others, too, in the order of the results."""
        return MappingProxyType(self._recogniser.models)

    def info(self, settings: Mapping[str, Any] | None = None, *, against_neutral: bool = False) -> RunInfo:
        """What makes the results, for the head of a results file.

        Args:
            settings: Further options that change the results (of the source).
            against_neutral: Whether readings are a change from a neutral face.
        """
        models = self.models
        rests = rests_of(models) if against_neutral else {}
        cards = {**{name: m.card for name, m in models.items()}, TASK: self._tilt}
        made_by = {
            name: {"name": card.name, "version": card.version, "sha256": card.sha256}
            for name, card in cards.items()
        }
        if file := self._detector_file:
            made_by["detector"] = {"name": file.name, "sha256": file_sha256(file)}
        return RunInfo(
            version=__version__,
            detector=self._detector.name,
            tasks=self.tasks,
            models=made_by,
            settings={**self._settings, **(settings or {})},
            columns={name: self._columns(name, name in rests) for name in self.tasks},
            libraries=libraries(),
        )

    def _columns(self, name: str, against_neutral: bool) -> tuple[Column, ...]:
        """A task's columns in tables."""
        task, card = self.models[name].task, self.models[name].card
        moved = columns("truth", AGAINST_NEUTRAL) if against_neutral else ()
        aided = task.aided_columns(card) if isinstance(task, Aided) and task.aide in self.models else ()
        return (*task.columns(card), *moved, *aided)

    def image(
        self,
        image: Input,
        *,
        colour: Colour | None = None,
        options: SourceOptions | None = None,
        name: str | None = None,
        neutral: Neutral | None = None,
    ) -> FrameResult:
        """Read one picture.

        Args:
            image: A path, encoded bytes, or an array (H, W, 3) or (H, W).
            colour: Order of an array's channels: "rgb", "bgr" or "grey"; must be said for an array.
            options: Limits for decoding.
            name: What results call it; by default its path, "bytes" or "array".
            neutral: The person's face at rest, from which emotion and action units are then a change.

        Returns:
            The faces; none is an empty result, not an error.

        Raises:
            SourceError: It can't be read.
        """
        session = self.session(neutral)
        with open_source(image, options, colour=colour, name=name) as source:
            for step in map(session.step, source):
                _tell(source, session)
                return step.result
            raise DecodeError(f"{source.name}: {source.problem or 'it has no frame'}")

    def stream(
        self,
        source: Input | Source,
        options: SourceOptions | None = None,
        *,
        colour: Colour | None = None,
        name: str | None = None,
        neutral: Neutral | float | None = None,
    ) -> Iterator[FrameResult]:
        """Read a picture, video, camera or stream, frame by frame.

        Args:
            source: What ``image`` takes, a camera's number, an address, or an open source.
            options: Which frames are taken, and limits for decoding.
            colour: Order of an array's channels; see ``image``.
            name: What results call it; see ``image``.
            neutral: The person's face at rest, from which emotion and action units are then a change; or
                the seconds, from when a person is first seen, that show theirs (readings until then are
                as they are, and say so).

        Raises:
            SourceError: It can't be read.
            OptionError, ModelError: The tasks or their models know no face at rest, or other models read it.

        Warns:
            MimikWarning: It ended early (a video cut in half), holds more than is read (further pages), or
                its rate had to be assumed; an open source says so itself.
        """
        for step in self.frames(source, options, colour=colour, name=name, neutral=neutral):
            yield step.result

    def frames(
        self,
        source: Input | Source,
        options: SourceOptions | None = None,
        *,
        colour: Colour | None = None,
        name: str | None = None,
        neutral: Neutral | float | None = None,
    ) -> Iterator[Step]:
        """The same, with the frames, to draw on."""
        if isinstance(source, Source):
            if options is not None or colour is not None or name is not None:
                raise OptionError(
                    f"{source.name}: is open already: give options, colour and name to open_source"
                )
            yield from map(self.session(neutral).step, source)
            return
        session = self.session(neutral)
        with open_source(source, options, colour=colour, name=name) as opened:
            yield from map(session.step, opened)
            _tell(opened, session)

    def neutral(
        self,
        source: Input | Source,
        options: SourceOptions | None = None,
        *,
        colour: Colour | None = None,
    ) -> Neutral:
        """One person's face at rest, from a photo or some frames of a video.

        Args:
            source: What ``stream`` takes.
            options: Which frames show the face at rest.
            colour: Order of an array's channels; see ``image``.

        Returns:
            The mean over the frames with one face that can be trusted.

        Raises:
            SourceError: It can't be read.
            OptionError: No frame shows one face that can be trusted, the tasks know no face at rest, or a
                live source has no end.
            ModelError: A model's card doesn't know it.

        Warns:
            MimikWarning: It reads as an emotion for almost sure.
        """
        rests, session = rests_of(self.models), self.session()
        if (
            isinstance(source, str | int)
            and is_live(str(source))
            and (options or SourceOptions()).end_s is None
        ):
            name = public_name(str(source))
            raise OptionError(
                f"{name}: never ends: say which seconds show the face at rest "
                f"(--neutral {name}@0-3, or SourceOptions(end_s=3))"
            )
        with (
            nullcontext(source)
            if isinstance(source, Source)
            else open_source(source, options, colour=colour) as opened
        ):
            neutral = mean_neutral(map(session.unsmoothed, opened), rests, opened.name)
        if (look := neutral.look(rests)) is not None:
            text = f"{opened.name}: the face at rest reads as {look}; if it isn't at rest, choose another"
            warnings.warn(text, MimikWarning, stacklevel=2)
        return neutral

    def session(
        self,
        neutral: Neutral | float | None = None,
        *,
        tasks: Sequence[str] | None = None,
        smoothing: SmoothOptions | None = None,
        clock: Clock = untimed,
    ) -> StreamSession:
        """A new stream's state, to be fed frame by frame.

        Args:
            neutral: See ``stream``.
            tasks: Some of the analyser's, in its order; all if None.
            smoothing: The analyser's own if None.
            clock: Times the stages; see StreamSession.

        Raises:
            OptionError: The analyser doesn't read one of the tasks, or there is none.
        """
        recogniser = self._recogniser
        if tasks is not None:
            has = ", ".join(self.models)
            if isinstance(tasks, str) or not tasks:
                raise OptionError(f"tasks must be a list of one or more of {has}, not {tasks!r}")
            if lacking := [name for name in tasks if name not in self.models]:
                raise OptionError(f"this analyser doesn't read {', '.join(lacking)}; it reads {has}")
            needed = [name for name in with_helpers(tasks) if name in self.models]
            recogniser = Recogniser({name: self.models[name] for name in needed})
        return StreamSession(
            self._detector,
            recogniser,
            smoothing or self._smoothing,
            self._min_face,
            neutral,
            tasks or self.tasks,
            clock,
            self._tracking,
            self._following,
        )


def _tell(source: Source, session: StreamSession) -> None:
    """Warn the caller's caller of what a source lacked, holds besides, or had to be assumed of it."""
    left_out = [f"left out: {', '.join(source.left_out)}"] if source.left_out else []
    for text in filter(None, [source.problem, *left_out, *source.notes, session.note()]):
        warnings.warn(f"{source.name}: {text}", MimikWarning, stacklevel=4)


def _check(threshold: Any, units: Any) -> None:
    """Refuse options of another kind than Analyzer takes; see there."""
    if threshold is not None and not (
        isinstance(threshold, int | float | np.floating) and 0 <= threshold <= 1
    ):
        raise OptionError(f"threshold (--threshold) must be 0 to 1, not {threshold!r}")
    if isinstance(units, str):
        raise OptionError(f"units must be a list of action units, not {units!r}")


def _detector_file(name: str, options: DetectorOptions) -> Path | None:
    """The file behind a detector; None where it belongs to OpenCV."""
    return options.model or (find_file(name) if name in REMOTE else None)


def _plain(options: Any) -> dict[str, Any]:
    """A dataclass of options, JSON-safe."""
    return {k: str(v) if isinstance(v, Path) else v for k, v in dataclasses.asdict(options).items()}
