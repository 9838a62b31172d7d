"""The files of an output: what lies there already, and whose it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mimik.errors import OutputError, OutputExistsError
from mimik.results.base import Format
from mimik.results.span_rows import spans_beside
from mimik.runs.journal import read_journal


def files_of(path: Path, info: Mapping[str, Any]) -> tuple[Path, ...]:
    """The files of an output that was made so.

    Args:
        path: The output.
        info: RunInfo.to_dict() of what made it.
    """
    both = info.get("heard") and info.get("detector") is not None
    return (path, spans_beside(path)) if both and path.suffix.lower() != ".jsonl" else (path,)


def check_beside(path: Path, form: Format) -> None:
    """Refuse to write beside an output what is that of another.

    Raises:
        OutputExistsError: It has a journal of its own, or is a folder.
    """
    for file in form.files(path)[1:]:
        if file.is_dir() or _journal(file).exists():
            what = (
                "is a folder" if file.is_dir() else f"{_journal(file).name} says that it is a run of its own"
            )
            raise OutputExistsError(
                f"{file}: {what}, and the utterances of {path.name} would go there: choose another name"
            )


def refuse_strange(path: Path, form: Format) -> None:
    """Refuse to replace what no journal explains.

    Raises:
        OutputExistsError: There is such a file.
    """
    for file in form.files(path):
        if file.exists() and file.stat().st_size > 0:
            raise OutputExistsError(
                f"{file}: exists, and no {_journal(path).name} says what made it: "
                "choose another name or --overwrite"
            )


def left_by(path: Path, form: Format) -> Iterator[Path]:
    """What lies beside an output and is of its run, or an earlier one, and so goes when that begins anew."""
    beside = list(form.files(path)[1:])
    with contextlib.suppress(OutputError):  # What a damaged journal doesn't explain stays.
        if record := read_journal(_journal(path)):
            beside += files_of(path, record.info)[1:]
    return (file for file in beside if not _journal(file).exists())


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}.run")
