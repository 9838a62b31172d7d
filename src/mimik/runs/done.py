"""Which sources are in the results, and which have failed, however their names are written now."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mimik.runs.journal import Entry
from mimik.storage.identity import fingerprint


class Done:
    """What the journal says last of each source, by name and by place."""

    def __init__(self, place: Callable[[str], str]) -> None:
        """Nothing is done yet.

        Args:
            place: Where a source lies, the same from wherever the command is run.
        """
        self.place = place
        self._by_name: dict[str, Entry] = {}
        self._by_place: dict[str, Entry] = {}
        self._failed: dict[str, Entry] = {}

    def count(self, entries: Iterable[Entry]) -> None:
        """Count on the sources that are done, and remember those that have failed."""
        for entry in entries:
            place = entry.place or self.place(entry.source)
            if entry.status == "done":
                self._by_name[entry.source] = entry
                self._by_place[place] = entry
            elif entry.status == "failed":
                self._failed[place] = entry

    def told(self, entry: Entry) -> bool:
        """Whether the last word on a source is the same failure, of the same file."""
        before = self._failed.get(entry.place or self.place(entry.source))
        now = (entry.status, entry.error, entry.file)
        return before is not None and (before.status, before.error, before.file) == now

    def entry_of(self, source: str) -> Entry | None:
        """What is known of a source; None if it isn't done."""
        return self._by_place.get(self.place(source)) or self._by_name.get(source)

    def replaced(self, source: str) -> bool:
        """Whether a source isn't the file that was read under its name; one that is gone can't be told."""
        entry = self.entry_of(source)
        return bool(entry and entry.file and fingerprint(source) not in (None, entry.file))
