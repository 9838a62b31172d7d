"""The mesh is read on wish: a switch, off at first; then head and eyes, and lines on the picture."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from harness import Server, open_menu


def test_the_mesh_shows_when_it_is_asked_for(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    page.click("[data-test=start]")
    page.wait_for_selector("[data-test=emotions]")
    assert page.locator("[data-test=mesh]").count() == 0
    open_menu(page)
    page.get_by_role("switch", name="Mesh: head and eyes").check()
    page.wait_for_selector("[data-test=mesh]")
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-test=mesh] >> text=/Turned -?[0-9]+°, raised -?[0-9]+°, tilted -?[0-9]+°/")
    assert page.locator("[data-test=mesh] >> text=/Eyes open: left .* %/").count() == 1
    if kept := os.environ.get("MIMIK_SCREENSHOT"):
        page.screenshot(path=kept)
