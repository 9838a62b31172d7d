"""Reading results back: frames and utterances, or flat rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.errors import DataError, SourceNotFoundError
from mimik.results.dataset import ROWS, SOURCE, SPANS, Dataset, located
from mimik.results.head import check_version, declared_kinds
from mimik.results.origin import made_by
from mimik.results.read_csv import columns_of_csv, csv_rows
from mimik.results.read_jsonl import face_rows, frames_in, span_rows, spans_in
from mimik.results.readable import readable
from mimik.results.rows import BASE_KINDS, Row
from mimik.results.span_rows import SPAN_KINDS, SPAN_PLACE, span_of, spans_beside

if TYPE_CHECKING:
    from mimik.results.parquet import Wanted

SUFFIXES = (".jsonl", ".csv", ".parquet")
NEEDED_COLUMNS = {"source", "frame", "time_s", "id", "x1", "reason"}
"""Columns without which a table isn't one of mimik's faces."""
_OF_UTTERANCES = "a table of utterances, not of faces: read it with mimik.read_spans"


def is_named(source: str, name: str) -> bool:
    """Whether a name means a source, by its path or the last parts of it (b.mp4 of a/b.mp4, not ab.mp4)."""
    path, end = source.replace("\\", "/"), name.replace("\\", "/")
    return path == end or path.endswith(f"/{end}")


def read_results(path: str | Path | Dataset) -> Iterator[dict[str, Any]]:
    """The frames of a JSONL results file, one at a time.

    Half a last line, as an interrupted run leaves it, is left out with a MimikWarning.

    Args:
        path: A .jsonl file.

    Yields:
        FrameResult.to_dict() of each frame.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't JSONL results, or of a later mimik; names the line.
    """
    path = located(path)
    if isinstance(path, Dataset) or path.suffix.lower() != ".jsonl":
        raise DataError(
            f"{path}: only .jsonl results hold whole frames; .csv, .parquet and datasets of parts hold rows "
            "(in Python: mimik.results.read.read_rows)"
        )
    declared_kinds(path)  # refuses results of a later mimik
    for _, frame in frames_in(path):
        yield frame


def read_rows(path: str | Path | Dataset) -> Iterator[Row]:
    """The flat rows of results of any format, one at a time.

    Half a last line is left out with a MimikWarning. A last row of CSV without its newline counts as half
    where the lines end as mimik writes them: a number that was cut looks like any other. A CSV that a
    spreadsheet saved is read with its separators (;), decimal commas and words for true and false; one that
    pandas or R saved with its 3.0, NA and numbers of rows. Columns that someone added are taken over. The
    apostrophes that the app's exports put before names like "=A1" are taken away; not where an OUT.run lies
    beside the table, for ``mimik analyze`` writes none.

    Args:
        path: A .jsonl, .csv or .parquet file; or a dataset of parts, by its folder or address
            ("s3://bucket/out/"): of it, source by source in the order of their names.

    Yields:
        A row a face: see mimik.results.rows. A frame without faces gives one whose id is None.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't a results file, or of a later mimik; names the line.
        MissingExtraError: Parquet without pyarrow.
    """
    path = located(path)
    if isinstance(path, Dataset):
        _check_dataset(path)
        return _rows_of_parts(path, ROWS)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return csv_rows(path, BASE_KINDS, _check_faces)
    if suffix == ".parquet":
        return _parquet_rows(path, _check_faces)
    if suffix != ".jsonl":
        raise _not_results(path)
    return face_rows(path)


def read_batches(
    path: str | Path | Dataset, wanted: Wanted | None = None, sources: Collection[str] | None = None
) -> Iterator[tuple[str, Any]] | None:
    """The same rows as pyarrow holds them: a source and some of its rows at a time; None of other files.

    Args:
        path: As read_rows takes it.
        wanted: Gives those columns of all that are read; all if None.
        sources: Those that are read; all if None.

    Raises:
        SourceNotFoundError, DataError, MissingExtraError: See read_rows.
    """
    path = located(path)
    if isinstance(path, Dataset):
        _check_dataset(path)
        return _batches_of_parts(path, ROWS, wanted, sources)
    return _parquet_batches(path, wanted, sources) if path.suffix.lower() == ".parquet" else None


def read_spans(path: str | Path | Dataset) -> Iterator[dict[str, Any]]:
    """The utterances of a results file of any format, one at a time.

    Half a last line is left out with a MimikWarning, and tables that other programs saved are read; see
    read_rows.

    Args:
        path: A .jsonl, .csv or .parquet file. Of the latter two, a table of utterances, or that of the faces
            beside which it lies: talk.csv for talk.spans.csv. Or a dataset of parts, as read_rows takes it.

    Yields:
        SpanResult.to_dict() of each utterance; nothing where no voices were heard.

    Raises:
        SourceNotFoundError: There is no such file, or the utterances aren't beside it.
        DataError: It isn't a results file, or of a later mimik; names the line.
        MissingExtraError: Parquet without pyarrow.
    """
    path = located(path)
    if isinstance(path, Dataset) or path.suffix.lower() != ".jsonl":
        yield from map(span_of, read_span_rows(path))
        return
    declared_kinds(path)  # refuses results of a later mimik
    for _, span in spans_in(path):
        yield span


def read_span_rows(path: str | Path | Dataset) -> Iterator[Row]:
    """The flat rows of the utterances of a results file, one at a time.

    Args:
        path: As read_spans takes it.

    Yields:
        A row an utterance: see mimik.results.span_rows.

    Raises:
        SourceNotFoundError, DataError, MissingExtraError: See read_spans.
    """
    path = located(path)
    if isinstance(path, Dataset):
        check_version(path, path.head)
        yield from _rows_of_parts(path, SPANS)
        return
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        yield from span_rows(path)
    elif suffix not in SUFFIXES:
        raise _not_results(path)
    elif (table := _table_of_spans(path)) is not None:
        of_csv = suffix == ".csv"
        yield from csv_rows(table, SPAN_KINDS, _check_spans) if of_csv else _parquet_rows(table, _check_spans)


def holds_spans_alone(path: str | Path | Dataset) -> bool:
    """Whether results tell of utterances and of no frame.

    Raises:
        SourceNotFoundError, DataError, MissingExtraError: See read_spans.
    """
    path = located(path)
    if isinstance(path, Dataset):
        return path.of_spans_alone
    if path.suffix.lower() in (".csv", ".parquet"):
        return is_of_spans(_columns(path))
    return next(iter(read_rows(path)), None) is None and next(read_span_rows(path), None) is not None


def _not_results(path: Path) -> DataError:
    return DataError(
        f"{path}: results are {', '.join(SUFFIXES)} files, or a folder of parts that mimik analyze wrote"
    )


def _check_dataset(dataset: Dataset) -> None:
    """Refuse a dataset of a later mimik, and one without faces."""
    check_version(dataset, dataset.head)
    if dataset.of_spans_alone:
        raise DataError(f"{dataset}: {_OF_UTTERANCES}")


def _rows_of_parts(dataset: Dataset, table: str) -> Iterator[Row]:
    """The rows of a dataset's table, source by source."""
    from mimik.results.parquet import rows_of

    for source, batch in _batches_of_parts(dataset, table):
        for row in rows_of(batch):
            yield {SOURCE: source, **row}


def _batches_of_parts(
    dataset: Dataset, table: str, wanted: Wanted | None = None, sources: Collection[str] | None = None
) -> Iterator[tuple[str, Any]]:
    """The same as pyarrow holds them; see read_batches."""
    from mimik.results.parquet import parquet_batches

    for source, file in dataset.parts(table):
        if sources is not None and source not in sources:
            continue
        try:
            with dataset.folder.open(file) as stream:
                for batch in parquet_batches(stream, f"{dataset}{file}", wanted):
                    yield source, batch
        except SourceNotFoundError as error:
            raise DataError(
                f"{dataset}{file}: is gone; run the same analyze command again, which reads its source again"
            ) from error


def _table_of_spans(path: Path) -> Path | None:
    """The table that holds the utterances of a run; None where there are none.

    Raises:
        SourceNotFoundError: It is gone.
    """
    if is_of_spans(_columns(path)):
        return path
    beside, heads = spans_beside(path), made_by(path)
    if heads and not any(head.get("heard") for head in heads):
        return None  # What lies there is of another run.
    if not beside.exists() and heads:
        raise SourceNotFoundError(
            f"{beside}: no such file, and the run of {path.name} heard voices: put it back beside that"
        )
    return beside if beside.exists() else None


def _columns(path: Path) -> Collection[str]:
    """The names of a table's columns."""
    with readable(path):
        if path.suffix.lower() == ".csv":
            return columns_of_csv(path)
        from mimik.results.parquet import columns_of_parquet

        return columns_of_parquet(path)


def is_of_spans(names: Collection[str]) -> bool:
    """Whether the columns of a table are those of utterances."""
    return set(SPAN_PLACE) <= set(names) and "frame" not in names


def _check_faces(path: Path, names: Collection[str]) -> None:
    """Refuse a table of something else than faces."""
    if is_of_spans(names):
        raise DataError(f"{path}: {_OF_UTTERANCES}")
    _check_there(path, NEEDED_COLUMNS - set(names))


def _check_spans(path: Path, names: Collection[str]) -> None:
    """Refuse a table of something else than utterances."""
    _check_there(path, set(SPAN_PLACE) - set(names))


def _check_there(path: Path, missing: Collection[str]) -> None:
    if missing:
        raise DataError(
            f"{path}: not a table of mimik's results: no column {', '.join(sorted(missing))}; "
            "mimik convert --from reads those of other tools"
        )


def _parquet_batches(
    path: Path, wanted: Wanted | None, sources: Collection[str] | None
) -> Iterator[tuple[str, Any]]:
    from mimik.results.parquet import by_source, columns_of_parquet, parquet_batches

    with readable(path):
        _check_faces(path, columns_of_parquet(path))
        for batch in parquet_batches(path, wanted=wanted):
            for source, own in by_source(batch):
                if sources is None or source in sources:
                    yield source, own


def _parquet_rows(path: Path, check: Callable[[Path, Collection[str]], None]) -> Iterator[Row]:
    from mimik.results.parquet import read_parquet

    with readable(path):
        for row in read_parquet(path):
            check(path, row)
            yield row
