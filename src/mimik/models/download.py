"""A file of an address, with its failures in words."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mimik.errors import ModelError

WAIT_S = 60
"""How long a server may be silent."""


@contextmanager
def downloading(url: str, remedy: str) -> Iterator[Any]:
    """Open an address for reading.

    Args:
        url: The address.
        remedy: What to do where it can't be had.

    Raises:
        ModelError: It is no address, or can't be had, or ends early.
    """
    if "://" not in url:
        raise ModelError(f"{url}: no address, which has a ://; {remedy}")
    try:
        with urllib.request.urlopen(url, timeout=WAIT_S) as reply:
            yield reply
    except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise ModelError(f"{url}: download failed: {reason}; {remedy}") from error
