"""What blendshapes tell of action units: each unit's channels, held against faces of everyday photos.

Which channel shows which unit follows from what ARKit and FACS say of each movement, and how far it must
move from how often it does: a value is told as its rank among the faces of FairFace that smile as much, for
a smile draws other channels along (the upper lip, the lids). No labels of emotions or units were used.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.blendshapes import BLENDSHAPES

Values: TypeAlias = "NDArray[np.float64]"
FILE = Path(__file__).with_name("channels.csv")
"""Ranks of each channel; scripts/make_emotion_open.py measures them on FairFace (CC BY 4.0)."""
SMILE, OBLIQUE = "mouthSmile", "browInnerUp - browOuterUp"
CHANNELS: Mapping[str, tuple[str, ...]] = {
    "AU01": ("browInnerUp",),
    "AU02": ("browOuterUp",),
    "AU04": ("browDown", OBLIQUE),
    "AU05": ("eyeWide",),
    "AU07": ("eyeSquint",),
    "AU10": ("mouthUpperUp",),
    "AU12": (SMILE,),
    "AU15": ("mouthFrown",),
    "AU16": ("mouthLowerDown",),
    "AU17": ("mouthShrugLower",),
    "AU20": ("mouthStretch",),
    "AU22": ("mouthFunnel",),
    "AU24": ("mouthPress", "mouthRollLower"),
    "AU26": ("jawOpen",),
}
"""Action unit to the channels of which one is enough: blendshapes, of both sides the mean. None lives for
AU06 (cheekSquint) and AU09 (noseSneer). The network has brows either up or down; where AU01 and AU04 pull at
once, the inner ends rise and the outer ones don't, so that their difference tells AU04, too."""
EYES_DOWN = "eyeLookDown"
"""What FACS calls AU64; mimik tells where eyes look otherwise."""
NAMES = (*dict.fromkeys(name for names in CHANNELS.values() for name in names), EYES_DOWN)
"""The channels, in the order in which their values are held."""
AT_REST, SMILING = 0.3, 0.6
"""Strength of the smile below which a face counts as one that doesn't smile, and above which as one that
does. FairFace's faces have two peaks, at 0 and 0.9, and are fewest about 0.3."""
MIXED = 0.1
"""Strength of the smile from which faces are held against smiling ones, too, the more the nearer to
SMILING."""
ACTIVE = 0.9
"""Rank from which a unit counts as active: a tenth of the faces that smile as much reach it."""


def mixing() -> Values:
    """Weights from blendshapes to channels, (48, C)."""
    weights = np.zeros((len(BLENDSHAPES), len(NAMES)))
    for column, name in enumerate(NAMES):
        for sign, part in zip((1, -1), name.split(" - "), strict=False):
            rows = [
                BLENDSHAPES.index(one) for one in (part, f"{part}Left", f"{part}Right") if one in BLENDSHAPES
            ]
            weights[rows, column] = sign / len(rows)
    return weights


@lru_cache(maxsize=1)
def rank_table() -> tuple[Values, Values]:
    """What ranks are looked up in.

    Returns:
        Ranks (R,), rising, above 0 and below 1; and the values of the channels that have them, (2, C, R),
        of faces that don't smile and of faces that do.
    """
    lines = [line.split(",") for line in FILE.read_text(encoding="utf-8").splitlines()]
    ranks = np.array(lines[0][2:], float)
    held = {(name, faces): np.array(values, float) for name, faces, *values in lines[1:]}
    table = np.array([[held[name, faces] for name in NAMES] for faces in ("at rest", "smiling")])
    ranks.setflags(write=False)
    table.setflags(write=False)
    return ranks, table


def ranks_of(values: Values) -> Values:
    """The rank of each channel, 0 to 1: among faces that smile as much, or among calm ones if it is lower.

    So neither the upper lip that a smile raises counts for much, nor the trace of a frown that it leaves.

    Args:
        values: Of the channels, (N, C).

    Returns:
        (N, C); the lowest and the highest rank of the table beyond its ends.
    """
    ranks, table = rank_table()
    share = np.clip((values[:, NAMES.index(SMILE)] - MIXED) / (SMILING - MIXED), 0, 1)[:, None]
    calm, smiling = (
        np.stack([np.interp(values[:, k], own[k], ranks) for k in range(len(NAMES))], axis=1) for own in table
    )
    return np.asarray(calm + share * np.minimum(smiling - calm, 0))


def active_channels(blendshapes: Mapping[str, float]) -> dict[str, str]:
    """The units that a face's blendshapes show, each with the channel that shows it best.

    Args:
        blendshapes: All of BLENDSHAPES by name.
    """
    row = np.array([[blendshapes[name] for name in BLENDSHAPES]]) @ mixing()
    ranks = dict(zip(NAMES, ranks_of(row)[0].tolist(), strict=True))
    # Whether a face smiles is no matter of rank among those that smile as much.
    ranks[SMILE] = float(row[0, NAMES.index(SMILE)] >= AT_REST)
    best = {unit: max(names, key=ranks.__getitem__) for unit, names in CHANNELS.items()}
    return {unit: name for unit, name in best.items() if ranks[name] >= ACTIVE}
