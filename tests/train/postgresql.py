"""A real PostgreSQL on loopback, started by the test that uses it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WORD = "word-that-nobody-may-read"
"""The password of its user."""


def _binary(name: str) -> str:
    """Where a program of PostgreSQL lies; Debian has them in no PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        pytest.skip(f"needs PostgreSQL's {name}: apt-get install postgresql")
    return path


def _user() -> dict[str, object]:
    """As whom it runs: it refuses root."""
    if os.getuid():
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = next((name for name in ("postgres", "nobody") if name in known), None)
    if not name:
        pytest.skip("PostgreSQL doesn't run as root, and there is no user postgres or nobody")
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Its address, with user, password and an empty database; skips where it can't be had."""
    initdb, postgres = _binary("initdb"), _binary("postgres")
    user, folder = _user(), Path(tempfile.mkdtemp(prefix="mimik-pg-"))
    if user:
        shutil.chown(folder, str(user["user"]), int(str(user["group"])))
    (word := folder / "word").write_text(WORD)
    word.chmod(0o644)
    more: dict[str, object] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, **user}
    server = None
    try:
        made = [initdb, "-D", str(folder / "data"), "-U", "ann", "-A", "scram-sha-256", "--no-sync"]
        subprocess.run([*made, f"--pwfile={word}"], check=True, capture_output=True, **more)  # type: ignore[call-overload]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
        words = [postgres, "-D", str(folder / "data"), *(w for option in options for w in ("-c", option))]
        server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, **more)  # type: ignore[call-overload]
        said = []
        while "ready to accept connections" not in (line := server.stderr.readline()):
            said.append(line)
            assert line, f"PostgreSQL has ended: {''.join(said)}"
        yield f"postgresql://ann:{WORD}@127.0.0.1:{port}/postgres"
    finally:
        if server:
            server.send_signal(signal.SIGINT)  # It ends its connections and itself.
            server.communicate(timeout=60)
        shutil.rmtree(folder)
