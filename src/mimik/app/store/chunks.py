"""Recorded frames in the database: compressed, some at a time."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from sqlite3 import Connection
from typing import Any

from mimik.app.store.database import Database

CHUNK_FRAMES = 64
"""Frames of a chunk where they come all at once."""
PAGE_CHUNKS = 8
"""Chunks that are in memory at once."""

FrameDict = Mapping[str, Any]
"""FrameResult.to_dict()."""


class Chunks:
    """The frames of all sessions."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, connection: Connection, parts: Mapping[int, Sequence[FrameDict]]) -> None:
        """Add frames of several sessions, which are there, within a transaction."""
        rows = [
            _row(number, frames[start : start + CHUNK_FRAMES])
            for number, frames in parts.items()
            for start in range(0, len(frames), CHUNK_FRAMES)
        ]
        connection.executemany(
            "INSERT INTO chunks (session_id, first_s, last_s, count, last_frame, last_id, data) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def next_numbers(self, number: int) -> tuple[int, int]:
        """The number of a frame and the id of a face that come after all of a session's."""
        row = self._db.row(
            "SELECT COALESCE(MAX(last_frame), -1), COALESCE(MAX(last_id), -1) "
            "FROM chunks WHERE session_id = ?",
            (number,),
        )
        return (int(row[0]) + 1, int(row[1]) + 1) if row else (0, 0)

    def lines(self, number: int) -> Iterator[bytes]:
        """A session's frames as whole JSON lines, some at a time."""
        last = 0
        while True:
            rows = self._db.rows(
                "SELECT id, data FROM chunks WHERE session_id = ? AND id > ? ORDER BY id LIMIT ?",
                (number, last, PAGE_CHUNKS),
            )
            for row in rows:
                yield zlib.decompress(row["data"])
            if len(rows) < PAGE_CHUNKS:
                return
            last = rows[-1]["id"]


def frames_of(lines: bytes) -> Iterator[dict[str, Any]]:
    """The frames that JSON lines hold."""
    return map(json.loads, lines.splitlines())


def line_of(frame: FrameDict) -> bytes:
    """A frame as a JSON line."""
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":")) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _row(number: int, frames: Sequence[FrameDict]) -> tuple[Any, ...]:
    """Some frames as a row."""
    times = [float(frame["time_s"]) for frame in frames]
    ids = [-1 if face["id"] is None else int(face["id"]) for frame in frames for face in frame["faces"]]
    return (
        number,
        min(times),
        max(times),
        len(frames),
        max(int(frame["frame"]) for frame in frames),
        max(ids, default=-1),
        zlib.compress(b"".join(map(line_of, frames)), 6),
    )
