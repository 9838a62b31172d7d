"""The page with a model of a task that only its card describes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import PATIENCE_S, Server, open_menu, switch

LABELS = ("bare", "Clear", "a, b")
EXPECTED = "Eye-wear"


@pytest.fixture
def glasses(make_model: Callable[..., Path], tmp_path: Path) -> Iterator[Server]:
    model = make_model("eye-wear", labels=LABELS, kind="classes")
    running = Server(tmp_path / "kept", ("--models", "mini", "--model", str(model)))
    running.start()
    yield running
    running.stop()


def test_bars_and_timeline_of_a_task_of_ones_own(glasses: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(glasses)
    page.click("[data-test=start]")
    bars = page.locator("[data-test=classes-eye-wear]")
    bars.wait_for()
    assert bars.locator(".bar-name").all_inner_texts() == list(LABELS)
    page.locator("[data-test=emotions]").wait_for()
    for other in ("Expression", "Age and gender in appearance"):
        switch(page, other)
    page.keyboard.press("Escape")
    page.locator("[data-test=emotions]").wait_for(state="detached", timeout=PATIENCE_S * 1000)
    strip = page.locator(".live-strip")
    strip.get_by_role("radio", name=EXPECTED).check()
    names = strip.locator(".strip-names")
    names.get_by_text("a, b").wait_for()
    assert page.locator("[data-test=headline] strong").inner_text() in ("Bare", "Clear", "A, b", "Uncertain")
    open_menu(page)
    assert page.get_by_role("switch", name=EXPECTED).is_disabled()
