"""A server as a process of its own, which can be killed, and a Chromium with a camera that isn't one."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mimik

PACKAGE = Path(mimik.__file__).parent
PHOTO = PACKAGE / "example" / "astronaut.jpg"
PAGE = PACKAGE / "app" / "page" / "index.html"
REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "examples"
AXE = REPOSITORY / "page" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_S = 90.0
"""How long a test waits: the machine may be busy."""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Where Chromium is installed."""
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Server:
    """``mimik app`` on a port of its own."""

    data: Path
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    token: str = "only-for-us-and-nobody-else"
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """What a program sends to be let in."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def storage(self) -> Any:
        """What a browser keeps that opened the printed address: new_context's storage_state."""
        kept = [{"name": "mimik.token", "value": self.token}]
        return {"cookies": [], "origins": [{"origin": self.address, "localStorage": kept}]}

    def start(self) -> None:
        code = "import sys; from mimik.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", code, "app", "--no-browser", "--port", str(self.port)]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "MIMIK_TOKEN": self.token}
        self.process = subprocess.Popen(
            [*command, "--data", str(self.data), *self.arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _wait(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            assert self.process is not None and self.process.poll() is None, "the server ended at once"
            with contextlib.suppress(OSError), opener.open(self.address, timeout=5):
                return
            time.sleep(0.2)
        raise TimeoutError(self.address)


def camera_flags(film: Path, sound: Path | None = None, asks: bool = False) -> list[str]:
    """What tells Chromium to take a film for its camera, and a WAV file for its microphone.

    Args:
        film: What the camera sees.
        sound: What the microphone hears, over and over; beeps without it.
        asks: May a page use them only if the test allows it to? Else each may.
    """
    return [
        "--no-sandbox",
        "--disable-gpu",
        *([] if asks else ["--use-fake-ui-for-media-stream"]),
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
        *([f"--use-file-for-fake-audio-capture={sound}"] if sound else []),
        "--disable-background-networking",
        "--autoplay-policy=no-user-gesture-required",
    ]


@contextlib.contextmanager
def browsing(film: Path, sound: Path | None = None, asks: bool = False) -> Iterator[Any]:
    """A headless Chromium whose camera plays a film; see camera_flags."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=camera_flags(film, sound, asks), headless=True
        )
        try:
            yield browser
        finally:
            browser.close()


def open_menu(page: Any) -> None:
    """Open the menu of settings; a study's run has none."""
    button = page.locator("[data-test=menu]")
    if button.count() and button.get_attribute("aria-expanded") == "false":
        button.click()


def switch(page: Any, name: str) -> None:
    """Press a switch, wherever it stands."""
    open_menu(page)
    page.get_by_role("switch", name=name).click()


def wait_until(page: Any, expression: str) -> None:
    """Wait for an expression to be true; Playwright's own way needs eval, which the page forbids."""
    end_s = time.monotonic() + PATIENCE_S
    while not page.evaluate(expression):
        if time.monotonic() > end_s:
            said = page.evaluate("document.body.innerText")
            raise AssertionError(f"never came true: {expression}\nThe page says:\n{said}")
        page.wait_for_timeout(100)
