"""Which pictures are trained on, and which are kept to choose and to calibrate with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mimik.data.left_out import LeftOut
from mimik.data.near import NearCopies
from mimik.errors import RecipeError, some_of
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.labels import classes_of
from mimik.train.inputs.share import Shares
from mimik.train.inputs.units import Units, joined_units, units_by_name
from mimik.train.recipe.options import HeadOptions


@dataclass(frozen=True)
class Split:
    """Two parts of the pictures that share no person, no group and no near copies."""

    trained: Examples
    """Those to train on."""
    held: Examples
    """Those of validation."""
    notes: tuple[str, ...] = ()
    """What a user should know of the parts, a sentence each."""
    left_out: list[LeftOut] = field(default_factory=list)
    """What is in neither: what was left out before, and what shares something with validation."""


def split_holdout(pictures: Examples, share: float, heads: Sequence[HeadOptions] = ()) -> Split:
    """Keep a share of the groups for validation, and all of the sets or folds that the recipe holds.

    The side depends on the group's name (or the picture's key) alone, so it is the same for every
    seed and every size of crop. Copies stay on one side:

    - Groups that have a picture in common, pixel for pixel, count as one.
    - A picture without a group that is nearly the same as a training picture goes back to training. Where
      that would leave less than half of what was chosen, near copies are groups, which are held whole.
    - What shares a group with a held set, or copies a picture of it, is left out.

    A class with less than half of its share in validation gets the groups with the next lowest hashes. No
    group is held that has more than half of a class's pictures, as training would miss them.

    Args:
        pictures: All of them.
        share: Part of the groups that is kept, 0 to 1.
        heads: Those whose classes get their share.

    Raises:
        RecipeError: No picture can be kept, since all are of one group or copies of each other.
    """
    units, near = units_by_name(pictures), pictures.near()
    free, classes = pictures.hold == 0, list(classes_of(pictures, heads))
    everything = np.ones(len(pictures), bool)
    shares = Shares([everything, *(mask for _, _, mask in classes)], free, pictures.hold <= 0, share)
    chosen = (pictures.hold > 0) | (free & (units.digests < int(share * 2**32)))
    held, notes = _without_copies(chosen, units, near, shares)
    if free.any() and not held.any():
        raise RecipeError(_nothing_held(pictures))
    left_out = _left_out(pictures, held, units, near)
    dropped = np.zeros(len(pictures), bool)
    dropped[list(left_out)] = True
    lacking = [(target, label) for target, label, mask in classes if mask.any() and not (mask & held).any()]
    everyone = [*pictures.left_out, *left_out.values()]
    return Split(
        replace(pictures.take(~held & ~dropped), left_out=everyone),
        _as_people(pictures, held, near),
        (*_joined_notes(units), *notes, *_lacking_notes(lacking if held.any() else [])),
        everyone,
    )


def _as_people(pictures: Examples, held: NDArray[np.bool_], near: NearCopies) -> Examples:
    """The held pictures with near copies as groups, where they have none: an interval counts them as one."""
    alone = held & np.array([not sample.group for sample in pictures.samples], bool)
    rows, first = np.flatnonzero(alone), near.groups(alone) if alone.any() else np.empty(0, np.int64)
    samples = list(pictures.samples)
    for row, to in zip(rows.tolist(), first.tolist(), strict=True):
        if (first == to).sum() > 1:
            samples[row] = replace(samples[row], group=f"copies of {pictures.samples[to].key}")
    return replace(pictures, samples=samples).take(held)


def _without_copies(
    held: NDArray[np.bool_], units: Units, near: NearCopies, shares: Shares
) -> tuple[NDArray[np.bool_], list[str]]:
    """The held pictures (N,) such that no near copy is outside and each class has its share; with notes."""
    alone, chosen, notes = shares.free & ~units.grouped, held, list[str]()
    held = near.returned(chosen, alone)
    if 2 * (held & alone).sum() < (chosen & alone).sum():
        units = joined_units(units, near, alone)
        held = (chosen & ~alone) | (alone & (units.digests < int(shares.share * 2**32)))
        held &= ~_of_units(units, near.of(alone, ~held & ~alone), alone)
        notes.append(_grouped_note(units, alone))
    elif alone.any() and (shares.needs_sparing(held) or shares.lacking(held)):
        units = joined_units(units, near, alone)
    if shares.needs_sparing(held):
        held = shares.spared(held, units)
    if shares.lacking(held):
        held = shares.topped_up(held, units, near.of(alone & ~held, ~held & ~alone))
    return held, notes


def _of_units(units: Units, some: NDArray[np.bool_], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pictures among some (N,) whose unit has one of others (N,)."""
    return among & np.isin(units.names, units.names[some])


def _left_out(
    pictures: Examples, held: NDArray[np.bool_], units: Units, near: NearCopies
) -> dict[int, LeftOut]:
    """Row to why: what would be trained on and shares a group or a photo with the held pictures (N,)."""
    always, names = held & (pictures.hold > 0), pictures.prints.names()
    groups = {sample.group for sample, hold in zip(pictures.samples, held, strict=True) if hold}
    same = {name for name, hold in zip(names, held, strict=True) if hold}
    copies = near.of(~held, always & ~units.grouped)
    copies |= near.same_photos(~held & ~units.grouped, held & units.grouped)
    found = {}
    for row in np.flatnonzero(~held).tolist():
        sample = pictures.samples[row]
        if sample.group and sample.group in groups:
            found[row] = LeftOut(sample.key, "shares a group with validation")
        elif copies[row] or names[row] in same:
            found[row] = LeftOut(sample.key, "copies a picture of validation")
    return found


def _nothing_held(pictures: Examples) -> str:
    """Why there is no validation, for a message."""
    count = len(pictures)
    if count < 2:
        return f"{count} picture can't be parted into training and validation; add pictures"
    groups = {sample.group for sample in pictures.samples}
    what = "of one person or group" if len(groups) == 1 and "" not in groups else "near copies of each other"
    return (
        f"no picture can be held for validation, as nearly all of the {count:,} are {what}, so that a model "
        "would be judged by what it has seen; add pictures of other people, or others for validation "
        "(a [[data]] with hold = true); where they do show several people, name them (a folder a person)"
    )


def _joined_notes(units: Units) -> Iterator[str]:
    if units.joined:
        pairs = some_of(" and ".join(part) for part in units.joined)
        yield f"groups that hold the same pictures count as one: {pairs}"


def _grouped_note(units: Units, alone: NDArray[np.bool_]) -> str:
    count, groups = int(alone.sum()), len(np.unique(units.names[alone]))
    return (
        f"most pictures nearly copy another, so near copies are kept together: {count:,} pictures without "
        f"a person or group in {groups:,} groups"
    )


def _lacking_notes(lacking: Sequence[tuple[str, str]]) -> Iterator[str]:
    if lacking:
        names = some_of((f"{label} ({target})" for target, label in lacking), 12)
        yield f"validation has no picture of {names}: too few people, or pictures that don't copy each other"
