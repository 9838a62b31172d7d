"""Sessions and studies in a real browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
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
    assert re.search(r"P01 was recorded until 0:0\d\.\d", page.inner_text("dialog"))
    page.click("dialog >> text=Discard")
    page.wait_for_selector("text=P01: the run is deleted.")
    # A film ends the run by its own end, after five seconds.
    page.set_input_files("[data-test=stimulus]", str(EXAMPLES / "two_people.mp4"))
    page.click("[data-test=run-begin]")
    page.wait_for_selector("[data-test=run-mark]")
    page.wait_for_selector("[data-test=run-begin]")
    page.wait_for_selector("text=P01 is done.")
    page.get_by_role("radio", name="Results").click()
    page.wait_for_selector("[data-test=group-plot]")
    assert "left, 1 person" in page.inner_text("[data-test=group-plot]")
    # Without a marker: the film is an interval by itself.
    page.wait_for_selector("[data-test=whole] tbody tr >> text=Happy")
    (happy,) = page.locator("[data-test=whole] tbody tr >> text=Happy >> xpath=..").all_inner_texts()
    assert re.fullmatch(r"Happy\t[01]\.\d\d\t–", happy)
    page.wait_for_selector("[data-test=runs] tbody tr")
    (run,) = page.locator("[data-test=runs] tbody tr").all_inner_texts()
    assert re.search(r"P01.*\t0:0[45]\.\d\t.*complete", run.replace("\n", "\t"))


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
    page.click("dialog >> text=Keep")
    page.wait_for_selector("text=P01: kept as broken off.")


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
    assert [row[:3] for row in shown] == [
        [label, group, "3"] for label in ("Whole stimulus", "joke") for group in ("warm", "flat")
    ]
    told = seeds.ask(server, "GET", f"/v1/studies/{made}/intervals?signal=emotion:happy")
    assert [row[4] for row in shown] == [between(row) for row in told["groups"]]
    pairs = page.locator("[data-test=intervals-differences] tbody tr").all_inner_texts()
    assert [pair.split("\t")[3] for pair in pairs] == [between(row) for row in told["differences"]]
    assert pairs[0].startswith("Whole stimulus\twarm − flat\t+0.")
    assert "warm: Valence" in page.get_attribute("[data-test=group-plane] svg", "aria-label")


def between(row: dict[str, Any]) -> str:
    return f"{row['low']:.2f} to {row['high']:.2f}".replace("-", "\u2212")


def test_a_film_s_numbers_are_there_without_handwork(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    made = seeds.study(server, marked=False)
    page = open_page(server, f"#/studies/{made}")
    page.get_by_role("radio", name="Results").click()
    page.wait_for_selector("[data-test=whole]")
    head, *rows = (row.split("\t") for row in page.inner_text("[data-test=whole]").splitlines()[1:] if row)
    assert head == [
        *("Signal", "warm: mean", "warm: 95 % interval", "flat: mean", "flat: 95 % interval"),
        *("warm − flat", "95 % interval"),
    ]
    answer = seeds.ask(server, "GET", f"/v1/studies/{made}/intervals")
    happy = [row for row in answer["groups"] if row["signal"] == "emotion:happy"]
    (apart,) = (row for row in answer["differences"] if row["signal"] == "emotion:happy")
    warm, flat = ([f"{row['mean']:.2f}", between(row)] for row in happy)
    assert rows[0] == ["Happy", *warm, *flat, f"+{apart['difference']:.2f}", between(apart)]
    names = [row[0] for row in rows]
    assert "Valence" in names and any("AU12" in name for name in names)
    with page.expect_download() as waiting:
        page.click("text=CSV by person")
    waiting.value.save_as(tmp_path / "people.csv")
    told = list(csv.DictReader((tmp_path / "people.csv").read_text().splitlines()))
    assert {row["label"] for row in told} == {"(whole)"} and len({row["person"] for row in told}) == 6
    assert {"emotion:happy", "au:AU12", "valence"} <= {row["signal"] for row in told}


def test_a_run_that_is_left_stays_out_of_averages_until_it_is_let_in(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server, f"#/studies/{one_person(server)}")
    page.get_by_role("radio", name="Run").click()
    page.select_option("[data-test=run-person]", index=1)
    page.click("[data-test=run-camera]")
    page.set_input_files("[data-test=stimulus]", str(PHOTO))
    page.fill("input[type=number]", "300")
    page.click("[data-test=run-begin]")
    page.wait_for_selector("[data-test=run-mark]")
    page.wait_for_timeout(2500)
    page.get_by_role("radio", name="Results").click()
    page.click("dialog >> text=Cancel")
    assert page.get_by_role("radio", name="Run").is_checked()
    page.wait_for_selector("[data-test=run-mark]")
    page.get_by_role("radio", name="Results").click()
    page.click("dialog >> text=End it and leave")
    page.wait_for_selector("[data-test=runs] >> text=broken off")
    page.wait_for_selector("text=No recorded people yet.")
    counts = page.get_by_role("switch", name="P01 counts")
    wait_until(page, "!document.querySelector('[data-test=runs] input').disabled")
    assert not counts.is_checked()
    counts.click()
    page.wait_for_selector("[data-test=group-plot] >> text=1 person")
    page.get_by_role("switch", name="P01 counts").click()
    page.wait_for_selector("text=No recorded people yet.")


def one_person(server: Server) -> Any:
    """A study with one person and no sessions; its id."""
    made = seeds.ask(server, "POST", "/v1/studies", {"name": "Alone"})["id"]
    seeds.ask(server, "POST", f"/v1/studies/{made}/people", {"code": "P01"})
    return made


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
