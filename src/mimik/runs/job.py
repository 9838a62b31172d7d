"""What a run reads, and how: its options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mimik.errors import OptionError
from mimik.faces.detect.base import DetectorOptions
from mimik.models.shared import Shared
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.choice import Named, part_models, part_tasks
from mimik.pipeline.listen import Listener
from mimik.pipeline.watch import Watcher
from mimik.render.draw import RenderOptions
from mimik.sources.expand import HEARING, SIGHT, Sense
from mimik.sources.options import SourceOptions
from mimik.tasks.base import CLIP, CROP, SOUND
from mimik.tasks.prior import NO_FACES, Prior
from mimik.temporal.follow import Every
from mimik.temporal.smooth import SmoothOptions
from mimik.voice.segment import SegmentOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The options of a run, as ``mimik analyze`` has them; picklable."""

    tasks: Sequence[str] | None = None
    """What to read, of "emotion", "gender", "age", "au", "cover" and "voice", or "filmed"; if None, all that
    there are models for of faces, see Analyzer, or of voices where each source holds sound alone."""
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
    prior: Mapping[str, Prior] | None = None
    """Task to how frequent its classes are where it is used; as the cards assume if None. See Analyzer."""
    units: Sequence[str] | None = None
    """The action units that are read, "AU12"; all that the model knows if None."""
    age_groups: int | None = None
    """Years of an age group, 5 or 10, up to "100+"; FairFace's nine groups if None."""
    fov_deg: float | None = None
    """The camera's vertical field of view, by which meshes tell where heads are; 63 degrees if None."""
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
    detect_every: Every = "auto"
    """In every how many frames the whole picture is searched for faces; see Analyzer. What hides faces looks
    for them in every frame."""
    frames: SourceOptions = field(default_factory=SourceOptions)
    """Which frames are taken, and limits for decoding."""
    audio_track: int | None = None
    """Which of several audio tracks is heard, from 1; None is the one that the file names."""
    channel: int | None = None
    """The one channel of it that is heard, from 1; None mixes all."""
    microphone: str | None = None
    """The microphone that is heard beside cameras, by the system's name of it; None is the system's own
    choice."""
    voice_reference: str | Path | float | None = None
    """The speaker's own voice, against which all is heard: a recording, or seconds of one ("talk.wav@0-10");
    or the seconds of speech, from the first on, that are it."""
    segmenting: SegmentOptions = field(default_factory=SegmentOptions)
    """What counts as an utterance."""
    points_in_csv: bool = False
    """Whether CSV holds the points of meshes, too, a face's as JSON; JSONL and Parquet always do."""
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

    def own_voice(self) -> str | float | None:
        """The speaker's own voice: a file's name, or seconds."""
        if self.voice_reference is None:
            return None
        named = self.voice_reference
        return str(named) if isinstance(named, str | Path) else float(named)

    def parted(self) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """The tasks of faces, None for all, and those of voices; either may be empty, and both for clips.

        Raises:
            UnknownNameError, OptionError: As Analyzer.
        """
        if self.filmed():
            return (), ()
        if self.tasks is not None:
            parts = part_tasks(self.tasks, self.models, self.model)
            return parts[CROP], parts[SOUND]
        return None, self._named(SOUND)  # Who names a model for a voice wants it to be heard.

    def filmed(self) -> tuple[str, ...]:
        """The tasks that are read in whole clips; then nothing else is.

        Raises:
            UnknownNameError: There is no such task.
            OptionError: Something else is asked for, too.
        """
        if self.tasks is not None:
            parts = part_tasks(self.tasks, self.models, self.model)
        else:
            parts = {kind: self._named(kind) for kind in (CROP, SOUND, CLIP)}
        if parts[CLIP] and (others := parts[CROP] + parts[SOUND]):
            raise OptionError(
                f"{', '.join(parts[CLIP])}: read in whole clips, and by itself: leave {', '.join(others)} "
                "for another run"
            )
        return parts[CLIP]

    def _named(self, source: str) -> tuple[str, ...]:
        """The tasks that take a source for which a model is named."""
        models = None if isinstance(self.models, str) else self.models
        return tuple({**(part_models(models, source) or {}), **(part_models(self.model, source) or {})})

    def _models(self, source: str) -> dict[str, Any]:
        """The models for what takes a source, as Analyzer takes them."""
        return {
            "models": self.models if isinstance(self.models, str) else part_models(self.models, source),
            "model": part_models(self.model, source),
            "commercial": self.commercial,
        }

    def senses(self) -> tuple[Sense, ...] | None:
        """What is looked for in folders; None where no tasks say it."""
        if self.tasks is None:
            return None
        faces, voices = self.parted()
        return (*((SIGHT,) if faces or self.filmed() else ()), *((HEARING,) if voices else ()))

    def analyzer(self, shared: Shared | None = None) -> Analyzer | None:
        """Load detector and models of faces; None if only voices are heard. Raises as Analyzer."""
        tasks = self.parted()[0]
        if tasks == ():
            if self.prior:
                raise OptionError(NO_FACES)
            return None
        return Analyzer(
            tasks,
            self.detector,
            self.device,
            **self._models(CROP),
            threshold=self.threshold,
            prior=self.prior,
            units=self.units,
            age_groups=self.age_groups,
            fov_deg=self.fov_deg,
            detection=self.detection,
            smoothing=self.smoothing,
            keep_id_s=self.keep_id_s,
            detect_every=self.detect_every,
            threads=self.threads,
            shared=shared,
        )

    def listener(self, shared: Shared | None = None) -> Listener | None:
        """Load the models of voices; None if only faces are read. Raises as Listener."""
        tasks = self.parted()[1]
        if not tasks:
            return None
        return Listener(
            tasks,
            self.device,
            **self._models(SOUND),
            threshold=self.threshold,
            segmenting=self.segmenting,
            threads=self.threads,
            shared=shared,
        )

    def watcher(self, shared: Shared | None = None) -> Watcher | None:
        """Load detector and models of whole clips; None if none are read. Raises as Watcher."""
        if not (tasks := self.filmed()):
            return None
        if self.render is not None:
            raise OptionError(f"{', '.join(tasks)}: nothing is drawn of a whole clip; leave render out")
        return Watcher(
            tasks,
            self.detector,
            self.device,
            **self._models(CLIP),
            threshold=self.threshold,
            detection=self.detection,
            threads=self.threads,
            shared=shared,
        )
