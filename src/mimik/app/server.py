"""Puts the server together, and runs it."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import cv2
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.routing import Match

from mimik._version import __version__
from mimik.app.addresses import hosts_here, page_address
from mimik.app.browser import open_page
from mimik.app.live.sources import check_sources
from mimik.app.log import RequestLog
from mimik.app.options import AppOptions, Limits
from mimik.app.problems import Answer, answer_of, framework_answer, one_line, validation_text
from mimik.app.routes import about, files, live, sessions, studies, tables
from mimik.app.routes.answers import COMMON, problems
from mimik.app.routes.page import page_router
from mimik.app.security import Gate, Guard
from mimik.app.sockets import BACKLOG, FEWEST, Seldom, watched
from mimik.app.state import State
from mimik.errors import MimikError, PortError

ABOUT = (
    "Reads faces: emotion, action units, gender and age, offline. An expression is not a feeling. "
    "Times are in seconds; an error is a JSON object with a code for programs and a line for people. "
    "Live frames go over a WebSocket at /v1/live, which docs/app.md describes."
)
TAGS = [
    {"name": "about", "description": "What the server is, has and allows."},
    {"name": "files", "description": "Pictures and videos that are sent to be read."},
    {"name": "sessions", "description": "What was recorded, with markers, exports, plots and report."},
    {"name": "studies", "description": "People in groups, and what their sessions say together."},
]
"""The groups of operations, for OpenAPI."""
BEARER = HTTPBearer(
    scheme_name="token", description="The token of the server, see docs/app.md.", auto_error=False
)
"""How the token is sent, for OpenAPI."""
METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
"""All that there are here."""
UPLOADS = ("/v1/analyze", "/v1/jobs", "/v1/table")
QUEUE = 512
"""How many connections the system holds until they are taken; asyncio would take them all at once."""
END_S = 5
"""How long requests may take to end when the server is stopped."""

_log = logging.getLogger(__name__)


def build(options: AppOptions) -> Guard:
    """The application with its state, ready to be served.

    Raises:
        OutputError: The data folder can't be used.
        ModelError: A model is missing or damaged.
    """
    return guarded(State(options))


def guarded(state: State) -> Guard:
    """The application of a state, which it closes in the end."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(state.sockets.watch())
        yield
        watching.cancel()
        state.close()

    app = FastAPI(
        title="mimik",
        version=__version__,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_tags=TAGS,
        # An operation is called as its function is: clients are made with these names.
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,
        lifespan=life,
        responses=problems(*COMMON),
    )
    app.state.mimik = state
    # The gate checks the token; this tells makers of clients of it.
    known = [] if state.options.token is None else [Depends(BEARER)]
    for routes in (about, files, tables, sessions, studies):
        app.include_router(routes.router, dependencies=known)
    app.include_router(live.router)
    if state.options.page:
        app.include_router(page_router())
    _tell_errors(app, page=state.options.page)
    gate = Gate.of(state.options)
    return Guard(app, gate, _body_bytes(state.options.limits), state.metrics.request, state.sockets)


def _body_bytes(limits: Limits) -> Callable[[str], int]:
    """How large a body may be, by path."""

    def largest(path: str) -> int:
        # Boundaries and headers of the parts come on top of the files.
        return limits.upload_mb * 2**20 + 2**16 if path in UPLOADS else limits.message_mb * 2**20

    return largest


def _tell_errors(app: FastAPI, *, page: bool) -> None:
    """Turn every error into the one form that there is."""

    @app.exception_handler(MimikError)
    async def failed(_: Request, error: MimikError) -> JSONResponse:
        answer = answer_of(error)
        if answer.status >= 500:
            _log.error("%s", answer.message)
        return _told(answer)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return _told(framework_answer(422, validation_text(error.errors())))

    @app.exception_handler(HTTPException)
    async def refused_by_framework(request: Request, error: HTTPException) -> JSONResponse:
        text, headers = str(error.detail), error.headers
        if error.status_code == 405:
            allowed = ", ".join(_allowed(request))
            text, headers = f"{request.method} can't be done here; {allowed} can", {"Allow": allowed}
        elif error.status_code == 404:
            text = one_line(_nothing(request, page=page))
        return _told(framework_answer(error.status_code, text), headers)

    @app.exception_handler(Exception)
    async def broken(_: Request, error: Exception) -> JSONResponse:
        return _told(answer_of(error))


def _told(answer: Answer, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(answer.body(), answer.status, headers)


def _nothing(request: Request, *, page: bool) -> str:
    """What to say of an address where nothing is, for requests that aren't WebSockets."""
    path = f"{request.url.path:.80}"
    asked = {**request.scope, "type": "websocket"}
    if any(route.matches(asked)[0] is Match.FULL for route in request.app.routes):
        return f"{path} is a WebSocket: connect to it with ws:// or wss://"
    also = "" if page else ", and the page comes with 'mimik app'"
    return f"nothing is at {path}; /openapi.json says what there is{also}"


def _allowed(request: Request) -> list[str]:
    """The methods that an address takes; the framework names those of its first route only (RFC 9110)."""
    routes = request.app.routes
    return [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; "::" is IPv4, too, where the system can do both.

    Raises:
        PortError: The address isn't this machine's, or the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except (OSError, OverflowError) as error:
        raise PortError(
            f"{host}:{port} can't be listened on ({error.args[-1]}); choose another --port (0 is a free one)"
        ) from error


class _Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config, up: Callable[[], None]) -> None:
        super().__init__(config)
        self._up = up

    async def startup(self, sockets: Any = None) -> None:
        """Start, let more connections wait in line than are taken at once, and tell."""
        await super().startup(sockets)
        if self.started:
            for listening in sockets or ():
                listening.listen(QUEUE)
            self._up()


def serve(
    options: AppOptions, *, browser: bool = False, say: Callable[[int], None] = lambda port: None
) -> None:
    """Run until it is stopped (Ctrl-C).

    Args:
        options: How it runs.
        browser: Whether the page is opened.
        say: Told the port once it answers there.

    Raises:
        SourceError: A file or camera of options.sources isn't there.
        PortError: The address can't be listened on.
        OutputError: The data folder can't be used.
        ModelError: A model is missing or damaged.
    """
    # Frames share the cores; OpenCV's own threads would only get in each other's way.
    cv2.setNumThreads(1)
    check_sources(options.sources, options.limits, lambda line: _log.warning("%s", line))
    logging.getLogger("uvicorn.error").addFilter(Seldom())
    with listen(options.host, options.port) as listening:
        port = listening.getsockname()[1]
        state = State(options)
        _warn_of_files(state)

        def up() -> None:
            say(port)
            _log.info("%s", _begun(options, port))
            if browser:
                page = page_address(hosts_here(options.host), port, options.token)
                threading.Thread(target=open_page, args=(page, state.scratch), daemon=True).start()

        server = _Server(config(guarded(state), options), up)
        try:
            server.run(sockets=[listening])
        finally:
            _log.info("ended")


def _warn_of_files(state: State) -> None:
    most, asked = state.sockets.most, state.options.limits.connections
    if most < asked + FEWEST:
        text = "so few open files allow %d connections of all kinds, too few for --connections %d; "
        _log.warning(text + "raise the limit (ulimit -n)", most, asked)


def _begun(options: AppOptions, port: int) -> str:
    """What the log says of the start; no token."""
    page, kept = "page and API" if options.page else "API", "results kept" if options.keep else "nothing kept"
    shown = len(options.sources)
    sources = f"{shown} source{'' if shown == 1 else 's'}"
    what = f"{page}, models {options.models}, device {options.device}, {sources}, {kept}"
    return f"mimik {__version__} began on {options.host}:{port}: {what}"


def config(app: Guard, options: AppOptions) -> uvicorn.Config:
    """How uvicorn runs the application."""
    return uvicorn.Config(
        RequestLog(app),
        http=watched(app.sockets),
        backlog=BACKLOG,
        ws="websockets-sansio",
        ws_max_size=options.limits.message_mb * 2**20 + 8,
        ws_per_message_deflate=False,  # JPEG doesn't shrink, and it costs a core
        log_config=None,
        access_log=False,  # RequestLog has no tokens
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=END_S,
    )
