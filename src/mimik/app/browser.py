"""Opens the page in the browser, without the token on a command line that other accounts can read."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import time
import webbrowser
from html import escape
from pathlib import Path

from mimik.app.uploads.scratch import Scratch

PAGE = (
    '<!doctype html><meta charset="utf-8"><title>mimik</title><meta http-equiv="refresh" content="0;url={}">'
)
"""A page that leads on at once."""
STAY_S = 30.0
"""How long a browser may take to start and read it."""


def open_page(address: str, scratch: Scratch) -> None:
    """Open an address in the browser; returns when it has had time to be read.

    Where starting a browser shows the address in the process list, a private file leads there.

    Args:
        address: Of the page, with the token.
        scratch: Where that file lies for a while.
    """
    if sys.platform in ("win32", "darwin") or "#" not in address:
        webbrowser.open(address)
        return
    path = _private_file(scratch)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(PAGE.format(escape(address)))
    atexit.register(path.unlink, missing_ok=True)  # the server may end before the time is over
    webbrowser.open(path.as_uri())
    time.sleep(STAY_S)
    path.unlink(missing_ok=True)


def _private_file(scratch: Scratch) -> Path:
    """A new name; a browser in a snap may read no hidden folder, which the data folder lies in."""
    name, home = scratch.path(".html"), Path.home()
    return home / f"mimik-{name.name}" if shutil.which("snap") and os.access(home, os.W_OK) else name
