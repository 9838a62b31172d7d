"""Sessions in the database, and the neutral faces of their people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from mimik.app.store.chunks import Chunks, FrameDict, frames_of, line_of
from mimik.app.store.database import Database, Row, now
from mimik.app.store.spans import SpanDict, Spans
from mimik.errors import NotFoundError, RefusedError
from mimik.pipeline.reread import Moving, Reference, take_reference

_SESSIONS = """
SELECT s.*, COALESCE(SUM(c.count), 0) AS frames,
       (SELECT COUNT(*) FROM spans v WHERE v.session_id = s.id) AS spans,
       COALESCE(MAX(c.last_s) - MIN(c.first_s),
                (SELECT MAX(v.end_s) - MIN(v.start_s) FROM spans v WHERE v.session_id = s.id), 0.0)
           AS duration_s,
       COALESCE(MAX(c.last_s), (SELECT MAX(v.end_s) FROM spans v WHERE v.session_id = s.id), 0.0) AS last_s
FROM sessions s LEFT JOIN chunks c ON c.session_id = s.id
"""
"""A session with what it holds; how long it is by its frames, or by its utterances where it has none."""
_FIELDS = (
    "id",
    "name",
    "created",
    "study_id",
    "person_id",
    "note",
    "duration_s",
    "last_s",
    "frames",
    "spans",
    "state",
    "source",
)


class Sessions:
    """What was recorded."""

    def __init__(self, database: Database) -> None:
        self._db, self._chunks = database, Chunks(database)
        self._spans = Spans(database)

    def recover(self) -> int:
        """Call sessions that a crash left recording interrupted; how many there were."""
        with self._db.change() as connection:
            changed = connection.execute(
                "UPDATE sessions SET state = 'interrupted' WHERE state = 'recording'"
            )
            return changed.rowcount

    def all(self, study_id: int | None = None) -> list[dict[str, Any]]:
        """Every session, or those of a study, the newest first."""
        where, values = ("", ()) if study_id is None else ("WHERE s.study_id = ?", (study_id,))
        rows = self._db.rows(f"{_SESSIONS} {where} GROUP BY s.id ORDER BY s.id DESC", values)
        return [_session(row) for row in rows]

    def get(self, number: int) -> dict[str, Any]:
        """A session with its neutral faces and what made it.

        Raises:
            RefusedError: There is none.
        """
        row = self._db.row(f"{_SESSIONS} WHERE s.id = ? GROUP BY s.id", (number,))
        if row is None:
            raise NotFoundError("session", number)
        references = [reference.to_dict() for reference in self.references(number)]
        return {**_session(row), "references": references, "made_by": self.made_by(number)}

    def create(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A new session without frames.

        Args:
            values: name, and perhaps study_id, person_id, note, source, broken_off, made_by.

        Raises:
            RefusedError: There is no such study or person.
        """
        self._check_place(values.get("study_id"), values.get("person_id"))
        row = {
            "name": values["name"],
            "created": now(),
            "study_id": values.get("study_id"),
            "person_id": values.get("person_id"),
            "note": values.get("note") or "",
            "source": values.get("source") or "",
            "state": "closed",
            "broken_off": bool(values.get("broken_off")),
            "made_by": json.dumps(values.get("made_by") or [], ensure_ascii=False),
        }
        return self.get(self._db.insert("sessions", row))

    def change(self, number: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change a session's fields.

        Raises:
            RefusedError: There is no such session, study or person.
        """
        before = self.get(number)
        places = {name: values.get(name, before[name]) for name in ("study_id", "person_id")}
        if "study_id" in values and "person_id" not in values and places["study_id"] != before["study_id"]:
            places["person_id"] = None  # a person belongs to a study
        self._check_place(places["study_id"], places["person_id"])
        self._db.update("sessions", number, {**values, **places})
        return self.get(number)

    def _check_place(self, study_id: int | None, person_id: int | None) -> None:
        """Refuse a study or person that doesn't exist, or don't belong together."""
        if study_id is not None and not self._db.row("SELECT 1 FROM studies WHERE id = ?", (study_id,)):
            raise RefusedError("invalid", f"there is no study {study_id}; name an existing one, or null")
        if person_id is None:
            return
        row = self._db.row("SELECT study_id FROM people WHERE id = ?", (person_id,))
        if row is None or row["study_id"] != study_id:
            raise RefusedError(
                "invalid", f"person {person_id} isn't in study {study_id}; name both, or person_id null"
            )

    def delete(self, number: int) -> None:
        """Delete a session with all that was recorded.

        Raises:
            RefusedError: There is none, or it is being recorded.
        """
        if self.get(number)["state"] == "recording":
            raise RefusedError("busy", f"session {number} is being recorded; stop that first")
        self._db.delete("sessions", number)

    def set_state(self, number: int, state: str) -> None:
        """Change a session's state."""
        self._db.update("sessions", number, {"state": state})

    def made_by(self, number: int) -> list[dict[str, Any]]:
        """What makes a session's results: RunInfo.to_dict(), one a change of settings.

        Neutral faces are among the settings, though they may be taken away.
        """
        references = [reference.to_dict() for reference in self.references(number)]
        added = {"neutral": references} if references else {}
        return [{**run, "settings": {**run["settings"], **added}} for run in self._recorded_by(number)]

    def _recorded_by(self, number: int) -> list[dict[str, Any]]:
        row = self._db.row("SELECT made_by FROM sessions WHERE id = ?", (number,))
        return list(json.loads(row["made_by"])) if row else []

    def add_made_by(self, number: int, info: Mapping[str, Any]) -> None:
        """Note what makes results from now on."""
        known = self._recorded_by(number)
        if info not in known:
            text = json.dumps([*known, info], ensure_ascii=False)
            self._db.update("sessions", number, {"made_by": text})

    # Frames

    def append(self, number: int, frames: Sequence[FrameDict]) -> None:
        """Add frames in one transaction.

        Raises:
            RefusedError: There is no such session.
        """
        self.append_all({number: frames})

    def append_all(
        self,
        frames: Mapping[int, Sequence[FrameDict]],
        spans: Mapping[int, Sequence[SpanDict]] = MappingProxyType({}),
    ) -> None:
        """Add frames and utterances of several sessions in one transaction.

        Raises:
            RefusedError: There is no such session.
        """
        with self._db.change() as connection:
            for number in {**frames, **spans}:
                if not connection.execute("SELECT 1 FROM sessions WHERE id = ?", (number,)).fetchone():
                    raise NotFoundError("session", number)
            self._chunks.add(connection, frames)
            self._spans.add(connection, spans)

    def next_numbers(self, number: int) -> tuple[int, int]:
        """The number of a frame and the id of a face that come after all that there are."""
        return self._chunks.next_numbers(number)

    def lines(self, number: int) -> Iterator[bytes]:
        """A session's frames as whole JSON lines, some at a time.

        Raises:
            RefusedError: A neutral face can't be used any more.
        """
        moving, parts = self._moving(number), self._chunks.lines(number)
        if moving is None:
            return parts
        return (b"".join(line_of(moving.frame(frame)) for frame in frames_of(part)) for part in parts)

    def frames(self, number: int) -> Iterator[dict[str, Any]]:
        """A session's frames, one at a time.

        Raises:
            RefusedError: A neutral face can't be used any more.
        """
        moving = self._moving(number)
        stored = self._stored(number)
        return stored if moving is None else map(moving.frame, stored)

    def _moving(self, number: int) -> Moving | None:
        """What moves readings; None where a session has no neutral face."""
        references = self.references(number)
        return Moving(references) if references else None

    def _stored(self, number: int) -> Iterator[dict[str, Any]]:
        """A session's frames as they were recorded."""
        return (frame for part in self._chunks.lines(number) for frame in frames_of(part))

    # Utterances

    def next_span(self, number: int) -> int:
        """The number of an utterance that comes after all that there are."""
        return self._spans.next_number(number)

    def span_lines(self, number: int) -> Iterator[bytes]:
        """A session's utterances as whole JSON lines, by when they end, some at a time."""
        return self._spans.lines(number)

    def spans(self, number: int) -> Iterator[dict[str, Any]]:
        """A session's utterances by when they end, one at a time."""
        return self._spans.all(number)

    def all_lines(self, number: int) -> Iterator[bytes]:
        """Frames and utterances as JSON lines, an utterance before the first frame from its end on.

        Raises:
            RefusedError: A neutral face can't be used any more.
        """
        frames = ((f["time_s"], 1, line_of(f)) for f in self.frames(number))
        spans = ((s["end_s"], 0, line_of(s)) for s in self.spans(number))
        if not self._spans.next_number(number):
            return self.lines(number)
        return (line for _, _, line in merge(spans, frames, key=itemgetter(0, 1)))

    # Neutral faces

    def references(self, number: int) -> list[Reference]:
        """The faces at rest against which a session is read, by face."""
        rows = self._db.rows("SELECT * FROM neutrals WHERE session_id = ? ORDER BY face", (number,))
        return [_reference(row) for row in rows]

    def set_reference(self, number: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Read a person against their face at rest from now on; nothing that was recorded changes.

        Args:
            number: The session.
            values: face, start_s, and perhaps end_s and also (further ids of the same person).

        Returns:
            The session.

        Raises:
            RefusedError: There is no such session or face, it is being recorded, or see take_reference.
        """
        if self.get(number)["state"] == "recording":
            raise RefusedError("busy", f"session {number} is being recorded; stop that first")
        where = (values["face"], values["start_s"], values.get("end_s"))
        also = sorted({*values.get("also", ())} - {values["face"]})
        taken = take_reference(self._stored(number), self._recorded_by(number), *where, also)
        rows = [(number, *_columns(replace(taken, face=face))) for face in (taken.face, *also)]
        with self._db.change() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO neutrals (session_id, face, start_s, end_s, frames, scores, made_by) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        return self.get(number)

    def drop_reference(self, number: int, face: int | None = None) -> None:
        """Give a session's readings as they were recorded again: of one face, or of all.

        Raises:
            RefusedError: There is no such session or neutral face.
        """
        self.get(number)
        rows = self._db.rows("SELECT id, face FROM neutrals WHERE session_id = ?", (number,))
        wanted = [row["id"] for row in rows if face is None or row["face"] == face]
        if not wanted:
            raise NotFoundError("neutral face", f"in session {number}" if face is None else f"of {face}")
        self._db.delete("neutrals", *wanted)


def _session(row: Row) -> dict[str, Any]:
    values = {name: row[name] for name in _FIELDS}
    broken_off = bool(row["broken_off"])
    counts = not broken_off if row["counts"] is None else bool(row["counts"])
    return {
        **values,
        "duration_s": round(values["duration_s"], 3),
        "broken_off": broken_off,
        "counts": counts,
    }


def _reference(row: Row) -> Reference:
    plain = {name: row[name] for name in ("face", "start_s", "end_s", "frames")}
    return Reference(**plain, scores=json.loads(row["scores"]), made_by=json.loads(row["made_by"]))


def _columns(reference: Reference) -> tuple[Any, ...]:
    plain = (reference.face, reference.start_s, reference.end_s, reference.frames)
    return (*plain, json.dumps(reference.scores), json.dumps(reference.made_by))
