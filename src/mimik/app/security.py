"""Who may ask: Host, Origin and token are checked before anything else, and every answer is hardened.

A page elsewhere in the same browser can send requests to this server. By its name rebound to 127.0.0.1
(DNS rebinding) it would pass for our own page: the Host header gives it away. By its own name it is
another origin: the browser says so in Origin and Sec-Fetch-Site, for WebSockets too.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from mimik.app.bodies import Body, check_length, drain
from mimik.app.options import AppOptions, is_loopback
from mimik.app.problems import answer_of
from mimik.app.sockets import Sockets
from mimik.errors import RefusedError

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-modals"
)
"""Of a report: one file that brings its own style and pictures, and no script."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""Of every answer, where it doesn't say otherwise."""
SAFE = ("GET", "HEAD", "OPTIONS")
HEALTH = "/v1/health"
"""What answers without the token, to watchdogs: that the server is up, and its version."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The rules of one server."""

    names: frozenset[str]
    """Host names that are its own, in small letters."""
    addresses: bool
    """Whether any IP address is: then a name can't be rebound, since there is none."""
    token: str | None
    """What REST and WebSockets need."""

    @classmethod
    def of(cls, options: AppOptions) -> Gate:
        """The rules that the options make."""
        names = {"localhost", "127.0.0.1", "[::1]", *(name.lower() for name in options.names)}
        # By the host alone: behind a proxy others reach the proxy's names only, not an address.
        reached = not is_loopback(options.host)
        if reached:
            names |= {options.host.lower(), socket.gethostname().lower()}
        return cls(frozenset(names), reached, options.token)

    def check(self, scope: Scope) -> bool:
        """Let a request through.

        Returns:
            Whether it knows the token, or none is needed.

        Raises:
            RefusedError: "bad_host" for a foreign Host, "forbidden_origin" for a foreign page,
                "token_needed" without the token.
        """
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            raise RefusedError(
                "bad_host",
                f"this server isn't called {host[:80]!r}; use its address, or start it with --name",
            )
        writes = scope["type"] == "websocket" or scope["method"] not in SAFE
        api = scope["path"].startswith("/v1") or scope["path"] in ("/metrics", "/openapi.json")
        if api:
            _check_origin(headers, host, writes)
            return self._check_token(headers, scope)
        return self.token is None

    def _is_ours(self, host: str) -> bool:
        name = _without_port(host).lower()
        if name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return self.addresses or is_loopback(str(address))

    def _check_token(self, headers: Headers, scope: Scope) -> bool:
        if self.token is None:
            return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not given and scope["path"] == HEALTH:
            return False
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise RefusedError(
                "token_needed",
                f"the token is {'wrong' if given else 'missing'}: open the address that the server printed "
                "when it started, or send 'Authorization: Bearer TOKEN'",
            )
        return True


def _without_port(host: str) -> str:
    """A Host header's name."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _check_origin(headers: Headers, host: str, writes: bool) -> None:
    """Refuse what another page makes the browser send. A program that is no browser sends no Origin."""
    origin = headers.get("origin")
    site = headers.get("sec-fetch-site", "none")
    foreign = site not in ("same-origin", "none")
    if origin is not None and writes:
        foreign = foreign or origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}")
    if foreign:
        raise RefusedError("forbidden_origin", "another page may not use this server; open its own page")


class Guard:
    """Middleware: the gate, the size of bodies, the headers of answers, and counting."""

    def __init__(
        self,
        app: FastAPI,
        gate: Gate,
        body_bytes: Callable[[str], int],
        count: Callable[[str, int], None],
        sockets: Sockets,
    ) -> None:
        """Stand before an application.

        Args:
            app: What is protected.
            gate: Who may ask.
            body_bytes: Path to the largest body that it takes.
            count: Told of every answer: method and status.
            sockets: The connections, told which are at work.
        """
        self.app = app
        """What is protected."""
        self.sockets = sockets
        """Its connections."""
        self._gate = gate
        self._body_bytes, self._count = body_bytes, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] == "http":
            with self.sockets.busy(scope):
                await self._http(scope, receive, self._hardened(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._body_bytes(scope["path"])
        try:
            scope.setdefault("state", {})["is_known"] = self._gate.check(scope)
            check_length(Headers(scope=scope), limit)
        except RefusedError as refusal:
            if refusal.code == "too_large":
                await drain(receive)
            await refuse(send, refusal)
            return
        await self.app(scope, Body(receive, limit, self.sockets.waits.body_s), send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._gate.check(scope)
        except RefusedError as refusal:
            # Before the handshake: the server answers with 403, and the page learns nothing.
            await receive()
            self._count("WEBSOCKET", answer_of(refusal).status)
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.code})
            return
        await self.app(scope, receive, send)

    def _hardened(self, scope: Scope, send: Send) -> Send:
        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                self._count(scope["method"], message["status"])
            await send(message)

        return hardened


async def refuse(send: Send, refusal: RefusedError) -> None:
    """Answer with an error."""
    answer = answer_of(refusal)
    content = json.dumps(answer.body()).encode()
    headers: list[tuple[bytes, Any]] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"connection", b"close"),
    ]
    if answer.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
