"""What a data set holds, counted: classes, splits, people, sizes, subgroups, and what can't be used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from mimik._version import __version__
from mimik.data.base import Sample, Skipped, load_reader
from mimik.data.guess import guess_reader
from mimik.data.labels import is_class
from mimik.data.split_file import read_divided
from mimik.errors import DataError, SourceError
from mimik.facs import ACTION_UNITS
from mimik.tasks.years import BAND, YEARS, age_group
from mimik.types import Image

Told: TypeAlias = Callable[[int, int], None]
"""Is told how many pictures of how many are done."""
SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}
"""The splits that a set is divided into unless others are asked for."""
LARGEST = 5
"""Groups that are named."""
AHEAD = 2048
"""Pictures that are decoded at a time, at most: of a large set, all would fill the memory."""


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
        raise DataError(
            f"{data}: {name} has no pictures in split {split!r}; name another split, or all of them"
        )
    return name, _of_own_kind(samples), skipped


OWN = "class"
"""What labels stand under that are no task's."""


def _of_own_kind(samples: list[Sample]) -> list[Sample]:
    """Samples whose labels count as emotions only because they are nothing else, under another name."""
    labels = {str(sample.labels["emotion"]) for sample in samples if "emotion" in sample.labels}
    if not labels or any(map(is_class, labels)):
        return samples
    return [
        replace(s, labels={OWN if name == "emotion" else name: label for name, label in s.labels.items()})
        for s in samples
    ]


def describe_set(
    data: Path,
    reader: str | None = None,
    split: str = "all",
    splits: Path | None = None,
    *,
    decode: bool = True,
    told: Told | None = None,
) -> dict[str, Any]:
    """Count what a data set holds.

    Args:
        data: See open_set.
        reader: See open_set.
        split: See open_set.
        splits: See open_set.
        decode: Whether every picture is decoded, for sizes, blank and undecodable ones.
        told: Is told how far the decoding has come.

    Returns:
        JSON-safe: ``n``, ``splits``, ``tasks`` (task to ``n``, ``classes``, and ``years`` or ``units``),
        ``votes``, ``groups``, ``subgroups``, ``pictures`` (None if not decoded) and ``skipped``.

    Raises:
        DataError: See open_set.
        UnknownNameError: See open_set.
        OptionError: See open_set.
    """
    name, samples, skipped = open_set(data, reader, split, splits)
    return {
        "mimik": __version__,
        "data": {"path": str(data), "reader": name, "title": load_reader(name).title, "split": split},
        "n": len(samples),
        "splits": _splits(samples, load_reader(name).splits),
        "tasks": _tasks(samples),
        "votes": _counts(task for s in samples for task in s.votes),
        "groups": _groups(samples),
        "subgroups": _subgroups(samples),
        "pictures": look_at_pictures(samples, told) if decode else None,
        "skipped": [{"key": item.key, "reason": item.reason} for item in skipped],
    }


def look_at_pictures(samples: Sequence[Sample], told: Told | None = None) -> dict[str, Any]:
    """Decode every picture.

    Returns:
        ``sizes`` ("WIDTHxHEIGHT" to their number, most frequent first), ``grey`` (pictures without colour),
        ``blank`` (keys of pictures of one shade) and ``undecodable`` (key and error).
    """
    found: dict[str, Any] = {"sizes": Counter(), "grey": 0, "blank": [], "undecodable": []}
    for number, (sample, seen) in enumerate(each_picture(samples, _sight), 1):
        if isinstance(seen, SourceError):
            found["undecodable"].append({"key": sample.key, "error": str(seen)})
        else:
            size, grey, blank = seen
            found["sizes"][size] += 1
            found["grey"] += grey
            found["blank"] += [sample.key] * blank
        if told:
            told(number, len(samples))
    return {**found, "sizes": dict(found["sizes"].most_common())}


def each_picture(
    samples: Sequence[Sample], use: Callable[[Image], Any]
) -> Iterator[tuple[Sample, Any | SourceError]]:
    """Each sample with what is made of its picture, or with the error if it can't be decoded."""

    def made(sample: Sample) -> Any:
        try:
            return use(sample.load())
        except SourceError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(samples), AHEAD):
            part = samples[start : start + AHEAD]
            yield from zip(part, pool.map(made, part), strict=True)


def _sight(image: Image) -> tuple[str, bool, bool]:
    """A picture's size, and whether it is grey or of one shade."""
    grey = bool((image[..., 0] == image[..., 1]).all() and (image[..., 1] == image[..., 2]).all())
    return f"{image.shape[1]}x{image.shape[0]}", grey, float(image.std()) <= BLANK


BLANK = 2.0
"""A picture whose pixels spread by no more than this shows nothing; training leaves it out, too."""


def _counts(names: Any) -> dict[str, int]:
    """How often each name comes, in the order in which they first come."""
    return dict(Counter(names))


def _splits(samples: Sequence[Sample], own: Sequence[str]) -> dict[str, int]:
    """Pictures of each split: the set's own first, then those that are usual, then others."""
    counts = _counts(sample.split for sample in samples)
    return {split: counts[split] for split in dict.fromkeys((*own, *SHARES, *counts)) if split in counts}


def _tasks(samples: Sequence[Sample]) -> dict[str, Any]:
    """Task, or another name that labels stand under, to its counts."""
    names = dict.fromkeys(name for sample in samples for name in sample.labels)
    tasks = {name: _classes(name, samples) for name in names if name not in (YEARS, BAND)}
    if aged := [s for s in samples if YEARS in s.labels or BAND in s.labels]:
        tasks["age"] = _ages(aged)
    if coded := [s.scores["au"] for s in samples if "au" in s.scores]:
        present = np.nansum(np.stack(coded), axis=0).astype(int)
        known = (~np.isnan(np.stack(coded))).sum(axis=0)
        units = zip(ACTION_UNITS, present.tolist(), known.tolist(), strict=True)
        tasks["au"] = {"n": len(coded), "units": {unit: {"present": p, "known": k} for unit, p, k in units}}
    return tasks


def _classes(name: str, samples: Sequence[Sample]) -> dict[str, Any]:
    labelled = [(str(s.labels[name]), s) for s in samples if name in s.labels]
    return {"n": len(labelled), "classes": class_counts(labelled)}


def class_counts(labelled: Sequence[tuple[str, Sample]]) -> dict[str, Any]:
    """Class to ``n``, ``splits`` (split to number) and ``groups`` (people or others that stay together)."""
    found: dict[str, Any] = {}
    groups: dict[str, set[str]] = {}
    for label, sample in labelled:
        row = found.setdefault(label, {"n": 0, "splits": {}, "groups": 0})
        row["n"] += 1
        row["splits"][sample.split] = row["splits"].get(sample.split, 0) + 1
        if sample.group:
            groups.setdefault(label, set()).add(sample.group)
    for label, names in groups.items():
        found[label]["groups"] = len(names)
    return {name: found[name] for name in sorted(found, key=by_number)}


def _ages(samples: Sequence[Sample]) -> dict[str, Any]:
    """Ages as bands; ``years`` of those that are known exactly."""
    labelled = [(band_of(s), s) for s in samples]
    classes = class_counts(labelled)
    years = [float(s.labels[YEARS]) for s in samples if YEARS in s.labels]
    return {
        "n": len(labelled),
        "classes": classes,
        "years": _spread(years) if years else None,
    }


def _spread(years: Sequence[float]) -> dict[str, float]:
    return {"n": len(years), "least": min(years), "median": float(np.median(years)), "most": max(years)}


def band_of(sample: Sample) -> str:
    """The age group that a sample is labelled with, by its years where these are known."""
    known = sample.labels.get(YEARS)
    return str(sample.labels[BAND]) if known is None else age_group(float(known))


def _groups(samples: Sequence[Sample]) -> dict[str, Any]:
    """People, or whatever else must stay on one side of a split."""
    sizes = Counter(sample.group for sample in samples if sample.group)
    sides: dict[str, set[str]] = {}
    for sample in samples:
        if sample.group:
            sides.setdefault(sample.group, set()).add(sample.split)
    return {
        "n": len(sizes),
        "largest": dict(sizes.most_common(LARGEST)),
        "without": sum(not sample.group for sample in samples),
        "in_several_splits": sorted(group for group, splits in sides.items() if len(splits) > 1),
    }


def _subgroups(samples: Sequence[Sample]) -> dict[str, Mapping[str, int]]:
    names = dict.fromkeys(name for sample in samples for name in sample.subgroup)
    counts = {name: _counts(s.subgroup[name] for s in samples if name in s.subgroup) for name in names}
    return {
        name: {name: found[name] for name in sorted(found, key=by_number)} for name, found in counts.items()
    }


def by_number(name: str) -> list[tuple[int, str]]:
    """Sorts names part by part, those that begin with a number by that number: 3-9 comes before 20-29."""
    parts = (part.strip() for part in name.split(","))
    return [(int(number[0]) if (number := re.match(r"\d+", part)) else -1, part) for part in parts]
