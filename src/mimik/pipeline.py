"""Joins the stages: source -> detect -> track -> crop -> recognise -> smooth -> result."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import repeat
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik import __version__
from mimik.boxes import size_px
from mimik.detect.base import Detector, DetectorOptions, load_detector
from mimik.errors import DecodeError, MimikWarning, OptionError, UnknownNameError
from mimik.models.card import file_sha256
from mimik.models.store import DEFAULTS, REMOTE, find_file, models_of
from mimik.quality import assess
from mimik.recognise import Recogniser, load_models
from mimik.smooth import Smoother, SmoothOptions
from mimik.sources.base import Colour, Source, SourceOptions, open_source
from mimik.tasks.base import TASKS
from mimik.track import Tracker
from mimik.types import Box, Detection, Face, Frame, FrameResult, Quality, RunInfo

Input: TypeAlias = "str | Path | bytes | int | NDArray[Any]"
"""A path, an address, encoded bytes, a camera's number, or an array."""
Values: TypeAlias = "Mapping[str, NDArray[np.float32]]"
"""Task to its values for one face, (V,)."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One frame, what was read from it, and what a picture of it must hide."""

    frame: Frame
    result: FrameResult
    also_hide_xyxy: tuple[Box, ...] = ()
    """Faces that aren't in the result: smaller than asked for, or seen a moment ago, but not in this
    frame."""


class Analyzer:
    """Reads faces. Loads its models once; each picture or stream has its own tracks.

    Example:
        >>> analyzer = Analyzer(tasks=("emotion", "age"))
        >>> for result in analyzer.stream("talk.mp4"):  # doctest: +SKIP
        ...     print(result.time_s, [face.emotion.label for face in result.faces])
    """

    def __init__(
        self,
        tasks: Sequence[str] = tuple(DEFAULTS),
        detector: str = "auto",
        device: str = "auto",
        *,
        models: str | Mapping[str, str | Path] | None = None,
        threshold: float | None = None,
        detection: DetectorOptions | None = None,
        smoothing: SmoothOptions | None = None,
        threads: int = 1,
    ) -> None:
        """Load detector and models.

        Args:
            tasks: What to read, of "emotion", "gender", "age" and "au".
            detector: "auto" (YuNet), "yunet" or "haar".
            device: Where the networks run: "auto", "cpu" or "cuda".
            models: Name of a set ("mini"), or task to another model, by catalogue name or path.
            threshold: Probability below which a class is "uncertain", for all tasks, instead of
                each card's own.
            detection: Working size, score and smallest face.
            smoothing: How strongly values are blended over time.
            threads: CPU threads of each network call.

        Raises:
            UnknownNameError: A task, detector, device or model doesn't exist.
            ModelError: A model's file is damaged or doesn't fit its card.
            OptionError: A value is out of range.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise OptionError(f"threshold must be 0 to 1, not {threshold}")
        names = ordered_tasks(tasks)
        loaded = load_models(_chosen(models, names), device, threads)
        if threshold is not None:
            loaded = {
                name: dataclasses.replace(m, card=dataclasses.replace(m.card, threshold=threshold))
                for name, m in loaded.items()
            }
        self._recogniser = Recogniser(loaded)
        detection = detection or DetectorOptions()
        # Small faces are left out later: a picture that hides faces must hide them, too.
        self._detector: Detector = load_detector(detector, dataclasses.replace(detection, min_face=0))
        self._detector_file = _detector_file(self._detector.name, detection)
        self._min_face = detection.min_face
        self._smoothing = smoothing or SmoothOptions()
        self._settings = {
            "threshold": threshold,
            "device": device,
            "detection": _plain(detection),
            "smoothing": _plain(self._smoothing),
        }

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that are read, in the order of the results."""
        return tuple(self._recogniser.models)

    def info(self, settings: Mapping[str, Any] | None = None) -> RunInfo:
        """What makes the results, for the head of a results file.

        Args:
            settings: Further options that change the results (of the source).
        """
        models = self._recogniser.models
        made_by = {
            name: {"name": m.card.name, "version": m.card.version, "sha256": m.card.sha256}
            for name, m in models.items()
        }
        if file := self._detector_file:
            made_by["detector"] = {"name": file.name, "sha256": file_sha256(file)}
        return RunInfo(
            version=__version__,
            detector=self._detector.name,
            tasks=self.tasks,
            models=made_by,
            settings={**self._settings, **(settings or {})},
            columns={name: m.task.columns(m.card) for name, m in models.items()},
        )

    def image(
        self,
        image: Input,
        *,
        colour: Colour | None = None,
        options: SourceOptions | None = None,
        name: str | None = None,
    ) -> FrameResult:
        """Read one picture.

        Args:
            image: A path, encoded bytes, or an array (H, W, 3) or (H, W).
            colour: Order of an array's channels: "rgb", "bgr" or "grey"; must be said for an array.
            options: Limits for decoding.
            name: What results call it; by default its path, "bytes" or "array".

        Returns:
            The faces; none is an empty result, not an error.

        Raises:
            SourceError: It can't be read.
        """
        with open_source(image, options, colour=colour) as source, closing(self.results(source)) as steps:
            source.name = name or source.name
            for step in steps:
                return step.result
            raise DecodeError(f"{source.name}: {source.problem or 'it has no frame'}")

    def stream(
        self,
        source: Input | Source,
        options: SourceOptions | None = None,
        *,
        colour: Colour | None = None,
        name: str | None = None,
    ) -> Iterator[FrameResult]:
        """Read a picture, video, camera or stream, frame by frame.

        Args:
            source: What ``image`` takes, a camera's number, an address, or an open source.
            options: Which frames are taken, and limits for decoding.
            colour: Order of an array's channels; see ``image``.
            name: What results call it; see ``image``.

        Raises:
            SourceError: It can't be read.

        Warns:
            MimikWarning: It ended early (a video cut in half); an open source says so itself.
        """
        for step in self.frames(source, options, colour=colour, name=name):
            yield step.result

    def frames(
        self,
        source: Input | Source,
        options: SourceOptions | None = None,
        *,
        colour: Colour | None = None,
        name: str | None = None,
    ) -> Iterator[Step]:
        """The same, with the frames, to draw on."""
        if isinstance(source, Source):
            yield from self.results(source)
            return
        with open_source(source, options, colour=colour) as opened:
            opened.name = name or opened.name
            yield from self.results(opened)
            if opened.problem:
                warnings.warn(f"{opened.name}: {opened.problem}", MimikWarning, stacklevel=3)

    def session(self) -> StreamSession:
        """A new stream's state, to be fed frame by frame."""
        return StreamSession(self._detector, self._recogniser, self._smoothing, self._min_face)

    def results(self, source: Source) -> Generator[Step, None, None]:
        """Read an open source with tracks of its own."""
        session = self.session()
        for frame in source:
            result = session.read(frame)
            yield Step(frame, result, session.also_hide(frame.time_s))


class StreamSession:
    """The state of one stream: its tracks and what is remembered of each person.

    ``read`` goes through the other methods, one a stage.
    """

    def __init__(
        self, detector: Detector, recogniser: Recogniser, smoothing: SmoothOptions, min_face: float = 0
    ) -> None:
        self._detector = detector
        self._min_face = min_face
        self._small: list[Detection] = []
        self._small_tracker = Tracker()
        self.recogniser = recogniser
        """Runs the models; shared by the streams of one Analyzer."""
        self._tracker = Tracker()
        taus = {name: m.task.tau_s for name, m in recogniser.models.items()}
        self._smoother = Smoother(taus, smoothing)
        self._holds = smoothing.strength > 0
        self._time_s = -math.inf
        self._warned = False

    def read(self, frame: Frame) -> FrameResult:
        """All that can be read from a frame.

        Warns:
            MimikWarning: Its time isn't later than the frame's before, for the first time: ids and
                smoothing go by time.
        """
        if frame.time_s <= self._time_s and not self._warned:
            text = f"frame {frame.index}: its time, {frame.time_s} s, comes after {self._time_s} s; "
            warnings.warn(f"{frame.source}, {text}times must rise", MimikWarning, stacklevel=2)
            self._warned = True
        self._time_s = frame.time_s
        found = self.detect(frame)
        ids = self.track(frame, found)
        values = self.recognise(frame, found)
        qualities = self.assess(frame, found)
        return self.result(frame, ids, found, values, qualities)

    def detect(self, frame: Frame) -> list[Detection]:
        """The faces of a frame that are large enough."""
        found = self._detector.detect(frame.image)
        self._small = [d for d in found if size_px(d.box_xyxy) < self._min_face]
        return [d for d in found if d not in self._small] if self._small else found

    def track(self, frame: Frame, found: Sequence[Detection]) -> list[int]:
        """The people whose faces they are."""
        self._small_tracker.update(self._small, frame.time_s)
        return self._tracker.update(found, frame.time_s)

    def recognise(self, frame: Frame, found: Sequence[Detection]) -> Sequence[Values]:
        """What the models say of each face, before smoothing."""
        return self.recogniser.values(frame.image, [(d.box_xyxy, d.landmarks_xy) for d in found])

    def assess(self, frame: Frame, found: Sequence[Detection]) -> list[Quality]:
        """How well each face can be seen."""
        return [assess(frame.image, d.box_xyxy, d.landmarks_xy) for d in found]

    def result(
        self,
        frame: Frame,
        ids: Sequence[int],
        found: Sequence[Detection],
        values: Sequence[Values],
        qualities: Sequence[Quality],
    ) -> FrameResult:
        """Smooth and put into words; the arguments hold an entry a face."""
        faces = list(map(self._face, repeat(frame.time_s), ids, found, values, qualities))
        self._smoother.forget(frame.time_s)
        return FrameResult(
            frame.source,
            frame.index,
            frame.time_s,
            frame.width,
            frame.height,
            self._detector.name,
            tuple(sorted(faces, key=lambda face: face.id)),
        )

    def also_hide(self, time_s: float) -> tuple[Box, ...]:
        """Faces that aren't in the result: too small, or seen a moment ago, but not in this frame."""
        lost = [*self._tracker.lost(time_s), *self._small_tracker.lost(time_s)]
        return (*(d.box_xyxy for d in self._small), *(box for _, box in lost))

    def _face(self, time_s: float, person: int, detection: Detection, raw: Values, quality: Quality) -> Face:
        """One face with its readings, blended with what was seen before."""
        smooth = self._smoother.blend(person, time_s, raw)
        readings = {}
        for name, model in self.recogniser.models.items():
            before = self._smoother.label(person, name) if self._holds else None
            readings[name] = model.task.reading(smooth[name], raw[name], model.card, before, quality)
            self._smoother.keep_label(person, name, readings[name].label)
        return Face(person, detection.box_xyxy, detection.score, quality, detection.landmarks_xy, readings)


def ordered_tasks(names: Sequence[str]) -> tuple[str, ...]:
    """Task names without repeats, in the order of the table of tasks.

    Raises:
        UnknownNameError: There is no such task.
        OptionError: There is no name.
    """
    if isinstance(names, str) or not names:
        raise OptionError(f"tasks must be a list of one or more of {', '.join(TASKS)}, not {names!r}")
    for name in names:
        if name not in TASKS:
            raise UnknownNameError("task", name, TASKS)
    return tuple(name for name in TASKS if name in names)


def _chosen(models: str | Mapping[str, str | Path] | None, tasks: Sequence[str]) -> dict[str, str | None]:
    """Each task's model, None where none is known."""
    if isinstance(models, str):
        known: Mapping[str, str | Path] = models_of(models)
    else:
        known = {**DEFAULTS, **(models or {})}
        for name in models or {}:
            # A model for a task that isn't read is a slip.
            if name not in tasks:
                raise OptionError(f"a model is named for {name!r}, but the tasks are {', '.join(tasks)}")
    return {name: str(known[name]) if name in known else None for name in tasks}


def _detector_file(name: str, options: DetectorOptions) -> Path | None:
    """The file behind a detector; None where it belongs to OpenCV."""
    return options.model or (find_file(name) if name in REMOTE else None)


def _plain(options: Any) -> dict[str, Any]:
    """A dataclass of options, JSON-safe."""
    return {k: str(v) if isinstance(v, Path) else v for k, v in dataclasses.asdict(options).items()}
