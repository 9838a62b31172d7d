"""A browser that doesn't give its microphone: it is said in plain words, and faces go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Server, browsing
from test_page_live import start


@pytest.fixture(scope="module")
def browser(film: Path) -> Iterator[Any]:
    with browsing(film, asks=True) as opened:
        yield opened


def test_a_refused_microphone_is_said_and_faces_go_on(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, permissions=["camera"])
    start(page)
    page.click("[data-test=listen]")
    page.wait_for_selector("[data-test=voice-problem] >> text=The browser may not use the microphone")
    assert page.locator("[data-test=headline]").count() == 1
    assert page.locator("[data-test=listen]").is_enabled(), "it may be tried again"


def test_without_a_camera_nothing_is_left_half_open(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, permissions=["camera"])
    page.click("[data-test=listen]")
    page.wait_for_selector("[data-test=voice-problem]")
    assert page.locator("[data-test=start]").is_visible()
    assert page.locator("[data-test=live-state]").count() == 0
