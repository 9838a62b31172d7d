"""A Chromium whose tabs can go out of sight: Playwright keeps each of its own visible."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness import PATIENCE_S, camera_flags, chromium
from websockets.sync.client import ClientConnection, connect


class Tab:
    """A page, reached by Chromium's own protocol."""

    def __init__(self, chrome: Chrome, target: str) -> None:
        self._chrome, self.target = chrome, target
        attached = chrome.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        chrome.send("Page.enable", self._session)

    def prepare(self, script: str) -> None:
        """Run a script before those of the pages to come."""
        self._chrome.send("Page.addScriptToEvaluateOnNewDocument", self._session, source=script)

    def go(self, address: str) -> None:
        self._chrome.send("Page.navigate", self._session, url=address)

    def evaluate(self, expression: str) -> Any:
        value = {"expression": expression, "returnByValue": True}
        return self._chrome.send("Runtime.evaluate", self._session, **value)["result"].get("value")

    def wait(self, expression: str) -> Any:
        """The expression's value, once it is true."""
        end_s = time.monotonic() + PATIENCE_S
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < end_s, f"never came true: {expression}"
            time.sleep(0.1)
        return value

    def click(self, test: str) -> None:
        self.wait(f"document.querySelector('[data-test={test}]:not(:disabled)') !== null")
        self.evaluate(f"document.querySelector('[data-test={test}]').click()")

    def show(self) -> None:
        """Bring it before the others, which are out of sight then."""
        self._chrome.send("Target.activateTarget", targetId=self.target)


class Chrome:
    """The browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def send(self, method: str, session: str | None = None, **values: Any) -> dict[str, Any]:
        """Do something and wait for the answer."""
        number = next(self._numbers)
        to = {"sessionId": session} if session else {}
        self._socket.send(json.dumps({"id": number, "method": method, "params": values, **to}))
        while True:
            said = json.loads(self._socket.recv(timeout=PATIENCE_S))
            if said.get("id") == number:
                assert "result" in said, said
                return dict(said["result"])

    def tab(self, address: str = "about:blank") -> Tab:
        return Tab(self, self.send("Target.createTarget", url=address)["targetId"])


@contextlib.contextmanager
def tabs(film: Path, profile: Path) -> Iterator[Chrome]:
    """A Chromium of its own whose camera plays a film."""
    flags = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", *camera_flags(film)]
    command = [str(chromium()), *flags, "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            address = next(found for line in process.stderr if (found := re.search(r"ws://\S+", line)))[0]
            with connect(address, max_size=2**24, proxy=None) as socket:
                yield Chrome(socket)
        finally:
            process.terminate()
