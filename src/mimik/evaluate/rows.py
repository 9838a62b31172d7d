"""Which rows of a data set a model is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from mimik.data.base import Reader, Sample, Skipped, load_reader
from mimik.data.guess import guess_reader
from mimik.data.own import own_of
from mimik.data.split_file import read_divided
from mimik.errors import DataError, OptionError, some_of
from mimik.evaluate.heard import AS_IT_IS, SoundChange
from mimik.evaluate.overlap import learned_from
from mimik.models.card import ModelCard
from mimik.tasks.own import scored_of


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What of a data set a model is asked about, and how."""

    reader: str | None = None
    """Name of the reader; guessed from the layout if None."""
    split: str | None = None
    """Name of the split, or "all"; the set's own test split if None."""
    splits: str | Path | None = None
    """A file of ``mimik data split`` whose splits are taken instead of the set's own."""
    limit: int | None = None
    """At most this many rows, evenly spread."""
    detect: bool = False
    """Whether a detector finds each face, not only those in scenes."""
    detector: str = "auto"
    """Its name."""
    device: str = "auto"
    """"auto", "cpu", "cuda", or "cuda:1" for a GPU by its number."""
    change: SoundChange = AS_IT_IS
    """How utterances are changed before a model hears them."""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise OptionError(f"limit must be 1 or more, not {self.limit}")


@dataclass(frozen=True, slots=True)
class Rows:
    """What of a data set a model can be scored on."""

    reader: str
    """Name of its reader."""
    split: str
    """Name of its split."""
    trained_on: bool | None
    """Whether the model learned from it, by its card; None if that isn't known."""
    samples: Sequence[Sample]
    """The rows whose label the model has a class for."""
    left_out: Mapping[str, int]
    """Label of the other rows to their number."""
    skipped: int
    """Files that the reader left out."""
    splits: Path | None = None
    """The file whose splits were taken; None for the set's own."""


Read: TypeAlias = Callable[[Reader, Path, str, Path | None], tuple[list[Sample], list[Skipped]]]
"""Reads a split: read_divided, or what reads each only once."""


def choose_rows(card: ModelCard, data: Path, options: AskOptions, read: Read = read_divided) -> Rows:
    """The rows of a data set that a model can answer.

    Args:
        card: The model's.
        data: Where the set lies.
        options: Which rows are meant.
        read: Reads a split.

    Raises:
        DataError: The set isn't in its layout, or has no row that the model can answer.
        OptionError: The reader can't be guessed.
        UnknownNameError: There is no such reader or split.
    """
    own = own_of(card)
    name = options.reader or guess_reader(data, card.task, own)
    source = load_reader(name, own)
    file = Path(options.splits) if options.splits else None
    split = options.split or ("test" if file else source.test_split)
    samples, skipped = read(source, data, split, file)
    task = scored_of(card)
    chosen = [s for s in samples if task.has_truth(s, card)]
    if not chosen:
        found = {str(k) for s in samples for k in (*s.labels, *s.scores)}
        known = ", ".join(sorted(found)) or "no label"
        if source.general and all(isinstance(own, float) for s in samples for own in s.labels.values()):
            known += " (classes that are numbers are taken for years: name them after what they show)"
        if labels := sorted({own_label(s, card) for s in samples if card.task in s.labels}):
            known = f"the labels {some_of(labels)}, and the model {', '.join(card.labels)}"
        raise DataError(f"{data}: split {split!r} has no row that {card.name} could answer; it knows {known}")
    others = Counter(own_label(s, card) for s in samples if not task.has_truth(s, card))
    learned = learned_from(card, source, "all" if file else split)
    if file and len(source.splits) > 1 and learned:
        learned = None  # A file's split may hold any part of what the set calls otherwise.
    own_classes = with_classes(chosen, card.task)
    return Rows(
        name, split, learned, spread_rows(own_classes, options.limit), dict(others), len(skipped), file
    )


def with_classes(samples: Sequence[Sample], task: str) -> list[Sample]:
    """The samples of a set, each knowing the classes that occur in it, unless its reader says more."""
    labels = [sample.labels.get(task) for sample in samples]
    found = tuple(sorted({label for label in labels if isinstance(label, str)}))
    return [replace(s, classes={task: found, **s.classes}) if found else s for s in samples]


def own_label(sample: Sample, card: ModelCard) -> str:
    """How a row is labelled for a model's task, in a word."""
    return str(sample.labels.get(card.task, "no label"))


def spread_rows(samples: Sequence[Sample], limit: int | None) -> Sequence[Sample]:
    """At most so many samples, evenly spread."""
    if limit is None or limit >= len(samples):
        return samples
    return [samples[i] for i in np.linspace(0, len(samples) - 1, limit).round().astype(int)]
