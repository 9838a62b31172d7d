"""One thing that is wrong with a data set, in one form for terminal, JSON and page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mimik.data.audit.look import Pictures
from mimik.errors import some_of


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One kind of finding, with the pictures that show it."""

    kind: str
    """Its name in the JSON, which stays."""
    title: str
    """The same for people."""
    count: int
    """How many there are, of what the title says."""
    says: str = ""
    """What it means or how it was found, in a line."""
    groups: Sequence[Sequence[int]] = ()
    """Rows of pictures that belong together, by group; a picture that stands alone is a group of one."""
    notes: Mapping[int, str] = field(default_factory=dict)
    """What there is to say of a row."""
    names: Sequence[str] = ()
    """What was found where it isn't pictures: classes, rows that were left out."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further figures, JSON-safe."""

    def line(self, pictures: Pictures) -> str:
        """The finding in a line, with the first keys."""
        named = self.names or [
            " = ".join(key_of(pictures, row) for row in group[:2]) for group in self.groups
        ]
        shown = f" ({some_of(named, 3)})" if named else ""
        return f"{self.says}{shown}" if self.says else shown.strip(" ()")

    def to_dict(self, pictures: Pictures) -> dict[str, Any]:
        """The finding for JSON."""
        found: dict[str, Any] = {"count": self.count, **self.more}
        if self.names:
            found["names"] = list(self.names)
        if any(len(group) > 1 for group in self.groups):
            found["groups"] = [[self._row(pictures, row) for row in group] for group in self.groups]
        elif not self.names and (self.groups or not self.more):
            found["pictures"] = [self._row(pictures, row) for group in self.groups for row in group]
        return found

    def _row(self, pictures: Pictures, row: int) -> dict[str, Any]:
        sample = pictures.samples[row]
        own: dict[str, Any] = {"key": sample.key, "split": sample.split}
        if len(pictures.sets) > 1:
            own["set"] = str(pictures.sets[pictures.home[row]].path)
        own["labels"] = dict(sample.labels)
        return {**own, "note": self.notes[row]} if row in self.notes else own


def key_of(pictures: Pictures, row: int) -> str:
    """A picture's key as a person reads it; with several sets, with its set's name."""
    key = pictures.samples[row].key
    if len(pictures.sets) == 1:
        return key
    return f"{pictures.sets[pictures.home[row]].path.name}/{key}"


def between(pictures: Pictures, table: Mapping[tuple[int, int], int]) -> dict[str, dict[str, int]]:
    """Counts by two splits with the splits' names: {"public": {"train": 280}}."""
    found: dict[str, dict[str, int]] = {}
    for (one, other), count in table.items():
        if count:
            found.setdefault(pictures.sides[one], {})[pictures.sides[other]] = count
    return found


def in_words(table: Mapping[str, Mapping[str, int]], what: str, most: int = 4) -> str:
    """The largest of the same in a sentence: "280 of public have WHAT in train"."""
    pairs = [(n, one, other) for one, row in table.items() for other, n in row.items()]
    largest = sorted(pairs, key=lambda pair: -pair[0])[:most]
    words = ", ".join(f"{n:,} of {one} have {what} in {other}" for n, one, other in largest)
    return f"{words} and {len(pairs) - most} more (in the JSON)" if len(pairs) > most else words
