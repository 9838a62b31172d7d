"""The camera in a real browser: bars move, recording is kept, hiding hides, the server may die."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import EXAMPLES, Server, switch, wait_until

BAR = "document.querySelector('[data-test=record-bar]').innerText"
KEPT = f"parseInt(/([0-9]+) frames kept/.exec({BAR})?.[1])"
BARS = "[data-test=emotions] .bar-value"


def start(page: Any) -> None:
    page.click("[data-test=start]")
    page.wait_for_selector("[data-test=headline]")


def wait_recorded(page: Any, pattern: str) -> None:
    wait_until(page, f"/{pattern}/.test({BAR})")


def kept(page: Any) -> int:
    return int(page.evaluate(KEPT))


def bars(page: Any) -> list[str]:
    fills = page.locator("[data-test=emotions] .fill, [data-test=units] .fill")
    return [str(text) for text in fills.evaluate_all("all => all.map(e => e.style.transform)")]


def test_the_bars_move(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    start(page)
    assert page.locator(BARS).count() in (7, 8)
    assert page.locator("[data-test=units] .bar").count() >= 15
    seen = set()
    for _ in range(60):
        seen.add(tuple(bars(page)))
        if len(seen) >= 4:
            break
        page.wait_for_timeout(300)
    assert len(seen) >= 4, "the readings stood still"
    assert "80 %" in page.inner_text("[data-test=age]")
    assert "derived" in page.inner_text("[data-test=plane]")
    assert page.inner_text("[data-test=why]").strip()
    assert float(page.inner_text("[data-test=fps]")) > 0
    assert "ms" in page.inner_text("[data-test=delay]")


def test_stopping_lets_go_of_the_camera(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    start(page)
    page.click("[data-test=stop]")
    page.wait_for_selector("[data-test=start]")
    assert page.evaluate("document.querySelector('video').srcObject === null")


def test_a_recording_exports_its_rows_and_markers(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page(server)
    start(page)
    page.click("[data-test=record]")
    wait_recorded(page, "[1-9][0-9]* frames kept")
    page.keyboard.press("3")
    wait_recorded(page, "Marker 3 at")
    page.wait_for_timeout(1500)
    page.click("[data-test=record-stop]")
    page.click("text=Open it")
    page.wait_for_selector("[data-test=strip]")
    rows = {kind: _download(page, kind, tmp_path) for kind in ("jsonl", "csv")}
    frames = [json.loads(line) for line in rows["jsonl"].splitlines()]
    assert frames and all(len(frame["faces"]) == 1 for frame in frames)
    times = [frame["time_s"] for frame in frames]
    assert times == sorted(times) and 0 <= times[0] < 5
    assert "happy" in {frame["faces"][0]["emotion"]["label"] for frame in frames}
    assert len(list(csv.DictReader(rows["csv"].splitlines()))) == len(frames)
    assert page.locator(".markers li").count() == 1


def _download(page: Any, kind: str, folder: Path) -> str:
    with page.expect_download() as waiting:
        page.click(f"[data-test=export-{kind}]")
    path = folder / f"export.{kind}"
    waiting.value.save_as(path)
    return path.read_text()


def test_hidden_faces_are_not_on_the_screen(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    start(page)
    switch(page, "Hide faces")
    page.wait_for_selector(".stage.covered")
    page.wait_for_timeout(2500)
    assert page.evaluate("getComputedStyle(document.querySelector('.stage video')).opacity") == "0"
    # Of a face that is 6 x 6 colours, most neighbours along a line through its middle are the same.
    share = page.evaluate(
        """() => {
          const canvas = document.querySelector('[data-test=overlay]');
          const row = canvas.getContext('2d').getImageData(0, canvas.height * 0.5 | 0, canvas.width, 1).data;
          let same = 0, all = 0;
          for (let x = canvas.width * 0.47 | 0; x < canvas.width * 0.53; x++, all++) {
            const at = x * 4;
            if (row[at] === row[at + 4] && row[at + 1] === row[at + 5] && row[at + 2] === row[at + 6]) same++;
          }
          return same / all;
        }"""
    )
    assert share > 0.6


def test_the_server_dies_and_comes_back(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    server = Server(tmp_path / "kept")
    server.start()
    try:
        page = open_page(server)
        start(page)
        page.click("[data-test=record]")
        wait_recorded(page, "[1-9][0-9]* frames kept")
        server.kill()
        page.wait_for_selector("[data-test=server-banner]")
        assert "doesn't answer" in page.inner_text("[data-test=server-banner]")
        page.wait_for_selector("[data-test=live-state].lost")
        server.start()
        page.wait_for_selector("[data-test=server-banner]", state="detached")
        page.wait_for_selector("[data-test=live-state].ready")
        wait_recorded(page, "[0-9]+ frames kept")  # Told once the server has taken the recording up again.
        before = kept(page)
        wait_until(page, f"{KEPT} > {before}")
        page.click("[data-test=record-stop]")
        page.click("text=Open it")
        page.wait_for_selector("[data-test=strip]")
    finally:
        server.stop()


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
def test_a_source_at_the_server_shows_its_pictures(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    film = EXAMPLES / "two_people.mp4"
    server = Server(tmp_path / "kept", ("--source", str(film)))
    server.start()
    try:
        page = open_page(server)
        page.select_option("[data-test=source]", "s:0")
        start(page)
        page.wait_for_selector(".stage.covered")
        page.wait_for_selector("[data-test=live-state].ended")
    finally:
        server.stop()
