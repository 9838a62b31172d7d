"""A kept session against a person's own face at rest, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import EXAMPLES, Server
from test_page_files import card, upload
from test_page_live import start, wait_recorded

import seeds

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
WHEN, AGAINST = "[data-test=neutral-when]", "[data-test=against-neutral]"


def test_a_neutral_face_is_set_shown_and_removed(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, "#/files")
    upload(page, EXAMPLES / "two_people.mp4")
    card(page, "two_people.mp4").locator("a").click()
    page.click("[data-test=keep]")
    page.click("text=Open it")
    page.wait_for_selector("[data-test=neutral]")
    number = page.url.rpartition("/")[2]
    (made_by,) = seeds.ask(server, "GET", f"/v1/sessions/{number}")["made_by"]
    assert made_by["models"]["emotion"]["sha256"]
    page.locator("input[type=range]").fill("2.5")
    bars = page.inner_text("[data-test=emotions]")
    assert page.locator(AGAINST).count() == 0
    page.click("[data-test=neutral-use]")
    page.wait_for_selector(AGAINST)
    assert "Person 1 against 0:02.5" in page.inner_text("[data-test=neutral-set]")
    assert page.inner_text("[data-test=emotions]") != bars
    page.get_by_role("button", name="Remove the neutral of Person 1").click()
    page.wait_for_selector(AGAINST, state="detached")
    assert page.inner_text("[data-test=emotions]") == bars
    # A marked interval, for everybody.
    seeds.ask(
        server, "POST", f"/v1/sessions/{number}/markers", {"time_s": 0.5, "end_s": 2.0, "label": "rest"}
    )
    page.reload()
    page.wait_for_selector("[data-test=neutral-when]")
    page.select_option(WHEN, label="rest, 0:00.5 \u2013 0:02.0")
    page.get_by_label("Everybody here is this person").check()
    page.click("[data-test=neutral-use]")
    page.wait_for_selector("text=Person 1, Person 2 against 0:00.5")
    told = seeds.ask(server, "GET", f"/v1/sessions/{number}")["references"]
    assert [(one["face"], one["start_s"], one["end_s"]) for one in told] == [(0, 0.5, 2.0), (1, 0.5, 2.0)]


def test_the_first_face_is_neutral_though_it_comes_after_zero(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server)
    start(page)
    page.click("[data-test=record]")
    wait_recorded(page, "[1-9][0-9]* frames kept")
    page.click("[data-test=record-stop]")
    page.click("text=Open it")
    page.wait_for_selector("[data-test=neutral-use]")
    number = page.url.rpartition("/")[2]
    first_s = seeds.lines(server, f"/v1/sessions/{number}/frames")[0]["time_s"]
    page.click("[data-test=neutral-use]")
    page.wait_for_selector("[data-test=neutral-set]")
    (set_,) = seeds.ask(server, "GET", f"/v1/sessions/{number}")["references"]
    assert set_["start_s"] == pytest.approx(first_s, abs=1e-3) and first_s > 0


def test_what_cannot_be_neutral_is_said(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, f"#/sessions/{seeds.session(server, 'Of unknown making', 0.5)}")
    page.click("[data-test=neutral-use]")
    page.wait_for_selector(".toast.problem >> text=which model read emotion")
    assert page.locator("[data-test=neutral-set]").count() == 0
