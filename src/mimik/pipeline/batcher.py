"""One thread that runs the networks, on the faces of all streams that wait at that moment."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from mimik.faces.recognise import BATCH, Crops, Recogniser, Said, Values, run_network
from mimik.models.inputs import CropSpec
from mimik.models.session import Session
from mimik.pipeline.session import Step, StreamSession
from mimik.tasks.loaded import LoadedModel
from mimik.types import Frame

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """The faces of one frame."""

    recogniser: Recogniser
    crops: Crops
    count: int
    answer: Future[list[Values]] = field(default_factory=Future)


class Batcher:
    """Reads faces in batches.

    It never waits for a batch to fill: what came while the networks were busy is the next one, so a
    single stream has no delay and many share the work. Each stream goes on in a thread of its own.
    """

    def __init__(self) -> None:
        """Start the thread."""
        self.batches = self.faces = 0
        """Batches that were run, and the faces in them."""
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="mimik networks", daemon=True)
        self._thread.start()

    def submit(self, recogniser: Recogniser, crops: Crops, count: int) -> Future[list[Values]]:
        """Have faces read.

        Args:
            recogniser: Reads them; frames share the call of a network, whatever else is asked of each.
            crops: The faces.
            count: How many faces they are.

        Returns:
            Will hold each face's values, task by task.
        """
        item = _Item(recogniser, crops, count)
        if count == 0:
            item.answer.set_result([])
        else:
            self._queue.put(item)
        return item.answer

    def step(self, session: StreamSession, frame: Frame) -> Step:
        """Read a frame as ``session.step`` does, its faces together with those of other streams.

        The calling thread waits. Raises and warns as that, and raises what the networks raise.
        """
        seen = session.look(frame)
        values = self.submit(session.recogniser, seen.crops, len(seen.faces)).result()
        return session.finish(seen.with_values(values))

    def close(self) -> None:
        """End the thread; what still waits is read first."""
        self._queue.put(None)
        self._thread.join(10)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            waiting, ends = self._gather(item)
            self._read(waiting)
            if ends:
                return

    def _gather(self, first: _Item) -> tuple[list[_Item], bool]:
        """What waits beside the first, as far as a batch goes; and whether the end was among it."""
        waiting, count = [first], first.count
        while count < BATCH:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return waiting, True
            waiting.append(item)
            count += item.count
        return waiting, False

    def _read(self, items: Sequence[_Item]) -> None:
        """Run one batch and hand out the answers."""
        # One who has gone doesn't wait any more; from here on nobody can withdraw.
        items = [item for item in items if item.answer.set_running_or_notify_cancel()]
        if not items:
            return
        self.batches += 1
        self.faces += sum(item.count for item in items)
        try:
            told = read_together([(item.recogniser, item.crops) for item in items])
        except Exception as error:  # a thread's error must reach those who wait
            _log.exception("a batch of faces could not be read")
            for item in items:
                item.answer.set_exception(error)
            return
        for item, values in zip(items, told, strict=True):
            item.answer.set_result(values)


def read_together(frames: Sequence[tuple[Recogniser, Crops]]) -> list[list[Values]]:
    """What is asked of each frame's faces; each network runs once, on all faces that want it."""
    said: list[Said] = [{} for _ in frames]
    for (session, spec), (model, wanting) in _networks(frames).items():
        parts = [frames[i][1][spec] for i in wanting]
        outputs = run_network(model, np.concatenate(parts))
        ends = np.cumsum([len(part) for part in parts])[:-1]
        for i, own in zip(wanting, zip(*(np.split(one, ends) for one in outputs), strict=True), strict=True):
            said[i][session, spec] = list(own)
    return [recogniser.answers(crops, own) for (recogniser, crops), own in zip(frames, said, strict=True)]


def _networks(
    frames: Sequence[tuple[Recogniser, Crops]],
) -> dict[tuple[Session, CropSpec], tuple[LoadedModel, list[int]]]:
    """Each network and its crop to a model of it, and the numbers of the frames that want it."""
    found: dict[tuple[Session, CropSpec], tuple[LoadedModel, list[int]]] = {}
    for i, (recogniser, _) in enumerate(frames):
        for model in recogniser.models.values():
            wanting = found.setdefault((model.session, model.card.crop), (model, []))[1]
            if i not in wanting[-1:]:
                wanting.append(i)
    return found
