"""Which reader some data is for, by its layout alone."""

from __future__ import annotations

from pathlib import Path

from mimik.data.base import READERS, load_reader
from mimik.data.own import NO_OWN, OwnTasks
from mimik.errors import DataError, OptionError


def guess_reader(data: Path, task: str | None = None, own: OwnTasks = NO_OWN) -> str:
    """The one reader that fits some data and, if a task is named, serves it.

    Args:
        data: The set's folder, zip or CSV, or the folder that holds it.
        task: What its labels are wanted for; anything if None.
        own: Tasks of one's own.

    Raises:
        OptionError: None fits, or several do.
        DataError: There is nothing at the path.
    """
    if not data.exists():
        raise DataError(f"{data}: no such file or folder; name the data set's folder, zip or CSV")
    readers = {name: load_reader(name, own) for name in READERS}
    asked = {
        name: reader
        for name, reader in readers.items()
        if reader.guessed and (reader.own_files if task is None else reader.serves(task))
    }
    fitting = [name for name, reader in asked.items() if reader.fits(data)]
    best = [name for name in fitting if not readers[name].general] or fitting
    if len(best) != 1:
        found = f"{' and '.join(best)} fit" if best else "no known layout fits"
        narrower = ", or the set's own folder" if best else ""
        raise OptionError(f"{data}: {found}; name one with --reader: {', '.join(READERS)}{narrower}")
    return best[0]
