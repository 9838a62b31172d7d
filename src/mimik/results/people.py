"""Who is who: a table of people that a researcher keeps, joined to the rows of a summary."""

from __future__ import annotations

import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mimik.errors import DataError, SourceNotFoundError, some_of
from mimik.results.read import is_named
from mimik.results.rows import Cell
from mimik.results.short_names import short_names
from mimik.storage.spreadsheet import Sheet, read_sheet

FILE, ID = ("file", "source"), "id"
"""Names of the columns that tell which rows a line means."""


@dataclass(frozen=True, slots=True)
class Who:
    """A line of the table."""

    number: int
    """Of the line in the file, from 1."""
    file: str
    """The source, or as much of the end of its path as tells it; "" means every source."""
    id: int | None
    """The person within the source; None means everybody in it."""
    values: tuple[str, ...]
    """A cell for each of People.columns."""


@dataclass(frozen=True, slots=True)
class People:
    """The table."""

    path: Path
    columns: tuple[str, ...]
    """What it tells: participant, group and whatever else stands in it, as names that programs take."""
    lines: tuple[Who, ...]
    nameless: tuple[int, ...] = ()
    """Columns that hold something and have no name, from 1; they are left out."""


def read_people(path: Path) -> People:
    """Read a CSV with a line a person: ``file`` or ``id`` or both, and anything else about them.

    What a spreadsheet saves is read: separated by commas, semicolons or tabs, with a byte order mark, empty
    columns and rows at the end, and lines that end before their empty cells. Capitals in the names of columns
    and blanks around cells don't count.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It is no such table: says what it lacks, or which line is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path}: no such file; check the path of --people") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a CSV in UTF-8: save the table as 'CSV UTF-8'") from error
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from error
    sheet = read_sheet(io.StringIO(text, newline=""), path)
    return _people(path, sheet)


def _people(path: Path, sheet: Sheet) -> People:
    names = sheet.names
    small = [name.casefold() for name in names]
    file = next((small.index(name) for name in FILE if name in small), None)
    number = small.index(ID) if ID in small else None
    own = [at for at in range(len(names)) if at not in (file, number) and names[at]]
    if (file is None and number is None) or not own:
        there = some_of(filter(None, names)) or "none"
        raise DataError(
            f"{path}: its first line must name the columns: file or id (or both), and what is to be added, "
            f"such as participant and group; there is {there}"
        )
    short = short_names(names[at] for at in own)
    whole = list(sheet.rows)
    for line, cells in whole:
        if len(cells) > len(names):
            raise DataError(
                f"{path}, line {line}: it has {len(cells)} cells, and the first line {len(names)}"
            )
    found = tuple(_who(path, cells, line, file, number, own) for line, cells in whole)
    nameless = (at + 1 for at, name in enumerate(names) if not name and any(cells[at] for _, cells in whole))
    return People(path, tuple(short[names[at]] for at in own), found, tuple(nameless))


def _who(
    path: Path, cells: Sequence[str], line: int, file: int | None, number: int | None, own: Sequence[int]
) -> Who:
    name = "" if file is None else cells[file]
    who = "" if number is None else cells[number]
    if not name and not who:
        raise DataError(f"{path}, line {line}: it names neither a file nor an id; fill one in")
    try:
        identity = _whole(who) if who else None
    except (ValueError, OverflowError):
        raise DataError(
            f"{path}, line {line}: id must be a whole number, or empty for everybody in the file, "
            f"not {who!r:.40}"
        ) from None
    return Who(line, name, identity, tuple(cells[at] for at in own))


def _whole(text: str) -> int:
    """A whole number as spreadsheets may write it: "3", "3.0", "3,0".

    Raises:
        ValueError, OverflowError: It is none.
    """
    number = float(text.replace(",", "."))
    if number != int(number):
        raise ValueError(text)
    return int(number)


def _check_doubles(people: People, files: Mapping[str, str]) -> None:
    """Refuse two lines about the same person, be it by two names of one file."""
    seen: dict[tuple[str, int | None], int] = {}
    for line in people.lines:
        before = seen.setdefault((files.get(line.file, line.file), line.id), line.number)
        if before != line.number:
            raise DataError(
                f"{people.path}: lines {before} and {line.number} name the same person; remove one"
            )


def join(people: People, rows: Sequence[dict[str, Cell]], taken: Iterable[str]) -> list[str]:
    """Add what the table tells to the rows that it means.

    A line with both file and id comes before one with the file, and that before one with the id. A row
    without a person (no face, or failed) gets what all lines of its file agree on.

    Args:
        people: The table.
        rows: Those of a summary, with source and id; changed in place.
        taken: Names of the summary's own columns.

    Returns:
        Notes: lines that mean no row, rows that no line means, and columns without a name.

    Raises:
        DataError: A file names several sources, two lines mean the same person, or a column is called like
            one of the summary's.
    """
    if clash := {name.casefold() for name in people.columns} & {name.casefold() for name in taken}:
        raise DataError(f"{people.path}: the summary has a column {min(clash)!r} of its own; rename yours")
    files = _sources_of(people, dict.fromkeys(str(row["source"]) for row in rows))
    _check_doubles(people, files)
    lines: defaultdict[str, list[Who]] = defaultdict(list)
    for line in people.lines:
        if not line.file or line.file in files:  # A file that isn't in the results means nobody in them.
            lines[files[line.file] if line.file else ""].append(line)
    used: set[int] = set()
    unknown: dict[str, None] = {}
    for row in rows:
        found = _of(row, lines[str(row["source"])], lines[""] if row.get("id") is not None else [])
        used.update(line.number for line in found)
        if not found:
            unknown[_name(row)] = None
        for at, name in enumerate(people.columns):
            cells = {line.values[at] for line in found}
            row[name] = cells.pop() or None if len(cells) == 1 else None
    idle = [line for line in people.lines if line.number not in used]
    told = (_nameless(people.nameless), _idle(idle), _unknown(unknown))
    return [f"{people.path}: {note}" for note in told if note]


def _nameless(columns: Sequence[int]) -> str:
    """What to say of columns without a name."""
    named = f"column{'' if len(columns) == 1 else 's'} {some_of(map(str, columns))}"
    return f"left out, without a name in the first line: {named}" if columns else ""


def _idle(lines: Sequence[Who]) -> str:
    """What to say of lines that mean no row."""
    named = (f"line {line.number} ({line.file or f'id {line.id}'})" for line in lines)
    count = "1 line means" if len(lines) == 1 else f"{len(lines)} lines mean"
    return f"{count} nobody in the results: {some_of(named)}" if lines else ""


def _unknown(names: Collection[str]) -> str:
    """What to say of rows that no line means."""
    count = "1 row is" if len(names) == 1 else f"{len(names)} rows are"
    return f"{count} in none of its lines: {some_of(names)}" if names else ""


def _of(row: Mapping[str, Cell], here: Sequence[Who], anywhere: Sequence[Who]) -> list[Who]:
    """The lines that mean a row: the nearest one, or all of its file where there is no person."""
    if row.get("id") is None:
        whole = [line for line in here if line.id is None]
        return whole or list(here)
    ways = (
        (line for line in here if line.id == row.get("id")),
        (line for line in here if line.id is None),
        (line for line in anywhere if line.id == row.get("id")),
    )
    return next(([line] for way in ways for line in way), [])


def _sources_of(people: People, sources: Iterable[str]) -> dict[str, str]:
    """Each file of the table to the one source that it means.

    Raises:
        DataError: It means several.
    """
    by_stem: defaultdict[str, list[str]] = defaultdict(list)
    for source in sources:
        by_stem[PurePosixPath(_plain(source)).stem].append(source)
    found: dict[str, str] = {}
    for line in people.lines:
        end = PurePosixPath(_plain(line.file))
        near = _meant(line.file, [*by_stem[end.stem], *(by_stem[end.name] if end.suffix else ())])
        if len(near) > 1:
            raise DataError(
                f"{people.path}, line {line.number}: {line.file} means {some_of(near)}: write as much of the "
                "end of its path as no other has"
            )
        if near:
            found[line.file] = near[0]
    return found


def _meant(file: str, sources: Sequence[str]) -> list[str]:
    """The sources that a file may mean: the very one, else by the closest way in which one is named."""
    plain = _plain(file)
    ways: tuple[Callable[[str], bool], ...] = (
        lambda source: source == file,
        lambda source: is_named(source, file),
        lambda source: is_named(_plain(source), plain),
        lambda source: is_named(plain, _plain(source)),  # The table has the longer path.
        lambda source: is_named(_plain(source).removesuffix(PurePosixPath(_plain(source)).suffix), plain),
    )
    found = ([source for source in sources if way(source)] for way in ways)
    return next((near for near in found if near), [])


def _plain(path: str) -> str:
    """A path without what other systems write otherwise: capitals, accents' code points, slashes, "./"."""
    plain = unicodedata.normalize("NFC", path).casefold().replace("\\", "/")
    return re.sub(r"^(\.{1,2}/)+", "", plain)


def _name(row: Mapping[str, Cell]) -> str:
    return str(row["source"]) if row.get("id") is None else f"{row['source']} id {row['id']}"
