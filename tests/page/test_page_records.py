"""What is recorded is what was seen: a slow camera, one that goes, a tab out of sight, a lost server."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from fake_camera import write_slow_camera
from harness import PHOTO, Server, browsing, wait_until
from tabs import Chrome, Tab, tabs
from test_page_live import BAR, KEPT, start, wait_recorded
from test_page_video import newest_session

import seeds

FPS = 5
NO_WORKER = "delete window.MediaStreamTrackProcessor;"
REFUSED = "window.Worker = class extends Worker { constructor() { super('/there-is-none.js'); } };"
NO_CALLBACK = f"{NO_WORKER} delete HTMLVideoElement.prototype.requestVideoFrameCallback;"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    film = write_slow_camera(tmp_path_factory.mktemp("film") / "slow.y4m", PHOTO, FPS)
    with browsing(film) as opened:
        yield opened


def live(open_page: Callable[..., Any], server: Server, script: str = "") -> Any:
    page = open_page(server)
    if script:
        page.add_init_script(script)
        page.reload()
        page.wait_for_selector(".lamp.up")
    start(page)
    return page


def record(page: Any) -> None:
    page.click("[data-test=record]")
    wait_recorded(page, "[1-9][0-9]* frames kept")


@pytest.mark.parametrize(
    "script", ["", NO_WORKER, NO_CALLBACK, REFUSED], ids=["worker", "callback", "polled", "refused"]
)
def test_a_slow_camera_gives_each_of_its_frames_once(
    server: Server, open_page: Callable[..., Any], script: str
) -> None:
    page = live(open_page, server, script)
    record(page)
    page.wait_for_timeout(4000)
    page.click("[data-test=record-stop]")
    page.wait_for_selector("text=Open it")
    page.wait_for_timeout(500)
    frames = newest_session(server)[1]
    times = [frame["time_s"] for frame in frames]
    assert times[0] >= 0, "no row is from before the recording"
    assert 2.5 < (len(times) - 1) / (times[-1] - times[0]) < 5.5
    steps = [b - a for a, b in pairwise(times)]
    assert median(steps) == pytest.approx(1 / FPS, abs=0.03)
    # Of a sure smile all four digits of the emotion may be the same in the next picture, too.
    raw = [
        [frame["faces"][0][task]["raw"] for task in ("emotion", "au")] for frame in frames if frame["faces"]
    ]
    same = [t for t, (one, other) in zip(times[1:], pairwise(raw), strict=False) if one == other]
    assert not same, "two rows of one picture"


def test_a_camera_that_goes_ends_the_recording_and_says_so(server: Server, tmp_path: Path) -> None:
    film = write_slow_camera(tmp_path / "slow.y4m", PHOTO, FPS)
    with tabs(film, tmp_path / "profile") as chrome:
        tab = recording(chrome, server)
        # To take the permission away ends the camera as pulling its plug does.
        denied = {"permission": {"name": "camera"}, "setting": "denied", "origin": server.address}
        chrome.send("Browser.setPermission", **denied)
        tab.wait("document.querySelector('.problem[role=alert]')?.innerText.includes('The camera has gone')")
        assert tab.evaluate("document.querySelector('[data-test=live-state]')") is None, "it isn't live"
        tab.wait("document.querySelector('[data-test=start]')")
        tab.wait("document.querySelector('[data-test=record-bar]').innerText.includes('Kept as')")
        told = tab.evaluate("document.querySelector('[data-test=loss]').textContent")
        time.sleep(1)
    number, frames = newest_session(server)
    assert frames and all(frame["faces"] for frame in frames), "there are no empty rows"
    assert re.fullmatch(r"The camera went away at 0:\d\d\.\d; the recording ends there\.", told)
    assert seeds.ask(server, "GET", f"/v1/sessions/{number}")["note"] == told


def recording(chrome: Chrome, server: Server, script: str = "") -> Tab:
    """A tab that records."""
    tab = chrome.tab()
    tab.prepare(script)
    tab.go(f"{server.address}/#token={server.token}")
    tab.click("start")
    tab.wait("document.querySelector('[data-test=headline]') !== null")
    time.sleep(3)  # for the rate to be known
    tab.click("record")
    tab.wait(f"{KEPT} > 5")
    return tab


def test_a_camera_that_sleeps_ends_the_recording_until_it_wakes(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = live(open_page, server)
    record(page)
    track = "document.querySelector('.viewfinder video').srcObject.getVideoTracks()[0]"
    page.evaluate(f"{track}.dispatchEvent(new Event('mute'))")
    page.wait_for_selector("[data-test=live-state].silent >> text=The camera gives no pictures")
    page.wait_for_selector("[data-test=loss] >> text=The camera gave no more pictures after 0:")
    page.wait_for_selector("text=Kept as")
    page.evaluate(f"{track}.dispatchEvent(new Event('unmute'))")
    page.wait_for_selector("[data-test=live-state].ready")


@pytest.mark.parametrize("script", ["", NO_WORKER], ids=["worker", "callback"])
def test_a_tab_out_of_sight_keeps_its_rate_or_says_what_is_lost(
    server: Server, tmp_path: Path, script: str
) -> None:
    film = write_slow_camera(tmp_path / "slow.y4m", PHOTO, FPS, seconds=40)
    with tabs(film, tmp_path / "profile") as chrome:
        tab = recording(chrome, server, script)
        chrome.tab().show()
        tab.wait("document.hidden")
        time.sleep(6)
        tab.show()
        tab.wait("!document.hidden")
        time.sleep(2)
        tab.click("record-stop")
        tab.wait("document.body.innerText.includes('Open it')")
        told = tab.evaluate("document.querySelector('[data-test=loss]')?.textContent ?? null")
        time.sleep(1)
    number, frames = newest_session(server)
    times = [frame["time_s"] for frame in frames]
    longest = max(b - a for a, b in pairwise(times))
    note = seeds.ask(server, "GET", f"/v1/sessions/{number}")["note"]
    if not script:
        assert longest < 1 and told is None and note == ""
        return
    assert longest > 3
    found = re.fullmatch(
        r"The tab was in the background from 0:(\d\d\.\d) to 0:(\d\d\.\d): about (\d+) frames lost\.", told
    )
    assert found and note == told
    since, until, lost = (float(text) for text in found.groups())
    assert until - since == pytest.approx(6, abs=2)
    assert lost == pytest.approx(FPS * (until - since), rel=0.35)


def test_markers_are_kept_while_the_server_is_gone(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    server = Server(tmp_path / "kept")
    server.start()
    try:
        page = live(open_page, server)
        page.wait_for_timeout(3000)  # for the rate to be known
        record(page)
        server.kill()
        page.wait_for_selector("[data-test=live-state].lost")
        page.keyboard.press("3")
        page.wait_for_timeout(1500)
        page.keyboard.press("4")
        wait_recorded(page, r"Marker 4 at 0:\d\d\.\d, waits for the server")
        # What is shown is no longer of this moment, and says so.
        assert re.fullmatch(r"Read \d+ s ago", page.inner_text("[data-test=stale]"))
        grey = "getComputedStyle(document.querySelector('{}')).filter === 'grayscale(1)'"
        assert all(page.evaluate(grey.format(at)) for at in (".stage video", "[data-test=face-panel]"))
        server.start()
        page.wait_for_selector("[data-test=live-state].ready")
        page.wait_for_selector("[data-test=stale]", state="detached")
        wait_until(page, f"!{BAR}.includes('waits')")
        told = page.inner_text("[data-test=loss]")
        page.click("[data-test=record-stop]")
        page.wait_for_timeout(1000)
        number, frames = newest_session(server)
        first, second = seeds.ask(server, "GET", f"/v1/sessions/{number}/markers")
        assert (first["label"], second["label"]) == ("3", "4")
        assert second["time_s"] - first["time_s"] == pytest.approx(1.5, abs=0.4), "each has its own time"
        times = [frame["time_s"] for frame in frames]
        gap = next((a, b) for a, b in pairwise(times) if b - a > 1.5)
        assert gap[0] < first["time_s"] < second["time_s"] < gap[1]
        assert re.fullmatch(r"The server couldn't be reached from .+ to .+: about \d+ frames lost\.", told)
        assert seeds.ask(server, "GET", f"/v1/sessions/{number}")["note"] == told
    finally:
        server.stop()


def test_a_recording_is_asked_about_before_it_is_left(server: Server, open_page: Callable[..., Any]) -> None:
    page = live(open_page, server)
    record(page)
    page.click("nav >> text=Sessions")
    page.click("dialog >> text=Cancel")
    assert page.url.split("#")[-1] in (page.url, "/live") and page.locator("[data-test=record-stop]").count()
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.evaluate("location.reload()")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    before = page.evaluate(KEPT)
    wait_until(page, f"{KEPT} > {before}")
    page.click("nav >> text=Sessions")
    page.click("dialog >> text=End it and leave")
    page.wait_for_selector("[data-test=sessions]")
    assert page.url.endswith("#/sessions")
    number = newest_session(server)[0]
    page.wait_for_timeout(500)
    assert seeds.ask(server, "GET", f"/v1/sessions/{number}")["state"] == "closed"
    page.goto("about:blank")
    assert len(asked) == 1, "nothing is recorded any more"
