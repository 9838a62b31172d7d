"""The SQLite file of what was recorded: its tables, one connection, and one server at a time."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mimik.errors import OutputError, RefusedError
from mimik.storage.whole import output_errors

VERSION = 4
"""Of the tables, as PRAGMA user_version."""

TABLES = """
CREATE TABLE studies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    groups TEXT NOT NULL,           -- JSON list of names
    stimulus TEXT,                  -- JSON object: name, kind, duration_s
    created TEXT NOT NULL
);
CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    study_id INTEGER NOT NULL REFERENCES studies(id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    "group" TEXT NOT NULL,
    note TEXT NOT NULL,
    UNIQUE (study_id, code)
);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    created TEXT NOT NULL,
    study_id INTEGER REFERENCES studies(id) ON DELETE SET NULL,
    person_id INTEGER REFERENCES people(id) ON DELETE SET NULL,
    note TEXT NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('recording', 'closed', 'interrupted')),
    made_by TEXT NOT NULL           -- JSON list of RunInfo.to_dict(), one a change of settings
);
CREATE INDEX sessions_study ON sessions (study_id);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE TABLE chunks (               -- frames of about half a second
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    first_s REAL NOT NULL,
    last_s REAL NOT NULL,
    count INTEGER NOT NULL,
    last_frame INTEGER NOT NULL,
    last_id INTEGER NOT NULL,       -- greatest id of a face, -1 without one
    data BLOB NOT NULL              -- JSON lines, zlib
);
CREATE INDEX chunks_session ON chunks (session_id, id);
CREATE TABLE markers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    time_s REAL NOT NULL,
    end_s REAL,
    label TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX markers_session ON markers (session_id, time_s);
"""
"""The tables of version 1."""
NEUTRALS = """
CREATE TABLE neutrals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    face INTEGER NOT NULL,          -- id of a face, that is of a person
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    frames INTEGER NOT NULL,        -- how many of them it is the mean of
    scores TEXT NOT NULL,           -- JSON object: task to label to mean score at rest
    made_by TEXT NOT NULL,          -- JSON object: models, smoothing, threshold
    UNIQUE (session_id, face)
);
"""
"""What version 2 adds."""
RUNS = """
ALTER TABLE sessions ADD COLUMN broken_off INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN counts INTEGER
"""
"""What version 3 adds: how a study's run ended, and if it is in averages (NULL: unless broken off)."""
SPANS = """
CREATE TABLE spans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    span INTEGER NOT NULL,          -- number of the utterance
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    data BLOB NOT NULL              -- a JSON line
);
CREATE INDEX spans_session ON spans (session_id, end_s)
"""
"""What version 4 adds: what was heard."""
UPGRADES: dict[int, str] = {0: TABLES, 1: NEUTRALS, 2: RUNS, 3: SPANS}
"""Version to the statements that lead to the next."""

MEMORY = Path(":memory:")
"""A database that is gone when it is closed."""

Row = sqlite3.Row


class Database:
    """One connection behind a lock: a write takes milliseconds, and readers fetch in small parts.

    The file is locked for as long as it is open, so that a second server on the same folder is refused
    instead of taking this one's sessions for interrupted ones. What is deleted is overwritten.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file, and bring its tables up to date.

        Raises:
            OutputError: It can't be written, is used by another server, or is of a newer mimik.
        """
        self.path = path
        self.behind: Database | None = None
        """Another one that is closed with this one."""
        self._lock = threading.RLock()
        if path != MEMORY:
            _make_private(path)
        try:
            self._connection = sqlite3.connect(
                path, timeout=0.5, isolation_level=None, check_same_thread=False
            )
            self._prepare()
        except sqlite3.Error as error:
            if hasattr(self, "_connection"):
                self._connection.close()
            busy = "locked" in str(error)
            remedy = "another mimik server uses it; stop that one" if busy else str(error)
            raise OutputError(
                f"{path}: can't be used: {remedy}, or choose another folder (--data)"
            ) from error
        except OutputError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        self._connection.row_factory = sqlite3.Row
        for pragma in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = WAL",
            # A commit is on the disk when it returns: a loss of power costs what a crash does.
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            self._connection.execute(f"PRAGMA {pragma}")
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise OutputError(
                f"{self.path}: was made by a newer mimik (tables of version {version}, known is {VERSION}): "
                "update mimik, or choose another folder (--data)"
            )
        with self._transaction() as connection:
            for step in range(version, VERSION):
                for statement in UPGRADES[step].split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing.

        Raises:
            RefusedError: What a row belongs to isn't there any more.
            OutputError: The disk is full, say.
            sqlite3.IntegrityError: What must be unique is there already; whoever writes it knows its name.
        """
        with _in_words(), self._transaction() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        with self._lock, _in_words():
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query; None without one."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def insert(self, table: str, values: dict[str, Any]) -> int:
        """Add a row.

        Args:
            table: Its name, from the code.
            values: Column, from the code, to value.

        Returns:
            Its id.
        """
        columns, places = _columns(values), ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"
        with self.change() as connection:
            return int(connection.execute(statement, tuple(values.values())).lastrowid or 0)

    def update(self, table: str, number: int, values: dict[str, Any]) -> None:
        """Change columns of a row; see ``insert``."""
        if values:
            places = ", ".join(f'"{name}" = ?' for name in values)
            with self.change() as connection:
                connection.execute(f"UPDATE {table} SET {places} WHERE id = ?", (*values.values(), number))

    def delete(self, table: str, *numbers: int) -> None:
        """Delete rows and what hangs on them, all or none."""
        with self.change() as connection:
            connection.executemany(f"DELETE FROM {table} WHERE id = ?", [(number,) for number in numbers])
        with self._lock, _in_words():
            # The write-ahead log still holds what was deleted until it is emptied.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._connection.close()
        if self.behind:
            self.behind.close()


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn SQLite's errors into mimik's; see Database.change."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
            raise
        # Deleted by someone else between a check and the change that it allowed.
        raise RefusedError("not_found", "what it belongs to has just been deleted") from error
    except sqlite3.OperationalError as error:
        raise OutputError(f"the database can't be written: {error}") from error


def _make_private(path: Path) -> None:
    """Let nobody but its owner read the database; SQLite gives its log the same rights as the file.

    Raises:
        OutputError: It can't be made.
    """
    real = Path(os.path.realpath(path))  # a link may lead to a file that isn't there yet
    with output_errors(path), suppress(FileExistsError):
        os.close(os.open(real, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # By name, for one that is there: to close it here would take this process's locks off it. Its log is
    # there after a crash. Some file systems, and other people's files, can't be changed.
    for name in (real, Path(f"{real}-wal"), Path(f"{real}-shm"), Path(f"{real}-journal")):
        with suppress(OSError):
            if name.is_file():
                name.chmod(0o600)


def _columns(names: Any) -> str:
    return ", ".join(f'"{name}"' for name in names)


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
