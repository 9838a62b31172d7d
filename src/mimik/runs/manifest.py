"""A table of clips as sources: a CSV, JSONL or Parquet file with a row a clip, or a part of one."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mimik.errors import DataError, SourceError, some_of
from mimik.runs.manifest_rows import EXCESS, read_rows
from mimik.sources.address import STDIN, is_live, plain, public_name
from mimik.sources.options import SourceOptions
from mimik.storage.identity import part_name
from mimik.storage.remote import split_query

COLUMNS = ("path", "start_s", "end_s", "person", "labels")
"""What a manifest tells; of these only path is needed."""
_NEAR = 0.75
"""A column whose name is as near as this to one of COLUMNS is taken for a slip."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A row: a file, or a part of one."""

    address: str
    """What is opened: a path or address."""
    row: str
    """Where it stands: "clips.csv, line 7"."""
    start_s: float | None = None
    """Where the part begins, seconds of the file; None is its beginning, or as the run's options say."""
    end_s: float | None = None
    """Where it ends; None likewise."""
    person: str | None = None
    """Who is in it."""
    labels: str | None = None
    """What else is known of it."""

    @property
    def name(self) -> str:
        """What results call it: its file, with "@A-B" where it is a part."""
        return part_name(public_name(self.address), self.start_s, self.end_s)

    def frames(self, options: SourceOptions) -> SourceOptions:
        """Those of a run, with its own times in place of theirs."""
        if self.start_s is None and self.end_s is None:
            return options
        return replace(options, start_s=self.start_s or 0.0, end_s=self.end_s)

    def explained(self, error: SourceError) -> SourceError:
        """What went wrong with it, and which row it is."""
        return type(error)(f"{self.row}: {error}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a table names."""

    clips: tuple[Clip, ...]
    """In the order of its rows, each part of a file once."""
    bad: tuple[tuple[str, str], ...] = ()
    """Rows that can't be used, and what is wrong with them."""
    left_out: tuple[tuple[str, str], ...] = ()
    """The table, and what of it isn't used; nothing if all is."""


def read_manifest(path: str | Path) -> Manifest:
    """Read a table of clips.

    Args:
        path: A .csv, .jsonl or .parquet file of this machine or of a store. Its column path holds files, from
            its own folder unless they are absolute or addresses; start_s and end_s seconds of them; person
            and labels go into OUT.run and summaries.

    Raises:
        SourceNotFoundError: There is no such file.
        OptionError: It is of another kind.
        DataError: It can't be read, lacks a path, or has a column that is nearly called like one of these.
        MissingExtraError: Parquet without pyarrow.
    """
    spec = plain(str(path))
    known_as = public_name(spec)
    rows = list(read_rows(spec, known_as))
    names = list(dict.fromkeys(name for _, row in rows for name in row if name != EXCESS))
    _check(known_as, names, rows)
    clips: dict[str, Clip] = {}
    bad: list[tuple[str, str]] = []
    again: list[str] = []
    for where, row in rows:
        try:
            clip = _clip(row, f"{known_as}, {where}", spec)
        except DataError as error:
            bad.append((f"{known_as}, {where}", str(error)))
            continue
        if clips.setdefault(clip.name, clip) is not clip:
            again.append(where)
    left_out = _left_out([name for name in names if name not in COLUMNS], again)
    return Manifest(tuple(clips.values()), tuple(bad), ((known_as, left_out),) if left_out else ())


def _left_out(columns: list[str], again: list[str]) -> str:
    told = [f"column{'s' * (len(columns) > 1)} {some_of(columns)}"] if columns else []
    told += [f"rows that name a clip again ({some_of(again)})"] if again else []
    return " and ".join(told)


def _check(known_as: str, names: Sequence[str], rows: Sequence[object]) -> None:
    """Refuse a table that can't be meant.

    Raises:
        DataError: Says what it lacks.
    """
    for name in names:
        near = difflib.get_close_matches(name, COLUMNS, 1, _NEAR)
        if near and name not in COLUMNS:
            raise DataError(f"{known_as}: unknown column {name!r}; did you mean {near[0]!r}? Rename it")
    if not rows:
        raise DataError(f"{known_as}: holds no row; a manifest has a row a clip, with the column path")
    if "path" not in names:
        wanted = f"path and, if you like, {', '.join(COLUMNS[1:])}"
        raise DataError(f"{known_as}: its columns must be {wanted}; there is {some_of(names) or 'none'}")


def _clip(row: Mapping[str, Any], where: str, manifest: str) -> Clip:
    """A row as a clip.

    Raises:
        DataError: Says what is wrong with it.
    """
    if EXCESS in row:
        raise DataError(f"{where}: it has {row[EXCESS]} cells, more than there are columns")
    path = row.get("path")
    if not isinstance(path, str) or not path.strip():
        raise DataError(f"{where}: expected a path, found {path!r:.60}")
    address = _from(plain(path.strip()), manifest)
    if address == STDIN or is_live(address):
        raise DataError(
            f"{where}: {public_name(address)} is no file: name cameras and streams without a manifest"
        )
    start_s, end_s = _seconds(row, "start_s", where), _seconds(row, "end_s", where)
    if end_s is not None and end_s <= (start_s or 0.0):
        raise DataError(f"{where}: the part from {start_s or 0:g} s to {end_s:g} s is empty; start_s < end_s")
    return Clip(address, where, start_s, end_s, _text(row.get("person")), _text(row.get("labels")))


def _from(path: str, manifest: str) -> str:
    """A path as it is seen from the folder of the table."""
    if "://" in path:
        return path
    if "://" in manifest:
        return path if path.startswith("/") else f"{split_query(manifest)[0].rpartition('/')[0]}/{path}"
    return str(Path(manifest).parent / path)


def _seconds(row: Mapping[str, Any], column: str, where: str) -> float | None:
    value = row.get(column)
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    try:
        # Spreadsheets write 1,5 where the comma is in numbers.
        number = value.replace(",", ".") if isinstance(value, str) else value
        found = math.nan if isinstance(value, bool) else float(number)
    except (TypeError, ValueError):
        found = math.nan
    if not 0 <= found < math.inf:
        raise DataError(f"{where}: {column} is a number of seconds, 0 or more, not {value!r:.40}")
    return found


def _text(value: Any) -> str | None:
    """A cell as text: of several labels one, separated by commas."""
    if isinstance(value, list | tuple):
        return _text(",".join(map(str, value)))
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value).strip() or None
