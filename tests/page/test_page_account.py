"""The token, broken addresses, names that deceive, and what the browser keeps, in a real browser."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Server, wait_until

import seeds

TURNED = "P\u202e10"
"""Looks like P01."""


def test_the_printed_address_lets_in_and_every_tab_after_it(
    server: Server, browser: Any, open_page: Callable[..., Any]
) -> None:
    page = open_page(server, f"#token={server.token}", storage_state=None)
    assert page.url == f"{server.address}/#/live", "the token isn't left in the address"
    number = seeds.session(server, "Bookmarked", 0.5)
    bookmark = page.context.new_page()
    bookmark.goto(f"{server.address}/#/sessions/{number}")
    bookmark.wait_for_selector("h1 >> text=Bookmarked")


def test_without_the_token_it_says_what_to_do_and_takes_it_in_the_same_tab(
    server: Server, browser: Any
) -> None:
    context = browser.new_context()
    for wrong in ("", "#token=a-token-of-yesterday", "#token=%"):
        page = context.new_page()
        page.goto(f"{server.address}/{wrong}")
        page.wait_for_selector("[data-test=server-banner]")
        told = page.inner_text("[data-test=server-banner]")
        assert "Open the address that “mimik app” printed: it ends with the token." in told
        assert page.locator(".lamp.refused").count() == 1
    page.goto(f"{server.address}/#token={server.token}")  # only the part behind # changes: nothing is loaded
    for one in context.pages:  # and the other tabs take it, too
        one.wait_for_selector(".lamp.up")
        assert one.locator("[data-test=server-banner]").count() == 0
    context.close()


def test_a_new_start_with_another_token_goes_on_where_its_address_is_opened(
    tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    server = Server(tmp_path / "kept")
    server.start()
    try:
        page = open_page(server, "#/sessions")
        server.stop()
        page.wait_for_selector("[data-test=server-banner] >> text=doesn't answer")
        server.token = "another-one-of-the-next-start"
        server.start()
        page.wait_for_selector("[data-test=server-banner] >> text=makes a new one at each start")
        fresh = page.context.new_page()
        fresh.goto(f"{server.address}/#token={server.token}")
        page.wait_for_selector(".lamp.up")
        page.wait_for_selector("text=No sessions yet")
    finally:
        server.stop()


@pytest.mark.parametrize(
    "broken",
    ["#/sessions/%", "#/studies/%E0%A4%A", "#/sessions/abc", "#/nonsense", "#/%", "#/sessions/1/2/3"],
)
def test_a_broken_address_is_a_page_that_leads_on(
    server: Server, open_page: Callable[..., Any], broken: str
) -> None:
    page = open_page(server, broken)
    assert page.locator("nav a").count() == 5
    assert page.inner_text("main h2") == "There is no such page"
    assert f"“{broken}”" in page.inner_text("main p")
    page.click("main a.button")
    page.wait_for_selector("main h1", state="attached")
    assert page.locator("text=There is no such page").count() == 0
    page.goto(f"{server.address}/{broken}")
    page.wait_for_selector("text=There is no such page")


def test_a_session_that_is_not_there_says_so(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, "#/sessions/999999999999999")
    assert "999999999999999" in page.inner_text(".problem")


def test_a_name_with_a_mark_is_told_of_at_its_field_and_not_kept(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server, f"#/studies/{seeds.study(server)}")
    page.wait_for_selector("[data-test=people]")
    page.fill("[data-test=person-code]", TURNED)
    assert "invisible mark" in page.inner_text("form .field:has([data-test=person-code]) .field-problem")
    page.click("[data-test=add-person]")
    assert page.evaluate("document.querySelector('[data-test=person-code]').matches(':invalid')")
    page.click(".field-problem button")
    assert page.input_value("[data-test=person-code]") == "P10"
    assert page.locator(".field-problem").count() == 0
    page.click("[data-test=add-person]")
    page.wait_for_selector("[data-test=people] >> text=P10")  # in no group
    note = page.locator("[data-test=people] input").first
    note.fill("left\u2066 handed")
    note.blur()
    page.wait_for_selector("[data-test=people] .field-problem")
    page.click("[data-test=people] .field-problem button")
    wait_until(page, "document.querySelectorAll('.field-problem').length === 0")
    assert note.input_value() == "left handed"


def test_a_session_is_not_renamed_to_what_deceives(server: Server, open_page: Callable[..., Any]) -> None:
    number = seeds.session(server, "Before", 0.5)
    page = open_page(server, f"#/sessions/{number}")
    page.click("[aria-label='Rename the session']")
    page.fill("[data-test=session-name]", "After\u200f")
    page.click("dialog >> text=Save")
    page.wait_for_selector("dialog[open] .field-problem")
    page.click("dialog .field-problem button")
    page.click("dialog >> text=Save")
    page.wait_for_selector("h1 >> text=After")
    assert seeds.ask(server, "GET", f"/v1/sessions/{number}")["name"] == "After"
    page.fill("textarea", "two\nlines")
    page.locator("textarea").blur()
    page.wait_for_selector("text=Note saved")
    assert seeds.ask(server, "GET", f"/v1/sessions/{number}")["note"] == "two\nlines"


def test_names_that_are_formulas_are_harmless_in_a_csv_unless_one_asks(
    server: Server, open_page: Callable[..., Any]
) -> None:
    made = seeds.ask(server, "POST", "/v1/studies", {"name": "Formulas", "groups": ["-1", "=1+1"]})["id"]
    code, link = "=HYPERLINK(1)", "+cmd|' /C calc'!A0"
    person = {"code": code, "group": "=1+1", "note": ""}
    kept = seeds.ask(server, "POST", f"/v1/studies/{made}/people", person)["id"]
    seeds.session(server, link, 0.9, study_id=made, person_id=kept)
    page = open_page(server, f"#/studies/{made}")
    page.get_by_role("radio", name="Results").click()
    page.wait_for_selector("[data-test=group-plot]")

    def saved() -> dict[str, str]:
        with page.expect_download() as download:
            page.click("a.button >> text=/^ ?CSV$/")
        with Path(download.value.path()).open(encoding="utf-8", newline="") as stream:
            row = next(csv.DictReader(stream))
        return {name: row[name] for name in ("person", "group", "session")}

    assert saved() == {"person": f"'{code}", "group": "'=1+1", "session": f"'{link}"}
    page.check("[data-test=plain-names]")
    assert saved() == {"person": code, "group": "=1+1", "session": link}


def test_the_privacy_page_tells_what_the_browser_keeps(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, "#/about")
    page.get_by_role("radio", name="Dark").click()
    kept = page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage)]")
    assert [sorted(names) for names in kept] == [["mimik.theme", "mimik.token"], []]
    assert page.context.cookies() == []
    told = page.inner_text("main")
    for place in ("local storage", "session storage", "cache", "No cookies", "history"):
        assert place in told
