"""Dividing a data set: what belongs together stays together, and each part has its share of each class."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mimik.data.base import Sample
from mimik.data.bonds import Bonds
from mimik.data.classes import labels_asked, strata_of
from mimik.data.info import SHARES
from mimik.data.pictures import kind_of
from mimik.data.split_file import Part
from mimik.errors import DataError, OptionError, some_of

FOLDED = "train"
"""The split that is divided into folds; all of the set, unless it is divided into shares, too."""


@dataclass(frozen=True)
class DivideOptions:
    """Into what a set is divided."""

    shares: Mapping[str, float] = field(default_factory=dict)
    """Split to its share; they sum to 1. Without shares and folds: SHARES."""
    folds: int = 0
    """Equal parts of ``train`` (of all, without shares); 0 for none."""
    leave_one_out: bool = False
    """A fold for each person or other group instead."""
    by: tuple[str, ...] = ()
    """Labels or subgroups of which each part gets its share; the set's first label if empty."""
    seed: int = 0
    """Another seed is another division; the same one is the same everywhere."""

    def __post_init__(self) -> None:
        bad = {split: share for split, share in self.shares.items() if not 0 < share <= 1}
        if bad or (self.shares and abs(sum(self.shares.values()) - 1) > 1e-6):
            raise OptionError(f"shares must be above 0 and sum to 1, not {dict(self.shares)}")
        if self.folds < 0 or self.folds == 1:
            raise OptionError(f"folds must be 2 or more, not {self.folds}")
        if self.folds and self.leave_one_out:
            raise OptionError("leave one out has a fold for each group: name no number of folds beside it")

    @property
    def splits(self) -> dict[str, float]:
        """The shares of the splits, of which there may be one."""
        return dict(self.shares) or ({FOLDED: 1.0} if self.folds or self.leave_one_out else dict(SHARES))


@dataclass(frozen=True)
class Unit:
    """Pictures that stay together."""

    name: str
    """Of the person or other group; the first key of near copies; a picture's own key."""
    rows: tuple[int, ...]
    """Of its pictures."""
    strata: Mapping[str, int]
    """Class, or combination of classes, to its pictures in the unit."""

    @property
    def stratum(self) -> str | None:
        """The one class that all of its pictures have; None if they have several."""
        return next(iter(self.strata)) if len(self.strata) == 1 else None


def divide(samples: Sequence[Sample], bonds: Bonds, options: DivideOptions) -> list[Part]:
    """Where each picture belongs.

    Units (``Unit``) come in the order of a hash of their names. Those of several classes (people, mostly)
    go one by one to the part that lacks most of what they bring; then those of one class are cut where
    the shares say, so that a picture more moves hardly any other.

    Args:
        samples: The N pictures.
        bonds: What holds them together.
        options: Into what they are divided.

    Returns:
        Split, fold and group of each.

    Raises:
        DataError: There are fewer units than parts, or a picture or sound has no group where one is needed.
        OptionError: No picture has a label or subgroup that is asked for.
    """
    if unnamed := [sample.key for sample in samples if sample.hear and not sample.group]:
        raise DataError(
            f"it isn't known who speaks in {len(unnamed):,} clips ({some_of(unnamed)}), and a model knows a "
            "voice again; name people by the column subject"
        )
    units = _units(samples, bonds, strata_of(samples, labels_asked(samples, options.by)))
    splits = _allot(units, options.splits, options.seed)
    folded = [unit for unit in units if splits[unit.name] == FOLDED]
    folds: dict[str, str] = {}
    if options.leave_one_out:
        folds = _one_each(samples, folded)
    elif options.folds:
        folds = _allot(folded, {str(k): 1 / options.folds for k in range(options.folds)}, options.seed + 1)
    parts = [Part("")] * len(samples)
    for unit in units:
        for row in unit.rows:
            parts[row] = Part(splits[unit.name], int(folds.get(unit.name, -1)), bonds.names[row])
    return parts


def _units(samples: Sequence[Sample], bonds: Bonds, strata: Sequence[str]) -> list[Unit]:
    """The units of a set, by the first of their pictures."""
    rows: dict[str, list[int]] = {}
    for row, (sample, name) in enumerate(zip(samples, bonds.names, strict=True)):
        rows.setdefault(name or sample.key, []).append(row)
    if len(rows) == 1 and len(samples) > 1:
        raise DataError(
            f"all {len(samples):,} {kind_of(samples)} belong to {some_of(rows)}, so nothing can be held "
            "back; name people by folders (class/person/picture) or by the column subject"
        )
    return [Unit(name, tuple(own), Counter(strata[row] for row in own)) for name, own in rows.items()]


def _point(name: str, seed: int) -> float:
    """Where a name stands between 0 and 1: the same everywhere."""
    digest = hashlib.sha256(f"{seed}/{name}".encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _allot(units: Sequence[Unit], shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """The part of each unit, by its name."""
    if len(units) < len(shares):
        raise DataError(
            f"{len(units)} people, groups or single pictures can't be divided into {len(shares)} parts; "
            "ask for fewer"
        )
    in_order = sorted(units, key=lambda unit: (_point(unit.name, seed), unit.name))
    pure: dict[str, list[Unit]] = {}
    for unit in in_order:
        if unit.stratum is not None:
            pure.setdefault(unit.stratum, []).append(unit)
    mixed = [unit for unit in in_order if unit.stratum is None]
    # The largest first, by powers of two, so that one more picture of a person hardly ever changes the order.
    found, has = _deal(sorted(mixed, key=lambda unit: -len(unit.rows).bit_length()), shares, units)
    for stratum, own in pure.items():
        total = sum(len(unit.rows) for unit in own) + sum(counts[stratum] for counts in has.values())
        lacks = {part: max(share * total - has[part][stratum], 0.0) for part, share in shares.items()}
        found |= _cut(own, {part: lack / sum(lacks.values()) for part, lack in lacks.items()})
    return _none_empty(found, in_order, shares)


def _none_empty(found: dict[str, str], units: Sequence[Unit], shares: Mapping[str, float]) -> dict[str, str]:
    """The parts of some units, such that none is empty: it takes a smallest unit of the largest part."""
    for part in shares:
        if part not in found.values():
            (most, _), *_ = Counter(found.values()).most_common(1)
            smallest = min((unit for unit in units if found[unit.name] == most), key=lambda u: len(u.rows))
            found = {**found, smallest.name: part}
    return found


def _cut(units: Sequence[Unit], shares: Mapping[str, float]) -> dict[str, str]:
    """Units of one class cut where the shares say; each part gets one of them if there are enough."""
    sizes = np.array([len(unit.rows) for unit in units])
    middles = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    bounds = np.searchsorted(middles, np.cumsum(list(shares.values()))[:-1]).tolist()
    if len(units) >= len(shares) and min(shares.values()) > 0:
        for number in range(len(bounds)):
            least = bounds[number - 1] + 1 if number else 1
            bounds[number] = min(max(bounds[number], least), len(units) - len(shares) + number + 1)
    edges = [0, *bounds, len(units)]
    spans = zip(shares, edges, edges[1:], strict=False)
    return {unit.name: part for part, start, end in spans for unit in units[start:end]}


def _deal(
    mixed: Sequence[Unit], shares: Mapping[str, float], units: Sequence[Unit]
) -> tuple[dict[str, str], dict[str, Counter[str]]]:
    """Give units of several classes one by one to the part that lacks most of what they bring.

    Returns:
        The part of each of them, and what each part has then of each class.
    """
    total: Counter[str] = Counter()
    for unit in units:
        total.update(unit.strata)
    has: dict[str, Counter[str]] = {part: Counter() for part in shares}

    def lack(part: str, unit: Unit) -> float:
        """How far a part is from its share of a unit's classes, the rarer the weightier."""
        wanted = ((stratum, count, shares[part] * total[stratum]) for stratum, count in unit.strata.items())
        return sum(count / total[name] * (want - has[part][name]) / want for name, count, want in wanted)

    found = {}
    for unit in mixed:
        found[unit.name] = max(shares, key=lambda part: lack(part, unit))
        has[found[unit.name]].update(unit.strata)
    return found, has


def _one_each(samples: Sequence[Sample], units: Sequence[Unit]) -> dict[str, str]:
    """A fold for each unit, in the order of their names."""
    alone = [samples[row].key for unit in units for row in unit.rows if not samples[row].group]
    if alone:
        raise DataError(
            f"leave one out needs a person or group for each picture; {len(alone):,} have none "
            f"({some_of(alone)}): name people by folders (class/person/picture) or by the column subject"
        )
    return {name: str(number) for number, name in enumerate(sorted(unit.name for unit in units))}
