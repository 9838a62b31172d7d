"""Servers for the tests of the app."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from app_server import PHOTO, Served, serving
from PIL import Image

from mimik.app.options import AppOptions

DOCS = Path(__file__).parents[2] / "docs" / "app.md"


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


@pytest.fixture(scope="session")
def described(served: Served) -> dict[str, Any]:
    return dict(served.http.get("/openapi.json").json())


@pytest.fixture(scope="session")
def client(described: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A client that openapi-python-client made, as docs/app.md says."""
    if importlib.util.find_spec("openapi_python_client") is None:
        pytest.skip("openapi-python-client isn't installed: pip install 'mimik[dev]'")
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
    settings = re.search(r"```yaml\n(.+?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert settings
    (folder / "client.yml").write_text(settings[1] + "post_hooks: []\n", encoding="utf-8")
    words = ["generate", "--path", "openapi.json", "--config", "client.yml", "--meta", "none"]
    command = [sys.executable, "-m", "openapi_python_client", *words, "--output-path", "mimik_client"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "WARNING" not in done.stdout + done.stderr, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("mimik_client")
