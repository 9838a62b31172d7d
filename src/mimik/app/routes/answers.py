"""What routes share: the errors that they declare, ids in addresses, downloads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Path as InPath
from fastapi import Query
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from mimik.app.schemas import Problem
from mimik.app.schemas_checks import MOST
from mimik.app.store.exports import MEDIA
from mimik.app.uploads.scratch import Scratch

ABOUT = {
    400: "The request can't be understood, or names this server wrongly (Host).",
    401: "The token is missing or wrong.",
    403: "Another page's browser sent it (Origin).",
    404: "There is no such thing.",
    405: "The address doesn't take this method.",
    408: "The body stopped, or came too slowly.",
    409: "It can't be done now: busy, not ready, or not available in this installation.",
    413: "Larger than the limits in /v1/settings.",
    422: "A value is missing or out of range; the message says which.",
    429: "Too many at once; try again later.",
    500: "A fault of the server; its log says which.",
    507: "The data folder can't be written.",
}
COMMON = (400, 401, 403, 405, 408, 413, 422, 500, 507)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Errors for OpenAPI."""
    return {status: {"model": Problem, "description": ABOUT[status]} for status in statuses}


Number = Annotated[int, InPath(ge=1, le=MOST)]
"""An id in an address."""
Plain = Annotated[
    bool,
    Query(
        description="CSV with its texts as they are; else an apostrophe goes before those that a spreadsheet "
        "would take for a formula (= + - @)"
    ),
]
Kind = Annotated[
    Literal["faces", "spans"],
    Query(description="what a table has a row for: a face, or an utterance"),
]
StudyFilter = Annotated[int | None, Query(ge=1, le=MOST, description="only the sessions of this study")]


def download(scratch: Scratch, name: str, kind: str, write: Callable[[Path], None]) -> Response:
    """A file to keep, made now and removed once it is sent.

    Args:
        scratch: Where it is made.
        name: What the browser calls it, without a suffix; from the code.
        kind: A name of exports.MEDIA.
        write: Writes it to a path.
    """
    path = scratch.path(f".{kind}")
    try:
        write(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    remove = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type=MEDIA[kind], filename=f"{name}.{kind}", background=remove)


def file_answer(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """A file as the good answer, for OpenAPI."""
    content = {kind.split(";")[0]: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return {200: {"description": "The file.", "content": content}}
