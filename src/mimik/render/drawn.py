"""The note beside a results file (OUT.drawn): what --render drew, from which source, with what hidden."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from mimik.storage.identity import seen_from
from mimik.storage.whole import output_errors


class Drawn(NamedTuple):
    """A line of OUT.drawn, after the path of the file that was drawn."""

    finished: bool
    hide: str | None
    """How faces are hidden in it."""
    source: str | None = None
    """Where its source lies, seen from the note's folder; None in older notes."""


class DrawnNotes:
    """Reads and writes OUT.drawn; picklable, as several processes add to one file."""

    def __init__(self, path: Path | None, hide: str | None) -> None:
        """Prepare; the file is read when something is asked.

        Args:
            path: The file; None notes and knows nothing.
            hide: How faces are hidden in what is drawn now.
        """
        self._path, self._hide = path, hide
        self._known: dict[str, Drawn] = {}
        self._read_to = 0
        """Bytes that were read: a run of thousands adds as many lines, and asks again and again."""

    def owner(self, path: Path, source: str) -> str | None:
        """Whose drawing a file is: "" if the source's own, None if it isn't known, else of another source."""
        note = self._of(path)
        if note is None:
            return None
        return "" if note.source in (None, self._place(source)) else note.source

    def holds(self, path: Path, source: str) -> bool:
        """Whether a file shows a source to its end, with faces hidden as now."""
        note = self._of(path)
        return note in (Drawn(True, self._hide), Drawn(True, self._hide, self._place(source)))

    def add(self, path: Path, source: str, *, finished: bool) -> None:
        """Note that a source is drawn into a file, or has been to its end.

        Raises:
            OutputError: It can't be written.
        """
        if self._path is None:
            return
        line = json.dumps([str(path), *Drawn(finished, self._hide, self._place(source))]) + "\n"
        with output_errors(self._path), self._path.open("ab+") as stream:
            if stream.tell() and stream.seek(-1, os.SEEK_END) >= 0 and stream.read(1) != b"\n":
                line = f"\n{line}"  # What stands there was cut: it must not take this line along.
            stream.write(line.encode())

    def _place(self, source: str) -> str:
        return seen_from(self._path.parent if self._path else Path(), source)

    def _of(self, path: Path) -> Drawn | None:
        """A file's last note. A line that a full disk or a crash cut is left out: its file isn't known."""
        if self._path is None or not self._path.exists():
            return None
        with self._path.open("rb") as stream:
            stream.seek(self._read_to)
            data = stream.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for line in whole.split(b"\n"):
            try:
                name, *state = json.loads(line)
                self._known[name] = Drawn(*state)
            except (ValueError, TypeError):
                continue
        return self._known.get(str(path))
