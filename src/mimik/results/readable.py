"""Errors of reading results files, in words."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mimik.errors import DataError, SourceNotFoundError


def half_a_line(path: Path) -> str:
    """That a file was cut in its last line."""
    return f"{path}: ends in half a line, which is left out; run the same analyze command again"


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Name the file in the errors of reading it."""
    try:
        yield
    except FileNotFoundError as error:
        begun = path.with_name(f"{path.name}.rows").exists()
        remedy = "its run isn't finished: run the same analyze command again" if begun else "check the path"
        raise SourceNotFoundError(f"{path}: no such results file; {remedy}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a results file, or not in UTF-8: save it as 'CSV UTF-8'") from error
    except csv.Error as error:
        raise DataError(f"{path}: not a results file: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or error}") from error
