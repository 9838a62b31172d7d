"""Attacks by connections that do nothing, or too little: they end, and shut nobody out."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
from app_server import PATIENCE_S, Served
from PIL import Image
from websockets.exceptions import ConnectionClosed

from mimik.app.options import Limits, Waits
from mimik.app.sockets import BACKLOG, FEWEST, SPARE, most_sockets

SOON_S = 0.5
HASTY = Waits(request_s=SOON_S, body_s=SOON_S, read_s=SOON_S, start_s=SOON_S, idle_s=SOON_S)


def plug(port: int, said: bytes = b"") -> socket.socket:
    """A connection that has said so much."""
    one = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    one.sendall(said)
    return one


def heard(one: socket.socket) -> bytes:
    """All that comes until the server closes a connection."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := one.recv(65536):
            got += piece
    return got


def is_open(one: socket.socket) -> bool:
    one.settimeout(0.05)
    try:
        return one.recv(1, socket.MSG_PEEK) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def wait_for(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of files there")
@pytest.mark.parametrize(
    "said",
    [b"", b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", b"no request\r\n\r\n"],
    ids=["nothing", "half", "nonsense"],
)
def test_six_hundred_half_open_connections_shut_nobody_out(tmp_path: Path, said: bytes) -> None:
    import resource

    command = "import sys; from mimik.cli import main; sys.exit(main())"
    log = tmp_path / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                command,
                "serve",
                "--port",
                "0",
                "--models",
                "mini",
                "--data",
                str(tmp_path),
                "--log-level",
                "warning",
            ],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)),
        )
    assert process.stdout is not None
    try:
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found
        port = int(found[1])
        with contextlib.ExitStack() as stack:
            for _ in range(600):
                stack.enter_context(plug(port, said))
            for _ in range(3):
                answer = httpx.get(f"http://127.0.0.1:{port}/v1/health", timeout=20, trust_env=False)
                assert answer.status_code == 200
            if sys.platform == "linux":
                assert len([*Path(f"/proc/{process.pid}/fd").iterdir()]) < 200
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()
    told = log.read_text().splitlines()
    if said.startswith(b"no"):  # each is closed at once, and warned of once
        assert 1 <= len(told) <= 2 and "Invalid HTTP request received." in log.read_text()
    else:
        (line,) = told
        assert "connections are open, as many as there may be; idle ones are closed" in line


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /v1/hea", b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow:"],
    ids=["nothing", "half a line", "half the headers"],
)
def test_who_sends_no_whole_request_is_closed(serve: Callable[..., Served], said: bytes) -> None:
    server = serve(waits=HASTY)
    with plug(server.port, said) as one:
        assert heard(one) == b""
    assert len(server.state.sockets) <= 1


def test_a_header_that_drips_is_closed_all_the_same(serve: Callable[..., Served]) -> None:
    server = serve(waits=HASTY)
    with plug(server.port, b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ") as one:
        end_s = time.monotonic() + PATIENCE_S
        while is_open(one):
            assert time.monotonic() < end_s
            with contextlib.suppress(OSError):
                one.sendall(b"x")


def test_half_a_second_request_is_closed_too(serve: Callable[..., Served]) -> None:
    server = serve(waits=HASTY)
    whole = b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with plug(server.port, whole + b"GET /v1/he") as one:
        assert heard(one).count(b"200 OK") == 1


@pytest.mark.parametrize("path", ["/v1/analyze", "/v1/sessions", "/v1/jobs"])
@pytest.mark.parametrize("length", ["Content-Length: 5000", "Transfer-Encoding: chunked"])
def test_a_body_that_stops_is_answered_and_closed(
    serve: Callable[..., Served], path: str, length: str
) -> None:
    server = serve(waits=HASTY)
    kind = "application/json" if path == "/v1/sessions" else "multipart/form-data; boundary=b"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n{length}\r\n\r\n"
    begun = b"5\r\n--b\r\n\r\n" if "chunked" in length else b"--b\r\n"
    with plug(server.port, head.encode() + begun) as one:
        answer = heard(one)
    assert answer.startswith(b"HTTP/1.1 408 ")
    error = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    assert error["code"] == "too_slow" and "came for 0.5 s" in error["message"]
    assert server.http.get("/v1/health").status_code == 200


def test_a_body_that_drips_is_no_way_around_it(serve: Callable[..., Served]) -> None:
    server = serve(waits=HASTY)
    head = b"POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n"
    with plug(server.port, head) as one:
        one.settimeout(0.05)
        answer, end_s = b"", time.monotonic() + PATIENCE_S
        while b"too_slow" not in answer:
            assert time.monotonic() < end_s
            with contextlib.suppress(TimeoutError):
                answer += one.recv(4096)
            with contextlib.suppress(OSError):
                one.sendall(b" ")
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_long_upload_with_a_short_pause_is_read(serve: Callable[..., Served]) -> None:
    """The time is for the next piece, not for all of it."""
    server = serve(waits=Waits(body_s=2.0))
    body = json.dumps({"name": "x" * 100, "note": "y" * 9000}).encode()
    head = f"POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    with plug(server.port, f"{head}Content-Type: application/json\r\n\r\n".encode()) as one:
        for start in range(0, len(body), 2000):
            one.sendall(body[start : start + 2000])
            time.sleep(0.1)
        assert one.recv(100).startswith(b"HTTP/1.1 201 ")


def test_the_one_idle_for_longest_gives_way_and_who_works_stays(serve: Callable[..., Served]) -> None:
    server = serve(limits=Limits(connections=2))
    server.http.get("/v1/health")
    server.state.sockets.most = 4
    with server.live({"models": "mini"}) as viewer, contextlib.ExitStack() as stack:
        viewer.hear("ready")
        idle = []
        for _ in range(6):
            idle.append(stack.enter_context(plug(server.port, b"GET")))
            time.sleep(0.02)
        wait_for(lambda: [is_open(one) for one in idle] == [False] * 3 + [True] * 3)
        viewer.say(type="reference", clear=True)
        assert viewer.hear("reference")["state"] == "none"


def test_where_all_are_at_work_a_new_one_is_told_so(serve: Callable[..., Served]) -> None:
    server = serve(limits=Limits(connections=2))
    with server.live({"models": "mini"}) as viewer, server.live({"models": "mini"}) as second:
        viewer.hear("ready"), second.hear("ready")
        server.state.sockets.most = 2
        answer = httpx.get(f"http://127.0.0.1:{server.port}/v1/health", trust_env=False, timeout=PATIENCE_S)
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
        assert answer.json()["error"]["code"] == "busy"


def test_a_viewer_that_never_starts_is_closed_and_holds_no_place(serve: Callable[..., Served]) -> None:
    server = serve(limits=Limits(connections=1), waits=Waits(start_s=1.0))
    with server.live() as silent, server.live({"models": "mini"}) as viewer:
        viewer.hear("ready")
        with pytest.raises(ConnectionClosed) as closed:
            silent.hear()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "no start message came")


def test_an_idle_viewer_gives_its_place_to_another(serve: Callable[..., Served], photo: bytes) -> None:
    server = serve(limits=Limits(connections=2), waits=Waits(idle_s=1.0))
    with server.live({"models": "mini"}) as idle, server.live({"models": "mini"}) as active:
        idle.hear("ready"), active.hear("ready")
        with server.live() as refused, pytest.raises(ConnectionClosed):
            refused.hear()  # nobody has been idle for long enough
        for number in range(3):
            active.read(float(number), photo)
            time.sleep(0.4)
        with server.live({"models": "mini"}) as third:
            third.hear("ready")
            with pytest.raises(ConnectionClosed) as closed:
                idle.hear()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
            assert "another viewer needs the place" in closed.value.rcvd.reason
            assert active.read(4.0, photo)["frame"]["faces"]
            assert server.http.get("/v1/health").json()["connections"] == 2


@pytest.fixture
def long_film(tmp_path: Path) -> str:
    """The same picture for many seconds: noise, so that each frame is large."""
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (720, 960, 3), np.uint8)
    Image.fromarray(noise).save(stream, "JPEG", quality=80)
    path = tmp_path / "noise.mjpeg"
    path.write_bytes(stream.getvalue() * 400)
    return str(path)


def test_a_viewer_that_reads_nothing_is_closed_and_costs_little(
    serve: Callable[..., Served], long_film: str
) -> None:
    server = serve(sources=(long_film,), waits=Waits(read_s=SOON_S))
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", server.port))
        one.sendall(
            b"GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert one.recv(20).startswith(b"HTTP/1.1 101 ")
        start = json.dumps({"type": "start", "source": {"index": 0}, "tasks": ["age"]}).encode()
        one.sendall(struct.pack("!BB", 0x81, 0x80 | len(start)) + bytes(4) + start)
        wait_for(lambda: len(server.state.seats) == 1)
        lines = server.state.sockets._lines.values()
        most = 0

        def is_over() -> bool:
            nonlocal most
            most = max([most, *(line.unread for line in [*lines])])
            return len(server.state.seats) == 0

        wait_for(is_over)
    assert 0 < most < 2 * 2**20


def test_an_answer_that_nobody_reads_is_given_up(serve: Callable[..., Served]) -> None:
    server = serve(waits=Waits(read_s=SOON_S))
    number = server.session()
    frame = {
        "source": "x",
        "frame": 0,
        "time_s": 0.0,
        "width": 9,
        "height": 9,
        "detector": "yunet",
        "faces": [],
    }
    for _ in range(4):
        frames = [{**frame, "time_s": float(i)} for i in range(1000)]
        assert server.http.post(f"/v1/sessions/{number}/frames", json=frames).status_code == 200
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", server.port))
        one.sendall(f"GET /v1/sessions/{number}/frames HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        peer = one.getsockname()
        wait_for(lambda: peer in server.state.sockets._lines)
        wait_for(lambda: peer not in server.state.sockets._lines)


def test_half_of_the_files_stay_for_other_things(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))

    def most(soft: int, hard: int, connections: int = 16) -> int:
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
        return most_sockets(connections)

    assert most(1024, 1024) == SPARE + 16 and raised == []
    assert most(256, 256) == 128 - BACKLOG and most(20, 20) == FEWEST
    raised.clear()
    assert most(256, 4096) == SPARE + 16 and raised == [(2 * (SPARE + 16 + BACKLOG), 4096)]
    assert most(1024, resource.RLIM_INFINITY, 1000) == SPARE + 1000
    assert most(resource.RLIM_INFINITY, resource.RLIM_INFINITY) == SPARE + 16
