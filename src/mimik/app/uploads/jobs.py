"""Files that take longer than a request: read one after another by a thread, asked for now and then."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mimik.app.live.engine import Engine
from mimik.app.options import Limits
from mimik.app.problems import answer_of
from mimik.app.uploads.files import Upload, drop
from mimik.app.uploads.read import FileReader, Reader, is_span
from mimik.app.uploads.scratch import Scratch
from mimik.app.uploads.wish import RestFile, Wish
from mimik.errors import NotFoundError, RefusedError

KEEP_S = 3600.0
"""How long a finished job's results stay."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class JobFile:
    """One file of a job."""

    upload: Upload
    output: Path
    """Its results, JSON lines."""
    state: str = "waiting"
    progress: float = 0.0
    frames: int = 0
    spans: int = 0
    problem: str | None = None
    note: str | None = None
    left_out: tuple[str, ...] = ()
    made_by: dict[str, Any] | None = None
    error: dict[str, str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "file": self.upload.name,
            "state": self.state,
            "progress": round(self.progress, 3),
            "frames": self.frames,
            "spans": self.spans,
            "problem": self.problem,
            "note": self.note,
            "left_out": list(self.left_out),
            "made_by": self.made_by,
            "error": self.error,
        }


@dataclass(slots=True)
class Job:
    """Files that were sent together."""

    id: str
    wish: Wish
    files: list[JobFile]
    stop: threading.Event = field(default_factory=threading.Event)
    ended_s: float | None = None

    @property
    def state(self) -> str:
        """running, done or cancelled."""
        if self.stop.is_set():
            return "cancelled"
        return "running" if self.ended_s is None else "done"

    def to_dict(self) -> dict[str, Any]:
        """As the API gives it."""
        return {"id": self.id, "state": self.state, "files": [file.to_dict() for file in self.files]}

    def remove(self) -> None:
        """Remove its files."""
        self.let_go()
        for file in self.files:
            file.output.unlink(missing_ok=True)

    def let_go(self) -> None:
        """Remove what was sent."""
        drop(file.upload for file in self.files)
        if isinstance(self.wish.rest, RestFile):
            drop([self.wish.rest.upload])


class Jobs:
    """All jobs, and the thread that reads them."""

    def __init__(self, engine: Engine, scratch: Scratch, limits: Limits) -> None:
        """Start the thread."""
        self._engine, self._scratch, self._limits = engine, scratch, limits
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="mimik jobs", daemon=True)
        self._thread.start()

    def room(self) -> None:
        """Make sure that another job may come.

        Raises:
            RefusedError: Too many are unfinished.
        """
        with self._news:
            self._forget_old()
            busy = sum(job.ended_s is None for job in self._jobs.values())
            if busy >= self._limits.jobs:
                raise RefusedError("too_many", f"{busy} jobs aren't finished yet; wait, or delete one")

    def add(self, uploads: list[Upload], wish: Wish) -> Job:
        """Take files over.

        Raises:
            RefusedError: Too many jobs are unfinished.
        """
        files = [JobFile(upload, self._scratch.path(".jsonl")) for upload in uploads]
        job = Job(secrets.token_urlsafe(9), wish, files)
        try:
            self.room()
        except RefusedError:
            job.let_go()
            raise
        with self._news:
            self._jobs[job.id] = job
            self._waiting.append(job)
            self._news.notify()
        return job

    def get(self, number: str) -> Job:
        """A job.

        Raises:
            RefusedError: There is none.
        """
        with self._news:
            self._forget_old()
            if number not in self._jobs:
                raise NotFoundError("job", number[:40])
            return self._jobs[number]

    def frames(self, number: str, index: int) -> Path:
        """The results of one of a job's files.

        Raises:
            RefusedError: There is no such file, or it isn't done.
        """
        files = self.get(number).files
        if index >= len(files):
            raise NotFoundError("file", index)
        file = files[index]
        if file.state != "done":
            raise RefusedError("not_ready", f"{file.upload.name} is {file.state}; ask again when it is done")
        return file.output

    def cancel(self, number: str) -> None:
        """Stop a job and forget it.

        Raises:
            RefusedError: There is none.
        """
        job = self.get(number)
        job.stop.set()
        with self._news:
            self._jobs.pop(number, None)
            idle = job in self._waiting or job.ended_s is not None
            if job in self._waiting:
                self._waiting.remove(job)
        if idle:
            job.remove()  # else the thread does it once it has let go

    def _forget_old(self) -> None:
        limit = time.monotonic() - KEEP_S
        for job in [j for j in self._jobs.values() if j.ended_s is not None and j.ended_s < limit]:
            del self._jobs[job.id]
            job.remove()

    def _work(self) -> None:
        while True:
            with self._news:
                while not self._waiting and not self._closing:
                    self._news.wait(60)
                    self._forget_old()
                if self._closing:
                    return
                job = self._waiting.popleft()
            reader = Reader(self._engine, job.wish, self._limits, job.stop)
            for file in job.files:
                if not job.stop.is_set():
                    self._read(FileReader(reader, file.upload), job, file)
                drop([file.upload])
            job.let_go()
            job.ended_s = time.monotonic()
            _tell_end(job)
            if job.stop.is_set():
                job.remove()

    def _read(self, reader: FileReader, job: Job, file: JobFile) -> None:
        file.state = "running"
        try:
            with file.output.open("w", encoding="utf-8", newline="") as lines:
                for result in reader:
                    lines.write(json.dumps(result, ensure_ascii=False) + "\n")
                    file.spans += is_span(result)
                    file.frames += not is_span(result)
                    file.progress = min(1.0, file.frames / reader.expected) if reader.expected else 0.0
            file.problem, file.note, file.left_out = reader.problem, reader.note, reader.left_out
            file.made_by = reader.made_by()
            file.progress, file.state = 1.0, "done"
        except RefusedError as refusal:
            _log.warning("job %s: file %d can't be read: %s", job.id, job.files.index(file), refusal.code)
            file.error, file.state = answer_of(refusal).to_dict(), "failed"
        except Exception as error:  # one file must not end the thread
            _log.exception("job %s: file %d could not be read", job.id, job.files.index(file))
            file.error, file.state = answer_of(error).to_dict(), "failed"

    def close(self) -> None:
        """Stop everything; the folder is removed by its owner."""
        with self._news:
            self._closing = True
            for job in self._jobs.values():
                job.stop.set()
            self._news.notify()
        self._thread.join(10)


def _tell_end(job: Job) -> None:
    """A line on how a job ended; what its files are called is their sender's."""
    failed = sum(file.state == "failed" for file in job.files)
    frames, spans = sum(file.frames for file in job.files), sum(file.spans for file in job.files)
    held = f"{frames} frames" + (f", {spans} utterances" if spans else "")
    _log.info("job %s %s: %d files, %d failed, %s", job.id, job.state, len(job.files), failed, held)
