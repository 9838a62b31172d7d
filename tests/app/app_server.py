"""A real server on loopback with the shipped models, and those who talk to it."""

from __future__ import annotations

import contextlib
import json
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from websockets.sync.client import ClientConnection, connect

import mimik
from mimik.app.options import AppOptions
from mimik.app.server import build, config, listen

PHOTO = Path(mimik.__file__).parent / "example" / "astronaut.jpg"
PATIENCE_S = 60.0
"""How long a test waits for an answer: the machine may be busy."""


@dataclass(frozen=True)
class Served:
    """A server, and how to reach it."""

    port: int
    app: Any
    http: httpx.Client

    @property
    def state(self) -> Any:
        """What the server holds."""
        return self.app.state.mimik

    def live(
        self, start: dict[str, Any] | None = None, **headers: str
    ) -> contextlib.AbstractContextManager[Live]:
        """A live connection that has started."""
        return live(self.port, start, **headers)

    def session(self, **values: Any) -> int:
        """A new session's id."""
        answer = self.http.post("/v1/sessions", json={"name": "test", **values})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def recorded(self, session: int, **counts: int) -> dict[str, Any]:
        """A session, once so many frames or spans are kept: the last come when its viewer has gone."""
        end_s = time.monotonic() + PATIENCE_S
        while True:
            told: dict[str, Any] = self.http.get(f"/v1/sessions/{session}").json()
            if all(told[name] >= count for name, count in counts.items()):
                return told
            assert time.monotonic() < end_s, told
            time.sleep(0.05)


class Live:
    """One viewer."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def send(self, time_s: float, picture: bytes) -> None:
        self.socket.send(struct.pack("<d", time_s) + picture)

    def hear(self, kind: str | None = None) -> dict[str, Any]:
        """The next text, or the next of a kind."""
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            said = self.socket.recv(timeout=PATIENCE_S)
            if isinstance(said, bytes):
                continue
            message = dict(json.loads(said))
            if kind is None or message["type"] == kind:
                return message
        raise TimeoutError(kind)

    def read(self, time_s: float, picture: bytes) -> dict[str, Any]:
        """Send a frame and wait for its answer."""
        self.send(time_s, picture)
        return self.hear("frame")


@contextlib.contextmanager
def live(port: int, start: dict[str, Any] | None = None, **headers: str) -> Iterator[Live]:
    with connect(
        f"ws://127.0.0.1:{port}/v1/live",
        additional_headers=headers,
        compression=None,
        open_timeout=PATIENCE_S,
        max_size=2**24,
        proxy=None,
    ) as socket:
        viewer = Live(socket)
        if start is not None:
            viewer.say(**{"type": "start", "source": "browser", **start})
        yield viewer


@contextlib.contextmanager
def serving(options: AppOptions) -> Iterator[Served]:
    """Run a server in a thread of this process."""
    guard = build(options)
    listening = listen(options.host, options.port)
    port = listening.getsockname()[1]
    server = uvicorn.Server(config(guard, options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False) as client:
            yield Served(port, guard.app, client)
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listening.close()
        assert not thread.is_alive()


def wait_for(server: Served, job: str, *states: str) -> dict[str, Any]:
    """A job in one of these states."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        answer = server.http.get(f"/v1/jobs/{job}")
        if answer.json()["state"] in states:
            return dict(answer.json())
        time.sleep(0.05)
    raise TimeoutError(job)
