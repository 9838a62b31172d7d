"""Reading a recipe's data sets: which samples there are, what is left out, and what is held."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample, load_reader, read_samples
from mimik.data.fingerprints import fingerprints
from mimik.data.left_out import LISTED, OWN_RULE, LeftOut, read_left_out
from mimik.data.own import OwnTasks
from mimik.data.split_file import read_divided
from mimik.data.splits import fold_of
from mimik.errors import MimikWarning, RecipeError
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.shelf import Shelf
from mimik.train.recipe.options import DataOptions

A = TypeVar("A")
R = TypeVar("R")
E = TypeVar("E", bound=Examples)
PART = 512
"""Pictures or clips that are decoded ahead."""


Print: TypeAlias = tuple[bytes, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture or a clip as it is kept in memory."""

    item: NDArray[Any]
    """Its values."""
    sample: Sample
    """Its labels."""
    print: Print
    """What tells it again: a hash, and a thumbnail."""


Decode: TypeAlias = Callable[[DataOptions, Sequence[Sample]], Iterator[Decoded | LeftOut]]
"""Decodes the samples of a set; gives why one is left out in its place."""


def load_sets(
    kind: type[E],
    options: Sequence[DataOptions],
    root: Path,
    fold: int,
    own: OwnTasks,
    decode: Decode,
    most_bytes: float = math.inf,
) -> E:
    """Decode all samples of the data sets; those that hold nothing are left out, and named.

    Args:
        kind: What they become.
        options: The sets.
        root: Folder that holds them.
        fold: Part of the sets with folds that is held for validation; none if -1.
        own: Tasks that only the recipe describes.
        decode: Decodes those of one set.
        most_bytes: What of them may be kept in memory; more lie in a file.

    Raises:
        DataError: A set, or a list of what to leave out, isn't in its layout.
        RecipeError: A set has no samples.
        OutputError: They are too many for the memory, and the disk is full.
    """
    items = Shelf(most_bytes)
    kept: list[tuple[Sample, Print]] = []
    left_out: list[LeftOut] = []
    seen: set[tuple[str, str, LeftOut]] = set()
    sets: list[int] = []
    for number, entry in enumerate(options):
        chosen, others = chosen_samples(entry, root, own)
        # Two splits of one set skip the same files.
        left_out += [item for item in others if (entry.reader, entry.path, item) not in seen]
        seen.update((entry.reader, entry.path, item) for item in others)
        for found in decode(entry, chosen):
            if isinstance(found, LeftOut):
                left_out.append(found)
            else:
                items.append(found.item)
                kept.append((found.sample, found.print))
                sets.append(number)
    samples = [sample for sample, _ in kept]
    return kind(
        items,
        samples,
        np.array([options[number].weight for number in sets]),
        np.array([_held(options[k], s, fold) for k, s in zip(sets, samples, strict=True)], np.int8),
        fingerprints([own for _, own in kept]),
        np.array(sets, np.int64),
        left_out,
    )


def in_parts(pool: Executor, work: Callable[[A], R], items: Sequence[A]) -> Iterator[R]:
    """What a pool makes of items, in their order, without the results of all of them in memory at once."""
    for start in range(0, len(items), PART):
        yield from pool.map(work, items[start : start + PART])


def chosen_samples(entry: DataOptions, root: Path, own: OwnTasks) -> tuple[list[Sample], list[LeftOut]]:
    """The samples of a set, with the labels that are wanted of them, and what is left out of it.

    Raises:
        DataError: The set, or a list of what to leave out, isn't in its layout.
        RecipeError: It has no samples.
    """
    found, left_out = _read(entry, root, own)
    found, listed = _unlisted(found, entry, root)
    for name, file in entry.extra.items():
        found = with_scores(found, name, root / file)
    return (_labelled(found, entry, root) if entry.only else found), left_out + listed


def _read(entry: DataOptions, root: Path, own: OwnTasks) -> tuple[list[Sample], list[LeftOut]]:
    """The samples of a set's split, and what its reader skips."""
    reader, path = load_reader(entry.reader, own), root / entry.path
    splits = root / entry.splits if entry.splits else None
    found, skipped = read_divided(reader, path, entry.split, splits)
    if not found:
        others = sorted({sample.split for sample in read_samples(reader, path)[0]})
        hint = f"; there is {', '.join(others)}" if others else ""
        raise RecipeError(f"{path}: {entry.reader} has no samples in split {entry.split!r}{hint}")
    if entry.folds and (last := max(sample.fold for sample in found)) >= entry.folds:
        raise RecipeError(
            f"{splits or path}: has a fold {last}, but the recipe says folds = {entry.folds}; say {last + 1}"
        )
    return found, [LeftOut(item.key, item.reason or OWN_RULE) for item in skipped]


def _unlisted(found: Sequence[Sample], entry: DataOptions, root: Path) -> tuple[list[Sample], list[LeftOut]]:
    """The samples that the set's list of what to leave out doesn't name, and those that it does."""
    if not entry.leave_out:
        return list(found), []
    listed = {item.key: item for item in read_left_out(root / entry.leave_out)}
    kept = [sample for sample in found if sample.key not in listed]
    if listed and len(kept) == len(found):
        warnings.warn(
            f"{root / entry.leave_out}: none of its {len(listed):,} keys is in {entry.reader}'s split "
            f"{entry.split!r}, so nothing is left out; is it of another set?",
            MimikWarning,
            stacklevel=2,
        )
    if not kept:
        raise RecipeError(f"{root / entry.leave_out}: names every picture of {entry.reader}; none is left")
    return kept, [
        LeftOut(sample.key, LISTED, listed[sample.key].of) for sample in found if sample.key in listed
    ]


def _labelled(found: Sequence[Sample], entry: DataOptions, root: Path) -> list[Sample]:
    """The samples that have a label that ``only`` asks for, with those labels alone."""
    found = [
        replace(
            sample,
            labels={name: label for name, label in sample.labels.items() if name in entry.only},
            scores={name: values for name, values in sample.scores.items() if name in entry.only},
        )
        for sample in found
    ]
    known = [sample for sample in found if sample.labels or sample.scores]
    if not known:
        raise RecipeError(f"{root / entry.path}: no sample has {' or '.join(entry.only)}, as only asks for")
    return known


def _held(entry: DataOptions, sample: Sample, fold: int) -> int:
    """Pictures.hold of a sample."""
    own_fold = not entry.splits and sample.fold >= 0 and fold >= 0
    if entry.hold or not (entry.folds or own_fold):
        return int(entry.hold)
    told = entry.splits or sample.fold >= 0
    own = sample.fold if told else fold_of(sample.group or sample.key, entry.folds)
    return 1 if own == fold else -1


def with_scores(samples: Sequence[Sample], name: str, file: Path) -> list[Sample]:
    """Samples with further scores, by key, from a table (DataOptions.extra), under a name.

    Raises:
        RecipeError: The table can't be read.
    """
    try:
        with np.load(file) as table:
            known = dict(zip(table["keys"].tolist(), table["scores"].astype(np.float32), strict=True))
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise RecipeError(f"{file}: no table of scores (keys and scores in an .npz): {error}") from error
    return [
        replace(sample, scores={**sample.scores, name: known[sample.key]}) if sample.key in known else sample
        for sample in samples
    ]
