"""Dividing the sets of a recipe into folds, as ``mimik data split`` divides a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from mimik.data.base import Sample
from mimik.data.bonds import Bonds, find_bonds
from mimik.data.divide import FOLDED, DivideOptions, divide
from mimik.data.own import OwnTasks
from mimik.data.pictures import kind_of
from mimik.errors import DataError, RecipeError, some_of
from mimik.train.folds.division import ASIDE, VALIDATION, Division, Placed
from mimik.train.inputs.labels import class_heads
from mimik.train.inputs.sets import chosen_samples
from mimik.train.objectives.base import load_objective
from mimik.train.recipe.options import DataOptions, HeadOptions, ObjectiveOptions
from mimik.train.recipe.recipe import Recipe

SUBJECTS = "subjects"
"""In the place of a number of folds: one for each person."""
Teaches: TypeAlias = Callable[[Sample], bool]


@dataclass(frozen=True)
class FoldOptions:
    """Into what the pictures of a recipe are divided."""

    folds: int = 0
    """Number of folds; without any, nothing but the validation is held."""
    subjects: bool = False
    """Whether there is one for each person instead."""
    validation: float = 0.0
    """Share that is held for the validation of what is made of all folds."""
    seed: int = 0
    """Another seed is another division."""

    @classmethod
    def of(cls, word: str) -> FoldOptions:
        """What "5" and "subjects" mean.

        Raises:
            RecipeError: It is neither.
        """
        if word == SUBJECTS:
            return cls(subjects=True)
        if not word.isdecimal() or int(word) < 2:
            raise RecipeError(f"folds must be 2 or more, or {SUBJECTS} (one for each person), not {word!r}")
        return cls(int(word))


def divide_sets(
    data: Sequence[DataOptions],
    root: Path,
    heads: Sequence[HeadOptions],
    options: FoldOptions,
    own: OwnTasks,
) -> Division:
    """Divide the pictures of some sets that one of some heads can learn from.

    Sets with ``hold`` are in no fold, and neither is what shares a person, a group or a photo with them:
    with ``validation`` they belong to it.

    Args:
        data: The sets.
        root: Folder that holds them.
        heads: What is learned.
        options: Into what.
        own: Tasks that only the recipe describes.

    Raises:
        DataError: A set isn't in its layout, or has fewer people than folds.
        RecipeError: A set has no samples, or none that teaches.
    """
    teaches = teaching(heads)
    found = [
        (number, sample)
        for number, entry in enumerate(data)
        for sample in chosen_samples(entry, root, own)[0]
        if teaches(sample)
    ]
    if not found:
        raise RecipeError(f"no picture of the sets has a label for {some_of(h.target_name for h in heads)}")
    # A key is unique within its set only.
    several = len(data) > 1
    samples = [replace(s, key=f"{number}/{s.key}") if several else s for number, s in found]
    bonds = find_bonds(samples)
    held = [data[number].hold for number, _ in found]
    named = [name or sample.key for name, sample in zip(bonds.names, samples, strict=True)]
    beside = {name for name, hold in zip(named, held, strict=True) if hold}
    free = [row for row, name in enumerate(named) if name not in beside]
    folds = _folds([samples[row] for row in free], [bonds.names[row] for row in free], heads, options)
    tables: list[dict[str, Placed]] = [{} for _ in data]
    kept_for = VALIDATION if options.validation else ASIDE
    placed = dict(zip(free, folds[0], strict=True))
    for row, (number, sample) in enumerate(found):
        fold = placed.get(row, kept_for if held[row] else ASIDE)
        tables[number][sample.key] = Placed(replace(sample, group=bonds.names[row]), fold)
    return Division(tuple(data), tuple(tables), folds[1])


def _folds(
    samples: Sequence[Sample], names: Sequence[str], heads: Sequence[HeadOptions], options: FoldOptions
) -> tuple[list[int], tuple[str, ...]]:
    """The fold of each picture, and what the folds are called."""
    # Near copies stand under the name of one of them, and so are a group of their own.
    grouped = [replace(sample, group=name) for sample, name in zip(samples, names, strict=True)]
    if options.subjects:
        _check_people(samples)
    share = options.validation
    shares = {FOLDED: 1 - share, "validation": share} if share else {}
    asked = DivideOptions(shares, options.folds, options.subjects, _by(samples, heads), options.seed)
    parts = divide(grouped, Bonds(tuple(names), 0), asked)
    folds = [max(part.fold, 0) if part.split == FOLDED else VALIDATION for part in parts]
    if not options.subjects:
        return folds, tuple(map(str, range(max(options.folds, 1))))
    people = {fold: name for fold, name in zip(folds, names, strict=True) if fold >= 0}
    return folds, tuple(people[fold] for fold in sorted(people))


def _check_people(samples: Sequence[Sample]) -> None:
    """Refuse to leave out people where it isn't known who is who; raises DataError."""
    if alone := [sample.key for sample in samples if not sample.group]:
        raise DataError(
            f"it isn't known who is shown in {len(alone):,} {kind_of(samples)} ({some_of(alone)}), so nobody "
            "can be left out; name people by folders (class/person/picture) or by the column subject, "
            "or ask for a number of folds"
        )


def _by(samples: Sequence[Sample], heads: Sequence[HeadOptions]) -> tuple[str, ...]:
    """The labels of which each fold gets its share: the first head's that has classes."""
    targets = [head.target_name for head in class_heads(heads)]
    return tuple(target for target in targets if any(target in s.labels for s in samples))[:1]


def teaching(heads: Sequence[HeadOptions]) -> Teaches:
    """Whether a sample has a label that one of some heads learns."""
    named = {head.name for head in class_heads(heads) if not head.one_versus_all}
    parts = [(head, load_objective(head, ObjectiveOptions(), 0.0)) for head in heads]

    def teaches(sample: Sample) -> bool:
        return any(
            sample.labels.get(head.target_name) in (*head.labels, *head.rest)
            if head.name in named
            else part.labelled(sample)
            for head, part in parts
        )

    return teaches


def check_folds(recipe: Recipe, division: Division) -> None:
    """Make sure, before anything is trained, that each fold can be trained and judged.

    Raises:
        RecipeError: What is left beside a fold lacks a class, or a fold has no label for a head.
    """
    for head in recipe.trained:
        teaches = teaching([head])
        counts = [_counts(division, fold, head, teaches) for fold in range(len(division.names))]
        for fold, own in enumerate(counts):
            where = f"{recipe.name}: fold {division.names[fold]}"
            if not sum(own.values()):
                raise RecipeError(
                    f"{where} has no label for {head.target_name}, so nothing could be judged there; "
                    "ask for fewer folds"
                )
            rest = [label for label in own if own[label] == sum(other[label] for other in counts)]
            if rest := [label for label in rest if own[label]]:
                raise RecipeError(
                    f"{where} holds all pictures of {some_of(rest)} ({head.target_name}), so training would "
                    "have none; add other people's, or take the class out of labels"
                )


def _counts(division: Division, fold: int, head: HeadOptions, teaches: Teaches) -> Mapping[str, int]:
    """The pictures of a fold by class of a head; all under "" where it has no classes."""
    classes = head.labels if class_heads([head]) and not head.one_versus_all else ()
    found = dict.fromkeys(classes or ("",), 0)
    for _, sample in division.of(fold):
        if teaches(sample):
            label = str(sample.labels[head.target_name]) if classes else ""
            found[head.labels[0] if label in head.rest else label] += 1
    return found


def lacking(division: Division, fold: int, head: HeadOptions) -> list[str]:
    """The classes of a head that a fold has no picture of."""
    if not class_heads([head]) or head.one_versus_all:
        return []
    return [label for label, count in _counts(division, fold, head, teaching([head])).items() if not count]
