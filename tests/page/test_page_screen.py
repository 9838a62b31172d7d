"""Live on one screen: what is seen without scrolling, colours, thresholds, people, and the menu."""

from __future__ import annotations

import json
import re
import signal
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import EXAMPLES, PATIENCE_S, REPOSITORY, Server, open_menu, switch, wait_until
from test_page_files import card, upload
from test_page_live import start, wait_recorded

import seeds
from mimik.colours import EXPRESSION_COLOURS, expression_colour, rgb_of

needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
REPRODUCED = REPOSITORY / "recipes" / "old.ar1.toml"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SHOWN = (
    ".stage video, [data-test=emotions] .bar, [data-test=units] .bar, .live-strip .strip, [data-test=record]"
)
BOXES = """all => all.map(e => {
  const b = e.getBoundingClientRect();
  return [b.left, b.top, b.right, b.bottom];
})"""
CUT = """all => all.filter(e => e.getClientRects().length && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.textContent)"""
TICKS = """all => all.map(bar => {
  const tick = bar.querySelector('.threshold').getBoundingClientRect();
  const track = bar.querySelector('.track').getBoundingClientRect();
  return [bar.querySelector('.bar-code').textContent,
    ((tick.left + tick.right) / 2 - track.left) / track.width];
})"""
SPECKS = """canvas => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const found = {};
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue;
    const colour = [data[at], data[at + 1], data[at + 2]].join();
    found[colour] = (found[colour] ?? 0) + 1;
  }
  return found;
}"""


def wait_coloured(page: Any, canvas: str, colour: str, pixels: int) -> None:
    """Wait until more than so many pixels of a canvas have a colour."""
    wanted, end_s = ",".join(map(str, rgb_of(colour))), time.monotonic() + PATIENCE_S
    while (found := page.locator(canvas).evaluate(SPECKS).get(wanted, 0)) <= pixels:
        assert time.monotonic() < end_s, f"{found} pixels of {canvas} have the colour {colour}"
        page.wait_for_timeout(200)


def units(page: Any) -> list[str]:
    return [str(code) for code in page.locator("[data-test=units] .bar-code").all_inner_texts()]


def css(name: str) -> str:
    """A colour as a browser tells it."""
    return f"rgb{rgb_of(EXPRESSION_COLOURS[name])}"


SIZES = [(1280, 720), (1440, 900)]


def test_face_expressions_units_and_time_are_seen_without_scrolling(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert inside(page, "[data-test=start]", ".stage"), "start stands on the stage"
    start(page)
    page.wait_for_selector(".live-strip .strip")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        wait_until(page, f"document.querySelector('.foot').getBoundingClientRect().bottom <= {height}")
        foot = page.locator(".foot").bounding_box()["y"]
        boxes = page.locator(SHOWN).evaluate_all(BOXES)
        assert len(boxes) == 1 + 7 + 19 + 1 + 1
        assert all(
            left >= 0 and top >= 0 and right <= width and bottom <= foot for left, top, right, bottom in boxes
        )
    heads = tomllib.loads(REPRODUCED.read_text())["heads"] if REPRODUCED.is_file() else []
    (reproduced,) = [head["labels"] for head in heads if head["task"] == "au"] or [[]]
    assert set(reproduced) <= set(units(page))


def test_old_readings_are_not_called_live(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    server = Server(tmp_path / "kept")
    server.start()
    try:
        page = open_page(server, **PHONE)
        start(page)
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        page.wait_for_selector("[data-test=stale]")
        page.wait_for_selector(".live-strip.stale")
        assert page.locator("[data-test=live-state], [data-test=fps], [data-test=delay]").count() == 0
        server.process.send_signal(signal.SIGCONT)
        page.wait_for_selector("[data-test=live-state].ready")
    finally:
        server.kill()


def test_what_is_told_of_a_recording_moves_nothing(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, viewport={"width": 1280, "height": 720})
    start(page)
    before = page.locator("[data-test=menu]").bounding_box()
    page.click("[data-test=record]")
    wait_recorded(page, "[1-9][0-9]* frames kept")
    page.keyboard.press("5")
    wait_recorded(page, "Marker 5 at")
    now = page.locator("[data-test=menu]").bounding_box()
    assert abs(now["x"] - before["x"]) < 1 and abs(now["y"] - before["y"]) < 8
    page.click("[data-test=record-stop]")


def inside(page: Any, inner: str, outer: str) -> bool:
    one, other = (page.locator(selector).bounding_box() for selector in (inner, outer))
    ends = [(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]) for box in (one, other)]
    (left, top, right, bottom), (first, upper, last, lower) = ends
    return bool(left >= first and top >= upper and right <= last and bottom <= lower)


def test_on_a_phone_the_face_stays_while_its_bars_scroll(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server, **PHONE)
    start(page)
    for selector in ("[data-test=emotions]", "[data-test=units] .bar:last-child", "[data-test=plane]"):
        page.locator(selector).evaluate("e => e.scrollIntoView({block: 'end'})")
        page.wait_for_timeout(200)
        (stage,), (part,) = (page.locator(s).evaluate_all(BOXES) for s in (".stage", selector))
        assert stage[1] >= 0 and stage[3] - stage[1] >= 180, "the face is in sight"
        assert part[3] > stage[3], "and what was scrolled to stands below it"
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize(
    "size", [{"viewport": {"width": 1280, "height": 720}}, PHONE], ids=["laptop", "phone"]
)
def test_no_name_is_cut(server: Server, open_page: Callable[..., Any], size: dict[str, Any]) -> None:
    page = open_page(server, **size)
    start(page)
    assert page.locator("[data-test=units] .bar-name", has_text="lip corner depressor").count() == 1
    assert page.locator(".bar-name, .bar-code, .strip-names span").evaluate_all(CUT) == []
    page.get_by_role("radio", name="Action units").check(force=True)
    page.wait_for_selector(".strip-names li:nth-child(19)")
    assert page.locator(".strip-names span").evaluate_all(CUT) == []
    (frame,) = page.locator(".plane-frame").evaluate_all(BOXES)
    ends = page.locator(".plane-ends text").evaluate_all(BOXES)
    assert len(ends) == 4
    for left, top, right, bottom in ends:
        assert left >= frame[0] and top >= frame[1] and right <= frame[2] and bottom <= frame[3]


def test_an_expression_has_one_colour_in_bars_overlay_and_timeline(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server, color_scheme="light")
    start(page)
    page.wait_for_selector(".live-strip .strip")
    for look in ("light", "dark"):
        page.emulate_media(color_scheme=look)
        page.wait_for_timeout(600)  # What moves is drawn anew.
        assert_one_colour(page)


def assert_one_colour(page: Any) -> None:
    names = page.locator("[data-test=emotions] .bar-name").all_inner_texts()
    fills = page.locator("[data-test=emotions] .fill").evaluate_all(
        "all => all.map(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color])"
    )
    # Of a hatched bar the colour of its lines.
    told = {
        name: colour if ground.startswith("rgba(0") else ground
        for name, (ground, colour) in zip(names, fills, strict=True)
    }
    assert told == {name: css(name) for name in names}
    lanes = page.locator(".strip-names li").evaluate_all(
        "all => all.map(e => [e.children[1].textContent, getComputedStyle(e.children[0]).backgroundColor])"
    )
    assert dict(lanes) == told
    wait_until(page, "document.querySelector('[data-test=headline]').innerText.startsWith('Happy')")
    wait_coloured(page, "[data-test=overlay]", EXPRESSION_COLOURS["happy"], 20)
    # Of a thin line only those points have its very colour that a row of pixels is covered by.
    wait_coloured(page, ".strip-plot canvas", EXPRESSION_COLOURS["happy"], 5)


def test_a_report_has_the_same_colours(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    made = seeds.session(server, "Colours", 0.9)
    address = f"{server.address}/v1/sessions/{made}/report"
    report = page.request.get(address, headers=server.headers).text()
    told = dict(re.findall(r"<td>(\w+)</td><td><i style=\"width:[\d.]+%;background:(#\w{6})\">", report))
    assert told and all(expression_colour(name.lower()) == colour for name, colour in told.items())


def test_a_units_threshold_stands_at_its_bar(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    start(page)
    told = seeds.ask(server, "GET", "/v1/models")
    model = told["sets"][told["default"]]["au"]
    (wanted,) = [one["thresholds"] for one in told["cards"] if one["name"] == model]
    drawn = dict(page.locator("[data-test=units] .bar").evaluate_all(TICKS))
    assert drawn.keys() == wanted.keys() and len(wanted) == 19
    assert all(abs(drawn[unit] - wanted[unit]) < 0.02 for unit in wanted)


@needs_examples
def test_people_count_from_one_and_their_files_from_zero(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page(server, "#/files")
    upload(page, EXAMPLES / "group.jpg")
    card(page, "group.jpg").locator("a").click()
    page.locator(".people .chip").nth(2).wait_for()
    assert page.locator(".people .chip").all_inner_texts() == ["Person 1", "Person 2", "Person 3"]
    assert page.locator(".people").evaluate_all(CUT) == [], "nobody is cut"
    with page.expect_download() as waiting:
        page.click("text=Results (JSONL)")
    waiting.value.save_as(tmp_path / "r.jsonl")
    assert [face["id"] for face in json.loads((tmp_path / "r.jsonl").read_text())["faces"]] == [0, 1, 2]


def test_what_is_read_and_how_is_chosen_in_the_menu(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    said: list[dict[str, Any]] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: hear(data, said)))
    start(page)
    page.wait_for_selector("[data-test=age]")
    switch(page, "Age and gender in appearance")
    page.wait_for_selector("[data-test=age]", state="detached")
    assert page.locator("[data-test=gender]").count() == 0 and units(page)
    sets = seeds.ask(server, "GET", "/v1/models")["sets"]
    options = page.locator("[data-test=models] option").evaluate_all("all => all.map(e => e.value)")
    assert options == sorted(sets)
    other = "mini"  # It has no action units.
    page.select_option("[data-test=models]", other)
    page.select_option("[data-test=smoothing]", label="off")
    page.wait_for_selector("[data-test=units]", state="detached")
    page.select_option("[data-test=neutral-share]", label="half of the time")
    assert said[-1]["prior"] == ["emotion:neutral=0.5"]
    page.wait_for_selector("[data-test=headline]")
    assert page.inner_text("[data-test=models-inside]") == ", ".join(sets[other].values())
    assert said[-1]["models"] == other and said[-1]["smoothing"] == 0
    assert said[-1]["tasks"] == ["emotion"]
    page.click("[data-test=one-by-one]")
    page.select_option("[data-test=model-emotion]", "emotion8.base")
    page.wait_for_selector("[data-test=emotions] .bar-name >> text=contempt")
    assert said[-1]["models"] == other and said[-1]["model"] == ["emotion=emotion8.base"]
    assert "emotion8.base" in page.inner_text("[data-test=models-inside]")
    # A set brings the models of all its tasks.
    page.select_option("[data-test=models]", "base")
    page.wait_for_selector("[data-test=units]")
    assert said[-1]["model"] == []
    page.select_option("[data-test=models]", other)
    # Something is read always.
    assert page.get_by_role("switch", name="Expression").is_disabled()


def hear(data: str | bytes, said: list[dict[str, Any]]) -> None:
    if isinstance(data, str):
        said.append(json.loads(data))


def test_a_recording_holds_no_age_where_it_is_off(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    open_menu(page)
    page.select_option("[data-test=age-groups]", "5")  # Would be refused where no age is asked for.
    switch(page, "Age and gender in appearance")
    page.keyboard.press("Escape")
    start(page)
    page.click("[data-test=record]")
    wait_recorded(page, "[1-9][0-9]* frames kept")
    page.click("[data-test=record-stop]")
    newest = max(seeds.ask(server, "GET", "/v1/sessions"), key=lambda session: session["id"])
    frames = seeds.lines(server, f"/v1/sessions/{newest['id']}/frames")
    assert frames and not any({"age", "gender"} & face.keys() for frame in frames for face in frame["faces"])


def test_other_models_say_that_the_neutral_face_is_gone(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server)
    start(page)
    open_menu(page)
    page.click("[data-test=neutral-set]")
    page.wait_for_selector("[data-test=against-neutral]")
    open_menu(page)
    page.wait_for_selector("[data-test=neutral-clear]")
    assert page.locator(".toast").count() == 0
    other = "mini" if page.input_value("[data-test=models]") != "mini" else "base"
    page.select_option("[data-test=models]", other)
    page.wait_for_selector(".toast >> text=The neutral face is gone")
    page.wait_for_selector("[data-test=neutral-set]")


def test_the_menu_closes_by_escape_and_by_a_press_elsewhere(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server)
    panel = page.locator("#menu-panel")
    open_menu(page)
    assert panel.is_visible()
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.dataset.test") == "menu"
    open_menu(page)
    page.mouse.click(1000, 600)
    panel.wait_for(state="hidden")
