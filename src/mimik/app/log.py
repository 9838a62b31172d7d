"""The server's log: a line a request, and lines for its start, its end and what fails.

It tells nothing of people: no addresses of clients, no names of files, nothing that was sent; and of an
address only the path, as what follows it may hold a token.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mimik.app.problems import one_line

FIELDS = ("method", "path", "status", "ms", "bytes", "code")
"""What the line of a request holds; "code" is how a WebSocket was closed."""
REFUSED = (401, 403, 429)
"""Answers that whoever runs the server may want to know of."""
GONE = 499
"""Status of a request whose client went away before the answer, as nginx has it."""

_log = logging.getLogger(__name__)


@contextmanager
def logging_to_stderr(level: str = "info", form: str = "text") -> Iterator[None]:
    """Write mimik's log on stderr, and the warnings of others, for a ``with`` block.

    Args:
        level: One of LOG_LEVELS.
        form: One of LOG_FORMATS.
    """
    root, ours, least = logging.getLogger(), logging.getLogger("mimik"), getattr(logging, level.upper())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    before = root.level, ours.level
    root.addHandler(handler)
    # Below warnings uvicorn tells whole addresses, tokens included.
    root.setLevel(max(least, logging.WARNING))
    ours.setLevel(least)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])


class _Text(logging.Formatter):
    """Time, level, message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Local time with its offset (ISO 8601)."""
        return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        """As in "2026-11-29T16:30:00.123+01:00 info GET /v1/health 200 0.9 ms 83 bytes"."""
        return super().format(record).replace(record.levelname, record.levelname.lower(), 1)


class _Json(_Text):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The same, and what a request's line holds by its names."""
        told: dict[str, Any] = {"time": self.formatTime(record), "level": record.levelname.lower()}
        told["message"] = record.getMessage()
        told |= {name: value for name in FIELDS if (value := vars(record).get(name)) is not None}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


class RequestLog:
    """Middleware around all others: logs each request when its answer has been sent."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        seen = _Seen(scope, receive, send)
        try:
            await self._app(scope, seen.receive, seen.send)
        finally:
            seen.tell()


class _Seen:
    """One request, while it is answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._began_s = time.perf_counter()
        self._method = scope.get("method", "WEBSOCKET")
        self._path = one_line(scope["path"])
        self._status: int | None = None
        self._code: int | None = None
        self._bytes = 0

    async def receive(self) -> Message:
        """What the client says."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect" and self._code is None:
            self._code = message.get("code")
        return message

    async def send(self, message: Message) -> None:
        """What it is told."""
        kind = message["type"]
        if kind == "http.response.start":
            self._status = message["status"]
        elif kind == "websocket.accept":
            self._status = 101
            _log.debug("%s %s opened", self._method, self._path)
        elif kind == "websocket.close" and self._status is None:
            self._status = 403
        elif kind == "websocket.close" and self._code is None:
            self._code = message.get("code", 1000)
        if self._method != "HEAD":
            self._bytes += len(message.get("body") or message.get("bytes") or message.get("text") or "")
        await self._send(message)

    def tell(self) -> None:
        """Write its line."""
        status = self._status or GONE
        level = logging.WARNING if status in REFUSED else logging.INFO
        level = logging.ERROR if status >= 500 else level
        ms = round(1000 * (time.perf_counter() - self._began_s), 1)
        values = (self._method, self._path, status, ms, self._bytes, self._code)
        closed = "" if self._code is None else f", closed with {self._code}"
        line = f"{self._method} {self._path} {status} {ms} ms {self._bytes} bytes{closed}"
        _log.log(level, "%s", line, extra=dict(zip(FIELDS, values, strict=True)))
