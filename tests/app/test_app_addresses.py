"""Where the server says that it is, and how the page is opened."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from mimik.app import addresses, browser
from mimik.app.addresses import hosts_elsewhere, hosts_here, page_address
from mimik.app.options import AppOptions
from mimik.app.server import listen
from mimik.app.uploads.scratch import Scratch
from mimik.cli.parser import build_parser
from mimik.cli.serving import _greeting, start

TOKEN = "0123456789abcdef"


def test_an_address_holds_the_token_and_brackets_of_ipv6() -> None:
    assert page_address("127.0.0.1", 8464) == "http://127.0.0.1:8464/"
    assert (
        page_address("fd00::2", 80, "a&b#c/0123456789") == "http://[fd00::2]:80/#token=a%26b%23c%2F0123456789"
    )


def test_this_machine_uses_loopback_where_the_server_is_everywhere() -> None:
    assert [hosts_here(host) for host in ("0.0.0.0", "::", "127.0.0.1", "10.0.0.7")] == [
        "127.0.0.1",
        "::1",
        "127.0.0.1",
        "10.0.0.7",
    ]


def test_others_are_told_every_address_that_they_can_use(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        socket.AF_INET: ["127.0.0.1", "192.168.1.5", "169.254.3.3", "10.0.0.2", "192.168.1.5"],
        socket.AF_INET6: ["::1", "fe80::1", "fd00::2"],
    }
    monkeypatch.setattr(addresses, "_addresses", lambda family: iter(found[family]))
    assert hosts_elsewhere("0.0.0.0") == ["192.168.1.5", "10.0.0.2"]
    assert hosts_elsewhere("::") == ["192.168.1.5", "10.0.0.2", "fd00::2"]
    assert hosts_elsewhere("10.0.0.2") == ["10.0.0.2"]
    found[socket.AF_INET] = ["127.0.0.1"]
    assert hosts_elsewhere("0.0.0.0") == ["127.0.0.1"], "in no network"


def test_what_the_system_tells_is_an_address_of_ours() -> None:
    for host in hosts_elsewhere("0.0.0.0"):
        with socket.create_server((host, 0)):
            pass


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_everywhere_in_ipv6_is_everywhere_in_ipv4_too() -> None:
    with listen("::", 0) as listening:
        port = listening.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), 5).close()


def test_the_greeting_has_a_line_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_addresses", lambda family: iter(["10.0.0.2", "10.0.0.3"]))
    options = AppOptions(host="0.0.0.0", token=TOKEN, data=tmp_path)
    assert [*_greeting(options, 80, TOKEN)] == [
        f"mimik is at http://10.0.0.2:80/#token={TOKEN}",
        f"and at http://10.0.0.3:80/#token={TOKEN} (results are kept in {tmp_path}); Ctrl-C ends it",
    ]
    alone = AppOptions(page=False, keep=False, token=TOKEN, data=tmp_path)
    greeting = ["mimik is at http://127.0.0.1:80/ (nothing is kept); Ctrl-C ends it"]
    assert [*_greeting(alone, 80, TOKEN)] == [*greeting, f"The token, which each request needs: {TOKEN}"]
    assert [*_greeting(alone, 80, None)] == greeting, "whoever set it knows it"


@pytest.mark.parametrize(
    ("page", "given", "at_terminal", "shown"),
    [
        (True, True, True, True),
        (True, True, False, False),
        (False, True, True, False),
        (True, False, False, True),
        (False, False, False, True),
    ],
)
def test_a_token_that_was_given_is_in_no_log(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    page: bool,
    given: bool,
    at_terminal: bool,
    shown: bool,
) -> None:
    """What a service or container prints is kept, and read by others than may know the token."""
    monkeypatch.setattr("mimik.app.server.serve", lambda options, *, browser, say: say(80))
    monkeypatch.setattr("mimik.app.token.secrets.token_urlsafe", lambda count: TOKEN)
    monkeypatch.setattr("sys.stdout.isatty", lambda: at_terminal)
    monkeypatch.delenv("MIMIK_TOKEN", raising=False)
    if given:
        monkeypatch.setenv("MIMIK_TOKEN", TOKEN)
    args = build_parser("serve").parse_args(["serve", "--data", str(tmp_path)])
    assert start(args, page=page, browser=False) == 0
    said = capsys.readouterr().out
    assert (TOKEN in said) == shown
    assert ("#token=TOKEN" in said) == (page and not shown)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no process list shows it there")
def test_no_command_line_shows_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(browser.webbrowser, "open", lambda url: opened.append(url) or True)

    def look(seconds: float) -> None:
        path = Path(opened[-1].removeprefix("file://"))
        assert path.stat().st_mode & 0o777 == 0o600
        assert f'url=http://127.0.0.1:80/#token={TOKEN}"' in path.read_text()

    monkeypatch.setattr(browser.time, "sleep", look)
    scratch = Scratch(tmp_path / "scratch")
    for found, folder in ((None, scratch.folder), ("/usr/bin/snap", tmp_path)):
        monkeypatch.setattr(browser.shutil, "which", lambda name, found=found: found)
        monkeypatch.setattr(Path, "home", lambda: tmp_path)
        browser.open_page(page_address("127.0.0.1", 80, TOKEN), scratch)
        assert opened[-1].startswith(f"file://{folder}{os.sep}") and TOKEN not in opened[-1]
        assert not Path(opened[-1].removeprefix("file://")).exists()
    browser.open_page("http://127.0.0.1:80/", scratch)
    assert opened[-1] == "http://127.0.0.1:80/"
