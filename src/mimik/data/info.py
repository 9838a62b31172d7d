"""What a data set holds, counted: classes, splits, people, sizes, subgroups, and what can't be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from mimik._version import __version__
from mimik.data.base import Sample, load_reader
from mimik.data.classes import band_of, by_number, class_counts
from mimik.data.open_set import open_set
from mimik.data.pictures import BLANK, Told, each_item, each_picture, kind_of
from mimik.errors import SourceError
from mimik.facs import ACTION_UNITS
from mimik.tasks.years import BAND, YEARS
from mimik.types import SOUND_RATE, Image, Samples
from mimik.voice.inputs import is_silent

SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}
"""The splits that a set is divided into unless others are asked for."""
LARGEST = 5
"""Groups that are named."""


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
        decode: Whether every picture and sound is decoded, for sizes, lengths, blank, silent and undecodable
            ones.
        told: Is told how far the decoding has come.

    Returns:
        JSON-safe: ``n``, ``holds`` (pictures.kind_of), ``splits``, ``tasks`` (task to ``n``, ``classes``, and
        ``years`` or ``units``), ``votes``, ``groups``, ``subgroups``, ``pictures`` and ``sounds`` (each None
        if there are none, or not decoded) and ``skipped``.

    Raises:
        DataError: See open_set.
        UnknownNameError: See open_set.
        OptionError: See open_set.
    """
    name, samples, skipped = open_set(data, reader, split, splits)
    seen = [sample for sample in samples if sample.hear is None]
    heard = [sample for sample in samples if sample.hear is not None]
    return {
        "mimik": __version__,
        "data": {"path": str(data), "reader": name, "title": load_reader(name).title, "split": split},
        "n": len(samples),
        "holds": kind_of(samples),
        "splits": _splits(samples, load_reader(name).splits),
        "tasks": _tasks(samples),
        "votes": _counts(task for s in samples for task in s.votes),
        "groups": _groups(samples),
        "subgroups": _subgroups(samples),
        "pictures": look_at_pictures(seen, told) if decode and seen else None,
        "sounds": listen_to_sounds(heard, told) if decode and heard else None,
        "skipped": [asdict(item) for item in skipped],
    }


def look_at_pictures(samples: Sequence[Sample], told: Told | None = None) -> dict[str, Any]:
    """Decode every picture.

    Returns:
        ``sizes`` ("WIDTHxHEIGHT" to their number, most frequent first), ``grey`` (pictures without colour),
        ``blank`` (keys of pictures of one shade) and ``undecodable`` (key and error).
    """
    found: dict[str, Any] = {"sizes": Counter(), "grey": 0, "blank": [], "undecodable": []}
    for sample, seen in each_picture(samples, _sight, told):
        if isinstance(seen, SourceError):
            found["undecodable"].append({"key": sample.key, "error": str(seen)})
        else:
            size, grey, blank = seen
            found["sizes"][size] += 1
            found["grey"] += grey
            found["blank"] += [sample.key] * blank
    return {**found, "sizes": dict(found["sizes"].most_common())}


def listen_to_sounds(samples: Sequence[Sample], told: Told | None = None) -> dict[str, Any]:
    """Decode every sound.

    Returns:
        ``seconds`` (``total``, ``least``, ``median`` and ``most``; None if none can be decoded), ``silent``
        (keys of those in which nothing is heard) and ``undecodable`` (key and error).
    """
    found: dict[str, Any] = {"seconds": None, "silent": [], "undecodable": []}
    lengths: list[float] = []
    for sample, heard in each_item(samples, _sight, _length, told):
        if isinstance(heard, SourceError):
            found["undecodable"].append({"key": sample.key, "error": str(heard)})
        else:
            lengths.append(heard[0])
            found["silent"] += [sample.key] * heard[1]
    if lengths:
        ends = {"least": min(lengths), "median": float(np.median(lengths)), "most": max(lengths)}
        found["seconds"] = {"total": sum(lengths), **ends}
    return found


def _length(sound: Samples) -> tuple[float, bool]:
    """A sound's length in seconds, and whether nothing is heard in it."""
    return len(sound) / SOUND_RATE, is_silent(sound)


def _sight(image: Image) -> tuple[str, bool, bool]:
    """A picture's size, and whether it is grey or of one shade."""
    grey = bool((image[..., 0] == image[..., 1]).all() and (image[..., 1] == image[..., 2]).all())
    return f"{image.shape[1]}x{image.shape[0]}", grey, float(image.std()) <= BLANK


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
