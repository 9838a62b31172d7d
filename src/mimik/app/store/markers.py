"""Markers in the database: moments and intervals of sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mimik.app.store.database import Database, Row
from mimik.app.store.sessions import Sessions
from mimik.errors import NotFoundError, RefusedError

_FIELDS = ("id", "time_s", "end_s", "label", "note")


class Markers:
    """What happened when."""

    def __init__(self, database: Database, sessions: Sessions) -> None:
        self._db, self._sessions = database, sessions

    def all(self, number: int) -> list[dict[str, Any]]:
        """A session's markers by time.

        Raises:
            RefusedError: There is no such session.
        """
        self._sessions.get(number)
        rows = self._db.rows("SELECT * FROM markers WHERE session_id = ? ORDER BY time_s, id", (number,))
        return [_marker(row) for row in rows]

    def get(self, number: int, marker_id: int) -> dict[str, Any]:
        """One marker.

        Raises:
            RefusedError: There is none.
        """
        row = self._db.row("SELECT * FROM markers WHERE session_id = ? AND id = ?", (number, marker_id))
        if row is None:
            raise NotFoundError("marker", marker_id)
        return _marker(row)

    def add(self, number: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Set a marker.

        Args:
            number: The session.
            values: time_s, label, and perhaps end_s and note.

        Raises:
            RefusedError: There is no such session.
        """
        self._sessions.get(number)
        row = {
            "session_id": number,
            "time_s": values["time_s"],
            "end_s": values.get("end_s"),
            "label": values["label"],
            "note": values.get("note") or "",
        }
        return self.get(number, self._db.insert("markers", row))

    def change(self, number: int, marker_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change a marker's fields.

        Raises:
            RefusedError: There is none, or it would end before it begins.
        """
        new = {**self.get(number, marker_id), **values}
        if new["end_s"] is not None and new["end_s"] < new["time_s"]:
            raise RefusedError("invalid", f"a marker's end_s ({new['end_s']}) must not lie before its time_s")
        self._db.update("markers", marker_id, dict(values))
        return self.get(number, marker_id)

    def delete(self, number: int, marker_id: int) -> None:
        """Delete a marker.

        Raises:
            RefusedError: There is none.
        """
        self.get(number, marker_id)
        self._db.delete("markers", marker_id)


def _marker(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _FIELDS}
