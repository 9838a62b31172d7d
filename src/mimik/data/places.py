"""Where a data set lies: a folder, the inside of a zip, or a table that may be compressed."""

from __future__ import annotations

import csv
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import IO, TypeAlias, cast

from mimik.errors import DataError, DecodeError, SourceNotFoundError, UnknownNameError, some_of
from mimik.sources.files import lfs_problem
from mimik.sources.open import SUFFIXES
from mimik.storage.spreadsheet import read_sheet
from mimik.types import Image

Place: TypeAlias = Path | zipfile.Path
"""A file or folder, on disk or in a zip; both are used through the methods that they share."""

PICTURE_SUFFIXES = tuple(suffix for suffix, kind in SUFFIXES.items() if kind == "image")
MOST_BELOW = 20
"""Folders that are looked into for one that was meant."""
TABLE_SUFFIXES = ("", ".gz", ".xz", ".zip")
"""What may follow ".csv"."""

_DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, UnicodeDecodeError, csv.Error, OSError)


def open_place(path: Path) -> Place:
    """A folder as it is, or the inside of a zip.

    Raises:
        DataError: There is nothing at the path, or the zip is damaged.
    """
    if not path.exists():
        raise DataError(f"{path}: no such file or folder; name the data set's folder, zip or CSV")
    if path.suffix.lower() != ".zip" or path.is_dir():
        return path
    try:
        return zipfile.Path(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"{path}: not a readable zip: {error}; fetch or copy it again") from error


def find_place(path: Path, names: Sequence[str], fits: Callable[[Place], bool], expected: str) -> Place:
    """Where under a path a data set lies.

    Args:
        path: The set's folder or zip, or the folder that holds it.
        names: Usual names of the set's folder, in small letters; a zip's name adds ".zip".
        fits: Whether a place holds the set.
        expected: What makes a place fit, for the message.

    Raises:
        DataError: Nothing under the path fits; says what was expected and what was found.
    """
    top = open_place(path)
    if isinstance(top, Path) and not top.is_dir():
        raise DataError(f"{path}: expected {expected}, found a file of kind {path.suffix or 'unknown'!r}")
    for place in _candidates(top, names):
        if fits(place):
            return place
    raise DataError(f"{path}: expected {expected}, found {_contents(top)}{_one_below(top, fits)}")


def _one_below(top: Place, fits: Callable[[Place], bool]) -> str:
    """What to name instead, where the folders in a place hold the set themselves."""
    folders = [child for child in children(top) if child.is_dir()]
    if not 0 < len(folders) <= MOST_BELOW:
        return ""
    try:
        found = [child for child in folders if fits(child)]
    except OSError:  # A folder that may not be read.
        return ""
    return f"; name {some_of(map(str, found))}" if found else ""


def _candidates(top: Place, names: Sequence[str]) -> Iterator[Place]:
    """The place itself, then what is named like the set, then what lies in a zip one level down."""
    yield top
    for child in children(top):
        stem, is_zip = child.name.lower().removesuffix(".zip"), child.name.lower().endswith(".zip")
        if isinstance(child, Path) and is_zip and stem in names and child.is_file():
            yield from _candidates(open_place(child), names)
        elif child.is_dir() and (stem in names or isinstance(child, zipfile.Path)):
            yield child


def _contents(place: Place) -> str:
    """The first names in a place, for a message."""
    names = [child.name + "/" * child.is_dir() for child in children(place)]
    return f"{', '.join(names[:6])}{', ...' if len(names) > 6 else ''}" if names else "nothing"


def children(folder: Place) -> list[Place]:
    """What lies right in a folder, by name."""
    found = cast("list[Place]", list(folder.iterdir()))
    return sorted(found, key=lambda child: child.name)


def folder_of(file: Place) -> Place:
    """The folder that holds a file."""
    return cast(Place, file.parent)


def picture_files(folder: Place) -> list[Place]:
    """The pictures right in a folder, by name; hidden files are none."""
    return [c for c in children(folder) if c.name.lower().endswith(PICTURE_SUFFIXES) and c.name[0] != "."]


def picture_loader(file: Place) -> Callable[[], Image]:
    """A function that reads and decodes a picture; see Sample.load."""
    return partial(_load_picture, file)


def _load_picture(file: Place) -> Image:
    from mimik.sources.decode import decode_image

    try:
        data = file.read_bytes() if isinstance(file, Path) else file.root.read(file.at)
    except (FileNotFoundError, KeyError) as error:
        raise SourceNotFoundError(f"{file}: the picture is missing; unpack the data set again") from error
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise DecodeError(f"{file}: the picture can't be read: {error}") from error
    if problem := lfs_problem(data, file, "picture"):
        raise DecodeError(problem)
    image: Image = decode_image(data, where=str(file))
    return image


def find_table(place: Place, name: str) -> Place | None:
    """The table of that name in a folder, plain or compressed; None if there is none."""
    for suffix in TABLE_SUFFIXES:
        if (file := place.joinpath(name + suffix)).is_file():
            return file
    return None


def is_table(path: Path) -> bool:
    """Whether a path is a file that is named like a CSV, plain or compressed."""
    return path.name.lower().endswith(tuple(".csv" + suffix for suffix in TABLE_SUFFIXES))


def read_table(file: Place, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV with a header, plain, .gz, .xz or alone in a .zip; of a .tsv, which has tabs.

    Args:
        file: The table.
        columns: Columns that must be there.

    Yields:
        Number of the line and column to text; short rows lack their last columns.

    Raises:
        DataError: It is damaged, empty, or lacks a column.
    """
    try:
        with ExitStack() as stack:
            stream = _open_text(file, stack)
            rows = csv.reader(stream, delimiter="\t" if file.name.lower().endswith(".tsv") else ",")
            header = [name.strip() for name in next(rows, [])]
            _check_header(file, header, columns)
            for row in rows:
                if row:
                    yield rows.line_num, dict(zip(header, row, strict=False))
    except _DAMAGED as error:
        raise DataError(f"{file}: the table can't be read: {error}; fetch or unpack it again") from error


def read_kept(
    file: Place, columns: Sequence[str], known: Iterable[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table that somebody keeps in a spreadsheet, as that saves it; packed as for read_table.

    Args:
        file: The table.
        columns: Columns that must be there. Capitals in their names don't count.
        known: Further columns that mean something; nor do they in these.

    Yields:
        Number of the line, and column to text without blanks around it, "" where a row is short; numbers with
        a point, where the table has decimal commas.

    Raises:
        DataError: It is damaged, lacks a column or has it twice, or a row has more cells than columns.
    """
    meant = {name.casefold(): name for name in (*known, *columns)}
    try:
        with ExitStack() as stack:
            sheet = read_sheet(_open_text(file, stack), file)
            names = [meant.get(name.casefold(), name) for name in sheet.names]
            _check_header(file, names, columns)
            for line, cells in sheet.rows:
                if len(cells) > len(names):
                    there = f"it has {len(cells)} cells, and the first line {len(names)}"
                    raise DataError(f"{file}, line {line}: {there}; put quotes around cells with commas")
                told = {name: cell for name, cell in zip(names, cells, strict=True) if name}
                yield line, told if sheet.separator == "," else {n: _pointed(c) for n, c in told.items()}
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not a CSV in UTF-8: save the table as 'CSV UTF-8'") from error
    except _DAMAGED as error:
        raise DataError(f"{file}: the table can't be read: {error}; fetch or unpack it again") from error


def _pointed(cell: str) -> str:
    """A number's decimal comma as a point; other cells as they are."""
    return cell.replace(",", ".") if re.fullmatch(r"\d+,\d+", cell) else cell


def table_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows, the header first, as CSV that read_table reads."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _check_header(file: Place, header: list[str], columns: Sequence[str]) -> None:
    if problem := lfs_problem(",".join(header).encode(), file, "table"):
        raise DataError(problem)
    if lacking := [name for name in columns if name not in header]:
        found = ", ".join(name[:40] for name in header[:12]) or "nothing"
        raise DataError(f"{file}: expected a header with {', '.join(lacking)}, found {found}")


def _open_text(file: Place, stack: ExitStack) -> IO[str]:
    """A table's text, whatever it is packed in."""
    stream: IO[bytes] = stack.enter_context(file.open("rb"))
    suffix = Path(file.name).suffix.lower()
    if suffix == ".zip":
        archive = stack.enter_context(zipfile.ZipFile(stream))
        inner = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(inner) != 1:
            raise DataError(f"{file}: expected one CSV in it, found {len(inner)}")
        stream = stack.enter_context(archive.open(inner[0]))
    elif suffix == ".gz":
        stream = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=stream)))
    elif suffix == ".xz":
        stream = stack.enter_context(lzma.LZMAFile(stream))  # noqa: SIM115 - the stack closes it
    return stack.enter_context(TextIOWrapper(stream, encoding="utf-8-sig", newline=""))


def check_split(split: str, splits: Sequence[str]) -> None:
    """Make sure that a set has a split; "all" is every one.

    Raises:
        UnknownNameError: It has none of that name.
    """
    if split != "all" and split not in splits:
        raise UnknownNameError("split", split, [*splits, "all"])
