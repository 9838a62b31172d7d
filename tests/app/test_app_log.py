"""The server's log: a line a request, without tokens or anything of clients."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from app_server import PATIENCE_S, Served

from mimik.app.log import logging_to_stderr
from mimik.cli.parser import build_parser

TOKEN = "a-token-of-the-tests-0123"
AUTHOR = {"Authorization": f"Bearer {TOKEN}"}
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d (info|warning|error) .+")


def logged(capsys: pytest.CaptureFixture[str], wanted: str) -> list[str]:
    """The lines so far, once one has what is wanted: a line comes after its answer."""
    lines: list[str] = []
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s and not any(wanted in line for line in lines):
        time.sleep(0.01)
        lines += capsys.readouterr().err.splitlines()
    return lines


@pytest.fixture
def named(serve: Callable[..., Served]) -> Served:
    return serve(token=TOKEN)


def test_a_request_is_a_line_without_its_query(named: Served, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("info"):
        named.http.get("/v1/health", params={"token": TOKEN, "who": "anna"})
        named.http.get("/v1/settings")
        named.http.get("/v1/no%0A2026 info forged", headers=AUTHOR)
        lines = logged(capsys, "/v1/no")
    assert all(LINE.fullmatch(line) for line in lines) and len(lines) == 3, lines
    assert re.search(r" info GET /v1/health 200 [\d.]+ ms \d+ bytes$", lines[0])
    assert re.search(r" warning GET /v1/settings 401 ", lines[1])
    assert " info GET /v1/no 2026 info forged 404 " in lines[2]
    assert TOKEN not in "".join(lines) and "anna" not in "".join(lines)


def test_json_lines_name_what_they_hold(named: Served, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("info", "json"):
        named.http.get("/v1/settings", headers=AUTHOR)
        (told,) = map(json.loads, logged(capsys, "/v1/settings"))
    assert (told["level"], told["method"], told["path"], told["status"]) == (
        "info",
        "GET",
        "/v1/settings",
        200,
    )
    assert told["bytes"] > 50 and told["ms"] > 0 and told["time"][:2] == "20"


def test_a_live_connection_is_a_line_with_how_it_ended(
    serve: Callable[..., Served], capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve()
    with logging_to_stderr("debug"):
        with server.live({}) as viewer:
            viewer.hear("ready")
            viewer.say(type="stop")
            viewer.hear("end")
        lines = logged(capsys, "closed with")
    assert any("debug WEBSOCKET /v1/live opened" in line for line in lines)
    assert re.search(r"info WEBSOCKET /v1/live 101 [\d.]+ ms \d+ bytes, closed with 100\d$", lines[-1])


def test_a_job_that_fails_is_told_without_its_files_name(
    serve: Callable[..., Served], photo: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve()
    with logging_to_stderr("info"):
        files = [("files", ("anna.jpg", photo)), ("files", ("bert.jpg", b"no picture"))]
        number = server.http.post("/v1/jobs", files=files).json()["id"]
        lines = logged(capsys, "1 failed")
    assert any(f"warning job {number}: file 1 can't be read: unreadable" in line for line in lines)
    assert f"info job {number} done: 2 files, 1 failed, 1 frames" in "".join(lines)
    assert "anna" not in "".join(lines) and "bert" not in "".join(lines)


def test_the_level_leaves_lesser_lines_out(named: Served, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("warning"):
        named.http.get("/v1/settings", headers=AUTHOR)
        named.http.get("/v1/settings")
        assert [line.split()[1] for line in logged(capsys, "401")] == ["warning"]
    named.http.get("/v1/settings")
    assert capsys.readouterr().err == ""
    assert logging.getLogger("mimik").level == logging.NOTSET


def test_start_and_end_are_told_and_the_token_is_not(tmp_path: Path) -> None:
    words = ["serve", "--port", "0", "--data", str(tmp_path), "--models", "mini", "--token", TOKEN]
    words += ["--host", "0.0.0.0"]
    with subprocess.Popen(
        [sys.executable, "-m", "mimik", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None and server.stderr is not None
        said = server.stdout.readline()
        port = re.search(r":(\d+)/", said)
        assert port is not None
        httpx.get(f"http://127.0.0.1:{port[1]}/v1/health", headers=AUTHOR, trust_env=False)
        server.send_signal(signal.SIGTERM)
        log = server.stderr.read()
    began, request, ended = filter(LINE.fullmatch, log.splitlines())
    assert " info mimik 0." in began and f"on 0.0.0.0:{port[1]}: API, models mini" in began
    assert "GET /v1/health 200" in request and ended.endswith(" info ended")
    assert TOKEN not in log


def test_levels_and_formats_are_words_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("app", "serve"):
        args = build_parser(command).parse_args([command, "--log-level", "debug", "--log-format", "json"])
        assert (args.log_level, args.log_format) == ("debug", "json")
    with pytest.raises(SystemExit) as end:
        build_parser("serve").parse_args(["serve", "--log-level", "loud"])
    assert end.value.code == 2 and "loud" in capsys.readouterr().err


def test_importing_sets_up_no_log() -> None:
    code = "import logging, mimik, mimik.app.server; print(logging.root.handlers, logging.root.level)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[] 30\n"
