"""Faces of many streams in one call of a network."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mimik.faces.recognise import Recogniser, Values
from mimik.models.inputs import CropSpec
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.batcher import Batcher
from mimik.sources.open import open_source
from mimik.sources.options import SourceOptions
from mimik.tasks.loaded import LoadedModel

SPEC = CropSpec(size=16)


class Doubling:
    """Stands where a network does: gives each face's first pixel, twice and thrice, after a while."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.may_go = threading.Event()

    def run(self, batch: Any) -> list[Any]:
        assert self.may_go.wait(20)
        self.sizes.append(len(batch))
        if batch.max() == 1:
            raise ValueError("a picture that breaks the network")
        return [np.float32(255 * times) * batch[:, 0, 0, :1] for times in (2, 3)]

    def recogniser(self, *tasks: str) -> Recogniser:
        """Reads tasks by the network's outputs, in order."""
        card: Any = SimpleNamespace(crop=SPEC, mean=0.0, std=1.0)
        task: Any = SimpleNamespace(decode=lambda logits, card: logits)
        net: Any = self
        outputs = {"emotion": 0, "gender": 1}
        return Recogniser({name: LoadedModel(card, task, net, outputs[name]) for name in tasks})


def crops(*values: int) -> dict[CropSpec, Any]:
    return {SPEC: np.stack([np.full((1, 16, 16), value, np.uint8) for value in values])}


def answer(future: Future[list[Values]]) -> list[int]:
    return [round(float(values["emotion"][0])) for values in future.result(20)]


@pytest.fixture
def batcher() -> Iterator[Batcher]:
    batcher = Batcher()
    yield batcher
    batcher.close()


def test_what_waits_is_read_together_and_each_gets_its_own(batcher: Batcher) -> None:
    net = Doubling()
    reads = net.recogniser("emotion")
    first = batcher.submit(reads, crops(1), 1)
    time.sleep(0.1)  # the thread has taken it, and waits
    rest = [batcher.submit(reads, crops(*values), len(values)) for values in ((2, 3), (4,), (5, 6, 7))]
    empty = batcher.submit(reads, {}, 0)
    net.may_go.set()
    assert answer(first) == [2] and [answer(f) for f in rest] == [[4, 6], [8], [10, 12, 14]]
    assert empty.result() == [] and net.sizes == [1, 6]
    assert (batcher.batches, batcher.faces) == (2, 7)


def test_who_asks_for_other_tasks_of_a_network_shares_its_call(batcher: Batcher) -> None:
    net = Doubling()
    first = batcher.submit(net.recogniser("emotion"), crops(1), 1)
    time.sleep(0.1)
    asked = [("emotion",), ("gender",), ("emotion", "gender")]
    rest = [batcher.submit(net.recogniser(*tasks), crops(i, 9), 2) for i, tasks in enumerate(asked, 2)]
    net.may_go.set()
    assert answer(first) == [2]
    told = [[{task: round(float(v[0])) for task, v in face.items()} for face in f.result(20)] for f in rest]
    assert told == [
        [{"emotion": 4}, {"emotion": 18}],
        [{"gender": 9}, {"gender": 27}],
        [{"emotion": 8, "gender": 12}, {"emotion": 18, "gender": 27}],
    ]
    assert net.sizes == [1, 6]


def test_other_networks_are_other_calls(batcher: Batcher) -> None:
    nets = [Doubling(), Doubling()]
    futures = [batcher.submit(net.recogniser("emotion"), crops(i), 1) for i, net in enumerate(nets)]
    for net in nets:
        net.may_go.set()
    assert [answer(f) for f in futures] == [[0], [2]]
    assert [net.sizes for net in nets] == [[1], [1]]


def test_one_who_has_gone_does_not_stop_the_others(batcher: Batcher) -> None:
    net = Doubling()
    reads = net.recogniser("emotion")
    first = batcher.submit(reads, crops(1), 1)
    time.sleep(0.1)
    gone, stays = batcher.submit(reads, crops(2), 1), batcher.submit(reads, crops(3), 1)
    assert gone.cancel() and not first.cancel()
    net.may_go.set()
    assert answer(stays) == [6] and net.sizes == [1, 1]


def test_an_error_reaches_those_who_wait_and_the_thread_lives(batcher: Batcher) -> None:
    net = Doubling()
    reads = net.recogniser("emotion")
    net.may_go.set()
    with pytest.raises(ValueError, match="breaks the network"):
        batcher.submit(reads, crops(255), 1).result(20)
    assert answer(batcher.submit(reads, crops(4), 1)) == [8]


def test_streams_in_threads_read_what_each_would_alone(
    batcher: Batcher, tiny_models: dict[str, Path], examples: Path
) -> None:
    analyzer = Analyzer(models=tiny_models)

    def read(name: str, *, together: bool) -> list[Any]:
        session, found = analyzer.session(), []
        with open_source(examples / name, SourceOptions(max_fps=8, end_s=1)) as source:
            for frame in source:
                step = batcher.step(session, frame) if together else session.step(frame)
                found.append((step.result.to_dict(), step.also_hide_xyxy))
        return found

    names = ["two_people.mp4", "group.jpg", "astronaut.jpg"]
    alone = [read(name, together=False) for name in names]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda name: read(name, together=True), names)) == alone
    assert batcher.faces == sum(len(result["faces"]) for found in alone for result, _ in found)
