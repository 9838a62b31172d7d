"""The microphone and recordings in a real browser: bars appear, what was said is kept, what fails is said."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import AXE, EXAMPLES, PATIENCE_S, Server, browsing, wait_until
from test_page_access import assert_accessible
from test_page_files import card, upload
from test_page_live import start, wait_recorded

import seeds
from voiced import speech, write_film, write_wav

SAID = speech(1.4, 1.1, 1.7)
"""Three utterances, over and over."""
KEEP_MICROPHONE = """
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => (window.kept = await open(wish));
"""
NO_MICROPHONE = """
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => wish.audio
    ? Promise.reject(new DOMException('none', 'NotFoundError')) : open(wish);
"""
OTHER_RATE = """
  const make = AudioContext.prototype.createMediaStreamSource;
  AudioContext.prototype.createMediaStreamSource = function (stream) {
    if (this.sampleRate === 16000) throw new DOMException('another rate', 'NotSupportedError');
    return make.call(this, stream);
  };
"""
RECTS = "all => all.map(e => e.getBoundingClientRect().left)"
SHIFTING = "[data-test=menu], .live-strip, .stage, [data-test=voice]"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("said") / "said.wav", SAID)


@pytest.fixture(scope="module")
def browser(film: Path, recording: Path) -> Iterator[Any]:
    with browsing(film, recording) as opened:
        yield opened


def listen(page: Any) -> None:
    page.click("[data-test=listen]")
    page.wait_for_selector("[data-test=listen-stop]")


def boxes(page: Any) -> list[Any]:
    return [page.locator(one).first.bounding_box() for one in SHIFTING.split(", ")]


@pytest.mark.parametrize("size", [(1280, 720), (400, 844)])
def test_bars_appear_and_nothing_moves(
    server: Server, open_page: Callable[..., Any], size: tuple[int, int]
) -> None:
    page = open_page(server, viewport=dict(zip(("width", "height"), size, strict=True)))
    start(page)
    page.wait_for_selector(".live-strip .strip")
    assert page.locator("[data-test=level]").count() == 0, "off until asked"
    assert "read on this computer and not kept" in page.inner_text("[data-test=voice]")
    assert "not a feeling, and the network learned from actors" in page.inner_text("[data-test=voice]")
    page.locator("[data-test=listen]").scroll_into_view_if_needed()
    before = boxes(page)
    listen(page)
    page.wait_for_selector("[data-test=voice-state] >> text=You are speaking")
    page.wait_for_selector("[data-test=level]:not([aria-valuenow='0'])")
    page.wait_for_selector("[data-test=heard-voice]")
    assert page.locator("[data-test=heard-voice] .bar").count() == 9
    page.wait_for_selector("[data-test=voice-together] >> text=Without the face: no mouth moves")
    assert boxes(page) == before, "the place was kept"
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    page.wait_for_selector("[data-test=voice-state] >> text=Listening")
    page.click("[data-test=listen-stop]")
    page.wait_for_selector("[data-test=listen]")
    assert page.locator("[data-test=headline]").count() == 1, "faces go on"
    assert boxes(page) == before


def test_a_browser_that_does_not_resample_is_heard_alike(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server)
    page.add_init_script(OTHER_RATE)
    page.reload()
    page.wait_for_selector(".lamp.up")
    listen(page)
    page.wait_for_selector("[data-test=heard-voice]")


def test_voices_alone_are_recorded_and_shown(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page(server)
    listen(page)
    page.wait_for_selector("[data-test=live-state] >> text=Only the voice is read")
    page.click("[data-test=record]")
    wait_recorded(page, "[2-9] utterances")
    page.click("[data-test=record-stop]")
    page.click("text=Open it")
    page.wait_for_selector("[data-test=utterances] li:nth-child(2)")
    count = page.locator("[data-test=utterances] li").count()
    assert page.inner_text("[data-test=utterance-count]") == str(count)
    assert page.inner_text("[data-test=spans]") == f"{count} utterances"
    page.locator(".utterance").nth(1).click()
    assert page.locator(".utterance").nth(1).get_attribute("aria-current") == "true"
    assert page.locator("[data-test=span-panel] .bar").count() == 9
    with page.expect_download() as waiting:
        page.click("[data-test=export-voices]")
    waiting.value.save_as(tmp_path / "voices.csv")
    rows = list(csv.DictReader((tmp_path / "voices.csv").read_text().splitlines()))
    assert len(rows) == count and all(0 <= float(row["start_s"]) < float(row["end_s"]) for row in rows)
    page.goto(f"{server.address}/#/sessions")
    assert page.locator("[data-test=sessions] tbody tr").first.inner_text().count(str(count)) >= 1


def test_a_camera_joins_a_microphone(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    listen(page)
    page.wait_for_selector("[data-test=heard-voice]")
    start(page)
    page.wait_for_selector("[data-test=listen-stop]")
    assert page.locator("[data-test=heard-voice]").count() == 1
    page.click("[data-test=stop]")
    page.wait_for_selector("[data-test=listen]")
    assert page.locator("[data-test=level]").count() == 0, "Stop ends both"


def test_a_microphone_that_vanishes_is_told_and_faces_go_on(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = open_page(server)
    page.add_init_script(KEEP_MICROPHONE)
    page.reload()
    page.wait_for_selector(".lamp.up")
    start(page)
    page.click("[data-test=record]")
    listen(page)
    page.wait_for_selector("[data-test=heard-voice]")
    wait_recorded(page, "[1-9][0-9]* frames kept")
    page.evaluate("window.kept.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    page.wait_for_selector("[data-test=voice-problem] >> text=The microphone has gone")
    page.wait_for_selector("[data-test=loss] >> text=The microphone went away at")
    before = int(
        page.evaluate(
            "parseInt(document.querySelector('[data-test=record-bar]').innerText.match(/(\\d+) frames/)[1])"
        )
    )
    wait_recorded(page, f"(?!{before} )[0-9]+ frames kept")
    assert page.locator("[data-test=listen]").is_enabled()
    page.click("[data-test=record-stop]")
    newest = max(seeds.ask(server, "GET", "/v1/sessions"), key=lambda session: session["id"])
    assert "microphone went away" in seeds.ask(server, "GET", f"/v1/sessions/{newest['id']}")["note"]


def test_no_microphone_is_said(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    page.add_init_script(NO_MICROPHONE)
    page.reload()
    page.wait_for_selector(".lamp.up")
    start(page)
    page.click("[data-test=listen]")
    page.wait_for_selector("[data-test=voice-problem] >> text=No microphone was found")
    assert page.locator("[data-test=headline]").count() == 1


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core isn't installed: npm ci in the folder page")
@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_where_voices_are(
    server: Server, open_page: Callable[..., Any], recording: Path, look: str
) -> None:
    page = open_page(server, color_scheme=look)
    start(page)
    listen(page)
    page.wait_for_selector("[data-test=heard-voice]")
    assert_accessible(page)
    page.goto(f"{server.address}/#/files")
    upload(page, recording)
    assert_accessible(page)
    card(page, recording.name).locator("a").click()
    page.wait_for_selector("[data-test=utterances]")
    assert_accessible(page)


def test_a_recording_is_heard_played_and_kept(
    server: Server, open_page: Callable[..., Any], recording: Path, tmp_path: Path
) -> None:
    page = open_page(server, "#/files")
    upload(page, recording)
    assert "3 utterances" in card(page, recording.name).inner_text()
    card(page, recording.name).locator("a").click()
    page.wait_for_selector("[data-test=utterances] li:nth-child(3)")
    assert "not a feeling" in page.inner_text("[data-test=span-panel]")
    page.locator(".utterance").nth(2).click()
    wait_until(page, "document.querySelector('audio').currentTime > 2")
    assert page.locator(".utterance").nth(2).get_attribute("aria-current") == "true"
    assert page.locator("[data-test=span-panel] .bar").count() == 9
    page.click("[data-test=play]")
    at = page.evaluate("document.querySelector('audio').currentTime")
    wait_until(page, f"document.querySelector('audio').currentTime > {at}")
    with page.expect_download() as waiting:
        page.click("text=Results (JSONL)")
    waiting.value.save_as(tmp_path / "results.jsonl")
    spans = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [span["type"] for span in spans] == ["span"] * 3
    page.click("[data-test=keep]")
    page.click("text=Open it")
    page.wait_for_selector("[data-test=export-voices]")
    assert page.inner_text("[data-test=spans]") == "3 utterances"
    assert page.locator("[data-test=export-csv]").count() == 0, "no faces, no table of faces"


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
def test_the_voices_of_a_video_stand_below_its_faces(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    film = write_film(tmp_path / "talk.mkv", SAID, EXAMPLES / "two_people.mp4")
    page = open_page(server, "#/files")
    upload(page, film)
    assert "utterance" not in card(page, "talk.mkv").inner_text(), "only if asked for"
    page.get_by_role("switch", name="Voices in videos, too").click()
    again = film.rename(tmp_path / "again.mkv")
    upload_more(page, again)
    assert "2 people" in card(page, "again.mkv").inner_text()
    assert "3 utterances" in card(page, "again.mkv").inner_text()
    with page.expect_download() as waiting:
        page.click("[data-test=all-voices]")
    waiting.value.save_as(tmp_path / "voices.csv")
    assert len(list(csv.DictReader((tmp_path / "voices.csv").read_text().splitlines()))) == 3
    card(page, "again.mkv").locator("a").click()
    page.wait_for_selector("[data-test=voice-lane]")
    strip, lane = (
        page.locator(one).bounding_box() for one in ("[data-test=strip]", "[data-test=voice-lane]")
    )
    assert lane["y"] >= strip["y"] + strip["height"] - 6
    plots = page.locator(".strip-plot, .lane-plot").evaluate_all(RECTS)
    assert plots[0] == plots[1], "on one axis of time"
    assert page.locator("[data-test=utterances] li").count() == 3
    assert page.locator("[data-test=emotions] .bar").count() >= 7


def upload_more(page: Any, path: Path) -> None:
    page.set_input_files("[data-test=choose]", str(path))
    page.locator("[data-test=card][data-state=done]", has_text=path.name).wait_for(timeout=PATIENCE_S * 1000)


def test_a_video_without_sound_says_so(server: Server, open_page: Callable[..., Any], tmp_path: Path) -> None:
    film = write_film(tmp_path / "mute.mkv", None, EXAMPLES / "two_people.mp4")
    page = open_page(server, "#/files")
    page.get_by_role("switch", name="Voices in videos, too").click()
    upload(page, film)
    card(page, "mute.mkv").locator("a").click()
    page.wait_for_selector("[data-test=file-note] >> text=no sound")


def test_a_session_has_voices_below_faces(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server, f"#/sessions/{seeds.session(server, 'Talk', 0.9, spoken=True)}")
    page.wait_for_selector("[data-test=voice-lane]")
    assert page.inner_text("[data-test=utterance-count]") == "4"
    assert page.locator("[data-test=export-csv], [data-test=export-voices]").count() == 2
    page.locator("input[type=range]").fill("4.5")
    assert "Happy" in page.inner_text("[data-test=span-panel] .headline")
    page.locator(".utterance").nth(2).click()
    assert "Uncertain" in page.inner_text("[data-test=span-panel] .headline")
    assert "Too short" in page.inner_text("[data-test=span-panel]")
