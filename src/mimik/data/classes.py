"""The classes of labelled pictures: which there are, in what order, and how many pictures each has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mimik.data.base import Sample
from mimik.errors import OptionError
from mimik.tasks.years import BAND, YEARS, age_group


def labels_asked(samples: Sequence[Sample], by: Sequence[str]) -> tuple[str, ...]:
    """The labels and subgroups that are asked for; the set's first label if none is.

    Raises:
        OptionError: No picture has such a label.
    """
    known = {name: None for s in samples for name in (*s.labels, *s.subgroup)}
    known |= {YEARS: None} if BAND in known else {}
    for name in by:
        if name not in known:
            raise OptionError(f"no picture has a label {name!r}: there is {', '.join(known) or 'none'}")
    return tuple(by) or tuple(known)[:1]


def strata_of(samples: Sequence[Sample], by: Sequence[str]) -> list[str]:
    """The class of each picture by some labels together: "happy", or "female, 20-29"."""
    return [", ".join(class_of(sample, name) for name in by) for sample in samples]


def class_of(sample: Sample, name: str) -> str:
    """A sample's class by a label or subgroup; empty if it is unknown."""
    if name in (YEARS, BAND):
        return band_of(sample) if YEARS in sample.labels or BAND in sample.labels else ""
    return str(sample.labels.get(name, sample.subgroup.get(name, "")))


def band_of(sample: Sample) -> str:
    """The age group that a sample is labelled with, by its years where these are known."""
    known = sample.labels.get(YEARS)
    return str(sample.labels[BAND]) if known is None else age_group(float(known))


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


def by_number(name: str) -> list[tuple[int, str]]:
    """Sorts names part by part, those that begin with a number by that number: 3-9 comes before 20-29."""
    parts = (part.strip() for part in name.split(","))
    return [(int(number[0]) if (number := re.match(r"\d+", part)) else -1, part) for part in parts]
