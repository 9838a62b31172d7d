"""What a division of a data set gives each part, and where it can't be even."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mimik.data.base import Sample
from mimik.data.bonds import Bonds
from mimik.data.classes import class_counts, class_of, labels_asked
from mimik.data.divide import FOLDED, DivideOptions
from mimik.data.pictures import kind_of
from mimik.data.split_file import Part, replace_part
from mimik.tasks.words import listed

FEW = 10
"""With fewer pictures of a class in a part, its figures say next to nothing."""


def describe_division(
    samples: Sequence[Sample], bonds: Bonds, parts: Sequence[Part], options: DivideOptions
) -> dict[str, Any]:
    """Count what the parts of a division hold.

    Returns:
        JSON-safe: ``n``; ``holds`` (pictures.kind_of); ``units`` (groups, of one picture or more) and
        ``kinds`` (what they are); ``copies`` (groups of near copies); ``joined`` (groups that count as one,
        as they hold the same pictures); ``copies_of_groups`` (pictures without a group that belong to one
        whose photo they show); ``undecodable`` (keys whose copies weren't looked for); ``splits`` and
        ``folds`` (name to pictures); ``classes`` and ``fold_classes`` (label to class to counts by split
        and by fold); ``largest`` (of the groups of near copies, and its pictures); ``large`` (groups that
        are larger than the smallest part should be); ``small`` (part, class and pictures, where these are
        fewer than FEW).
    """
    by = labels_asked(samples, options.by)
    divided = [replace_part(sample, part) for sample, part in zip(samples, parts, strict=True)]
    folded = [replace(s, split=f"fold{s.fold}") for s in divided if s.fold >= 0]
    sizes = Counter(name for name in bonds.names if name)
    named = {sample.group for sample in samples} - {""}
    copies = Counter(name for name in bonds.names if name and name not in named)
    found = {
        "n": len(samples),
        "holds": kind_of(samples),
        "units": len(sizes) + sum(not name for name in bonds.names),
        "kinds": _kinds(samples, bonds),
        "copies": bonds.copies,
        "joined": [list(groups) for groups in bonds.joined],
        "copies_of_groups": sum(
            n in named and not s.group for n, s in zip(bonds.names, samples, strict=True)
        ),
        "undecodable": list(bonds.undecodable),
        "splits": {split: sum(part.split == split for part in parts) for split in options.splits},
        "folds": dict(sorted(Counter(part.fold for part in parts if part.fold >= 0).items())),
        "classes": {name: class_counts([(class_of(s, name), s) for s in divided]) for name in by},
        "fold_classes": {name: class_counts([(class_of(s, name), s) for s in folded]) for name in by},
        "largest": dict(copies.most_common(1)),
        "large": {name: n for name, n in sizes.most_common() if n > _least_part(len(samples), options)},
    }
    return {**found, "small": _small(found, options)}


def _kinds(samples: Sequence[Sample], bonds: Bonds) -> str:
    """What the groups are, in words."""
    kinds = {
        "people or groups that the set names": any(sample.group for sample in samples),
        "near copies": bonds.copies > 0,
        "single pictures": any(not name for name in bonds.names),
    }
    return listed([kind for kind, there in kinds.items() if there])


def _least_part(pictures: int, options: DivideOptions) -> float:
    """Pictures that the smallest part should have."""
    shares = options.splits
    least = min(shares.values())
    if options.folds:
        least = min(least, shares.get(FOLDED, 1.0) / options.folds)
    return pictures * least


def _small(found: Mapping[str, Any], options: DivideOptions) -> list[dict[str, Any]]:
    """Parts in which a class has too few pictures to be judged by."""
    wanted = [("classes", split) for split in options.splits if len(options.splits) > 1]
    wanted += [("fold_classes", f"fold{fold}") for fold in found["folds"] if options.folds]
    none: dict[str, Any] = {"splits": {}}
    return [
        {"part": part, "class": label, "n": n}
        for counts, part in wanted
        for name, classes in found["classes"].items()
        for label in classes
        if (n := found[counts][name].get(label, none)["splits"].get(part, 0)) < FEW
    ]
