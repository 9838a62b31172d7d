"""Sessions and studies in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import EXAMPLES, Server, wait_until

import seeds


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
def test_a_study_from_its_people_to_its_average(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, "#/studies")
    page.click("[data-test=new-study]")
    page.fill("[data-test=study-name]", "Heads")
    page.fill("[data-test=study-groups]", "left, right")
    page.click("dialog >> text=Save")
    page.fill("[data-test=person-code]", "P01")
    page.select_option("form select", "left")
    page.click("[data-test=add-person]")
    page.wait_for_selector("[data-test=people] >> text=P01")
    page.get_by_role("radio", name="Run").click()
    page.select_option("[data-test=run-person]", label="P01, left")
    page.click("[data-test=run-camera]")
    # A picture stays as long as it is told to: time for a marker.
    page.set_input_files("[data-test=stimulus]", str(EXAMPLES / "astronaut.jpg"))
    page.fill("input[type=number]", "300")
    page.click("[data-test=run-begin]")
    page.wait_for_selector("[data-test=run-mark]")
    page.wait_for_timeout(1500)
    page.keyboard.press("m")
    page.wait_for_selector(".run-marks li")
    page.click("[data-test=run-stop]")
    # A film ends the run by its own end, after five seconds.
    page.set_input_files("[data-test=stimulus]", str(EXAMPLES / "two_people.mp4"))
    page.click("[data-test=run-begin]")
    page.wait_for_selector("[data-test=run-mark]")
    page.wait_for_selector("[data-test=run-begin]")
    page.wait_for_selector("text=P01 is done.")
    page.get_by_role("radio", name="Results").click()
    page.wait_for_selector("[data-test=group-plot]")
    assert "left, 1 person" in page.inner_text("[data-test=group-plot]")


def test_a_study_compares_groups_and_intervals(server: Server, open_page: Callable[..., Any]) -> None:
    made = seeds.study(server)
    page = open_page(server, f"#/studies/{made}")
    page.get_by_role("radio", name="Results").click()
    page.wait_for_selector("[data-test=group-plot]")
    legend = page.inner_text("[data-test=group-plot]")
    assert "warm, 3 people" in legend and "flat, 3 people" in legend
    page.wait_for_selector("[data-test=intervals]")
    table = page.inner_text("[data-test=intervals]")
    assert "P01" in table and "joke" in table


def test_a_session_is_named_marked_and_deleted(server: Server, open_page: Callable[..., Any]) -> None:
    made = seeds.session(server, "To be deleted", 0.7)
    page = open_page(server, f"#/sessions/{made}")
    page.wait_for_selector("[data-test=strip]")
    assert page.locator(".markers li").count() == 2
    page.locator("input[type=range]").fill("4.5")
    page.click("[data-test=add-marker]")
    wait_until(page, "document.querySelectorAll('.markers li').length === 3")
    page.click("[aria-label='Rename the session']")
    page.fill("dialog input", "Renamed")
    page.click("dialog >> text=Save")
    page.wait_for_selector("h1 >> text=Renamed")
    page.click("[aria-label='Delete this session?']")
    page.click("dialog .danger")
    page.wait_for_url("**/#/sessions")
    page.wait_for_timeout(300)
    assert page.locator("text=Renamed").count() == 0
