"""A real ``mimik serve`` process: how it starts, ends, and what is left when it is killed."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from app_server import Live, Served, live

from mimik.app.options import AppOptions, Limits
from mimik.app.state import State
from mimik.app.store.database import Database
from mimik.app.token import given_token
from mimik.errors import OptionError, OutputError, UnknownNameError


class Process:
    """``mimik serve`` on a free port."""

    def __init__(self, data: Path, *words: str) -> None:
        code = "import sys; from mimik.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", code, "serve", "--port", "0", "--models", "mini"]
        self.process = subprocess.Popen(
            [*command, "--data", str(data), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={name: text for name, text in os.environ.items() if name != "MIMIK_TOKEN"},
        )
        assert self.process.stdout is not None
        self.said = ""
        while "Ctrl-C" not in self.said and (line := self.process.stdout.readline()):
            self.said += line
        found = re.search(r"http://\S+?:(\d+)/", self.said)
        assert found, self.said
        made = not {"--no-token", "--token", "--token-file"} & {*words}
        self.port, self.token = int(found[1]), self.process.stdout.readline().split()[-1] if made else ""
        self.good = {"Authorization": f"Bearer {self.token}"}
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=60, trust_env=False, headers=self.good
        )

    def end(self, how: signal.Signals) -> int:
        """Stop it; its exit code."""
        self.http.close()
        self.process.send_signal(how)
        code = self.process.wait(60)
        if self.process.stdout:
            self.process.stdout.close()
        return code


@contextmanager
def running(data: Path, *words: str) -> Iterator[Process]:
    process = Process(data, *words)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.end(signal.SIGKILL)


def record(viewer: Live, photo: bytes, seconds: float) -> int:
    """Send frames one after another for a while; how many were answered."""
    start_s, count = time.monotonic(), 0
    while time.monotonic() < start_s + seconds:
        viewer.read(time.monotonic() - start_s, photo)
        count += 1
    return count


def test_a_killed_server_loses_no_more_than_a_second(tmp_path: Path, photo: bytes) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        session = server.http.post("/v1/sessions", json={"name": "test"}).json()["id"]
        server.http.post(f"/v1/sessions/{session}/markers", json={"time_s": 0, "label": "start"})
        with live(server.port, {"tasks": ["emotion"], "record": session}, **server.good) as viewer:
            record(viewer, photo, 2.5)
            last = viewer.read(100.0, photo)  # the clock jumps: all before is more than a second old
            before = last["frame"]["frame"]
            time.sleep(1.1)
            server.end(signal.SIGKILL)
        (data / "scratch" / "left").write_bytes(b"an upload")
    with running(data) as again:
        assert "1 session was being recorded" in again.said
        about = again.http.get(f"/v1/sessions/{session}").json()
        assert about["state"] == "interrupted" and about["name"] == "test"
        # Every frame that was answered more than a second before the kill is there.
        assert about["frames"] == before + 1
        assert len(again.http.get(f"/v1/sessions/{session}/frames").text.splitlines()) == before + 1
        assert again.http.get(f"/v1/sessions/{session}/markers").json()[0]["label"] == "start"
        assert list((data / "scratch").iterdir()) == []
        with live(again.port, {"tasks": ["emotion"], "record": session}, **again.good) as viewer:
            added = record(viewer, photo, 0.5)
            assert again.end(signal.SIGINT) == 0  # in the middle of it
    assert not (data / "scratch").exists()
    with sqlite3.connect(data / "mimik.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT state FROM sessions").fetchone() == ("closed",)
        assert connection.execute("SELECT SUM(count) FROM chunks").fetchone() == (before + 1 + added,)
    connection.close()


STRANGER = {"Authorization": ""}
HOSTS = ("faces.example", "10.1.2.3:80", "evil.example")


@pytest.mark.parametrize("words", [(), ("--name", "faces.example"), ("--host", "0.0.0.0")])
def test_the_token_is_made_printed_and_needed(tmp_path: Path, words: tuple[str, ...]) -> None:
    with running(tmp_path, *words) as server:
        assert len(server.token) >= 32
        assert server.http.get("/v1/sessions", headers=STRANGER).status_code == 401
        assert server.http.delete("/v1/sessions/1", headers=STRANGER).status_code == 401
        assert server.http.get("/v1/sessions").json() == []
        assert server.http.get("/").status_code == 404  # serve has no page
        status = {host: server.http.get("/v1/sessions", headers={"Host": host}).status_code for host in HOSTS}
    by_name, by_address = 200 if "--name" in words else 400, 200 if "--host" in words else 400
    assert status == {"faces.example": by_name, "10.1.2.3:80": by_address, "evil.example": 400}


def test_a_token_that_was_made_holds_until_the_end(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        first = server.token
        server.end(signal.SIGTERM)
    with running(tmp_path) as again:
        assert again.token != first
        assert again.http.get("/v1/sessions", headers={"Authorization": f"Bearer {first}"}).status_code == 401
        assert not [
            path for path in tmp_path.rglob("*") if path.is_file() and first.encode() in path.read_bytes()
        ]


def test_a_token_in_a_file_is_not_printed_and_does_not_show_in_the_process_list(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0123456789abcdef\n")
    with running(tmp_path / "data", "--token-file", str(tmp_path / "token")) as server:
        assert "0123456789abcdef" not in server.said
        good = {"Authorization": "Bearer 0123456789abcdef"}
        assert server.http.get("/v1/sessions", headers=good).status_code == 200
        assert server.http.get("/v1/sessions", headers=STRANGER).status_code == 401
    with running(tmp_path / "data", "--token", "0123456789abcdef") as server:
        assert server.said.startswith("mimik: other accounts can read --token in the process list")
        assert server.http.get("/v1/sessions", headers=good).status_code == 200


def test_without_a_token_only_if_one_says_so(tmp_path: Path) -> None:
    with running(tmp_path, "--no-token") as server:
        assert server.http.get("/v1/sessions", headers=STRANGER).status_code == 200


def test_a_second_server_on_the_same_folder_is_refused(serve: Callable[..., Served], tmp_path: Path) -> None:
    server = serve()
    number = server.session()
    with pytest.raises(OutputError, match="another mimik server uses it"):
        State(AppOptions(data=tmp_path / "data", models="mini"))
    assert server.http.get(f"/v1/sessions/{number}").json()["state"] == "closed"


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "mimik.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(OutputError, match="newer mimik"):
        Database(tmp_path / "mimik.db")


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mimik.db").write_bytes(b"no database" * 1000)
    with pytest.raises(OutputError, match="can't be used"):
        Database(tmp_path / "mimik.db")


needs_modes = pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")


def modes(folder: Path) -> dict[str, str]:
    """What a folder holds, each with its rights."""
    return {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@needs_modes
@pytest.mark.usefixtures("usual_umask")
def test_others_may_not_read_what_lies_in_a_folder_that_they_may(tmp_path: Path) -> None:
    data = tmp_path / "shared"
    data.mkdir(mode=0o755)
    with running(data) as server:
        server.http.post("/v1/sessions", json={"name": "test"})
        assert modes(data) == {"mimik.db": "0o600", "mimik.db-wal": "0o600", "scratch": "0o700"}
        server.end(signal.SIGKILL)
    for left in ("mimik.db", "mimik.db-wal"):  # as earlier versions made them
        (data / left).chmod(0o644)
    with running(data) as server:
        assert server.http.get("/v1/sessions").json()[0]["name"] == "test"
        assert modes(data) == {"mimik.db": "0o600", "mimik.db-wal": "0o600", "scratch": "0o700"}
    with running(tmp_path / "own", "--keep-nothing"):
        assert modes(tmp_path) == {"shared": "0o755", "own": "0o700"}
        assert modes(tmp_path / "own")["mimik.db"] == "0o600"


@needs_modes
@pytest.mark.usefixtures("usual_umask")
def test_a_database_behind_a_link_is_private_too(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "mimik.db").symlink_to(tmp_path / "disk" / "real.db")
    database = Database(tmp_path / "mimik.db")
    assert set(modes(tmp_path / "disk").values()) == {"0o600"}
    database.close()


def test_a_database_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"mimik\.db: can't be written"):
        Database(tmp_path / "nowhere" / "mimik.db")


def test_what_was_deleted_is_gone_from_the_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db")
    row = {"name": "a name to forget", "note": "", "groups": "[]", "created": ""}
    numbers = [database.insert("studies", row) for _ in range(2)]
    database.delete("studies", *numbers)
    assert database.rows("SELECT * FROM studies") == []
    database.close()
    for path in tmp_path.iterdir():
        assert b"a name to forget" not in path.read_bytes()


def test_options_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--port"):
        AppOptions(port=70_000, data=tmp_path)
    with pytest.raises(UnknownNameError):
        AppOptions(models="huge", data=tmp_path)
    with pytest.raises(OptionError, match="--connections"):
        Limits(connections=0)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["serve", "--port", "99999"], 2),
        (["serve", "--connections", "0"], 2),
        (["serve", "--no-token", "--host", "0.0.0.0"], 2),
        (["serve", "--no-token", "--name", "faces.example"], 2),
        (["serve", "--token", "short"], 2),
        (["serve", "--token-file", "/nowhere/token"], 2),
        (["serve", "--host", "203.0.113.7"], 1),
        (["serve", "--models", "huge"], 2),
        (["serve", "--data", "/dev/null/x"], 1),
    ],
)
def test_wrong_use_is_one_line(words: list[str], code: int, tmp_path: Path) -> None:
    from mimik.cli import main

    data = [] if "--data" in words else ["--data", str(tmp_path)]
    assert main([*words, *data]) == code


@pytest.mark.parametrize(
    "token", ["short", "with a space in it", "mit-Umläuten-darin", "0123456789\n12345678"]
)
def test_a_token_that_cannot_be_is_refused(token: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="16 characters or more"):
        given_token(token, None)
    with pytest.raises(OptionError, match="16 characters or more"):
        AppOptions(token=token, data=tmp_path)


def test_what_is_wrong_with_a_token_is_told_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMIK_TOKEN", "s3cret")
    with pytest.raises(OptionError, match=r"^MIMIK_TOKEN has 6 characters; a token must have 16 ") as told:
        given_token(None, None)
    assert "s3cret" not in str(told.value)
    (path := tmp_path / "secret").write_text("s3cret-of-some-length\nanother")
    with pytest.raises(OptionError, match=f"^--token-file {path} has spaces, line ends or ") as told:
        given_token(None, path)
    assert "s3cret" not in str(told.value)


def test_where_a_token_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIMIK_TOKEN", raising=False)
    assert given_token(None, None) is None
    monkeypatch.setenv("MIMIK_TOKEN", "")
    assert given_token(None, None) is None, "as a container sets it that was given none"
    monkeypatch.setenv("MIMIK_TOKEN", "of-the-environment")
    assert given_token(None, None) == "of-the-environment"
    (tmp_path / "secret").write_text("  of-the-file-12345\r\n")
    assert given_token(None, tmp_path / "secret") == "of-the-file-12345"
    assert given_token("of-the-command-line", None) == "of-the-command-line"
    (tmp_path / "empty").touch()
    with pytest.raises(OptionError, match="16 characters or more"):
        given_token(None, tmp_path / "empty")
    for unreadable, why in ((tmp_path / "absent", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(OptionError, match=f"--token-file .*{why}.*token_urlsafe"):
            given_token(None, unreadable)


def test_without_the_extra_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mimik.cli import main, serving

    monkeypatch.setattr(serving, "NEEDED", ("a_module_that_is_not_there",))
    assert main(["app", "--no-browser"]) == 2
    assert "pip install 'mimik[app]'" in capsys.readouterr().err
