"""Pictures and videos in a real browser."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import EXAMPLES, Server, wait_until

import mimik
import seeds

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")


def upload(page: Any, *paths: Path) -> None:
    page.set_input_files("[data-test=choose]", [str(path) for path in paths])
    settled = "document.querySelectorAll('[data-state=done], [data-state=failed]').length"
    wait_until(page, f"{settled} === {len(paths)}")


def card(page: Any, name: str) -> Any:
    return page.locator("[data-test=card]", has_text=name)


def test_pictures_show_the_right_faces(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, "#/files")
    upload(page, EXAMPLES / "astronaut.jpg", EXAMPLES / "group.jpg")
    assert "Happy" in card(page, "astronaut.jpg").inner_text()
    assert "3 faces" in card(page, "group.jpg").inner_text()
    card(page, "group.jpg").locator("a").click()
    page.locator(".people .chip").nth(2).wait_for()
    assert page.locator(".people .chip").count() == 3
    page.locator(".people .chip").nth(1).click()
    assert page.locator("[data-test=emotions] .bar").count() in (7, 8)
    page.wait_for_selector("[data-test=why]")


def test_age_groups_are_chosen_once(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, "#/files")
    page.select_option("[data-test=age-groups]", "5")
    upload(page, EXAMPLES / "astronaut.jpg")
    page.reload()
    page.wait_for_selector(".lamp.up")
    assert page.input_value("[data-test=age-groups]") == "5"
    upload(page, EXAMPLES / "astronaut.jpg")
    card(page, "astronaut.jpg").locator("a").click()
    group = page.locator("[data-test=age-group]").inner_text()
    first, last = map(int, group.removeprefix("group ").split("-"))
    assert last - first == 4 and first % 5 == 0
    assert first <= int(page.locator("[data-test=age] strong").inner_text()) <= last + 1


def test_how_often_faces_are_neutral_holds_for_files(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page(server, "#/files")
    page.select_option("[data-test=neutral-share]", label="about 90 % of the time")
    upload(page, EXAMPLES / "astronaut.jpg")
    card(page, "astronaut.jpg").locator("a").click()
    with page.expect_download() as waiting:
        page.click("text=Results (JSONL)")
    waiting.value.save_as(tmp_path / "results.jsonl")
    (face,) = json.loads((tmp_path / "results.jsonl").read_text())["faces"]
    analyzer = mimik.Analyzer(["emotion"], prior={"emotion": {"neutral": 0.9}})
    wanted = analyzer.image(EXAMPLES / "astronaut.jpg")
    assert face["emotion"]["probabilities"] == pytest.approx(wanted.faces[0].emotion.probabilities, abs=1e-3)


def test_all_pictures_are_saved_as_one_table_and_kept_together(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    garbage, again = tmp_path / "garbage.jpg", tmp_path / "astronaut.jpg"
    garbage.write_bytes(b"\xff\xd8 this is no picture" * 50)
    again.write_bytes((EXAMPLES / "astronaut.jpg").read_bytes())
    page = open_page(server, "#/files")
    upload(page, EXAMPLES / "astronaut.jpg", EXAMPLES / "group.jpg", garbage, again)
    before = len(seeds.ask(server, "GET", "/v1/sessions"))
    paths = {kind: tmp_path / f"all.{kind}" for kind in ("csv", "jsonl")}
    for kind, path in paths.items():
        with page.expect_download() as waiting:
            page.click(f"[data-test=all-{kind}]")
        assert waiting.value.suggested_filename == f"mimik-results.{kind}"
        waiting.value.save_as(path)
        page.wait_for_selector("text=1 file that isn't read is not in the table.")
    for path in paths.values():
        faces = Counter(person["source"] for person in mimik.summarise(path))
        assert faces == {"astronaut.jpg": 1, "group.jpg": 3, "astronaut.jpg (2)": 1}
    page.click("[data-test=all-keep]")
    page.wait_for_selector("text=3 sessions kept.")
    assert page.is_disabled("[data-test=all-keep]")
    kept = seeds.ask(server, "GET", "/v1/sessions")
    assert len(kept) == before + 3 and {one["name"] for one in kept[:3]} == {"astronaut.jpg", "group.jpg"}


def test_garbage_says_why_and_the_page_goes_on(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    garbage = tmp_path / "garbage.jpg"
    garbage.write_bytes(b"\xff\xd8 this is no picture" * 50)
    page = open_page(server, "#/files")
    upload(page, garbage, EXAMPLES / "astronaut.jpg")
    assert card(page, "garbage.jpg").get_attribute("data-state") == "failed"
    assert len(card(page, "garbage.jpg").locator("[data-test=card-error]").inner_text()) > 10
    assert card(page, "astronaut.jpg").get_attribute("data-state") == "done"
    page.set_input_files("[data-test=choose]", str(EXAMPLES / "group.jpg"))
    wait_until(page, "document.querySelectorAll('[data-state=done]').length === 2")


def test_a_video_plays_with_its_timeline_and_is_kept(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page(server, "#/files")
    with page.expect_request("**/v1/jobs?*") as asked:
        upload(page, EXAMPLES / "two_people.mp4")
    assert "detect_every=1" in asked.value.url  # Faces may be hidden by it: nobody is seen on coming in.
    assert "2 people" in card(page, "two_people.mp4").inner_text()
    card(page, "two_people.mp4").locator("a").click()
    page.wait_for_selector("[data-test=strip]")
    slider = page.locator("input[type=range]")
    slider.fill("2")
    wait_until(page, "Math.abs(document.querySelector('video').currentTime - 2) < 0.2")
    with page.expect_download() as waiting:
        page.click("text=Results (JSONL)")
    waiting.value.save_as(tmp_path / "results.jsonl")
    frames = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    page.click("[data-test=keep]")
    page.click("text=Open it")
    page.wait_for_selector("[data-test=export-csv]")
    assert f"{len(frames)} frames" in page.inner_text(".facts")


def test_a_file_can_be_cancelled(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, "#/files")
    page.route("**/v1/jobs*", lambda route: None)
    page.set_input_files("[data-test=choose]", str(EXAMPLES / "group.jpg"))
    page.click("text=Cancel group.jpg")
    page.wait_for_selector("[data-state=cancelled]")
