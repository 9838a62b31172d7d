"""Whether the labels of a recipe and of its data are the same."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.labels import label_of
from mimik.data.left_out import LeftOut
from mimik.data.rest import with_rest
from mimik.errors import RecipeError, some_of
from mimik.tasks.own import load_scored_as
from mimik.train.inputs.examples import Examples
from mimik.train.objectives.base import AID
from mimik.train.recipe.options import DataOptions, HeadOptions


def class_heads(heads: Iterable[HeadOptions]) -> list[HeadOptions]:
    """The heads whose answer is one of their labels."""
    named = [head for head in heads if head.labels and head.task != AID]
    return [h for h in named if load_scored_as(h.task, h.kind, h.labels).objective == "classes"]


def with_rests(pictures: Examples, heads: Sequence[HeadOptions]) -> Examples:
    """The pictures as heads see them that tell one class from all others (HeadOptions.rest)."""
    samples = pictures.samples
    for head in heads:
        if head.rest:
            samples = with_rest(samples, head.target_name, head.rest, head.labels[0])
    return pictures if samples is pictures.samples else replace(pictures, samples=samples)


def with_listed_labels(pictures: Examples, heads: Sequence[HeadOptions], guess: bool = False) -> Examples:
    """The pictures without the labels that no head lists; those that have no other are left out.

    Args:
        pictures: All of them.
        heads: Those that are trained.
        guess: Whether pictures without a label are learned from, too (a teacher says what they show).
    """
    listed: dict[str, set[str]] = {}
    for head in class_heads(heads):
        listed.setdefault(head.target_name, set()).update(head.labels)
    for head in heads:
        if head.one_versus_all:  # A label that is none of its own says that a picture is none of them.
            listed.pop(head.target_name, None)
    samples, left_out = list(pictures.samples), dict[int, LeftOut]()
    for row, sample in enumerate(pictures.samples):
        others = [n for n, label in sample.labels.items() if n in listed and label not in listed[n]]
        if not others:
            continue
        kept = {name: label for name, label in sample.labels.items() if name not in others}
        samples[row] = replace(sample, labels=kept)
        if not guess and not _teaches(samples[row], heads):
            why = f"labelled {sample.labels[others[0]]!r}, not in labels"
            left_out[row] = LeftOut(sample.key, why)
    chosen = np.array([row not in left_out for row in range(len(samples))], bool)
    known = replace(pictures, samples=samples).take(chosen)
    return replace(known, left_out=[*pictures.left_out, *left_out.values()])


def with_own_classes(examples: Examples, options: Sequence[DataOptions]) -> Examples:
    """The examples, each knowing the classes that occur in its set, by which alone it is judged.

    Args:
        examples: All of them.
        options: The sets; those of one reader and path are one.
    """
    return replace(examples, samples=own_classes_of(examples.samples, examples.sets.tolist(), options))


def own_classes_of(
    samples: Sequence[Sample], sets: Sequence[int], options: Sequence[DataOptions]
) -> list[Sample]:
    """The same of samples, each with the number of its set."""
    names = [(entry.reader, entry.path) for entry in options]
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for sample, number in zip(samples, sets, strict=True):
        for target, label in sample.labels.items():
            found.setdefault(names[number], {}).setdefault(target, set()).add(str(label))
    own = {name: {t: tuple(sorted(of)) for t, of in targets.items()} for name, targets in found.items()}
    return [
        replace(sample, classes=own.get(names[number], {}))
        for sample, number in zip(samples, sets, strict=True)
    ]


def _teaches(sample: Sample, heads: Sequence[HeadOptions]) -> bool:
    """Whether a sample has a label for a head."""
    known = {*sample.labels, *sample.scores}
    return any(head.target_name in known for head in heads)


def check_labels(samples: Sequence[Sample], heads: Sequence[HeadOptions]) -> None:
    """Make sure that every class of a recipe has a picture to learn from.

    Args:
        samples: All that were found, or those that are trained on.
        heads: Those that are trained.

    Raises:
        RecipeError: One has none; names the labels that were found, and the nearest.
    """
    for head in class_heads(heads):
        found = Counter(label for s in samples if (label := s.labels.get(head.target_name)))
        if not found:
            raise RecipeError(f"{head.name}: {_unlabelled(head, samples)}")
        if lacking := [label for label in head.labels if not found[label]]:
            raise RecipeError(f"{head.name}: {_lacking(head, lacking, found)}")


def _unlabelled(head: HeadOptions, samples: Sequence[Sample]) -> str:
    """What to say where no picture has a label of a head."""
    found = Counter(f"{task} {label}" for s in samples for task, label in s.labels.items())
    there = some_of((name for name, _ in found.most_common()), 8) or "none"
    return f"no picture to train on has a label for {head.target_name}; labels found: {there}"


def _lacking(head: HeadOptions, lacking: Sequence[str], found: Counter[str | float]) -> str:
    """What to say of classes without a picture."""
    there = ", ".join(f"{label} ({count:,})" for label, count in found.most_common())
    near = [(label, name) for label in lacking if (name := _nearest(head.task, label, [*map(str, found)]))]
    hint = " and ".join(f"{name!r} for {label!r}" for label, name in near)
    todo = f"write {hint} in labels" if hint else "take it out of labels, or add pictures of it"
    return (
        f"no picture to train on is labelled {' or '.join(map(repr, lacking))}; labels found: {there}; {todo}"
    )


def _nearest(task: str, label: str, found: Sequence[str]) -> str | None:
    """The label of the data that one of the recipe must mean."""
    if (meant := label_of(task, label)) in found:
        return meant
    return next(iter(difflib.get_close_matches(label.lower(), found, n=1)), None)


def classes_of(
    pictures: Examples, heads: Sequence[HeadOptions]
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """The classes of a recipe: name of the labels, class, and which pictures (N,) are of it."""
    for head in class_heads(heads):
        own = np.array([str(sample.labels.get(head.target_name, "")) for sample in pictures.samples])
        for label in head.labels:
            yield head.target_name, label, own == label
