"""What a run reads and how: its options, and the reading of one source by them."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mimik.errors import OptionError
from mimik.faces.detect.base import DetectorOptions
from mimik.models.store import DEFAULT_TASKS
from mimik.pipeline.analyzer import Analyzer
from mimik.render.draw import RenderOptions, draw
from mimik.render.plan import RenderPlan
from mimik.render.video import PictureWriter
from mimik.runs.neutral import against_neutral, load_neutral, neutral_settings
from mimik.runs.reader import Ending, Read
from mimik.sources.base import Source
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.temporal.smooth import SmoothOptions
from mimik.types import RunInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The options of a run, as ``mimik analyze`` has them; picklable."""

    tasks: Sequence[str] = DEFAULT_TASKS
    """What to read, of "emotion", "gender", "age", "au" and "cover"."""
    detector: str = "auto"
    """"auto" (YuNet), "yunet" or "haar"."""
    device: str = "auto"
    """Where the networks run: "auto", "cpu" or "cuda"."""
    models: str | Mapping[str, str | Path] | None = None
    """Name of a set ("base", "mini"), or task to another model; see Analyzer."""
    threshold: float | None = None
    """Probability below which a class is "uncertain"; as in the models' cards if None."""
    units: Sequence[str] | None = None
    """The action units that are read, "AU12"; all that the model knows if None."""
    detection: DetectorOptions = field(default_factory=DetectorOptions)
    """Working size, score and smallest face."""
    smoothing: SmoothOptions = field(default_factory=SmoothOptions)
    """How strongly values are blended over time."""
    neutral: str | Path | float | None = None
    """The person's face at rest, from which emotion and action units are then a change: a file, or seconds
    of one ("talk.mp4@0-3"); or the seconds, from when a person is first seen, that show theirs."""
    frames: SourceOptions = field(default_factory=SourceOptions)
    """Which frames are taken, and limits for decoding."""
    render: str | Path | None = None
    """Where annotated pictures go: a picture or video for a single source, or a folder."""
    drawing: RenderOptions | None = None
    """How they look, and how they hide faces; None is RenderOptions()."""

    def __post_init__(self) -> None:
        if self.drawing is not None and self.render is None:
            raise OptionError("drawing says how annotated pictures look: name a path for them with render")

    def rest(self) -> str | float | None:
        """The face at rest: a file's name, or seconds."""
        if self.neutral is None:
            return None
        return str(self.neutral) if isinstance(self.neutral, str | Path) else float(self.neutral)

    def analyzer(self) -> Analyzer:
        """Load detector and models; raises as Analyzer."""
        return Analyzer(
            self.tasks,
            self.detector,
            self.device,
            models=self.models,
            threshold=self.threshold,
            units=self.units,
            detection=self.detection,
            smoothing=self.smoothing,
        )


class Loader:
    """Builds what reads a job's sources: loaded once in each process, and pickled without it."""

    def __init__(self, job: Job, plan: RenderPlan | None, addresses: Mapping[str, str]) -> None:
        """Prepare; nothing is loaded.

        Args:
            job: The options.
            plan: Where annotated pictures go, if anywhere.
            addresses: Name of a source to what is opened, where that differs.
        """
        self.job, self.plan, self.addresses = job, plan, addresses
        self._reading: Reading | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Loader, (self.job, self.plan, self.addresses)

    def __call__(self) -> Reading:
        """What reads the sources.

        Raises:
            MimikError: As Analyzer, or the face at rest can't be read.
        """
        if self._reading is None:
            self._reading = Reading(self)
        return self._reading


class Reading:
    """Reads one source after another, and draws on the way."""

    def __init__(self, loader: Loader) -> None:
        self._job, self._plan, self._addresses = loader.job, loader.plan, loader.addresses
        self._analyzer = self._job.analyzer()
        self._neutral = load_neutral(self._analyzer, self._job.rest())

    def info(self) -> RunInfo:
        """What makes the results."""
        # Without a reference nothing is said of it, so that older runs go on.
        settings = {"frames": self._job.frames.settings()} | neutral_settings(self._job.rest())
        return self._analyzer.info(settings, against_neutral=self._neutral is not None)

    def __call__(self, name: str) -> Generator[Read, None, Ending]:
        """Yield a source's frames; return what there is to say of it.

        Raises:
            MimikError: It can't be read, or drawn.
        """
        first_s = self._neutral if isinstance(self._neutral, float) else None
        moved: set[bool | None] = set()
        with ExitStack() as stack:
            source = stack.enter_context(open_source(self._addresses.get(name, name), self._job.frames))
            writer = self._writer(name, source, stack)
            for step in self._analyzer.frames(source, neutral=self._neutral):
                if first_s is not None:
                    moved |= against_neutral(step.result)
                if writer:
                    look = self._job.drawing or RenderOptions()
                    picture = draw(step.frame.image, step.result, look, step.also_hide_xyxy)
                    writer.write(picture, step.frame.time_s)
                yield Read(step.result, source.frame_count)
            note = None
            if False in moved and True not in moved:
                note = f"no face at rest was found in the first {first_s:g} s; its readings are as they are"
            return Ending(source.problem, note)

    def _writer(self, name: str, source: Source, stack: ExitStack) -> PictureWriter | None:
        """What draws a source, open until the stack is closed; None if nothing is drawn."""
        if self._plan is None:
            return None
        # A video stays one if a single frame of it is taken.
        moving = source.live or source.fps is not None or source.frame_count != 1
        return stack.enter_context(self._plan.drawing(name, moving, source.fps, live=source.live))
