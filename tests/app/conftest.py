"""Servers for the tests of the app."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from app_server import PHOTO, Served, serving
from PIL import Image

from mimik.app.options import AppOptions


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests that leave it as it is, or clean up."""
    with serving(AppOptions(port=0, data=tmp_path_factory.mktemp("served"))) as server:
        yield server


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """A server of one's own: ``serve(token=...)``."""
    with contextlib.ExitStack() as stack:

        def start(**values: Any) -> Served:
            options = {"port": 0, "data": tmp_path / "data", "models": "mini", **values}
            return stack.enter_context(serving(AppOptions(**options)))

        yield start


@pytest.fixture(scope="session")
def photo() -> bytes:
    """The example portrait, one smiling face, small."""
    stream = io.BytesIO()
    Image.open(PHOTO).convert("RGB").save(stream, "JPEG", quality=90)
    return stream.getvalue()
