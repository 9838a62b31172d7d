"""The rules by which emotion.open names an expression, and what FairFace says of them (make_emotion_open.py).

An expression comes in the versions that EMFACS has for it, each a few units that are shown together. For
each unit the channel of the mesh that is highest among faces that smile as much counts, and speaks for or
against the version by how much likelier its rank is where the unit is shown. Nothing was fitted to labels of
emotions: the constants are assumptions, and the rest is counted on FairFace's faces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.mesh.channels import AT_REST, CHANNELS, EYES_DOWN, NAMES, SMILE, mixing, ranks_of
from mimik.tasks.emotion import Emotion

Values = NDArray[np.float64]
LABELS = Emotion.labels
EXPRESSIONS = tuple(label for label in LABELS if label != "neutral")
VERSIONS: Mapping[str, tuple[str, ...]] = {
    "angry": ("4 5 7 10 22 26", "4 5 7 10 26", "4 5 7 26", "4 5 7 17", "4 5 7 17 24", "4 5 7", "4 5 7 24"),
    "disgust": ("10", "10 16 26", "10 17"),
    "fear": ("1 2 4 5 20 26", "1 2 4 5 26", "1 2 4 5", "1 2 5", "1 2 5 26", "5 20", "5 20 26"),
    "happy": ("12",),
    "sad": ("1 4 15", "1 4 15 17", "1 4", "1 4 15 64", "1 4 15 17 64", "1 4 64"),
    "surprise": ("1 2 5 26", "1 2 5", "1 2 26", "5 26"),
}
"""Prototypes and major variants of EMFACS (the investigator's guide of FACS, 2002), one as likely as
another, as far as channels live for them: units without one (6, 9, 11, 23) are left out. 26 stands for 25 to
27, and 64 is eyes that look down, which EMFACS lets go with sadness."""
UNSEEN: Mapping[str, int] = {"disgust": 3, "sad": 3}
"""How many versions more there are which hang on units without a channel: 9, 9+16+15 or 26, 9+17; 6+15,
11+15, 11+17. They look like a face at rest here."""
SPARED = ("4", "5", "7", "10")
"""Units of which EMFACS lets one be missing from each version of anger."""
SHOWN = 0.8
"""Share of the faces of a version that show one of its units, whatever else they show."""
MEDIAN_RANK = 0.95
"""Rank above which half of the faces lie that show a unit: what is shown is rare among everyday faces."""
STEEPNESS = float(np.log(0.5) / np.log(MEDIAN_RANK))
"""Of the density of ranks where a unit is shown, STEEPNESS * rank ** (STEEPNESS - 1), with that median."""
SMILE_SLOPE, SMILE_LIMITS = 10.0, (-3.0, 7.0)
"""Evidence of a smile, in log-odds, for each unit of its strength beyond AT_REST, and its ends."""
CALM = 0.8
"""Share of the faces that don't smile that shall come out neutral; the prior of neutral follows from it."""


def versions_of(label: str) -> tuple[frozenset[str], ...]:
    """The units of each version of an expression."""
    whole = [version.split() for version in VERSIONS[label]]
    if label == "angry":
        whole += [[unit for unit in version if unit != spared] for version in whole for spared in SPARED]
    return tuple(
        dict.fromkeys(frozenset(version) for version in whole if len(version) > 1 or label != "angry")
    )


def channels_of(unit: str) -> tuple[str, ...]:
    """The channels that show a unit."""
    return (EYES_DOWN,) if unit == "64" else CHANNELS[f"AU{int(unit):02}"]


WHOLE = tuple((label, version) for label in EXPRESSIONS for version in versions_of(label))
"""Expression and units of every version."""
UNITS = tuple(sorted({unit for _, version in WHOLE for unit in version}, key=int))
EXPECTED = np.array([[unit in version for unit in UNITS] for _, version in WHOLE], float)
"""Which version expects which unit, (V, U)."""
COUNTS = np.array([len(versions_of(label)) + UNSEEN.get(label, 0) for label in EXPRESSIONS])
SHARES = np.array([[own == label for label in EXPRESSIONS] for own, _ in WHOLE]) / COUNTS
"""What each version counts within its expression, (V, E)."""
REST = np.array([UNSEEN.get(label, 0) for label in EXPRESSIONS]) / COUNTS
"""What those count that can't be seen, (E,)."""


def evidence(values: Values) -> Values:
    """Log-likelihood ratios of each of UNITS, whether it is shown, (N, U).

    Args:
        values: Of the channels, (N, C).
    """
    ranks = ranks_of(values)
    found = []
    for names in map(channels_of, UNITS):
        # The highest of several ranks is high more often; of independent ones it is this power that is even.
        best = ranks[:, [NAMES.index(name) for name in names]].max(axis=1) ** len(names)
        density = STEEPNESS * best ** (STEEPNESS - 1)
        found.append(np.log(SHOWN * density + 1 - SHOWN))
    smile = SMILE_SLOPE * (values[:, NAMES.index(SMILE)] - AT_REST)
    found[UNITS.index("12")] = np.clip(smile, *SMILE_LIMITS)
    return np.stack(found, axis=1)


@dataclass(frozen=True)
class Weights:
    """What is counted on FairFace's faces."""

    weights: Values
    """What each version's evidence counts, 1 or less, (V,): channels move together, and what two of them say
    alike is said once. The sum of the variances of its units' evidence over the variance of their sum."""
    offsets: Values
    """Added to each version's evidence, (V,), so that its likelihood ratio is 1 on average over the faces
    that don't smile; the smile's is 0 as it stands."""
    neutral: float
    """How much likelier neutral is than an expression other than a smile, before a face is looked at."""
    happy: float
    """How much likelier happy is than those: than neutral it is as many faces as smile to each that
    doesn't."""

    @property
    def prior(self) -> Values:
        """Log-probabilities of LABELS before a face is looked at."""
        odds = np.array([{"neutral": self.neutral, "happy": self.happy}.get(label, 1.0) for label in LABELS])
        return np.asarray(np.log(odds / odds.sum()))

    def logits(self, blendshapes: Values, presence: Values) -> Values:
        """Log-odds of LABELS up to a constant, (N, 7).

        Args:
            blendshapes: In their order, (N, 48).
            presence: Probability that there is a face, (N,); without one, the prior is all that is left.
        """
        found = evidence(blendshapes @ mixing()) @ EXPECTED.T * self.weights + self.offsets
        ratios = dict(zip(EXPRESSIONS, np.log(np.exp(found) @ SHARES + REST).T, strict=True))
        told = np.stack([ratios.get(label, np.zeros(len(found))) for label in LABELS], axis=1)
        return np.asarray(self.prior + presence[:, None] * told)

    def as_json(self) -> Mapping[str, object]:
        """For the card."""
        rows = zip(WHOLE, self.weights.tolist(), self.offsets.tolist(), strict=True)
        return {
            "prior": dict(zip(LABELS, np.round(np.exp(self.prior), 4).tolist(), strict=True)),
            "versions": [
                {
                    "label": label,
                    "units": "+".join(sorted(units, key=int)),
                    "weight": round(weight, 4),
                    "offset": round(offset, 4),
                }
                for (label, units), weight, offset in rows
            ],
        }


def count(blendshapes: Values) -> Weights:
    """Weigh the rules by faces that can be seen well, (N, 48)."""
    values = blendshapes @ mixing()
    calm = values[:, NAMES.index(SMILE)] < AT_REST
    single = evidence(values[calm])
    summed = single @ EXPECTED.T
    smiles = np.array([units == {"12"} for _, units in WHOLE])
    weights = np.where(smiles, 1, np.minimum(1, single.var(axis=0) @ EXPECTED.T / summed.var(axis=0)))
    offsets = np.where(smiles, 0, -np.log(np.exp(summed * weights).mean(axis=0)))
    neutral = _neutral(Weights(weights, offsets, 1.0, 1.0), blendshapes[calm])
    return Weights(weights, offsets, neutral, neutral * float((~calm).sum() / calm.sum()))


def _neutral(weights: Weights, calm: Values) -> float:
    """The prior odds of neutral under which the wanted share of calm faces comes out so."""
    logits = weights.logits(calm, np.ones(len(calm)))
    own = LABELS.index("neutral")
    ahead = np.delete(logits, own, axis=1).max(axis=1) - logits[:, own]
    return float(np.exp(np.quantile(ahead, CALM)))
