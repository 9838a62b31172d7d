"""Tables of sessions and studies: CSV and Parquet with a row a face or utterance, in mimik's own columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from mimik.app.store.markers import Markers
from mimik.app.store.sessions import Sessions
from mimik.app.store.studies import Studies, sessions_of
from mimik.readings import Kind
from mimik.results.csv import as_csv, csv_line, guarded
from mimik.results.parquet import GROUP_ROWS, arrow_column, arrow_schema, import_pyarrow
from mimik.results.rows import BASE_KINDS, Cell, Row, flatten, kinds_in
from mimik.results.span_rows import flatten_span

Rows: TypeAlias = Callable[[], Iterator[Row]]
"""Gives the rows from the start, each time that it is called."""
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "run": "application/x-ndjson",
}
"""Format of an export to its media type."""


def write_lines(path: Path, values: Iterable[Any]) -> None:
    """Write JSON lines."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
        stream.writelines(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def write_table(
    path: Path,
    kind: str,
    rows: Rows,
    made_by: Callable[[], Any],
    first: Sequence[str] = (),
    plain: bool = False,
    base: Mapping[str, Kind] = BASE_KINDS,
) -> None:
    """Write rows as "csv" or "parquet"; see write_csv and write_parquet."""
    if kind == "csv":
        write_csv(path, rows, first, plain, base)
    else:
        write_parquet(path, rows, first, made_by(), base)


def write_csv(
    path: Path,
    rows: Rows,
    first: Sequence[str] = (),
    plain: bool = False,
    base: Mapping[str, Kind] = BASE_KINDS,
) -> None:
    """Write a CSV as mimik.results.csv does, but for texts that a spreadsheet would take for formulas.

    Args:
        path: The file.
        rows: Read twice: for the columns, then for the cells.
        first: Columns before those of results.
        plain: Whether such texts stay as they are.
        base: The columns of every row, and what they hold: those of faces, or of utterances.
    """
    # As in a run's own CSV: lists of points would make lines of 9 kB, which spreadsheets cut.
    columns = tuple(name for name, kind in kinds_in(rows(), first, base).items() if kind != "points")
    write_numbers(path, columns, map(as_csv, rows()), plain)


def write_numbers(path: Path, columns: Sequence[str], rows: Iterable[Row], plain: bool = False) -> None:
    """Write a CSV of exactly these columns; it has its header even where there are no rows."""

    def line(cells: Iterable[Cell]) -> str:
        return csv_line(cells if plain else map(guarded, cells))

    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
        stream.write(line(columns))
        stream.writelines(line(row.get(name) for name in columns) for row in rows)


def write_parquet(
    path: Path,
    rows: Rows,
    first: Sequence[str] = (),
    made_by: Any = None,
    base: Mapping[str, Kind] = BASE_KINDS,
) -> None:
    """Write a Parquet file as mimik.results.parquet does; what made the results is in its metadata.

    Raises:
        MissingExtraError: pyarrow isn't installed.
    """
    arrow, parquet = import_pyarrow("Parquet output")
    kinds = kinds_in(rows(), first, base)
    schema = arrow_schema(kinds, made_by)
    values = rows()
    with parquet.ParquetWriter(path, schema) as writer:
        while part := list(islice(values, GROUP_ROWS)):
            cells = [
                arrow_column((_fitting(row.get(name), kind) for row in part), kind, schema.field(name).type)
                for name, kind in kinds.items()
            ]
            writer.write_table(arrow.Table.from_arrays(cells, schema=schema), row_group_size=GROUP_ROWS)


def _fitting(value: Cell, kind: Kind) -> Cell:
    """A value as its column holds it: a whole number among others, or anything among texts."""
    if kind == "text" and value is not None:
        return str(value).lower() if isinstance(value, bool) else str(value)
    return float(value) if kind == "number" and value is not None else value


def session_rows(sessions: Sessions, markers: Markers, number: int) -> Rows:
    """The rows of a session, each with the ``marker`` that holds then; see study_rows."""

    def rows() -> Iterator[Row]:
        marked = markers.all(number)
        for frame in sessions.frames(number):
            marker = marker_at(marked, frame["time_s"])
            for row in flatten(frame):
                yield {"marker": marker, **row}

    return rows


def session_span_rows(sessions: Sessions, markers: Markers, number: int) -> Rows:
    """A row an utterance, with the ``marker`` that holds when it begins."""

    def rows() -> Iterator[Row]:
        marked = markers.all(number)
        for span in sessions.spans(number):
            yield {"marker": marker_at(marked, span["start_s"]), **flatten_span(span)}

    return rows


def study_rows(sessions: Sessions, markers: Markers, studies: Studies, number: int) -> Rows:
    """The rows of all of a study's sessions, with whose they are.

    A row's ``source`` is its session, so that mimik's summaries and plots keep sessions apart;
    ``marker`` is the label of the interval that it lies in, or of the last moment before it.
    """

    def rows() -> Iterator[Row]:
        for session, person in sessions_of(sessions, studies, number):
            name = session_source(session)
            head: Row = {"person": person["code"], "group": person["group"], "session": session["name"]}
            head["counts"] = session["counts"]
            marked = markers.all(session["id"])
            for frame in sessions.frames(session["id"]):
                marker = marker_at(marked, frame["time_s"])
                for row in flatten({**frame, "source": name}):
                    yield {**head, "marker": marker, **row}

    return rows


def session_source(session: Mapping[str, Any]) -> str:
    """What a study's table calls the source of a session's rows."""
    return f"session-{session['id']}"


def marker_at(markers: Sequence[Mapping[str, Any]], time_s: float) -> str | None:
    """The label that holds at a time: of the interval around it that began last, else of the last moment.

    Args:
        markers: By time.
        time_s: By the session's clock.
    """
    begun = [m for m in markers if m["time_s"] <= time_s]
    inside = [m for m in begun if m["end_s"] is not None and time_s < m["end_s"]]
    moments = [m for m in begun if m["end_s"] is None]
    chosen = inside or moments
    return str(chosen[-1]["label"]) if chosen else None
