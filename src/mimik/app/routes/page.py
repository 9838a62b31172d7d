"""The built page: files that are known when the server starts, so no request names one."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

PAGE = Path(__file__).parents[1] / "page"
"""Folder of index.html and its assets."""
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
    ".wasm": "application/wasm",
}
"""Suffix to media type; Python's table depends on the system."""
_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
"""A name that Vite made from its content."""
FOREVER, ASK = "public, max-age=31536000, immutable", "no-cache"

MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>mimik</title>
<h1>The page isn't built</h1>
<p>The server runs, and its API works (<code>/v1/health</code>). The page's files are missing from this
copy of mimik: install it from a release, or run <code>npm ci &amp;&amp; npm run build</code> in the folder
<code>page</code> of its repository.</p></html>
"""


def page_router(folder: Path = PAGE) -> APIRouter:
    """Routes for all files of the page.

    Args:
        folder: With index.html.
    """
    router = APIRouter()
    files = {f"/{path.relative_to(folder).as_posix()}": path for path in _files(folder)}
    if "/index.html" in files:
        files["/"] = files.pop("/index.html")
    else:
        router.add_api_route("/", _missing, include_in_schema=False)
    for address, path in files.items():
        router.add_api_route(address, _Answer(path), methods=["GET", "HEAD"], include_in_schema=False)
    return router


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".") and p.suffix != ".py"
    )


async def _missing() -> Response:
    return HTMLResponse(MISSING, 404)


class _Answer:
    """One file, read when it is asked for: it is small, and may be built anew."""

    def __init__(self, path: Path) -> None:
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        keep = FOREVER if _HASHED.search(path.name) and path.suffix != ".html" else ASK
        self._path, self._headers = path, {"Content-Type": kind, "Cache-Control": keep}

    def __call__(self) -> Response:
        return Response(self._path.read_bytes(), headers=self._headers)
