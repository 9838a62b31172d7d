"""The one set of models that all viewers share, and how a frame goes through it off the event loop."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from mimik.errors import OptionError
from mimik.models.shared import Shared
from mimik.models.store import DEFAULT_SET, MODEL_SETS, SERVED_TASKS, default_model, find_model, models_of
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.batcher import Batcher
from mimik.pipeline.choice import ordered_tasks, with_helpers
from mimik.pipeline.session import Step, StreamSession
from mimik.sources.options import SourceOptions
from mimik.tasks.loaded import check_age_groups
from mimik.temporal.smooth import SmoothOptions
from mimik.types import Frame, RunInfo

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What is read, by which models; viewers share batches where they share a network."""

    models: str = DEFAULT_SET
    """Name of a set."""
    tasks: tuple[str, ...] = SERVED_TASKS
    """In the order of the table of tasks."""
    smoothing: float = 1.0
    """Strength; 0 is off."""
    age_groups: int = 0
    """Years of an age group, 5 or 10; FairFace's groups if 0."""

    def __post_init__(self) -> None:
        models_of(self.models)
        object.__setattr__(self, "tasks", ordered_tasks(self.tasks))
        SmoothOptions(strength=self.smoothing)
        if self.age_groups:
            check_age_groups(self.tasks, self.age_groups)


class Engine:
    """Models, detector and threads; one a server."""

    def __init__(
        self, device: str = "auto", threads: int | None = None, own: Mapping[str, str] | None = None
    ) -> None:
        """Start the threads; detector and models are loaded when they are first asked for.

        Args:
            device: Where the networks run.
            threads: That look for faces; one a core if None.
            own: Task to the model that reads it in every set, by name or path.

        Raises:
            UnknownNameError: There is no such task or model.
            ModelError: A card or file of ``own`` is missing or damaged.
        """
        self.tasks = ordered_tasks((*SERVED_TASKS, *(own or {})))
        """What is offered, in the order of the table of tasks."""
        self.own = {task: find_model(name)[0] for task, name in (own or {}).items()}
        """Task to the card of the model that reads it in every set."""
        self._named = dict(own or {})
        self.batcher = Batcher()
        self._device = device
        # YuNet holds no state and its engine may be called from several threads at once.
        self._shared = Shared()
        self._pool = ThreadPoolExecutor(threads or max(2, os.cpu_count() or 1), "mimik faces")
        # What is nearly done doesn't stand in line behind what has just come.
        self._last = ThreadPoolExecutor(2, "mimik answers")
        self._loading = threading.Lock()
        self._analyzers: dict[str, Analyzer] = {}

    def load(self, models: str) -> Analyzer:
        """The models of a set, loaded once.

        Raises:
            UnknownNameError: There is no such set.
            ModelError: A file is missing or damaged.
        """
        chosen = {**models_in(models), **self._named}
        with self._loading:
            if models not in self._analyzers:
                self._analyzers[models] = Analyzer(
                    tuple(chosen), device=self._device, models=chosen, shared=self._shared
                )
            return self._analyzers[models]

    def session(self, options: ReadOptions) -> StreamSession:
        """The state of a new stream.

        Raises:
            OptionError: No model reads one of the tasks.
        """
        self.check(options.tasks)
        return self.load(options.models).session(
            tasks=options.tasks,
            smoothing=SmoothOptions(strength=options.smoothing),
            age_groups=options.age_groups or None,
        )

    def check(self, tasks: Iterable[str]) -> None:
        """Refuse tasks that no model reads.

        Raises:
            OptionError: Says how the server is given one.
        """
        there = {*with_helpers(self.tasks)}
        if lacking := [task for task in tasks if task not in there]:
            raise OptionError(
                f"this server has no model for {lacking[0]!r}: start it with --model {lacking[0]}=FILE.onnx"
            )

    def sets(self) -> dict[str, dict[str, str]]:
        """Every set of models with those that stand in each: task to model, by name."""
        own = {task: card.name for task, card in self.own.items()}
        return {name: {**models_in(name), **own} for name in MODEL_SETS}

    def info(self, options: ReadOptions, source: SourceOptions | None = None) -> RunInfo:
        """What makes results under these options; which frames of a file are read is one of them."""
        info = self.load(options.models).info(against_neutral=True)
        settings = {**info.settings, "smoothing": dataclasses.asdict(SmoothOptions(options.smoothing))}
        if options.age_groups:
            settings["age_groups"] = options.age_groups
        if source:
            settings["frames"] = source.settings()
        kept = {*with_helpers(options.tasks), "detector"}
        return dataclasses.replace(
            info,
            tasks=options.tasks,
            models={name: made for name, made in info.models.items() if name in kept},
            columns={name: names for name, names in info.columns.items() if name in options.tasks},
            settings=settings,
        )

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


def models_in(name: str) -> Mapping[str, str]:
    """Task to the model that reads it in a set; a task that the set lacks has the model of another.

    Raises:
        UnknownNameError: There is no such set.
    """
    own = models_of(name)
    return {task: own.get(task) or default_model(task) for task in with_helpers(SERVED_TASKS)}
