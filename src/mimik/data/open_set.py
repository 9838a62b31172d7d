"""A data set at a path, read by the reader that fits it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mimik.data.base import Sample, Skipped, load_reader
from mimik.data.guess import guess_reader
from mimik.data.labels import is_class
from mimik.data.split_file import read_divided
from mimik.errors import DataError

OWN = "class"
"""What labels stand under that are no task's."""


def open_set(
    data: Path, reader: str | None = None, split: str = "all", splits: Path | None = None
) -> tuple[str, list[Sample], list[Skipped]]:
    """A reader's name, the samples of a split and what was left out.

    Args:
        data: The set's folder, zip or CSV, or the folder that holds it.
        reader: Name of the reader; guessed from the layout if None.
        split: Name of a split, or "all".
        splits: A file of ``mimik data split`` whose splits are meant; None for the set's own.

    Raises:
        DataError: The set isn't in its layout, or the split has no picture.
        UnknownNameError: There is no such reader or split.
        OptionError: The reader can't be guessed.
    """
    name = reader or guess_reader(data)
    samples, skipped = read_divided(load_reader(name), data, split, splits)
    if not samples:
        raise DataError(f"{data}: {name} has nothing in split {split!r}; name another split, or all of them")
    return name, _of_own_kind(samples), skipped


def _of_own_kind(samples: list[Sample]) -> list[Sample]:
    """Samples whose labels count as emotions only because they are nothing else, under another name."""
    labels = {str(sample.labels["emotion"]) for sample in samples if "emotion" in sample.labels}
    if not labels or any(map(is_class, labels)):
        return samples
    return [
        replace(s, labels={OWN if name == "emotion" else name: label for name, label in s.labels.items()})
        for s in samples
    ]
