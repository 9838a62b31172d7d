"""What a face and a voice say of one utterance, as one answer: a product of experts.

Each class has as many log-odds as face and voice give it together, each side's times a weight that was
learned from people whom neither side knew. A side that says little, one flat over the classes, moves nothing,
and one that is missing leaves the other's answer as it is, at its own temperature. That two weights are
enough was tried: a weight a class, a bias a class and a matrix of weights were no better on people who were
not trained on (docs/experiments.md).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mimik.errors import ModelError, OptionError
from mimik.tasks.probabilities import SMALLEST, softmax

FOLDED: Mapping[str, str] = {"calm": "neutral", "bored": "neutral"}
"""Class that only one side may have, to the one that its probability counts for where the other has none."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each side says: what its log-probabilities are multiplied by."""

    face: float
    """Of the face, where the voice is heard, too."""
    voice: float
    """Of the voice, where the face is seen, too."""
    face_alone: float
    """Of the face without the voice: 1 over its temperature."""
    voice_alone: float
    """Of the voice without the face."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value < math.inf:
                raise ModelError(f"the weight {field.name} of a fusion must be above 0, not {value!r:.40}")


def fuse(
    face: NDArray[np.float32] | None, voice: NDArray[np.float32] | None, weights: Weights
) -> NDArray[np.float32]:
    """The probabilities of both sides as one.

    Args:
        face: Probabilities of the classes, (..., K), or None where no face can be seen.
        voice: The same of the same classes, or None where nothing is heard.
        weights: How much each side says.

    Returns:
        Probabilities (..., K).

    Raises:
        OptionError: There is neither, or they aren't of the same classes.
    """
    if face is None or voice is None:
        alone, weight = (voice, weights.voice_alone) if face is None else (face, weights.face_alone)
        if alone is None:
            raise OptionError("a fusion takes the probabilities of a face, of a voice, or of both")
        return softmax(np.float32(weight) * logs(alone))
    if face.shape != voice.shape:
        raise OptionError(f"face and voice must have the same classes, not {face.shape} and {voice.shape}")
    return softmax(np.float32(weights.face) * logs(face) + np.float32(weights.voice) * logs(voice))


def shared_labels(face: Collection[str], voice: Collection[str]) -> tuple[str, ...]:
    """The classes of an answer of both, in the face's order.

    Args:
        face: Labels of what reads the face.
        voice: Labels of what reads the voice.

    Returns:
        Those that both have once what only one has is folded (FOLDED); empty where one has a class that the
        other can't say.
    """
    sides = [_folded_labels(own, other) for own, other in ((face, voice), (voice, face))]
    return sides[0] if set(sides[0]) == set(sides[1]) else ()


def _folded_labels(own: Collection[str], other: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label if label in other else FOLDED.get(label, label) for label in own))


def folded(
    probabilities: Mapping[str, float], labels: Collection[str], *, mean: bool = False
) -> NDArray[np.float32]:
    """Probabilities in the order of some labels, (K,): a class that isn't among them counts for its fold.

    Args:
        probabilities: Class to probability.
        labels: Classes of the answer.
        mean: Whether what falls into one class is averaged, not summed: for a product with a side to which
            all of it is one class. The sum of three, learned as equally frequent, would make that class
            three times as frequent before anything is seen.

    Raises:
        OptionError: A class has no place.
    """
    sums, counts = dict.fromkeys(labels, 0.0), dict.fromkeys(labels, 0)
    for label, value in probabilities.items():
        place = label if label in sums else FOLDED.get(label, label)
        if place not in sums:
            raise OptionError(f"{label} can't be said as one of {', '.join(labels)}")
        sums[place] += value
        counts[place] += 1
    shares = np.array(list(sums.values()), np.float32)
    return shares / np.maximum(list(counts.values()), 1).astype(np.float32) if mean else shares


def logs(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-probabilities, none of them endless."""
    return np.asarray(np.log(np.clip(probabilities, SMALLEST, 1)), np.float32)
