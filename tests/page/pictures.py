"""Makes the docs' pictures of every screen: `python tests/page/pictures.py FOLDER [PATTERN [SPEECH.wav]]`.

Without a recording of somebody who speaks the microphone hears a buzz that passes for a voice.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

import httpx
from fake_camera import write_camera
from harness import PATIENCE_S, PHOTO, Server, browsing
from PIL import Image
from test_page_access import SCREENS, live
from test_page_files import card, upload

import seeds
from mimik.colours import EXPRESSION_COLOURS, rgb_of
from voiced import speech, write_wav

LAPTOP = {"viewport": {"width": 1280, "height": 820}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
LOOKS = {
    "laptop-light": {**LAPTOP, "color_scheme": "light"},
    "laptop-dark": {**LAPTOP, "color_scheme": "dark"},
    "phone-light": {**PHONE, "color_scheme": "light"},
    "phone-dark": {**PHONE, "color_scheme": "dark"},
}
USUAL = "textContent = told.textContent.replace(/\\S*\\/kept/, '~/.local/share/mimik')"
COLOURS = 256
"""Of a picture's palette, so that it stays small."""


def screens(talk: Path) -> dict[str, tuple[str, Callable[[Any, Server], None]]]:
    """All screens, those with voices among them: name to where it is and what is done there."""

    def live_voice(page: Any, server: Server) -> None:
        live(page, server)
        page.click("[data-test=listen]")
        page.wait_for_selector("[data-test=heard-voice]")
        page.wait_for_timeout(14_000)

    def recording(page: Any, server: Server) -> None:
        upload(page, talk)
        card(page, talk.name).locator("a").click()
        page.locator(".utterance").nth(1).click()

    voices = {"live voice": ("", live_voice), "recording": ("#/files", recording)}
    return {**SCREENS, **voices}


def main(folder: Path, wanted: str = "", said: str = "") -> None:
    """Write a PNG for each screen and look whose name matches `wanted`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        film = write_camera(Path(scratch) / "camera.mjpeg", PHOTO)
        talk = write_wav(Path(scratch) / "talk.wav", speech(1.4, 1.1, 1.7))
        if said:
            talk.write_bytes(Path(said).read_bytes())
        server = Server(Path(scratch) / "kept")
        server.start()
        try:
            kept = seeds.session(server, "Interview, first part", 0.9, made_by=_made_by(server))
            with browsing(film, talk) as browser:
                for screen, (at, prepare) in screens(talk).items():
                    for look, options in LOOKS.items():
                        name = f"{screen.replace(' ', '-')}-{look}"
                        if re.search(wanted, name):
                            _take(browser, server, at, prepare, options, folder / f"{name}.png")
                if re.search(wanted, "report"):
                    _take_report(browser, server, f"/v1/sessions/{kept}/report", folder / "report.png")
        finally:
            server.stop()


def _made_by(server: Server) -> list[Any]:
    """What this server's models say of themselves."""
    with PHOTO.open("rb") as photo:
        answer = httpx.post(
            f"{server.address}/v1/analyze", files={"files": photo}, headers=server.headers, timeout=PATIENCE_S
        )
    return [answer.json()["results"][0]["made_by"]]


def _take_report(browser: Any, server: Server, address: str, path: Path) -> None:
    """A report whole, as a laptop shows it."""
    context = browser.new_context(
        viewport={"width": 900, "height": 820}, color_scheme="light", extra_http_headers=server.headers
    )
    page = context.new_page()
    page.goto(server.address + address)
    page.screenshot(path=path, full_page=True)
    context.close()
    _shrink(path)


def _take(
    browser: Any,
    server: Server,
    at: str,
    prepare: Callable[[Any, Server], None],
    options: dict[str, Any],
    path: Path,
) -> None:
    context = browser.new_context(reduced_motion="reduce", storage_state=server.storage, **options)
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    page.goto(f"{server.address}/{at}")
    page.wait_for_selector(".lamp.up")
    prepare(page, server)
    page.wait_for_timeout(6000 if prepare.__name__ == "live" else 1200)
    if not page.locator("dialog[open]").count():
        page.evaluate("document.activeElement.blur()")
    # The docs' pictures tell the usual folder, not the scratch one.
    page.evaluate(f"for (const told of document.querySelectorAll('[data-test=kept]')) told.{USUAL}")
    page.screenshot(path=path)
    context.close()
    _shrink(path)


def _shrink(path: Path) -> None:
    """Fewer colours, those of the expressions among them whatever else is in the picture."""
    picture = Image.open(path).convert("RGB")
    known = Image.new("RGB", (picture.width, picture.height + 8 * len(EXPRESSION_COLOURS)))
    known.paste(picture)
    for row, colour in enumerate(EXPRESSION_COLOURS.values()):
        known.paste(
            rgb_of(colour), (0, picture.height + 8 * row, picture.width, picture.height + 8 * row + 8)
        )
    picture.quantize(palette=known.quantize(COLOURS), dither=Image.Dither.NONE).save(path, optimize=True)
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:4])
