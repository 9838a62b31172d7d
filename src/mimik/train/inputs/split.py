"""Which pictures are trained on, and which are kept to choose and to calibrate with."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from mimik.data.copies import near_any, thumbnails
from mimik.train.inputs.pictures import Pictures


def split_holdout(pictures: Pictures, share: float) -> tuple[Pictures, Pictures]:
    """Keep a share of the groups for validation, and all of the sets or folds that the recipe holds.

    The side depends on the group's name (or the picture's key) alone, so it is the same for every
    seed and every size of crop. Copies stay on one side: a picture without a group that is nearly the
    same as a training picture goes back to training; unless most do, for in a set of look-alikes that
    says nothing. What shares a group with a held set, or nearly copies a picture of it, is left out.

    Returns:
        The training pictures and the validation pictures.
    """
    always = pictures.hold > 0
    held = always | (_by_hash(pictures, share) & (pictures.hold == 0))
    ungrouped = np.array([not sample.group for sample in pictures.samples], bool)
    if (held & ungrouped).any():
        table = thumbnails(pictures.images)
        _return_copies(held, ungrouped & ~always, table)
        left_out = _copies_of(~held, always & ungrouped, table)
    else:
        left_out = np.zeros(len(pictures), bool)
    groups = {s.group for s, hold in zip(pictures.samples, always, strict=True) if hold and s.group}
    left_out |= ~held & np.array([sample.group in groups for sample in pictures.samples], bool)
    return pictures.take(~held & ~left_out), pictures.take(held)


def _by_hash(pictures: Pictures, share: float) -> NDArray[np.bool_]:
    """A share of the groups, of pictures where there is no group."""
    limit = int(share * 2**32)
    names = [sample.group or sample.key for sample in pictures.samples]
    digests = [hashlib.sha256(name.encode()).digest() for name in names]
    return np.array([int.from_bytes(digest[:4], "big") < limit for digest in digests], bool)


def _return_copies(held: NDArray[np.bool_], movable: NDArray[np.bool_], table: NDArray[np.float32]) -> None:
    """Take movable pictures out of the held ones, in place, until none copies a picture outside."""
    outside = ~held
    total = int((held & movable).sum())
    while (near := _copies_of(held & movable, outside, table)).any():
        if near.sum() > total / 2:
            return
        held &= ~near
        outside = near  # Only those that have just moved can have copies left.


def _copies_of(
    these: NDArray[np.bool_], those: NDArray[np.bool_], table: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which of these pictures (N,) are nearly the same as one of those (N,), mirrored or not."""
    found = np.zeros(len(these), bool)
    found[these] = near_any(table[these], table[those])
    return found
