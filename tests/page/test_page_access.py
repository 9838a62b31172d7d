"""For everyone: axe finds nothing on any screen, light or dark; nothing comes from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import AXE, EXAMPLES, Server, open_menu, switch, wait_until
from test_page_files import card, upload

import seeds


def live(page: Any, server: Server) -> None:
    page.click("[data-test=start]")
    page.wait_for_selector("[data-test=headline]")


def live_video(page: Any, server: Server) -> None:
    # Nobody answers the question of where to.
    page.evaluate("delete window.showSaveFilePicker")
    live(page, server)
    switch(page, "Keep the video, too")
    page.wait_for_selector(".keep-video small")


def live_menu(page: Any, server: Server) -> None:
    live(page, server)
    open_menu(page)
    page.click("[data-test=one-by-one]")


def files(page: Any, server: Server) -> None:
    upload(page, EXAMPLES / "group.jpg", EXAMPLES / "README.md")


def viewer(page: Any, server: Server) -> None:
    upload(page, EXAMPLES / "two_people.mp4")
    card(page, "two_people.mp4").locator("a").click()
    page.wait_for_selector("[data-test=strip]")


def session(page: Any, server: Server) -> None:
    page.goto(f"{server.address}/#/sessions/{seeds.session(server, 'Interview, second part', 0.8)}")
    page.wait_for_selector("[data-test=emotions]")
    page.locator("input[type=range]").fill("4.5")


def deletion(page: Any, server: Server) -> None:
    session(page, server)
    page.click("[aria-label='Delete this session?']")


def study(page: Any, server: Server) -> None:
    page.goto(f"{server.address}/#/studies/{seeds.study(server)}")
    page.wait_for_selector("[data-test=people]")


def results(page: Any, server: Server) -> None:
    study(page, server)
    page.get_by_role("radio", name="Results").click()
    page.wait_for_selector("[data-test=group-plot]")
    page.locator("[data-test=group-time]").fill("5")


def run(page: Any, server: Server) -> None:
    study(page, server)
    page.get_by_role("radio", name="Run").click()
    page.wait_for_selector("[data-test=run-begin], [data-test=run-camera]")


def recording(page: Any, server: Server) -> None:
    run(page, server)
    page.select_option("[data-test=run-person]", index=1)
    page.click("[data-test=run-camera]")
    page.set_input_files("[data-test=stimulus]", str(EXAMPLES / "group.jpg"))
    page.fill("input[type=number]", "300")
    page.click("[data-test=run-begin]")
    page.wait_for_selector("[data-test=run-mark]")
    page.wait_for_timeout(1500)
    page.click("[data-test=run-mark]")
    page.wait_for_selector(".run-marks li")


def form(page: Any, server: Server) -> None:
    page.click("[data-test=new-study]")


def nothing(page: Any, server: Server) -> None:
    pass


LIGHT = """(() => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
  return (red + green + blue) / 3 / 255;
})()"""
"""How light the page's ground is, 0 to 1."""

SCREENS: dict[str, tuple[str, Callable[[Any, Server], None]]] = {
    "live off": ("", nothing),
    "live": ("", live),
    "live menu": ("", live_menu),
    "live video": ("", live_video),
    "files": ("#/files", files),
    "viewer": ("#/files", viewer),
    "sessions": ("#/sessions", nothing),
    "session": ("#/sessions", session),
    "session deletion": ("#/sessions", deletion),
    "studies": ("#/studies", nothing),
    "study form": ("#/studies", form),
    "study": ("#/studies", study),
    "study run": ("#/studies", run),
    "study recording": ("#/studies", recording),
    "study results": ("#/studies", results),
    "about": ("#/about", nothing),
}


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core isn't installed: npm ci in the folder page")
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(server: Server, open_page: Callable[..., Any], screen: str) -> None:
    at, prepare = SCREENS[screen]
    page = open_page(server, at, color_scheme="light", reduced_motion="reduce")
    prepare(page, server)
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    wait_until(page, f"{LIGHT} < 0.2")
    assert_accessible(page)


def assert_accessible(page: Any) -> None:
    # Through the debugger, since the page's own rules let no other script in.
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    told = [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
    assert not told, "\n".join(told)


@pytest.mark.skipif(not AXE.is_file(), reason="axe isn't installed (page/README.md)")
@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_report_is_accessible_fits_a_phone_and_prints_light(
    server: Server, browser: Any, look: str
) -> None:
    made = seeds.session(server, "Report", 0.9)
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=look)
    page = context.new_page()
    # Not from its address: there no script runs at all, and so neither does axe.
    page.set_content(
        context.request.get(f"{server.address}/v1/sessions/{made}/report", headers=server.headers).text()
    )
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    ink = "getComputedStyle(document.body).color"
    assert (page.evaluate(ink) == "rgb(28, 31, 30)") == (look == "light")
    page.emulate_media(media="print", color_scheme=look)
    assert page.evaluate(ink) == "rgb(28, 31, 30)"
    context.close()


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light")])
def test_a_report_looks_as_the_page_was_told_to(
    server: Server, open_page: Callable[..., Any], system: str, chosen: str
) -> None:
    made = seeds.session(server, "Report", 0.9)
    page = open_page(server, f"#/sessions/{made}", color_scheme=system)
    ink = "getComputedStyle(document.body).color"
    plot = "getComputedStyle(document.querySelector('figure img')).mixBlendMode"
    for name, look in (("As the system", system), (chosen.capitalize(), chosen)):
        page.get_by_role("radio", name=name).check(force=True)
        with page.expect_popup() as opened:
            page.click("[data-test=report]")
        report = opened.value
        report.wait_for_load_state()
        assert (report.evaluate(ink) == "rgb(28, 31, 30)") == (look == "light")
        assert report.evaluate(plot) == ("multiply" if look == "light" else "normal")
        report.emulate_media(media="print")
        assert report.evaluate(ink) == "rgb(28, 31, 30)" and report.evaluate(plot) == "normal"


def test_nothing_comes_from_elsewhere_and_the_line_is_on_every_screen(
    server: Server, open_page: Callable[..., Any]
) -> None:
    asked: list[str] = []
    page = open_page(server)
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    for name in ("live", "files", "sessions", "studies", "about"):
        page.goto(f"{server.address}/#/{name}")
        page.wait_for_selector("h1", state="attached")
        assert "not a feeling" in page.inner_text("[data-test=tagline]")
        assert page.locator("[data-test=tagline]").is_visible()
    assert asked and all(url.startswith((server.address, "blob:")) for url in asked), asked


def test_the_keyboard_reaches_everything(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.test") == "start"
    page.goto(f"{server.address}/#/studies")
    page.focus("[data-test=new-study]")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert page.evaluate("document.activeElement.dataset.test") == "new-study"
