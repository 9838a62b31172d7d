"""The page shows what the chosen set of models reads, and asks for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from harness import EXAMPLES, Server, open_menu, switch, wait_until

WITHOUT_EMOTION = ("[data-test=emotions]", "[data-test=headline]", ".strip-empty", ".strip-block")
"""What isn't shown of a face whose expression isn't read."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose own set has no action units."""
    running = Server(tmp_path_factory.mktemp("open"), ("--models", "open"))
    running.start()
    yield running
    running.stop()


def choose(page: Any, name: str) -> None:
    page.select_option("[data-test=models]", name)


def test_panels_follow_the_set(opened: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(opened)
    assert "apparent gender and apparent age show here" in page.inner_text(".live-right")
    page.click("[data-test=start]")
    page.wait_for_selector("[data-test=age]")
    page.wait_for_selector("[data-test=headline]")
    assert page.locator("[data-test=units]").count() == 0
    open_menu(page)
    choose(page, "base")
    page.wait_for_selector("[data-test=units]")
    page.wait_for_selector("[data-test=strip]")
    assert page.locator("text=Set neutral").count() == 1
    choose(page, "mini")
    wait_until(page, "!document.querySelector('[data-test=units]')")
    page.wait_for_selector("[data-test=headline]")


def test_panels_follow_the_tasks(opened: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(opened)
    page.click("[data-test=start]")
    page.wait_for_selector("[data-test=headline]")
    switch(page, "Expression")
    wait_until(page, "!document.querySelector('[data-test=headline]')")
    page.wait_for_selector("[data-test=age]")
    for absent in WITHOUT_EMOTION:
        assert page.locator(absent).count() == 0, absent
    assert page.locator("text=Set neutral").count() == 0


def test_files_are_read_by_the_set(opened: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(opened, "#/files")
    page.set_input_files("[data-test=choose]", str(EXAMPLES / "astronaut.jpg"))
    page.wait_for_selector("[data-state=done]")
    page.locator("[data-test=card] a").first.click()
    page.wait_for_selector("[data-test=age]")
    assert page.locator("[data-test=emotions]").count() == 1
    assert page.locator("[data-test=units]").count() == 0
