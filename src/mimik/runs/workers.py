"""Several processes read whole sources into parts.

Memory is constant, however far one worker is ahead of another. A worker that dies (out of memory, a
damaged file that brings a decoder down) is replaced, and its source is read again, up to TRIES times.
"""

from __future__ import annotations

import multiprocessing
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from mimik.errors import MimikError, MimikWarning
from mimik.runs.base import Merging, PartsPlace
from mimik.runs.reader import Make, Outcome, SourceReader
from mimik.runs.waiting import Waiting

OOM_SCORE = "500"
"""How much rather than others Linux ends a worker, of 1,000."""


def run(sources: Sequence[str], make: Make, merger: Merging, workers: int | None) -> None:
    """See mimik.runs.base.Executor; the workers are ended by whatever ends this."""
    parts = merger.parts
    parts.prepare()
    pool = _Pool(make, parts, Waiting(sources), merger.tick)
    with pool.started(min(workers or 1, len(sources))):
        while merger.waiting:
            for source, outcome in pool.listen().items():
                merger.add(source, outcome)


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    source: str | None = None
    started: bool = False

    def end(self) -> None:
        self.pipe.close()
        self.process.join()


class _Pool:
    """The workers, seen from the process that gives them work."""

    def __init__(
        self, make: Make, parts: PartsPlace, waiting: Waiting, tick: Callable[[str, int], None]
    ) -> None:
        self._make, self._parts, self._waiting, self._tick = make, parts, waiting, tick
        self._workers: list[_Worker] = []

    @contextmanager
    def started(self, size: int) -> Iterator[None]:
        """So many workers, for a ``with`` block."""
        self._workers = [self._start() for _ in range(size)]
        try:
            yield
        finally:
            for worker in self._workers:
                worker.process.terminate()
                worker.end()

    def _start(self) -> _Worker:
        # Spawned, not forked: ONNX Runtime's and OpenCV's threads don't survive a fork.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(self._make, self._parts, theirs), daemon=True)
        with _ctrl_c_held():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def listen(self) -> dict[str, Outcome]:
        """Take what the workers say next, and give the idle ones work.

        Returns:
            The sources that have ended, and how.

        Raises:
            MimikError: A worker can't begin, or a part can't be written.
        """
        ended: dict[str, Outcome] = {}
        pipes: dict[Any, _Worker] = {worker.pipe: worker for worker in self._workers}
        for ready in wait(list(pipes)):
            worker = pipes[ready]
            try:
                said = worker.pipe.recv()
            except (EOFError, ConnectionError):
                self._replace(worker, ended)
                continue
            if isinstance(said, BaseException):
                raise said
            if isinstance(said, int):
                self._tick(worker.source or "", said)
                continue
            if worker.source is not None:
                ended[worker.source] = self._waiting.ended(worker.source, said)
            self._give_work(worker)
        return ended

    def _give_work(self, worker: _Worker) -> None:
        worker.started = True
        worker.source = self._waiting.take()
        if worker.source is None:
            self._workers.remove(worker)
            worker.end()
        else:
            with suppress(ConnectionError):  # It has just died, and is told of next.
                worker.pipe.send(worker.source)

    def _replace(self, worker: _Worker, ended: dict[str, Outcome]) -> None:
        """A worker has died: its source waits again, or is set aside, and another takes its place."""
        self._workers.remove(worker)
        worker.end()
        code = worker.process.exitcode
        if not worker.started:
            self._do_without(code)
            return
        if worker.source is not None and (outcome := self._waiting.died(worker.source, str(code))):
            ended[worker.source] = outcome
        if self._waiting:
            self._workers.append(self._start())

    def _do_without(self, code: int | None) -> None:
        """Go on with the other workers where one can't begin, for lack of memory perhaps."""
        left = len(self._workers)
        if not left:
            raise MimikError(
                f"a worker process ended with {code} before it began; try --workers 1 to see why"
            )
        words = f"a worker process ended with {code} before it began, perhaps for lack of memory"
        warnings.warn(f"{words}: going on with {left}", MimikWarning, stacklevel=2)


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Let Ctrl-C wait; a process that is started meanwhile never hears it: it inherits the mask."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # It is started with the first worker, and then lets Ctrl-C through.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(make: Make, parts: PartsPlace, pipe: Connection) -> None:
    """A worker's life: sources in, outcomes out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent hears Ctrl-C, and ends the workers.
    with suppress(OSError):  # Where Linux runs out of memory, it ends a worker and not the parent.
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE, encoding="ascii")
    try:
        said: Outcome | None = None
        analyse, form = make(), parts.form()
        while True:
            pipe.send(said)
            said = parts.write(SourceReader(analyse, pipe.recv()), form, pipe.send)
    except MimikError as error:
        pipe.send(error)
    except (EOFError, ConnectionError):
        return  # The parent has no more, or is gone.
