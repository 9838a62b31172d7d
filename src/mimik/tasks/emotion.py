"""Emotion as it shows on the face: one of seven classes."""

import numpy as np
from numpy.typing import NDArray

from mimik.tasks.base import ClassTask
from mimik.tasks.probabilities import SMALLEST, softmax
from mimik.tasks.samples import Labelled


class Emotion(ClassTask):
    """The seven classes of FER-2013. An expression; not what a person feels."""

    name = "emotion"
    labels = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    tau_s = 0.3
    rest_label = "neutral"
    subject = "facial expression"
    caution = (
        "An expression is not a feeling: facial movements do not reliably show what a person feels "
        "([emotional expressions])."
    )

    def scores(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-probabilities (K,)."""
        return np.asarray(np.log(np.clip(values, SMALLEST, 1)), np.float32)

    def from_scores(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (K,)."""
        return softmax(scores)

    def follows(self, label: str) -> bool:
        """Whether a model may have such a class; see Followed."""
        return label.isascii() and label.isalpha() and label.islower()

    def shows_rest(self, sample: Labelled, target: str) -> bool:
        """Whether it is labelled as neutral."""
        return sample.labels.get(target) == self.rest_label
