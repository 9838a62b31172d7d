"""A server, a browser and its film for tests in a real Chromium; skipped with a reason without one."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_camera import write_camera
from harness import PAGE, PATIENCE_S, PHOTO, Server, browsing, chromium

USUAL = {"viewport": {"width": 1280, "height": 820}, "reduced_motion": "reduce"}
NEEDED = ("playwright", "fastapi", "uvicorn", "websockets", "multipart")


def _missing() -> str | None:
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        return f"{', '.join(absent)} not installed"
    if not PAGE.is_file():
        return "the page isn't built (page/README.md)"
    return None if chromium() else "no Chromium is installed"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = _missing()
    here = Path(__file__).parent
    for item in items:
        if why and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_camera(tmp_path_factory.mktemp("film") / "camera.mjpeg", PHOTO)


@pytest.fixture(scope="module")  # Playwright's event loop runs as long; other files' tests have their own
def browser(film: Path) -> Iterator[Any]:
    with browsing(film) as opened:
        yield opened


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("kept"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """``open_page(server, "#/files")``: a page of its own; any fault in its script fails the test."""
    contexts, faults = [], []

    def opened(server: Server, at: str = "", **options: Any) -> Any:
        context = browser.new_context(**{**USUAL, "storage_state": server.storage, **options})
        context.set_default_timeout(PATIENCE_S * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{server.address}/{at}")
        page.wait_for_selector(".lamp.up")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults, faults
