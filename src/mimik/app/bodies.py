"""Bodies of requests: how large they may be, and how slowly they may come."""

from __future__ import annotations

import asyncio
import contextlib
import time

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from mimik.app.problems import answer_of
from mimik.errors import RefusedError

DRAIN_S, DRAIN_BYTES = 2.0, 64 * 2**20
"""How long, and how much, of a body that is too large is read and thrown away before the answer."""
BODY_BYTES_S = 10_000
"""The least that a body must bring a second while it is waited for, after its first seconds."""


def check_length(headers: Headers, limit: int) -> None:
    """Refuse a body by what it says of its length.

    Raises:
        RefusedError: "too_large", or "bad_request" where it says nothing sensible.
    """
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        raise RefusedError("bad_request", "Content-Length must be a number")
    if int(length) > limit:
        raise _too_large(limit)


async def drain(receive: Receive) -> None:
    """Read on for a while: a client that is cut off while it sends doesn't get to read why."""
    seen = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while seen < DRAIN_BYTES:
                message = await receive()
                seen += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return


def _too_large(limit: int) -> RefusedError:
    """A body that is larger than allowed."""
    return RefusedError("too_large", f"the request is larger than {limit / 2**20:g} MB; send less at once")


class Body:
    """A request's body, stopped where it grows too large or comes too slowly."""

    def __init__(self, receive: Receive, limit: int, wait_s: float) -> None:
        self._receive, self._limit, self._wait_s = receive, limit, wait_s
        self._seen, self._waited_s, self._more = 0, 0.0, True

    async def __call__(self) -> Message:
        """The next piece; after the last, whatever else is told of the connection, however late."""
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(self._patience_s() if self._more else None):
                message = await self._receive()
        except TimeoutError:
            raise _http_error(_too_slow(self._wait_s)) from None
        self._waited_s += time.monotonic() - began_s
        self._seen += len(message.get("body", b""))
        self._more = bool(message.get("more_body"))
        if self._seen > self._limit:
            raise _http_error(_too_large(self._limit))
        return message

    def _patience_s(self) -> float:
        earned_s = self._wait_s + self._seen / BODY_BYTES_S - self._waited_s
        return max(0.0, min(self._wait_s, earned_s))


def _http_error(refusal: RefusedError) -> HTTPException:
    """What FastAPI hands on; it takes any other error here for a body that can't be parsed."""
    answer = answer_of(refusal)
    return HTTPException(answer.status, answer.message)


def _too_slow(wait_s: float) -> RefusedError:
    return RefusedError(
        "too_slow",
        f"the request's body stopped: nothing, or too little, came for {wait_s:g} s; send it again",
    )
