"""Connections: how many there may be, and how long one may keep the server waiting.

uvicorn bounds neither. A connection that never sends a whole request, or never reads its answer, stays for
good; its ``limit_concurrency`` counts requests that have come. When the system has no more open files,
asyncio says so many times a second, for as long as that lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from mimik.app.options import Waits

BACKLOG = 32
"""How many connections are taken from the system at once."""
SPARE = 256
"""Connections beside those of live viewers: requests, and browsers keep six each."""
FEWEST = 16
"""Connections that there may be, however few files may be open."""
LOOK_S = 1.0
"""Between two looks at all connections."""
TELL_S = 60.0
"""Between two lines of the log about the same."""
NO_FILES = "socket.accept() out of system resource"
"""How asyncio says that no more files may be open."""
_BODY = json.dumps({"error": {"code": "busy", "message": "all connections are in use; try again soon"}})
BUSY = (
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n"
    f"Connection: close\r\nContent-Length: {len(_BODY)}\r\n\r\n{_BODY}"
).encode("ascii")
"""The answer where no connection can give way."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Line:
    """One connection."""

    transport: asyncio.Transport
    idle_since_s: float
    busy: int = 0
    """Requests at work, or a live viewer that has started."""
    unread: int = 0
    """Bytes that wait for the other side to read."""
    read_s: float = 0.0
    """When they last became fewer."""

    def is_gone(self) -> bool:
        """Whether it is closed."""
        return int(self.transport.get_extra_info("socket").fileno()) < 0

    def is_late(self, now_s: float, waits: Waits) -> bool:
        """Whether the other side has kept us waiting for too long."""
        unread = self.transport.get_write_buffer_size()
        if not self.unread or unread < self.unread:
            self.read_s = now_s
        self.unread = unread
        if unread:
            return now_s - self.read_s > waits.read_s
        return not self.busy and now_s - self.idle_since_s > waits.request_s


@dataclass(slots=True, eq=False)
class Sockets:
    """All connections of a server; belongs to its event loop.

    Where all places are taken, the connection that has been without a request for longest gives way to a new
    one, so that whoever opens many and sends nothing shuts nobody out.
    """

    most: int
    """How many there may be."""
    waits: Waits
    _lines: dict[tuple[str, int], _Line] = field(default_factory=dict)
    _told_s: float = -TELL_S

    def __len__(self) -> int:
        return len(self._lines)

    def enter(self, transport: asyncio.Transport) -> None:
        """Take a new connection in, or turn it away."""
        if len(self) >= self.most:
            self._forget_gone()
        if len(self) >= self.most:
            room = self._make_room()
            what = "idle ones are closed for new ones" if room else "new ones are refused"
            self._tell(f"{self.most} connections are open, as many as there may be; {what}")
            if not room:
                transport.write(BUSY)
                transport.close()
                return
        now_s = time.monotonic()
        self._lines[_peer(transport.get_extra_info("peername"))] = _Line(transport, now_s, read_s=now_s)

    @contextmanager
    def busy(self, scope: Mapping[str, Any]) -> Iterator[None]:
        """A request's connection is at work for as long as the block lasts."""
        line = self._lines.get(_peer(scope.get("client")))
        if line is None:  # it was turned away, or it is a test's
            yield
            return
        line.busy += 1
        try:
            yield
        finally:
            line.busy -= 1
            line.idle_since_s = time.monotonic()

    async def watch(self) -> None:
        """Close what keeps us waiting, for as long as the server runs."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_fault)
        while True:
            await asyncio.sleep(min(LOOK_S, self.waits.request_s / 4))
            self._forget_gone()
            now_s = time.monotonic()
            for peer, line in list(self._lines.items()):
                if line.is_late(now_s, self.waits):
                    self._close(peer)

    def _forget_gone(self) -> None:
        for peer in [peer for peer, line in self._lines.items() if line.is_gone()]:
            del self._lines[peer]

    def _make_room(self) -> bool:
        """Close the connection that has been idle for longest; False if all are at work."""
        idle = [(line.idle_since_s, peer) for peer, line in self._lines.items() if not line.busy]
        if idle:
            self._close(min(idle)[1])
        return bool(idle)

    def _close(self, peer: tuple[str, int]) -> None:
        self._lines.pop(peer).transport.abort()  # what it hasn't read won't be read

    def _on_fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("message") != NO_FILES:
            loop.default_exception_handler(context)
            return
        self._make_room()
        self._tell("no more files may be open here, so connections wait; raise the limit (ulimit -n)")

    def _tell(self, words: str) -> None:
        """A line of the log, but not again and again."""
        now_s = time.monotonic()
        if now_s - self._told_s >= TELL_S:
            self._told_s = now_s
            _log.warning("%s", words)


class Seldom(logging.Filter):
    """Lets each warning through once a minute: uvicorn has one for every request that is none."""

    def __init__(self) -> None:
        super().__init__()
        self._told_s: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is logged; errors are, always."""
        now_s = time.monotonic()
        if record.levelno != logging.WARNING or now_s - self._told_s.get(str(record.msg), -TELL_S) >= TELL_S:
            self._told_s[str(record.msg)] = now_s
            return True
        return False


def _peer(address: Any) -> tuple[str, int]:
    """Host and port of the other side, by which a connection is known while it lasts."""
    return (str(address[0]), int(address[1])) if address else ("", 0)


def watched(sockets: Sockets) -> type[asyncio.Protocol]:
    """The protocol of uvicorn, whose connections are counted and watched."""

    class Watched(AutoHTTPProtocol):  # type: ignore[misc, valid-type, unused-ignore]
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            sockets.enter(transport)

    return Watched


def most_sockets(connections: int) -> int:
    """How many connections there may be, so that half of all files stay for other things.

    Args:
        connections: Live viewers at once.
    """
    wanted = SPARE + connections
    return max(FEWEST, min(wanted, _open_files(wanted) // 2 - BACKLOG))


def _open_files(wanted: int) -> int:
    """How many files this process may open; raised to what is wanted if the system lets us."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return 4 * wanted
    enough = 2 * (wanted + BACKLOG)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= enough:
        return enough
    more = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS knows a further limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        soft = more
    return soft
