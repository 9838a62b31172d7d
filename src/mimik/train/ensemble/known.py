"""Pictures that a finished member was trained on: what is fitted on them, or judged by them, is flattered."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import load_reader
from mimik.data.seen import read_seen
from mimik.errors import MimikWarning, RecipeError
from mimik.evaluate.overlap import learned_from
from mimik.train.ensemble.parts import Part
from mimik.train.inputs.examples import Examples
from mimik.train.recipe.options import DataOptions


@dataclass(frozen=True, eq=False)
class Known:
    """Which of N pictures finished members know."""

    rows: NDArray[np.bool_]
    """Those that one was trained on, nearly or exactly, or whose person it knows, (N,)."""
    remarks: tuple[str, ...] = ()
    """What the ensemble's card must say of it, a sentence each."""


def known_pictures(
    parts: Sequence[Part], data: Sequence[DataOptions], sides: Sequence[Examples], policy: str, recipe: str
) -> list[Known]:
    """Which pictures finished members know, by their runs' lists of pictures, else by their cards.

    Args:
        parts: The outputs of finished members.
        data: The ensemble's sets.
        sides: Its pictures to fit on, and those of its validation.
        policy: "refuse", "leave_out" or "use"; see EnsembleOptions.known.
        recipe: Name of the ensemble's, for messages.

    Raises:
        RecipeError: A member knows some, and the policy refuses that, or all would be left out.

    Warns:
        MimikWarning: They are used nevertheless, or a member doesn't say what it was trained on.
    """
    found = [np.zeros(len(side), bool) for side in sides]
    remarks: list[str] = []
    for folder in dict.fromkeys(part.file.parent for part in parts):
        own = [part for part in parts if part.file.parent == folder]
        masks, sure = _of_member(own[0], folder, data, sides)
        if not sure:
            remarks.append(
                _say(f"It isn't known whether its member {own[0].card.name} was trained on the pictures.")
            )
        count = sum(int(mask.sum()) for mask in masks)
        if not count:
            continue
        every = sum(map(len, sides))
        told = f"its member {own[0].card.name} was trained on {count:,} of the {every:,} pictures"
        if policy == "refuse" or (policy == "leave_out" and count == every):
            raise RecipeError(
                f"{recipe}: {told}, or on copies of them or other pictures of their people: name others "
                "under [[data]]"
                + (', or leave those out with known = "leave_out" under [ensemble]' if count < every else "")
            )
        if policy == "use":
            remarks.append(_say(f"It is flattered: {told}, which were used nevertheless."))
            continue
        found = [mask | more for mask, more in zip(found, masks, strict=True)]
    return [Known(mask, tuple(remarks)) for mask in found]


def _say(remark: str) -> str:
    warnings.warn(remark, MimikWarning, stacklevel=3)
    return remark


def _of_member(
    part: Part, folder: Path, data: Sequence[DataOptions], sides: Sequence[Examples]
) -> tuple[list[NDArray[np.bool_]], bool]:
    """Which pictures of each side a member knows, and whether that is known at all."""
    seen = read_seen(folder)
    if seen is not None:
        people = set(seen.groups[~seen.held].tolist()) - {""}
        return [
            seen.exact(side.prints)
            | seen.near(side.prints)
            | np.array([sample.group in people for sample in side.samples], bool)
            for side in sides
        ], True
    learned = [
        learned_from(part.card, load_reader(entry.reader), "all" if entry.splits else entry.split)
        for entry in data
    ]
    sure = None not in learned and bool(part.card.data)
    told = np.array([one is True for one in learned], bool)
    return [told[side.sets] for side in sides], sure
