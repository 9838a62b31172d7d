"""Who agreed to be recorded, what for and until when: a table beside the pictures."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

from mimik.data.places import read_kept, table_text
from mimik.errors import DataError, OptionError
from mimik.storage.whole import write_whole

CONSENT_FILE = "consent.csv"
"""Its name in the folder of the pictures."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person agreed to."""

    person: str
    """Name of the person's folder: better a code than a name."""
    given: str
    """Date on which it was given, 2026-11-29."""
    who: str
    """Who agreed: the person, or a parent; may be left to the note."""
    purpose: str
    """What the pictures are for."""
    until: str
    """Date until which they may be kept and used; empty if the note says it."""
    note: str = ""
    """Where it is written down otherwise: a signed form, a file."""

    def __post_init__(self) -> None:
        for name in ("given", "until"):
            if (text := getattr(self, name)) and not _is_date(text):
                raise OptionError(f"consent: a date is written 2027-12-31, not {text!r}")

    def holds(self, today: str) -> bool:
        """Whether it hasn't run out on a date."""
        return not self.until or self.until >= today


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


COLUMNS = tuple(entry.name for entry in fields(Consent))


def read_consents(folder: Path) -> list[Consent]:
    """The consents in a folder, in the order in which they were given; none if there is no table.

    Raises:
        DataError: The table is damaged; names the line.
    """
    file = folder / CONSENT_FILE
    if not file.exists():
        return []
    found = []
    for line, row in read_kept(file, COLUMNS[:-1], COLUMNS):
        try:
            found.append(Consent(**{name: row.get(name, "") for name in COLUMNS}))
        except OptionError as error:
            raise DataError(f"{file}, line {line}: {error}") from error
    return found


def add_consent(folder: Path, consent: Consent) -> None:
    """Write a consent below the others of a folder, which is made if need be.

    Raises:
        OutputError: It can't be written.
        DataError: The table that is there is damaged.
    """
    rows = map(astuple, (*read_consents(folder), consent))
    write_whole(folder / CONSENT_FILE, table_text([COLUMNS, *rows]))
