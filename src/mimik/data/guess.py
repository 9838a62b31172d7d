"""Which reader some data is for, by its layout alone."""

from __future__ import annotations

from pathlib import Path

from mimik.data.base import READERS, load_reader
from mimik.errors import DataError, OptionError


def guess_reader(data: Path, task: str | None = None) -> str:
    """The one reader that fits some data and, if a task is named, serves it.

    Args:
        data: The set's folder, zip or CSV, or the folder that holds it.
        task: What its labels are wanted for; anything if None.

    Raises:
        OptionError: None fits, or several do.
        DataError: There is nothing at the path.
    """
    if not data.exists():
        raise DataError(f"{data}: no such file or folder; name the data set's folder, zip or CSV")
    readers = {name: load_reader(name) for name in READERS}
    asked = {
        name: reader
        for name, reader in readers.items()
        if reader.guessed and (reader.own_files if task is None else task in reader.tasks)
    }
    fitting = [name for name, reader in asked.items() if reader.fits(data)]
    own = [name for name in fitting if not readers[name].general] or fitting
    if len(own) != 1:
        found = f"{' and '.join(own)} fit" if own else "no known layout fits"
        narrower = ", or the set's own folder" if own else ""
        raise OptionError(f"{data}: {found}; name one with --reader: {', '.join(READERS)}{narrower}")
    return own[0]
