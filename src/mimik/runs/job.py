"""What a run reads and how: its options, and the reading of one source by them."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from mimik.errors import OptionError
from mimik.faces.detect.base import DetectorOptions
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.choice import Named
from mimik.pipeline.session import StreamSession
from mimik.render.draw import RenderOptions, draw
from mimik.render.plan import RenderPlan
from mimik.render.video import PictureWriter
from mimik.runs.neutral import RestWatch, load_neutral, neutral_settings
from mimik.runs.reader import About, Ending, Read, Resume
from mimik.sources.base import Source
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.temporal.smooth import SmoothOptions
from mimik.types import RunInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The options of a run, as ``mimik analyze`` has them; picklable."""

    tasks: Sequence[str] | None = None
    """What to read, of "emotion", "gender", "age", "au" and "cover"; all that there are models for if None,
    see Analyzer."""
    detector: str = "auto"
    """"auto" (YuNet), "yunet" or "haar"."""
    device: str = "auto"
    """Where the networks run: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number."""
    threads: int = 1
    """CPU threads of each network call, in each worker; the results are the same with any number."""
    models: str | Named | None = None
    """Name of a set ("base", "mini", "open"), or task to another model; see Analyzer."""
    model: Named | None = None
    """Task to another model than the set's, by catalogue name or path."""
    commercial: bool = False
    """Whether models that may not be used in products are refused."""
    threshold: float | None = None
    """Probability below which a class is "uncertain"; as in the models' cards if None."""
    units: Sequence[str] | None = None
    """The action units that are read, "AU12"; all that the model knows if None."""
    age_groups: int | None = None
    """Years of an age group, 5 or 10, up to "100+"; FairFace's nine groups if None."""
    detection: DetectorOptions = field(default_factory=DetectorOptions)
    """Working size, score and smallest face."""
    smoothing: SmoothOptions = field(default_factory=SmoothOptions)
    """How strongly values are blended over time."""
    neutral: str | Path | float | None = None
    """The person's face at rest, from which emotion and action units are then a change: a file, or seconds
    of one ("talk.mp4@0-3"); or the seconds, from when a person is first seen, that show theirs."""
    keep_id_s: float | None = None
    """How long a person may be unseen and keep the id; if None, a second, or longer where frames are further
    apart."""
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
            model=self.model,
            commercial=self.commercial,
            threshold=self.threshold,
            units=self.units,
            age_groups=self.age_groups,
            detection=self.detection,
            smoothing=self.smoothing,
            keep_id_s=self.keep_id_s,
            threads=self.threads,
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

    def __call__(self, name: str, /, resume: Resume | None = None) -> Generator[Read, None, Ending]:
        """Yield a source's frames, or those after a resume; return what there is to say of it.

        Raises:
            MimikError: It can't be read, or drawn.
        """
        rest = RestWatch(self._neutral)
        session, options = self._analyzer.session(self._neutral), self._job.frames
        if resume:
            options = replace(options, skip=resume.frames)
            rest.found = _FOUND[resume.state[0]]
            session.restore(resume.state[1:])
        with ExitStack() as stack:
            source = stack.enter_context(open_source(self._addresses.get(name, name), options))
            writer = self._writer(name, source, stack)
            # What is drawn is one film, which can't be gone on with.
            parted = not (source.live or writer or source.frame_count == 1)
            for step in map(session.step, source):
                rest.see(step.result)
                if writer:
                    look = self._job.drawing or RenderOptions()
                    picture = draw(step.frame.image, step.result, look, step.also_hide_xyxy)
                    writer.write(picture, step.frame.time_s)
                yield Read(
                    step.result, source.frame_count, partial(_state, session, rest.found) if parted else None
                )
            note = "; ".join(filter(None, [*source.notes, rest.note()])) or None
            about = About(source.left_out, source.offset_s or None, source.created_at)
            return Ending(source.problem, note, about)

    def _writer(self, name: str, source: Source, stack: ExitStack) -> PictureWriter | None:
        """What draws a source, open until the stack is closed; None if nothing is drawn."""
        if self._plan is None:
            return None
        # A video stays one if a single frame of it is taken.
        moving = source.live or source.fps is not None or source.frame_count != 1
        return stack.enter_context(self._plan.drawing(name, moving, source.fps, live=source.live))


_FOUND = (None, False, True)
"""Whether faces at rest were found: there was nobody to be moved, there was but no face at rest, yes."""


def _state(session: StreamSession, found: bool | None) -> bytes:
    """What the reading of a source can go on from."""
    return bytes([_FOUND.index(found)]) + session.snapshot()
