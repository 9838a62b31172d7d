"""What tasks see of labelled pictures, and figures of some of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mimik.tasks.years import true_years


class Labelled(Protocol):
    """A labelled picture as tasks see it; mimik.data.base.Sample is one and says what its fields hold."""

    @property
    def key(self) -> str:
        """Unique within its set."""
        ...

    @property
    def labels(self) -> Mapping[str, str | float]:
        """Name of a label to the label."""
        ...

    @property
    def scores(self) -> Mapping[str, NDArray[np.float32]]:
        """Name of what has several values to these."""
        ...

    @property
    def group(self) -> str:
        """Person, or near copies of one picture."""
        ...

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """The classes that its set tells apart, where these aren't all of them."""
        ...

    @property
    def subgroup(self) -> Mapping[str, str]:
        """By what figures are broken down."""
        ...


def known_classes(samples: Sequence[Labelled], labels: Sequence[str], target: str) -> NDArray[np.bool_]:
    """Which of the labels the set of each sample tells apart, (N, K); all where it doesn't say."""
    found = {own: [label in own for label in labels] for own in {s.classes.get(target, ()) for s in samples}}
    found[()] = [True] * len(labels)
    return np.array([found[s.classes.get(target, ())] for s in samples], bool).reshape(-1, len(labels))


def group_numbers(samples: Sequence[Labelled]) -> NDArray[np.intp]:
    """A number for each sample (N,), the same for those of one person or near copies of one picture."""
    numbers: dict[str | int, int] = {}
    names = (sample.group or row for row, sample in enumerate(samples))
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.intp)


def subgroup_figures(
    samples: Sequence[Labelled], figures: Callable[[NDArray[np.intp]], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Figures broken down by what is known of the samples.

    Args:
        samples: All samples.
        figures: Figures of some rows.

    Returns:
        "gender", "age_group", "ethnicity" and "adults" (18 to 60 years), or whatever else the set knows,
        to value to figures.
    """
    rows: dict[str, dict[str, list[int]]] = {}
    for row, sample in enumerate(samples):
        known = dict(sample.subgroup)
        if 18 <= (true_years(sample.labels) or 0) <= 60:
            known["adults"] = "18-60"
        for name, value in known.items():
            rows.setdefault(name, {}).setdefault(value, []).append(row)
    return {
        name: {value: figures(np.array(values[value], np.intp)) for value in sorted(values, key=in_order)}
        for name, values in sorted(rows.items())
    }


def in_order(value: str) -> tuple[int, str]:
    """Bands of numbers ("3-9", "10-19") in the order of these, everything else by the alphabet."""
    number = re.match(r"\d+", value)
    return int(number.group()) if number else 0, value
