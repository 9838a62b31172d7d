"""Studies in the database: their groups and people."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from mimik.app.store.database import Database, Row, now
from mimik.app.store.sessions import Sessions
from mimik.errors import NotFoundError, RefusedError

_STUDIES = """
SELECT st.*, (SELECT COUNT(*) FROM people WHERE study_id = st.id) AS people,
       (SELECT COUNT(*) FROM sessions WHERE study_id = st.id) AS sessions
FROM studies st
"""
_PERSON_FIELDS = ("id", "code", "group", "note")


class Studies:
    """Studies, and who takes part."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[dict[str, Any]]:
        """Every study, the newest first."""
        return [_study(row) for row in self._db.rows(f"{_STUDIES} ORDER BY st.id DESC")]

    def get(self, number: int) -> dict[str, Any]:
        """A study.

        Raises:
            RefusedError: There is none.
        """
        row = self._db.row(f"{_STUDIES} WHERE st.id = ?", (number,))
        if row is None:
            raise NotFoundError("study", number)
        return _study(row)

    def create(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A new study: name, and perhaps note, groups and stimulus."""
        row = {"note": "", "groups": [], "stimulus": None, **values}
        return self.get(self._db.insert("studies", {**_stored(row), "created": now()}))

    def change(self, number: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change a study's fields.

        Raises:
            RefusedError: There is none, or a group that is taken away still has people.
        """
        self.get(number)
        if "groups" in values:
            used = {person["group"] for person in self.people(number)} - {""}
            if lost := sorted(used - set(values["groups"])):
                raise RefusedError(
                    "invalid", f"people are in the group {', '.join(lost)}; move them to another first"
                )
        self._db.update("studies", number, _stored(values))
        return self.get(number)

    def delete(self, number: int, sessions: bool) -> None:
        """Delete a study and its people; its sessions too, or they stay without it.

        Raises:
            RefusedError: There is none, or one of the sessions is being recorded.
        """
        self.get(number)
        if sessions:
            rows = self._db.rows("SELECT id, state FROM sessions WHERE study_id = ?", (number,))
            if busy := [row["id"] for row in rows if row["state"] == "recording"]:
                raise RefusedError("busy", f"session {busy[0]} is being recorded; stop that first")
            self._db.delete("sessions", *(row["id"] for row in rows))
        self._db.delete("studies", number)

    def people(self, number: int) -> list[dict[str, Any]]:
        """A study's people by code.

        Raises:
            RefusedError: There is no such study.
        """
        self.get(number)
        return [
            _person(r)
            for r in self._db.rows("SELECT * FROM people WHERE study_id = ? ORDER BY code", (number,))
        ]

    def person(self, number: int, person_id: int) -> dict[str, Any]:
        """One person.

        Raises:
            RefusedError: There is none.
        """
        row = self._db.row("SELECT * FROM people WHERE study_id = ? AND id = ?", (number, person_id))
        if row is None:
            raise NotFoundError("person", person_id)
        return _person(row)

    def add_person(self, number: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """A new person: code, and perhaps group and note.

        Raises:
            RefusedError: There is no such study or group, or the code is taken.
        """
        row = {"group": "", "note": "", **values}
        self._check_group(number, row["group"])
        try:
            person_id = self._db.insert("people", {**row, "study_id": number})
        except sqlite3.IntegrityError as error:
            raise _taken(row["code"]) from error
        return self.person(number, person_id)

    def change_person(self, number: int, person_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change a person's fields.

        Raises:
            RefusedError: There is no such person or group, or the code is taken.
        """
        new = {**self.person(number, person_id), **values}
        self._check_group(number, new["group"])
        try:
            self._db.update("people", person_id, dict(values))
        except sqlite3.IntegrityError as error:
            raise _taken(new["code"]) from error
        return self.person(number, person_id)

    def remove_person(self, number: int, person_id: int) -> None:
        """Delete a person; their sessions stay in the study, without a person.

        Raises:
            RefusedError: There is none.
        """
        self.person(number, person_id)
        self._db.delete("people", person_id)

    def _check_group(self, number: int, group: str) -> None:
        """Refuse a group that the study hasn't; none ("") is allowed."""
        groups = self.get(number)["groups"]
        if group and group not in groups:
            raise RefusedError(
                "invalid", f"the study has no group {group!r}; it has {', '.join(groups) or 'none'}"
            )


def sessions_of(
    sessions: Sessions, studies: Studies, number: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A study's sessions from the first on, each with its person; a nameless one where it has none.

    Raises:
        RefusedError: There is no such study.
    """
    people = {person["id"]: person for person in studies.people(number)}
    for session in sorted(sessions.all(number), key=lambda s: int(s["id"])):
        yield session, people.get(session["person_id"], {"code": "", "group": ""})


def _taken(code: str) -> RefusedError:
    return RefusedError("taken", f"a person with the code {code!r} is in the study already; choose another")


def _study(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "note": row["note"],
        "groups": json.loads(row["groups"]),
        "stimulus": json.loads(row["stimulus"]) if row["stimulus"] else None,
        "created": row["created"],
        "people": row["people"],
        "sessions": row["sessions"],
    }


def _person(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _PERSON_FIELDS}


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """A study's fields as columns."""
    columns = dict(values)
    if "groups" in columns:
        columns["groups"] = json.dumps(columns["groups"], ensure_ascii=False)
    if "stimulus" in columns:
        columns["stimulus"] = columns["stimulus"] and json.dumps(columns["stimulus"], ensure_ascii=False)
    return columns
