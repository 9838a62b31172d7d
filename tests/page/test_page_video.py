"""The video of a recording, where the person says so: a file of their own, with faces hidden where asked."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from harness import EXAMPLES, PATIENCE_S, PHOTO, Server, open_menu, switch, wait_until
from numpy.typing import NDArray
from test_page_live import KEPT as FRAMES
from test_page_live import start

import mimik
import seeds

NO_PICKER = "delete window.showSaveFilePicker"
# A real file of the browser's own, since nobody answers the question of where to.
PICKER = """window.showSaveFilePicker = async (options) => {
  const folder = await navigator.storage.getDirectory();
  return folder.getFileHandle(options.suggestedName, {create: true});
}"""
FULL_DISK = """window.showSaveFilePicker = async () => ({
  name: 'full.webm',
  createWritable: async () => ({
    write: async () => { throw new Error('the disk is full'); },
    close: async () => {},
  }),
})"""
KEPT = "[data-test=video-kept]"
CLEAR, HIDDEN = 0.6, 0.5
"""Share of a face's pixels with detail: from 0.67 in the clear, to 0.39 where it is hidden."""
Frames = list[tuple[float, NDArray[np.uint8]]]


def at_work(
    open_page: Callable[..., Any], server: Server, script: str, hide: bool = False, lost: bool = False
) -> Any:
    page = open_page(server)
    page.add_init_script(script)
    if lost:
        page.route_web_socket("**/v1/live", lose_faces)
    page.reload()
    page.wait_for_selector(".lamp.up")
    if hide:
        switch(page, "Hide faces")
    start(page)
    return page


def lose_faces(socket: Any) -> None:
    """Answers know of no face for 0.6 of each 2 s."""

    def hear(message: str | bytes) -> None:
        said = json.loads(message)
        if said["type"] == "frame" and said["time_s"] % 2 < 0.6:
            said["frame"]["faces"] = []
        socket.send(json.dumps(said))

    socket.connect_to_server().on_message(hear)


def record(page: Any, seconds: float) -> None:
    switch(page, "Keep the video, too")
    page.click("[data-test=record]")
    page.wait_for_selector(KEPT)
    page.wait_for_timeout(seconds * 1000)


def stop(page: Any, path: Path) -> str:
    with page.expect_download() as waiting:
        page.click("[data-test=record-stop]")
    waiting.value.save_as(path)
    page.wait_for_selector(KEPT, state="detached")
    return str(waiting.value.suggested_filename)


def frames_of(path: Path) -> Frames:
    with av.open(str(path)) as video:
        return [(float(frame.time or 0), frame.to_ndarray(format="bgr24")) for frame in video.decode(video=0)]


def newest_session(server: Server) -> tuple[int, list[dict[str, Any]]]:
    """Its number and frames, once it is closed: the page may have saved its video before that."""
    end_s = time.monotonic() + PATIENCE_S
    while True:
        made = max(seeds.ask(server, "GET", "/v1/sessions"), key=lambda session: session["id"])
        if made["state"] != "recording" or time.monotonic() > end_s:
            break
        time.sleep(0.1)
    return made["id"], seeds.lines(server, f"/v1/sessions/{made['id']}/frames")


def detail(picture: NDArray[np.uint8], results: list[dict[str, Any]], time_s: float) -> float:
    """Share of the pixels that differ from those around them where the face is: few in a few flat colours."""
    near = min(results, key=lambda frame: abs(frame["time_s"] - time_s))
    left, top, right, bottom = (int(value) for value in near["faces"][0]["box_xyxy"])
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[max(0, top) : bottom, max(0, left) : right]
    return float((np.abs(cv2.Laplacian(grey, cv2.CV_32F)) > 1).mean())


def offset_s(frames: Frames, results: list[dict[str, Any]]) -> float:
    """What to add to the video's time for the results' time: by the face's way through both."""
    reader = mimik.Analyzer(["emotion"], models="mini")
    seen = [(time_s, reader.image(picture, colour="bgr").faces) for time_s, picture in frames]
    times = np.array([time_s for time_s, faces in seen if len(faces) == 1])
    boxes = np.array([faces[0].box_xyxy for _, faces in seen if len(faces) == 1])
    told = [frame for frame in results if len(frame["faces"]) == 1]
    told_times = np.array([frame["time_s"] for frame in told])
    told_boxes = np.array([frame["faces"][0]["box_xyxy"] for frame in told])

    def error(by: float) -> float:
        inside = (times + by > told_times[0]) & (times + by < told_times[-1])
        ways = zip(told_boxes.T, boxes[inside].T, strict=True)
        return float(np.mean([np.abs(np.interp(times[inside] + by, told_times, a) - b) for a, b in ways]))

    return float(min(np.arange(-0.5, 0.5, 0.01), key=error))


def test_a_recording_keeps_its_video_in_step_with_its_results(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = at_work(open_page, server, NO_PICKER)
    posts: list[str] = []
    page.on("request", lambda request: request.method != "GET" and posts.append(request.url))
    record(page, 7)
    open_menu(page)
    assert page.get_by_role("switch", name="Keep the video, too").count() == 0
    name = stop(page, tmp_path / "kept.webm")
    number, results = newest_session(server)
    assert re.fullmatch(rf"mimik-session-{number}-\d{{4}}-\d\d-\d\d-\d{{4}}\.webm", name)
    assert posts == [f"{server.address}/v1/sessions"], "the video doesn't go to the server"
    frames = frames_of(tmp_path / "kept.webm")
    assert frames[0][1].shape == (360, 640, 3)
    assert frames[0][0] < 0.1 and abs(frames[-1][0] - results[-1]["time_s"]) < 1.5
    assert len(frames) > 4 * frames[-1][0]
    assert min(detail(picture, results, time_s) for time_s, picture in frames) > CLEAR
    assert abs(offset_s(frames, results)) < 0.15
    # One recording was meant, not the next.
    open_menu(page)
    assert not page.get_by_role("switch", name="Keep the video, too").is_checked()
    page.click("[data-test=record]")
    page.wait_for_selector("[data-test=record-stop]")
    assert page.locator(KEPT).count() == 0


@pytest.mark.parametrize("lost", [False, True], ids=["found", "lost for moments"])
def test_hidden_faces_are_hidden_in_every_frame(
    server: Server, open_page: Callable[..., Any], tmp_path: Path, lost: bool
) -> None:
    page = at_work(open_page, server, NO_PICKER, hide=True, lost=lost)
    record(page, 5)
    stop(page, tmp_path / "kept.webm")
    frames, results = frames_of(tmp_path / "kept.webm"), newest_session(server)[1]
    assert len(frames) > 20
    assert max(detail(picture, results, time_s) for time_s, picture in frames) < HIDDEN
    # Only the face: the picture around it is there.
    assert np.median([picture[:, :150].std() for _, picture in frames]) > 20


def test_faces_are_hidden_as_soon_as_the_switch_says_so(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = at_work(open_page, server, NO_PICKER)
    record(page, 2)
    switch(page, "Hide faces")
    page.wait_for_timeout(3000)
    stop(page, tmp_path / "kept.webm")
    frames, results = frames_of(tmp_path / "kept.webm"), newest_session(server)[1]
    clear = [detail(picture, results, time_s) > HIDDEN for time_s, picture in frames]
    first = clear.index(False)
    assert frames[first][0] > 1, "the beginning is clear"
    assert not any(clear[first:]), "no clear frame comes after"
    assert frames[-1][0] - frames[first][0] > 2


def test_a_chosen_file_is_written_as_it_comes(
    server: Server, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = at_work(open_page, server, PICKER)
    record(page, 3)
    page.click("[data-test=record-stop]")
    page.wait_for_selector("text=The video is saved as “mimik-")
    written = page.evaluate(
        """async () => {
          const folder = await navigator.storage.getDirectory();
          for await (const [name, handle] of folder.entries()) {
            const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
            return [name, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))];
          }
        }"""
    )
    assert re.fullmatch(r"mimik-\d{4}-\d\d-\d\d-\d{4}\.webm", written[0])
    (tmp_path / written[0]).write_bytes(base64.b64decode(written[1]))
    assert frames_of(tmp_path / written[0])[-1][0] > 2


def test_closing_the_question_leaves_the_switch_off(server: Server, open_page: Callable[..., Any]) -> None:
    closed = "window.showSaveFilePicker = async () => { throw new DOMException('closed', 'AbortError'); }"
    page = at_work(open_page, server, closed)
    open_menu(page)
    keep = page.get_by_role("switch", name="Keep the video, too")
    keep.click()
    page.wait_for_timeout(300)
    assert not keep.is_checked()


def test_the_results_go_on_where_the_video_fails(server: Server, open_page: Callable[..., Any]) -> None:
    page = at_work(open_page, server, FULL_DISK)
    switch(page, "Keep the video, too")
    page.click("[data-test=record]")
    page.wait_for_selector("[data-test=record-bar] [role=alert] >> text=the disk is full")
    page.wait_for_selector(KEPT, state="detached")
    before = page.evaluate(FRAMES)
    wait_until(page, f"{FRAMES} > {before}")


def test_leaving_the_page_asks_and_a_loss_is_told(server: Server, open_page: Callable[..., Any]) -> None:
    page = at_work(open_page, server, NO_PICKER)
    record(page, 1)
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.reload()
    assert asked == ["beforeunload"]
    page.wait_for_selector("text=that video is lost")
    page.reload()
    page.wait_for_selector(".lamp.up")
    assert page.locator("text=that video is lost").count() == 0 and len(asked) == 1


def test_without_a_recorder_there_is_no_switch(server: Server, open_page: Callable[..., Any]) -> None:
    page = at_work(open_page, server, "delete window.MediaRecorder")
    open_menu(page)
    assert page.get_by_role("switch", name="Hide faces").count() == 1
    assert page.get_by_role("switch", name="Keep the video, too").count() == 0


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
def test_a_camera_at_the_server_has_no_switch(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    server = Server(tmp_path / "kept", ("--source", str(EXAMPLES / "two_people.mp4")))
    server.start()
    try:
        page = open_page(server)
        open_menu(page)
        assert page.get_by_role("switch", name="Keep the video, too").count() == 1
        page.select_option("[data-test=source]", "s:0")
        assert page.get_by_role("switch", name="Keep the video, too").count() == 0
    finally:
        server.stop()


def ready_run(server: Server, open_page: Callable[..., Any], seconds: int) -> Any:
    """A study's run before it begins, with a person, the camera and a picture shown for so long."""
    page = open_page(server, f"#/studies/{seeds.study(server)}")
    page.add_init_script(NO_PICKER)
    page.reload()
    page.get_by_role("radio", name="Run").click()
    page.select_option("[data-test=run-person]", index=1)
    page.click("[data-test=run-camera]")
    page.set_input_files("[data-test=stimulus]", str(PHOTO))
    page.fill("input[type=number]", str(seconds))
    return page


def test_a_study_s_run_keeps_its_video(server: Server, open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = ready_run(server, open_page, seconds=3)
    switch(page, "Keep the video, too")
    with page.expect_download() as waiting:
        page.click("[data-test=run-begin]")
        page.wait_for_selector(KEPT)
    waiting.value.save_as(tmp_path / "run.webm")
    frames = frames_of(tmp_path / "run.webm")
    assert 2.5 < frames[-1][0] < 5
    assert waiting.value.suggested_filename.startswith(f"mimik-session-{newest_session(server)[0]}-")


def test_the_note_is_seen_over_a_stimulus_that_fills_the_screen(
    server: Server, open_page: Callable[..., Any]
) -> None:
    page = ready_run(server, open_page, seconds=300)
    switch(page, "Begin with the whole screen")
    switch(page, "Keep the video, too")
    page.click("[data-test=run-begin]")
    wait_until(page, "document.fullscreenElement?.querySelector('[data-test=video-kept]') != null")
    # What a person sees at its place is the note itself, not something over it.
    seen = """(() => {
      const note = document.fullscreenElement.querySelector('[data-test=video-kept]');
      const {left, top, width, height} = note.getBoundingClientRect();
      const there = document.elementFromPoint(left + width / 2, top + height / 2);
      return there?.closest('[data-test=video-kept]') === note ? note.textContent.trim() : null;
    })()"""
    assert page.evaluate(seen) == "The video is being kept"
    assert page.evaluate("document.fullscreenElement.querySelector('img').clientHeight") == 820
    page.wait_for_timeout(400)  # The browser refuses the next change while it is at one.
    page.evaluate("document.exitFullscreen()")
    wait_until(page, "document.querySelectorAll('[data-test=video-kept]').length === 1")
    with page.expect_download():
        page.click("[data-test=run-stop]")
