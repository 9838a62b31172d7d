"""What action units add to emotion.wild: a matrix from their probabilities to the classes' scores.

Used by benchmarks/wild.py. The two heads' scores, times a number, and units times the matrix are the new
scores. Both are fitted to faces that neither heads nor units have learned from: FER+'s votes; peaks and
faces at rest of CK+; and peaks weakened towards the same person's face at rest, for people seldom move as
far as they do when they pose. All classes count alike in each. Needs torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from mimik.tasks.probabilities import sigmoid

WEAKENED = (0.4, 0.6)
"""How much of the way from rest to the peak is left."""
PENALTY = 0.001
SHARES = (0.75, 0.15, 0.1)
"""Of the loss: votes, peaks with faces at rest, weakened peaks; docs/experiments.md says why."""
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Faces:
    """What is said of some faces, and what they show."""

    scores: Values
    """By the two heads, (N, K)."""
    units: Values
    """Logits of the units, (N, U)."""
    truth: NDArray[np.intp]
    """The class of each; -1 if nothing counts that it shows."""
    folds: NDArray[np.intp]
    """The fold of each: near copies and people lie in one."""
    inner: NDArray[np.float64] | None = None
    """Logits of the units by fits that knew neither fold k nor the face's own, (FOLDS, N, U); the same as
    ``units`` if nothing was fitted to such faces."""

    def but(self, fold: int) -> Faces:
        """The faces outside a fold, read by those who don't know it."""
        units = self.units if self.inner is None else self.inner[fold]
        kept = (self.folds != fold) & (self.truth >= 0)
        return self._some(replace(self, units=units), kept)

    def known(self) -> Faces:
        """The faces that show something."""
        return self._some(self, self.truth >= 0)

    @staticmethod
    def _some(faces: Faces, rows: NDArray[np.bool_]) -> Faces:
        return Faces(faces.scores[rows], faces.units[rows], faces.truth[rows], faces.folds[rows])


def likely(logits: Values) -> Values:
    """Probabilities of units, as the file's node has them."""
    return np.asarray(sigmoid(logits.astype(np.float32)), np.float64)


@dataclass(frozen=True)
class Beside:
    """What units add to scores."""

    scale: float
    matrix: Values
    """(U, K)."""

    def __call__(self, faces: Faces) -> Values:
        """Scores (N, K) of the heads and the units together."""
        return np.asarray(self.scale * faces.scores + likely(faces.units) @ self.matrix)


def weakened(faces: Faces, people: NDArray[np.str_], rest: int) -> list[Faces]:
    """Peaks on the way to the same person's faces at rest, for each of WEAKENED; who has none is left out."""
    calm = faces.truth == rest
    rows = np.array([k for k in np.flatnonzero(~calm) if calm[people == people[k]].any()])

    def moved(values: Values, share: float) -> Values:
        rested = [values[..., calm & (people == people[k]), :].mean(axis=-2) for k in rows]
        return np.asarray(share * values[..., rows, :] + (1 - share) * np.stack(rested, axis=-2))

    return [
        Faces(
            moved(faces.scores, share),
            moved(faces.units, share),
            faces.truth[rows],
            faces.folds[rows],
            None if faces.inner is None else moved(faces.inner, share),
        )
        for share in WEAKENED
    ]


def fit(sets: Sequence[tuple[Faces, float]], penalty: float) -> Beside:
    """Fit the number and the matrix to sets of faces with their shares of the loss; classes count alike."""
    loads = [(faces, torch.from_numpy(share * _evenly(faces.truth))) for faces, share in sets]
    first = sets[0][0]
    matrix = torch.zeros(first.units.shape[1], first.scores.shape[1], dtype=torch.float64, requires_grad=True)
    scale = torch.ones(1, dtype=torch.float64, requires_grad=True)
    seen = [
        (torch.from_numpy(f.scores), torch.from_numpy(likely(f.units)), torch.from_numpy(f.truth), load)
        for f, load in loads
    ]
    optimiser = torch.optim.LBFGS([matrix, scale], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        total = penalty * (matrix**2).sum()
        for scores, units, truth, load in seen:
            each = torch.nn.functional.cross_entropy(scale * scores + units @ matrix, truth, reduction="none")
            total = total + (load * each).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return Beside(float(scale.detach()), matrix.detach().numpy())


def _evenly(truth: NDArray[np.intp]) -> Values:
    """Weights (N,) by which all classes that are there count alike, 1 in all."""
    counts = np.bincount(truth)
    return np.asarray(1 / counts[truth] / (counts > 0).sum())


@dataclass(frozen=True)
class Learned:
    """The three kinds of faces that are learned from."""

    voted: Faces
    poor: Faces
    """Those that were voted on, spoilt; scored alone, since fitting to them, too, gained nothing."""
    posed: Faces
    weak: list[Faces]

    @property
    def kinds(self) -> tuple[Faces, ...]:
        """All of them, in this order."""
        return self.voted, self.poor, self.posed, *self.weak

    def fitted(self, shares: tuple[float, float, float], penalty: float) -> Beside:
        """Fitted to all of them but the spoilt."""
        return fit(self._sets([faces.known() for faces in self.kinds], shares), penalty)

    def crossed(self, shares: tuple[float, float, float], penalty: float) -> Learned:
        """The same faces with the scores of what was fitted without their fold."""
        found = [faces.scores.copy() for faces in self.kinds]
        for fold in np.unique(self.posed.folds):
            beside = fit(self._sets([faces.but(fold) for faces in self.kinds], shares), penalty)
            for scores, faces in zip(found, self.kinds, strict=True):
                own = faces.folds == fold
                scores[own] = beside(faces)[own]
        kinds = [replace(f, scores=scores) for f, scores in zip(self.kinds, found, strict=True)]
        return Learned(kinds[0], kinds[1], kinds[2], kinds[3:])

    @staticmethod
    def _sets(kinds: Sequence[Faces], shares: tuple[float, float, float]) -> list[tuple[Faces, float]]:
        voted, _, posed, *weak = kinds
        own = [(faces, shares[2] / len(weak)) for faces in weak]
        return [(voted, shares[0]), (posed, shares[1]), *own]
