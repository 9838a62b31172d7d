"""Rooms of the app raise mimik's errors; what a client is told of them is made in one place."""

from __future__ import annotations

import ast
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import mimik.app
from mimik.app.problems import KINDS, STATUS, Answer, answer_of
from mimik.app.server import listen
from mimik.app.store.database import MEMORY, Database
from mimik.errors import (
    DecodeError,
    LiveSourceError,
    MimikError,
    ModelError,
    NotFoundError,
    OutputError,
    PortError,
    RefusedError,
)

ROOT = Path(mimik.app.__file__).parent
DOMAIN = [p for room in ("store", "live", "uploads", "report") for p in sorted((ROOT / room).glob("*.py"))]
SOCKETS = {"live/live.py", "live/wire.py"}
"""What talks to a WebSocket."""
ROW = {"session_id": 9, "time_s": 0.0, "end_s": None, "label": "x", "note": ""}


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_domain_rooms_know_no_http(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = {n.module.split(".")[0] for n in nodes if isinstance(n, ast.ImportFrom) and n.module}
    found |= {alias.name.split(".")[0] for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    allowed = {"fastapi"} if f"{path.parent.name}/{path.name}" in SOCKETS else set()
    assert not found & {"fastapi", "starlette", "uvicorn"} - allowed


def test_every_code_of_a_refusal_has_a_status() -> None:
    used = set()
    for path in ROOT.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = node.args[0] if node.args else None
                if node.func.id == "RefusedError" and isinstance(first, ast.Constant):
                    used.add(first.value)
    assert used and used <= set(STATUS)


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (NotFoundError("session", 3), (404, "not_found")),
        (RefusedError("busy", "wait"), (409, "busy")),
        (LiveSourceError("gone"), (409, "unreadable")),
        (DecodeError("bad"), (422, "unreadable")),
        (ModelError("bad"), (422, "invalid")),
        (OutputError("full"), (507, "not_saved")),
    ],
)
def test_an_error_has_a_status_and_a_code(error: MimikError, answer: tuple[int, str]) -> None:
    told = answer_of(error)
    assert (told.status, told.code, told.message) == (*answer, str(error))
    assert told.body() == {"error": {"code": answer[1], "message": str(error)}}


def test_a_narrower_kind_stands_before_its_base() -> None:
    kinds = list(KINDS)
    assert all(not issubclass(later, kind) for i, kind in enumerate(kinds) for later in kinds[i + 1 :])


def test_what_nobody_foresaw_says_nothing_of_the_inside() -> None:
    told = answer_of(KeyError("secret"))
    assert told == Answer(500, "internal", told.message) and "secret" not in told.message


def test_a_row_whose_owner_is_gone_is_not_found() -> None:
    with closing(Database(MEMORY)) as database:
        with pytest.raises(RefusedError, match="has just been deleted") as refused:
            database.insert("markers", ROW)
        assert refused.value.code == "not_found" and database.rows("SELECT * FROM markers") == []


def test_what_must_be_unique_is_told_to_the_one_who_writes() -> None:
    with closing(Database(MEMORY)) as database:
        study = database.insert("studies", {"name": "s", "note": "", "groups": "[]", "created": "now"})
        person = {"study_id": study, "code": "P1", "group": "", "note": ""}
        database.insert("people", person)
        with pytest.raises(sqlite3.IntegrityError):
            database.insert("people", person)


def test_a_database_that_takes_nothing_is_an_output_error() -> None:
    with closing(Database(MEMORY)) as database:
        database.rows("PRAGMA query_only = ON")
        with pytest.raises(OutputError, match=r"the database can't be written: .*readonly"):
            database.insert("markers", ROW)


def test_a_busy_port_is_no_camera_that_has_vanished() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=rf"127\.0\.0\.1:{port} can't be listened on .*--port") as error:
            listen("127.0.0.1", port)
    assert isinstance(error.value, OSError) and not isinstance(error.value, LiveSourceError)
