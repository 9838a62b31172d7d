"""The one set of models that all viewers share, and how a frame goes through it off the event loop."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from mimik.app.options import Limits
from mimik.errors import OptionError, TooLargeError, UnknownNameError
from mimik.faces.detect.base import DetectorOptions
from mimik.models.card import ModelCard
from mimik.models.sets import DEFAULT_SET, MODEL_SETS, lacking, models_of
from mimik.models.shared import Shared
from mimik.models.store import catalogue, find_model
from mimik.models.terms import for_products
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.batcher import Batcher
from mimik.pipeline.choice import choose, default_tasks, ordered_tasks, with_helpers
from mimik.pipeline.session import Step, StreamSession
from mimik.readings import AGAINST_NEUTRAL, columns
from mimik.tasks.base import TASKS
from mimik.tasks.loaded import check_age_groups
from mimik.tasks.own import check_known
from mimik.temporal.neutral import knows_rest
from mimik.temporal.smooth import SmoothOptions
from mimik.types import Frame, RunInfo

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What is read, by which models; viewers share batches where they share a network."""

    models: str
    """Name of a set."""
    tasks: tuple[str, ...]
    """In the order of the table of tasks."""
    smoothing: float = 1.0
    """Strength; 0 is off."""
    detector: str = "auto"
    """"auto" (YuNet), "yunet" or "haar"."""
    detect_size: int | None = None
    """Longer side of the picture that is searched, in pixels; the detector's own choice if None, all of the
    picture if 0."""
    min_face: int = 0
    """Smaller faces are left out, in pixels."""
    threshold: float | None = None
    """Probability below which a class is "uncertain"; as in the models' cards if None."""
    units: tuple[str, ...] | None = None
    """The action units that are read; all that the model knows if None."""
    keep_id: float | None = None
    """Seconds that a person may be unseen and keep the id; see Analyzer."""
    age_groups: int = 0
    """Years of an age group, 5 or 10; FairFace's groups if 0."""
    model: tuple[tuple[str, str], ...] = ()
    """Tasks with the models that read them in place of the set's."""
    own: tuple[str, ...] = ()
    """The tasks of no table that have a model here, which describes them."""

    def __post_init__(self) -> None:
        models_of(self.models)
        object.__setattr__(self, "tasks", ordered_tasks(self.tasks, self.own))
        SmoothOptions(strength=self.smoothing)
        DetectorOptions(size=self.detect_size, min_face=self.min_face)
        if self.units is not None:
            object.__setattr__(self, "units", tuple(self.units))
        if self.age_groups:
            check_age_groups(self.tasks, self.age_groups)


class Engine:
    """Models, detector and threads; one a server."""

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        *,
        models: str = DEFAULT_SET,
        own: Mapping[str, str] | None = None,
        commercial: bool = False,
    ) -> None:
        """Start the threads; detector and models are loaded when they are first asked for.

        Args:
            device: Where the networks run.
            threads: That look for faces; one a core if None.
            models: Set of models where a viewer names none.
            own: Task to the model that reads it in every set, by name or path.
            commercial: Whether only models that may be used in products are offered.

        Raises:
            UnknownNameError: There is no such set, task or model.
            OptionError: The set or a model of ``own`` may not be used in products.
            ModelError: A card or file of ``own`` is missing or damaged.
        """
        self.models, self.commercial, self._named = models, commercial, dict(own or {})
        self.own = {task: find_model(name)[0] for task, name in self._named.items()}
        """Task to the card of the model that reads it in every set."""
        choose(tuple(self._of(models)), models, self._named, commercial=commercial)
        self.sets = {
            name: self._of(name)
            for name in MODEL_SETS
            if not commercial or for_products(models_of(name) | self._named)
        }
        """Each set that is offered: task to the name of the model that reads it."""
        self.tasks = ordered_tasks(
            [task for name in self.sets for task in self.default_tasks(name)], self.own
        )
        """What some set reads where no task is named, in the order of the table of tasks."""
        self.batcher = Batcher()
        self._device = device
        # YuNet holds no state and its engine may be called from several threads at once.
        self._shared = Shared()
        self._pool = ThreadPoolExecutor(threads or max(2, os.cpu_count() or 1), "mimik faces")
        # What is nearly done doesn't stand in line behind what has just come.
        self._last = ThreadPoolExecutor(2, "mimik answers")
        self._loading = threading.Lock()
        self._analyzers: dict[str, Analyzer] = {}

    def _of(self, name: str) -> dict[str, str]:
        """Task to the name of its model in a set, with those of one's own."""
        return models_of(name) | {task: card.name for task, card in self.own.items()}

    def default_tasks(self, models: str) -> tuple[str, ...]:
        """What is read with a set where no task is named."""
        return default_tasks(self.sets[models], self.own)

    def cards(self) -> dict[str, ModelCard]:
        """Name to card of every model that may be chosen here: those installed, and the server's own."""
        known = catalogue() | {card.name: card for card in self.own.values()}
        return {name: card for name, card in known.items() if card.commercial_use or not self.commercial}

    def options(
        self,
        models: str | None = None,
        tasks: Sequence[str] | None = None,
        model: Sequence[str] | None = None,
        **others: Any,
    ) -> ReadOptions:
        """Settle what a viewer asks for.

        Args:
            models: Name of a set; the server's own if None.
            tasks: What to read; all that there are models for if None.
            model: "TASK=NAME" of each task that another model than the set's reads, of ``cards``.
            **others: Of ReadOptions, as they are.

        Raises:
            UnknownNameError: There is no such set, task or model.
            OptionError: The set isn't offered here or has no model for a task (says which has), a model is
                for another task or for one that isn't read, or an option is out of range.
        """
        name = models or self.models
        if name not in MODEL_SETS:
            raise UnknownNameError("set of models", name, self.sets)
        if name not in self.sets:
            raise OptionError(
                f"this server offers models that may be used in products only (--commercial): "
                f"{', '.join(self.sets)}, not {name!r}"
            )
        chosen = self._chosen(model or ())
        there = self.sets[name] | chosen
        names = default_tasks(there, {*self.own, *chosen}) if tasks is None else ordered_tasks(tasks, there)
        if absent := [task for task in names if task not in there]:
            raise lacking(name, absent, self.sets)
        if stray := [task for task in chosen if task not in with_helpers(names)]:
            raise OptionError(f"a model is named for {stray[0]!r}, but the tasks are {', '.join(names)}")
        own = tuple(task for task in there if task not in TASKS)
        return ReadOptions(name, names, model=tuple(sorted(chosen.items())), own=own, **others)

    def _chosen(self, pairs: Sequence[str]) -> dict[str, str]:
        """Task to the name of the model that stands in place of the set's, from "TASK=NAME"."""
        chosen: dict[str, str] = {}
        cards = self.cards().values() if pairs else ()
        for task, _, name in (pair.partition("=") for pair in pairs):
            check_known(task, {card.task for card in cards if card.kind})
            there = [card.name for card in cards if card.task == task]
            if name not in there:
                raise UnknownNameError(f"model of {task}", name, there)
            if task not in self.own or name != self.own[task].name:  # Its own reads it anyway, by its path.
                chosen[task] = name
        return chosen

    def load(self, models: str) -> Analyzer:
        """The models of a set, of all tasks, so that nobody waits for them later.

        Raises:
            UnknownNameError: There is no such set.
            ModelError: A file is missing or damaged.
        """
        with self._loading:
            if models not in self._analyzers:
                self._analyzers[models] = Analyzer(
                    tuple(self.sets[models]),
                    device=self._device,
                    models=models,
                    model=self._named,
                    commercial=self.commercial,
                    shared=self._shared,
                )
            return self._analyzers[models]

    def analyzer(self, options: ReadOptions) -> Analyzer:
        """What reads by these options; networks and detectors are shared by all that there are.

        Raises:
            OptionError: An option doesn't fit the tasks.
            UnknownNameError: There is no such detector.
            ModelError: A file is missing or damaged.
        """
        needed, named = with_helpers(options.tasks), self._named | dict(options.model)
        return Analyzer(
            options.tasks,
            options.detector,
            self._device,
            models=options.models,
            model={task: model for task, model in named.items() if task in needed},
            commercial=self.commercial,
            threshold=options.threshold,
            units=options.units,
            detection=DetectorOptions(size=options.detect_size, min_face=options.min_face),
            smoothing=SmoothOptions(strength=options.smoothing),
            keep_id_s=options.keep_id,
            age_groups=options.age_groups or None,
            shared=self._shared,
        )

    def session(self, options: ReadOptions) -> StreamSession:
        """The state of a new stream; raises as ``analyzer``."""
        return self.analyzer(options).session()

    def info(self, options: ReadOptions) -> RunInfo:
        """What makes live results by these options."""
        analyzer = self.analyzer(options)
        info, models = analyzer.info(), analyzer.models
        # A face at rest may be taken at any time, and only some models know what that is.
        moved = columns("truth", AGAINST_NEUTRAL)
        told = {
            name: names + (moved if knows_rest(models[name]) else ()) for name, names in info.columns.items()
        }
        return dataclasses.replace(info, columns=told)

    async def read(self, session: StreamSession, take: Callable[[], Frame], tell: Callable[[Step], T]) -> T:
        """Read a frame without holding up the event loop.

        Args:
            session: Its stream; one frame at a time.
            take: Makes the frame (decodes it), called in a thread.
            tell: Makes what is wanted of it, called in a thread.

        Raises:
            MimikError: What ``take`` raises.
        """
        loop = asyncio.get_running_loop()
        seen = await loop.run_in_executor(self._pool, lambda: session.look(take()))
        answer = self.batcher.submit(session.recogniser, seen.crops, len(seen.faces))
        values = await asyncio.wrap_future(answer)
        return await loop.run_in_executor(self._last, lambda: tell(session.finish(seen.with_values(values))))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._last.shutdown(wait=True, cancel_futures=True)
        self.batcher.close()


def check_searched(frame: Frame, options: ReadOptions, limits: Limits) -> None:
    """Refuse a frame that is to be searched at its own size and is larger than is searched here.

    Raises:
        TooLargeError: Says what to do.
    """
    if options.detect_size == 0 and max(frame.width, frame.height) > limits.detect_size:
        raise TooLargeError(
            f"{frame.source}: {frame.width} x {frame.height} pixels can't be searched at their own size, for "
            f"{limits.detect_size} is the limit (detect_size); name a detect_size above 0, or scale it down"
        )
