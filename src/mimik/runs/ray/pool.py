"""Actors of a Ray cluster read whole sources, and send their records here, into parts.

The parts are those of the executor "workers", so that either goes on where the other was stopped, and no
folder needs to be shared; into a store the actors write their parts themselves. There are as many actors as
sources wait, up to ``workers``, or up to the cores of the cluster; what there is no room for yet waits in
Ray, whose autoscaler goes by that, and an actor without work ends at once. One that dies is replaced, and its
source goes to another, which goes on from its last checkpoint where it has one.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mimik.errors import MimikError, MimikWarning
from mimik.runs.base import Merging, Part, PartsPlace
from mimik.runs.parts import Piece
from mimik.runs.ray.actor import Actor, this_origin
from mimik.runs.ray.cluster import connected, load_ray
from mimik.runs.reader import Make, Outcome
from mimik.runs.reading import Loader
from mimik.runs.waiting import Waiting

ray = load_ray()  # Whoever chooses this executor learns at once that it isn't installed.
LOOK_S = 5.0
"""How often it is looked whether the cluster has grown."""
PATIENCE_S = 20.0
"""How long the first worker may be waited for before that is told."""


def run(sources: Sequence[str], make: Make, merger: Merging, workers: int | None = None) -> None:
    """See mimik.runs.base.Executor; the actors are ended by whatever ends this."""
    parts, needs = merger.parts, _needs(make)
    parts.prepare()
    with connected(workers and int(workers * needs["num_cpus"])):
        pool = _Pool(make, parts, Waiting(sources), needs, workers)
        try:
            while merger.waiting:
                for source, said in pool.listen():
                    if isinstance(said, Outcome):
                        merger.add(source, said)
                    else:
                        merger.tick(source, said)
        finally:
            pool.end()


def _needs(make: Make) -> dict[str, float]:
    """What Ray keeps for an actor: a core for each thread of its networks, and a GPU if they run there."""
    if not isinstance(make, Loader):
        return {"num_cpus": 1, "num_gpus": 0}
    return {"num_cpus": make.job.threads, "num_gpus": int(make.job.device.startswith("cuda"))}


@dataclass(slots=True, eq=False)
class _Worker:
    """An actor, and what it is at."""

    handle: Any
    awaited: Any
    """What Ray gives next of it: that it has begun, or records of its source."""
    source: str | None = None
    part: Part | None = None
    """What its records go into here; None where it writes them itself."""
    begun: bool = False


class _Pool:
    """The actors, seen from the process that gives them work."""

    def __init__(
        self, make: Make, parts: PartsPlace, waiting: Waiting, needs: dict[str, float], workers: int | None
    ) -> None:
        self._waiting, self._parts, self._needs, self._asked = waiting, parts, needs, workers
        origin = this_origin(gpu=bool(needs["num_gpus"]))
        self._start_with = [ray.put(value) for value in (make, parts, origin)]
        self._class = ray.remote(**needs, max_restarts=0)(Actor)
        self._workers: list[_Worker] = []
        self._lost = 0
        """Actors that couldn't begin."""
        self._looked_at, self._began_at = float("-inf"), time.monotonic()
        self._most, self._told = 0, False

    def listen(self) -> list[tuple[str, Outcome | int]]:
        """Take what the actors say next, and give the idle ones work.

        Returns:
            Sources, and how they ended, or how many frames they have so far.

        Raises:
            MimikError: No actor can begin.
            OutputError: A part can't be written.
        """
        self._grow()
        waited = {worker.awaited: worker for worker in self._workers}
        ready, _ = ray.wait(list(waited), timeout=1.0)
        if ready:  # And whoever else is, so that none is kept waiting by those before it.
            ready, _ = ray.wait(list(waited), num_returns=len(waited), timeout=0)
        elif not any(worker.begun for worker in self._workers):
            self._tell_waiting()
        told = (self._hear(waited[awaited]) for awaited in ready)
        return [said for said in told if said is not None]

    def _grow(self) -> None:
        """Ask for actors, as long as sources wait and the cluster has room for them."""
        if time.monotonic() - self._looked_at >= LOOK_S:
            self._looked_at = time.monotonic()
            self._most = self._asked or self._room()
        starting = sum(not worker.begun for worker in self._workers)
        short = min(self._most - self._lost - len(self._workers), len(self._waiting) - starting)
        for _ in range(short if self._workers else max(1, short)):
            handle = self._class.remote()
            self._workers.append(_Worker(handle, handle.start.remote(*self._start_with)))

    def _room(self) -> int:
        """How many actors the cluster as it is could hold."""
        there = ray.cluster_resources()
        return min(int(there.get(name, 0) // need) for name, need in self._wanted())

    def _hear(self, worker: _Worker) -> tuple[str, Outcome | int] | None:
        """Take what an actor says."""
        try:
            said = ray.get(next(worker.awaited) if worker.source is not None else worker.awaited)
        except ray.exceptions.RayTaskError as error:
            said = _unexpected(worker.source, error.cause)
        except (ray.exceptions.RayError, StopIteration) as error:
            return self._died(worker, error)
        if isinstance(said, MimikError):
            raise said
        return self._took(worker, said)

    def _took(self, worker: _Worker, said: Piece | Outcome | int | None) -> tuple[str, Outcome | int] | None:
        source, part = worker.source, worker.part
        if source is None:
            worker.begun = True
            self._give_work(worker)
            return None
        if isinstance(said, Piece):
            assert part is not None
            part.add(said)
            return source, said.frames
        if isinstance(said, int):
            return source, said
        assert said is not None
        outcome = self._waiting.ended(source, part.end(said) if part else said)
        if part:
            part.close()
        self._give_work(worker)
        return source, outcome

    def _give_work(self, worker: _Worker) -> None:
        worker.source = self._waiting.take()
        if worker.source is None:
            self._workers.remove(worker)
            ray.kill(worker.handle)  # Ray may give its room to others.
            return
        if self._parts.anywhere:
            worker.awaited = worker.handle.write.remote(worker.source)
            return
        worker.part = self._parts.gather(worker.source)
        worker.awaited = worker.handle.read.remote(worker.source, worker.part.resume)

    def _died(self, worker: _Worker, error: Exception) -> tuple[str, Outcome] | None:
        """An actor has died, with its machine perhaps: its source waits again, or is set aside."""
        self._workers.remove(worker)
        self._end(worker)
        if worker.source is None:
            self._do_without(error)
            return None
        outcome = self._waiting.died(worker.source, _how(error))
        return (worker.source, outcome) if outcome else None

    def _do_without(self, error: Exception) -> None:
        """Go on with the other actors where one can't begin."""
        self._lost += 1
        if not self._workers:
            raise MimikError(
                f"no worker of the Ray cluster can begin ({_how(error)}): each of its machines needs this "
                "mimik and what it uses, and memory for the models"
            )
        words = f"a worker of the Ray cluster couldn't begin ({_how(error)})"
        warnings.warn(f"{words}: going on with {len(self._workers)}", MimikWarning, stacklevel=2)

    def _tell_waiting(self) -> None:
        """Say once that the cluster has no room, which may be for a long time."""
        if self._told or time.monotonic() - self._began_at < PATIENCE_S:
            return
        self._told = True
        free, there = ray.available_resources(), ray.cluster_resources()
        has = ", ".join(f"{free.get(n, 0):g} of {there.get(n, 0):g} {n}" for n, _ in self._wanted())
        wants = ", ".join(f"{need:g} {name}" for name, need in self._wanted())
        words = f"waiting for the Ray cluster: a worker needs {wants}, and {has} is free"
        warnings.warn(f"{words}; Ctrl-C ends this", MimikWarning, stacklevel=2)

    def _wanted(self) -> list[tuple[str, float]]:
        """What an actor needs, by Ray's names."""
        wanted = (("CPU", self._needs["num_cpus"]), ("GPU", self._needs["num_gpus"]))
        return [(name, need) for name, need in wanted if need]

    def end(self) -> None:
        """End all actors; what is safe of their sources stays."""
        for worker in self._workers:
            self._end(worker)

    def _end(self, worker: _Worker) -> None:
        ray.kill(worker.handle)
        if worker.part is not None:
            worker.part.close()


def _unexpected(source: str | None, error: BaseException) -> MimikError | Outcome:
    """What an error that nobody foresaw means: the end of a source, or before the first one, of the run."""
    words = f"unexpected {type(error).__name__}: {error}"
    return (
        MimikError(f"a worker can't begin: {words}") if source is None else Outcome(0, f"{source}: {words}")
    )


def _how(error: Exception) -> str:
    """How an actor died, in Ray's words, without its advice."""
    text = str(error)
    if missing := re.search(r"(\w*Error: [^\n]+)\s*$", text):  # What it couldn't import.
        return missing[1]
    where = re.search(r"\bip: (\S+)", text)
    why = re.search(r"dead because (?!its worker process has died)([^.\n]+)", text)
    said = [f"on {where[1]}" if where else "", why[1] if why else ""]
    return ": ".join(filter(None, said)) or type(error).__name__
