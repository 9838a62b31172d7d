"""What a results file still holds of what its journal says: files get cut, torn, edited or replaced."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from mimik.errors import DataError, OutputExistsError
from mimik.results.base import Format
from mimik.runs.journal import Record


def still_there(record: Record, path: Path, rows: Path, form: Format) -> Record:
    """What a journal says, without the sources at the end that a cut (a torn copy) has taken away.

    Args:
        record: What it says.
        path: The results file.
        rows: Where its rows are gathered; of a format that isn't staged, the results file itself.
        form: Its format.

    Raises:
        OutputExistsError: The file isn't what the journal says.
    """
    if not rows.exists():
        _check_published(path, form, record.entries[-1].size if record.entries else 0)
        return record
    size = rows.stat().st_size
    kept = record.first(sum(1 for _ in takewhile(lambda entry: entry.size <= size, record.entries)))
    end = kept.entries[-1].size if kept.entries else 0
    # A cut hardly ever falls between two lines; what was edited, or put there instead, ends with one.
    edited = size > end and _ends_a_line(rows, size)
    if record.done() - kept.done() and (edited or not _ends_a_line(rows, end)):
        raise OutputExistsError(
            f"{rows}: isn't what its journal says, so something else has changed it: "
            "choose another name or --overwrite"
        )
    return kept


def _check_published(path: Path, form: Format, size: int) -> None:
    """Refuse to count on an output that is torn: its rows are nowhere else."""
    try:
        form.check(path, size)
    except DataError as error:
        raise OutputExistsError(
            f"{error}; the results that its journal counts are lost: start again with --overwrite"
        ) from error


def whole_lines(path: Path, start: int, form: Format) -> tuple[int, int, int]:
    """How many whole lines of faces and of utterances a file has from a byte on, and where the last ends."""
    faces, spans, end = 0, 0, start
    with path.open("rb") as stream:
        stream.seek(start)
        for line in stream:
            if line.endswith(b"\n"):
                of_span = form.is_span(line)
                faces, spans, end = faces + (not of_span), spans + of_span, end + len(line)
    return faces, spans, end


def _ends_a_line(path: Path, size: int) -> bool:
    """Whether a line ends after so many bytes of a file, or none has begun."""
    if size == 0:
        return True
    with path.open("rb") as stream:
        stream.seek(size - 1)
        return stream.read(1) == b"\n"
