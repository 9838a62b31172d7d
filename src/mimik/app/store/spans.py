"""Recorded utterances in the database: a row each, since there are few."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from sqlite3 import Connection
from typing import Any

from mimik.app.store.chunks import line_of
from mimik.app.store.database import Database

PAGE_ROWS = 500
"""Utterances that are in memory at once."""

SpanDict = Mapping[str, Any]
"""SpanResult.to_dict()."""


class Spans:
    """The utterances of all sessions."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, connection: Connection, parts: Mapping[int, Sequence[SpanDict]]) -> None:
        """Add utterances of several sessions, which are there, within a transaction."""
        connection.executemany(
            "INSERT INTO spans (session_id, span, start_s, end_s, data) VALUES (?, ?, ?, ?, ?)",
            [
                (number, span["span"], span["start_s"], span["end_s"], line_of(span))
                for number, spans in parts.items()
                for span in spans
            ],
        )

    def next_number(self, number: int) -> int:
        """The number of an utterance that comes after all of a session's."""
        row = self._db.row("SELECT COALESCE(MAX(span), -1) FROM spans WHERE session_id = ?", (number,))
        return int(row[0]) + 1 if row else 0

    def lines(self, number: int) -> Iterator[bytes]:
        """A session's utterances as whole JSON lines, by when they end, some at a time."""
        done = 0
        while rows := self._db.rows(
            "SELECT data FROM spans WHERE session_id = ? ORDER BY end_s, id LIMIT ? OFFSET ?",
            (number, PAGE_ROWS, done),
        ):
            yield b"".join(row["data"] for row in rows)
            done += len(rows)

    def all(self, number: int) -> Iterator[dict[str, Any]]:
        """A session's utterances, one at a time."""
        return (json.loads(line) for lines in self.lines(number) for line in lines.splitlines())
