"""The one set of models that all viewers share, and how a frame goes through it off the event loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from mimik.app.live.offers import Offers, ReadOptions
from mimik.app.options import Limits
from mimik.errors import TooLargeError
from mimik.faces.detect.base import DetectorOptions
from mimik.models.sets import DEFAULT_SET
from mimik.models.shared import Shared
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.batcher import Batcher
from mimik.pipeline.choice import with_helpers
from mimik.pipeline.listen import Listener
from mimik.pipeline.session import Step, StreamSession
from mimik.readings import AGAINST_NEUTRAL, columns
from mimik.runs.fusing import fusion_of, joined, with_fusion
from mimik.runs.reference import reference_settings
from mimik.tasks.base import CROP, SOUND
from mimik.tasks.prior import parse_priors
from mimik.temporal.face_voice import FaceVoice
from mimik.temporal.neutral import knows_rest
from mimik.temporal.smooth import SmoothOptions
from mimik.types import Frame, RunInfo

T = TypeVar("T")


class Engine(Offers):
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
        super().__init__(models, own=own, commercial=commercial)
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
        """The models of a set, of all tasks, so that nobody waits for them later.

        Raises:
            UnknownNameError: There is no such set.
            ModelError: A file is missing or damaged.
        """
        with self._loading:
            if models not in self._analyzers:
                seen = self._takes(self.sets[models], CROP)
                self._analyzers[models] = self.analyzer(ReadOptions(models, seen, own=tuple(self.own)))
                if heard := self._takes(self.sets[models], SOUND):
                    self.listener(ReadOptions(models, (), own=tuple(self.own), heard=heard))
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
            prior=parse_priors(options.prior) or None,
            units=options.units,
            detection=DetectorOptions(size=options.detect_size, min_face=options.min_face),
            smoothing=SmoothOptions(strength=options.smoothing),
            keep_id_s=options.keep_id,
            detect_every=options.detect_every,
            age_groups=options.age_groups or None,
            shared=self._shared,
        )

    def listener(self, options: ReadOptions) -> Listener | None:
        """What hears by these options, None if nothing is heard; networks are shared.

        Raises:
            ModelError: A file is missing or damaged.
        """
        if not options.heard:
            return None
        named = self._named | dict(options.model)
        return Listener(
            options.heard,
            self._device,
            models=options.models,
            model={task: model for task, model in named.items() if task in options.heard},
            commercial=self.commercial,
            threshold=options.threshold,
            shared=self._shared,
        )

    def session(self, options: ReadOptions) -> StreamSession:
        """The state of a new stream; raises as ``analyzer``."""
        return self.analyzer(options).session()

    def fusion(self, options: ReadOptions) -> tuple[FaceVoice | None, str | None]:
        """What fuses face and voice where both are read; else None, and why not if it can't be.

        Raises:
            ModelError: A file is missing or damaged.
        """
        if not (options.heard and options.tasks):
            return None, None
        seen, heard = self.analyzer(options), self.listener(options)
        return fusion_of(seen, heard, commercial=self.commercial)

    def info(self, options: ReadOptions) -> RunInfo:
        """What makes live results by these options."""
        listener = self.listener(options)
        own, heard = options.voice_first, None
        if listener:
            heard = listener.info(reference_settings(own), against_reference=own is not None)
        info = joined(self._info_of_faces(options), heard)
        return with_fusion(info, self.fusion(options)[0], against_reference=own is not None)

    def _info_of_faces(self, options: ReadOptions) -> RunInfo:
        analyzer = self.analyzer(options)
        info, models = analyzer.info(), analyzer.models
        # A face at rest may be taken at any time, and only some models know what that is.
        moved = columns("truth", AGAINST_NEUTRAL)
        told = {
            name: names + (moved if knows_rest(models[name]) else ()) for name, names in info.columns.items()
        }
        return replace(info, columns=told)

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
