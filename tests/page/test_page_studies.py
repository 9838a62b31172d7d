"""Sessions and studies in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import EXAMPLES, PHOTO, Server, wait_until

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


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
def test_the_stimulus_fills_the_screen_while_it_is_recorded(
    server: Server, open_page: Callable[..., Any]
) -> None:
    full = "document.fullscreenElement?.classList.contains('stimulus-screen') ?? false"
    page = open_page(server, f"#/studies/{seeds.study(server)}")

    def filled(wanted: bool) -> None:
        wait_until(page, full if wanted else f"!({full})")
        page.wait_for_timeout(400)  # The browser refuses the next change while it is at one.

    page.get_by_role("radio", name="Run").click()
    assert page.locator("[data-test=run-fill]").count() == 0, "there is nothing to fill the screen with"
    page.select_option("[data-test=run-person]", label="P01, warm \u2713")
    page.click("[data-test=run-camera]")
    page.set_input_files("[data-test=stimulus]", str(EXAMPLES / "astronaut.jpg"))
    page.fill("input[type=number]", "300")
    page.get_by_role("switch", name="Begin with the whole screen").click()
    page.click("[data-test=run-begin]")
    filled(True)
    page.wait_for_selector("[data-test=run-mark]", state="attached")
    page.keyboard.press("f")
    filled(False)
    page.click("[data-test=run-fill]")
    filled(True)
    # Markers and the recording go on.
    page.wait_for_timeout(1500)
    page.keyboard.press("4")
    wait_until(page, "/Marker 4 at/.test(document.querySelector('.run-marks').textContent)")
    page.evaluate("document.exitFullscreen()")
    filled(False)
    page.keyboard.press("f")
    filled(True)
    page.evaluate("document.querySelector('[data-test=run-stop]').click()")
    filled(False)
    page.wait_for_selector("text=P01 is done.")


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
def test_pictures_follow_one_another_and_become_intervals(
    server: Server, open_page: Callable[..., Any]
) -> None:
    made = seeds.study(server)
    page = open_page(server, f"#/studies/{made}")
    page.get_by_role("radio", name="Run").click()
    page.select_option("[data-test=run-person]", label="P02, warm \u2713")
    page.click("[data-test=run-camera]")
    pictures = [str(EXAMPLES / name) for name in ("group.jpg", "astronaut.jpg")]
    page.set_input_files("[data-test=stimulus]", pictures)
    page.fill("input[type=number]", "2")
    page.click("[data-test=run-begin]")
    page.wait_for_selector("text=Picture 2 of 2")
    page.wait_for_selector("text=P02 is done.")
    (session,) = [
        one for one in seeds.ask(server, "GET", f"/v1/sessions?study={made}") if "group" in one["source"]
    ]
    markers: list[Any] = []
    for _ in range(100):
        markers = seeds.ask(server, "GET", f"/v1/sessions/{session['id']}/markers")
        if len(markers) == 2:
            break
        page.wait_for_timeout(100)
    assert [(one["label"], one["time_s"]) for one in markers] == [("group.jpg", 0), ("astronaut.jpg", 2)]
    assert markers[0]["end_s"] == 2 and 3.5 < markers[1]["end_s"] <= 4
    kept = seeds.ask(server, "GET", f"/v1/studies/{made}")["stimulus"]
    assert kept == {"name": "group.jpg and 1 more", "kind": "picture", "duration_s": 4}
    # Someone else saw each picture longer: the results say that times don't compare.
    other = seeds.ask(server, "POST", "/v1/sessions", {"name": "Longer", "study_id": made})["id"]
    for label, start_s in (("group.jpg", 0), ("astronaut.jpg", 5)):
        mark = {"time_s": start_s, "end_s": start_s + 5, "label": label}
        seeds.ask(server, "POST", f"/v1/sessions/{other}/markers", mark)
    page.get_by_role("radio", name="Results").click()
    assert "2 s (as shown here), others 5 s" in page.inner_text("[data-test=unequal]")


def test_without_full_screen_its_button_is_absent(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    page.add_init_script("Object.defineProperty(document, 'fullscreenEnabled', {value: false})")
    page.goto(f"{server.address}/#/studies/{seeds.study(server)}")
    page.reload()
    page.get_by_role("radio", name="Run").click()
    page.set_input_files("[data-test=stimulus]", str(PHOTO))
    page.wait_for_selector(".stimulus-screen img")
    assert page.locator("[data-test=run-fill]").count() == 0
    assert page.get_by_role("switch", name="Begin with the whole screen").count() == 0


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
    groups = page.locator("[data-test=intervals-groups] tbody tr")
    shown = [row.split("\t") for row in groups.all_inner_texts()]
    assert [row[:3] for row in shown] == [["joke", "warm", "3"], ["joke", "flat", "3"]]
    told = seeds.ask(server, "GET", f"/v1/studies/{made}/intervals?signal=emotion:happy")["groups"]
    intervals = [f"{row['low']:.2f} to {row['high']:.2f}".replace("-", "\u2212") for row in told]
    assert [row[4] for row in shown] == intervals
    assert "warm: Valence" in page.get_attribute("[data-test=group-plane] svg", "aria-label")


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
