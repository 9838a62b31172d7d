"""One thread that runs the networks, on the faces of all viewers that wait at that moment."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import CropSpec
from mimik.recognise import BATCH, Recogniser, Said

Crops: TypeAlias = "Mapping[CropSpec, NDArray[np.uint8]]"
"""As Recogniser.crops gives them."""
Values: TypeAlias = "dict[str, NDArray[np.float32]]"
"""Task to its values for one face."""

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
    single viewer has no delay and many share the work.
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
            recogniser: Frames with the same one can share a batch.
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

    def close(self) -> None:
        """End the thread; what still waits is read first."""
        self._queue.put(None)
        self._thread.join(10)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            waiting, ends = self._gather(item)
            groups: dict[int, list[_Item]] = {}
            for one in waiting:
                groups.setdefault(id(one.recogniser), []).append(one)
            for group in groups.values():
                self._read(group)
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

    def _read(self, group: Sequence[_Item]) -> None:
        """Run one batch and hand out the answers."""
        # A viewer that has gone doesn't wait any more; from here on nobody can withdraw.
        group = [item for item in group if item.answer.set_running_or_notify_cancel()]
        if not group:
            return
        self.batches += 1
        self.faces += sum(item.count for item in group)
        try:
            answers = read_together(group[0].recogniser, [item.crops for item in group])
        except Exception as error:  # a thread's error must reach those who wait
            _log.exception("a batch of faces could not be read")
            for item in group:
                item.answer.set_exception(error)
            return
        start = 0
        for item in group:
            item.answer.set_result(answers[start : start + item.count])
            start += item.count


def read_together(recogniser: Recogniser, parts: Sequence[Crops]) -> list[Values]:
    """What the models say of the faces of several frames, in order."""
    crops = {spec: np.concatenate([part[spec] for part in parts]) for spec in parts[0]}
    said: Said = {}
    columns = {task: recogniser.read(task, crops, said) for task in recogniser.models}
    count = len(next(iter(crops.values())))
    return [{task: values[i] for task, values in columns.items()} for i in range(count)]
