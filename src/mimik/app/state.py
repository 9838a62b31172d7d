"""All that one server holds, made when it starts and let go when it ends."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from mimik.app.live.engine import Engine
from mimik.app.live.feeds import Feeds
from mimik.app.live.seats import Seats
from mimik.app.metrics import Metrics
from mimik.app.options import AppOptions
from mimik.app.sockets import Sockets, most_sockets
from mimik.app.store.database import MEMORY, Database
from mimik.app.store.markers import Markers
from mimik.app.store.recorder import Recorder
from mimik.app.store.sessions import Sessions
from mimik.app.store.studies import Studies
from mimik.app.uploads.jobs import Jobs
from mimik.app.uploads.scratch import Scratch
from mimik.storage.whole import output_errors

DATABASE, SCRATCH = "mimik.db", "scratch"
"""What is in the data folder: the recorded results, and files on their way."""
AT_ONCE = 2
"""Requests of /v1/analyze that are read at once; more wait."""

_log = logging.getLogger(__name__)


class State:
    """Models, database, threads and counters."""

    def __init__(self, options: AppOptions) -> None:
        """Open the data folder and load the models.

        Raises:
            OutputError: The folder can't be written, or another server uses it.
            ModelError: A model is missing or damaged.
        """
        self.options = options
        self.started_s = time.monotonic()
        self.metrics = Metrics()
        self.seats = Seats(options.limits.connections, options.waits.idle_s)
        self.sockets = Sockets(most_sockets(options.limits.connections), options.waits)
        self.database, self.scratch = _open(options)
        self.sessions, self.studies = Sessions(self.database), Studies(self.database)
        self.markers = Markers(self.database, self.sessions)
        if count := self.sessions.recover():
            what = "1 session was" if count == 1 else f"{count} sessions were"
            _log.warning("%s being recorded when the server last ended; what was read is kept", what)
        self.engine = Engine(
            options.device, models=options.models, own=options.own, commercial=options.commercial
        )
        self.engine.load(options.models)
        self.recorder = Recorder(self.sessions)
        self.jobs = Jobs(self.engine, self.scratch, options.limits)
        self.feeds = Feeds(options.sources, options.limits)
        self.readers = ThreadPoolExecutor(AT_ONCE, "mimik files")
        self.metrics.gauges |= {
            "mimik_live_connections": lambda: len(self.seats),
            "mimik_connections": lambda: len(self.sockets),
            "mimik_batches_total": lambda: self.engine.batcher.batches,
            "mimik_batch_faces_total": lambda: self.engine.batcher.faces,
        }

    def close(self) -> None:
        """Save what is being recorded, end the threads, remove temporary files."""
        self.feeds.close()
        self.jobs.close()
        self.readers.shutdown(wait=False, cancel_futures=True)
        self.recorder.close()
        self.engine.close()
        self.database.close()
        self.scratch.close()


def _open(options: AppOptions) -> tuple[Database, Scratch]:
    """The database, which keeps a second server off the folder, and then the private folder in it."""
    folder = options.data
    with output_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = Path(folder, DATABASE)
    database = Database(path)
    try:
        if not options.keep:
            # The file is only a lock now: what is recorded goes with the memory.
            memory = Database(MEMORY)
            memory.behind = database
            database = memory
        return database, Scratch(folder / SCRATCH)
    except BaseException:
        database.close()
        raise


def state_of(connection: HTTPConnection) -> State:
    """The state of the server that got a request."""
    return cast(State, connection.app.state.mimik)


Here = Annotated[State, Depends(state_of)]
"""A route's argument that is the server's state."""
