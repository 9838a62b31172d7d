"""Several processes analyse whole sources; this one puts their results into the file, in order.

A worker encodes a source's frames into a part of its own and says when it is whole. Memory is
constant, however far one worker is ahead of another, and a whole part outlives a crash: the next
run takes it as it is. A worker that dies (out of memory, a damaged file that brings a decoder
down) costs the source it was at, and is replaced.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from mimik.errors import MimikError
from mimik.results.base import load_format
from mimik.runs.progress import Make, Outcome, SourceReader, Tally
from mimik.runs.results import Results
from mimik.storage.append import AppendFile
from mimik.storage.identity import fingerprint
from mimik.storage.whole import output_errors, whole_file
from mimik.types import RunInfo

TICK_S = 0.5
"""How often a worker tells how far it is."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker needs, picklable."""

    make: Make
    """Builds the analyser."""
    path: Path
    """The results file; its suffix gives the format."""
    info: RunInfo
    """What makes the results."""
    parts: Path
    """Folder of the parts."""

    def part(self, source: str) -> Path:
        """Where a source's frames are gathered."""
        key = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        return self.parts / f"{key}.rows"


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    source: str | None = None
    started: bool = False


def run_workers(sources: list[str], make: Make, results: Results, workers: int, tally: Tally) -> None:
    """Analyse sources in several processes; see run_batch.

    Raises:
        OutputError: The results can't be written.
        MimikError: The analyser can't be built.
        KeyboardInterrupt: Ctrl-C; the workers are ended.
    """
    job = Job(make, results.path, results.info, results.parts)
    with output_errors(job.parts):
        job.parts.mkdir(exist_ok=True)
    ended = {source: outcome for source in sources if (outcome := _whole_part(job, source))}
    tally.report.earlier += ended
    waiting = iter([source for source in sources if source not in ended])
    unwritten = iter(sources)
    with _pool(job, min(workers, len(sources) - len(ended))) as pool:
        head = _write_ended(next(unwritten, None), unwritten, ended, job, results, tally)
        while head is not None:
            _listen(pool, job, waiting, ended, tally)
            head = _write_ended(head, unwritten, ended, job, results, tally)


@contextmanager
def _pool(job: Job, size: int) -> Iterator[list[_Worker]]:
    pool = [_start(job) for _ in range(size)]
    try:
        yield pool
    finally:
        for worker in pool:
            worker.process.terminate()
            worker.process.join()
            worker.pipe.close()


def _start(job: Job) -> _Worker:
    # Spawned, not forked: ONNX Runtime's and OpenCV's threads don't survive a fork.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(job, theirs), daemon=True)
    with _ctrl_c_held():
        process.start()
    theirs.close()
    return _Worker(process, ours)


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


def _listen(
    pool: list[_Worker], job: Job, waiting: Iterator[str], ended: dict[str, Outcome], tally: Tally
) -> None:
    """Take what the workers say next, and give the idle ones work."""
    pipes: dict[Any, _Worker] = {worker.pipe: worker for worker in pool}
    for ready in wait(list(pipes)):
        worker = pipes[ready]
        try:
            said = worker.pipe.recv()
        except (EOFError, ConnectionError):
            _replace(pool, worker, job, ended)
            continue
        if isinstance(said, BaseException):
            raise said
        if isinstance(said, int):
            tally.tick(worker.source or "", said)
            continue
        if worker.source is not None:
            ended[worker.source] = said
        worker.started = True
        worker.source = next(waiting, None)
        if worker.source is None:
            pool.remove(worker)
            _end(worker)
        else:
            worker.pipe.send(worker.source)


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.join()


def _replace(pool: list[_Worker], worker: _Worker, job: Job, ended: dict[str, Outcome]) -> None:
    """A worker has died: its source has failed, another takes its place."""
    pool.remove(worker)
    _end(worker)
    code = worker.process.exitcode
    if not worker.started:
        raise MimikError(f"a worker process ended with {code} before it began; try --workers 1 to see why")
    if worker.source is not None:
        problem = f"{worker.source}: the worker process died ({code}), perhaps for lack of memory"
        ended[worker.source] = Outcome(0, problem)
    pool.append(_start(job))


def _write_ended(
    head: str | None,
    unwritten: Iterator[str],
    ended: dict[str, Outcome],
    job: Job,
    results: Results,
    tally: Tally,
) -> str | None:
    """Put the parts whose turn has come into the results; returns the source that is waited for."""
    while head is not None and (outcome := ended.pop(head, None)):
        results.begin(head)
        part = job.part(head)
        if outcome.failed:
            results.fail(head, outcome.problem or "")
        else:
            results.add_part(part, outcome.frames)
            results.finish(head, outcome.problem)
            results.commit()
        part.with_suffix(".json").unlink(missing_ok=True)
        part.unlink(missing_ok=True)
        tally.close(head, outcome)
        head = next(unwritten, None)
    return head


def _whole_part(job: Job, source: str) -> Outcome | None:
    """How a source ended whose part an earlier run had finished."""
    part = job.part(source)
    note = part.with_suffix(".json")
    if not note.exists() or not part.exists():
        return None
    try:
        values = json.loads(note.read_text(encoding="utf-8"))
        file, size = values.pop("file"), values.pop("size")
        outcome = Outcome(**values)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # Cut by a crash, or of another version: the source is read again.
    return outcome if (file, size) == (fingerprint(source), part.stat().st_size) else None


def _serve(job: Job, pipe: Connection) -> None:
    """A worker's life: sources in, outcomes out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent hears Ctrl-C, and ends the workers.
    try:
        said: Any = None
        reader_of = _Reader(job, pipe)
        while True:
            pipe.send(said)
            said = reader_of.take(pipe.recv())
    except MimikError as error:
        pipe.send(error)
    except (EOFError, ConnectionError):
        return  # The parent has no more, or is gone.


class _Reader:
    """Writes sources into parts, in a worker."""

    def __init__(self, job: Job, pipe: Connection) -> None:
        self._job, self._pipe = job, pipe
        self._analyse = job.make()
        self._format = load_format(job.path, job.info)

    def take(self, source: str) -> Outcome:
        file = fingerprint(source)
        reader = SourceReader(self._analyse, source)
        part = self._job.part(source)
        told_at = time.monotonic()
        with closing(AppendFile(part)) as rows, closing(reader.frames()) as frames:
            for result in frames:
                rows.append(self._format.encode(result))
                reader.count += 1
                if time.monotonic() - told_at >= TICK_S:
                    told_at = time.monotonic()
                    self._pipe.send(reader.count)
            rows.sync()
        outcome = reader.outcome()
        if not outcome.failed:
            note_whole(part, outcome, file)
        return outcome


def note_whole(part: Path, outcome: Outcome, file: str | None) -> None:
    """Say beside a part that it is whole, and of which file, under another name first."""
    values = {**asdict(replace(outcome, last=None)), "size": part.stat().st_size, "file": file}
    target = part.with_suffix(".json")
    with output_errors(target), whole_file(target) as note, note.open("wb") as stream:
        stream.write(json.dumps(values).encode())
        stream.flush()
        os.fsync(stream.fileno())
