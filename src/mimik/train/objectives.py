"""What each task minimises, alone and together: targets from labels, and the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mimik.data.base import Sample
from mimik.errors import RecipeError
from mimik.tables import load_entry
from mimik.tasks.age import GROUPS, age_group
from mimik.train.recipe import HeadOptions, Recipe

OBJECTIVES: dict[str, str] = {
    "emotion": "mimik.train.objectives:ClassObjective",
    "gender": "mimik.train.objectives:ClassObjective",
    "age": "mimik.train.objectives:AgeObjective",
    "cover": "mimik.train.objectives:ClassObjective",
    "au": "mimik.train.values:AuObjective",
    "scores": "mimik.train.values:ScoresObjective",
}
"""Task name to "module:class"."""


class Objective(Protocol):
    """One task's targets and loss."""

    figure: str
    """What ``score`` returns: "accuracy", "auc", "correlation" (higher is better) or "mae"."""

    def labelled(self, sample: Sample) -> bool:
        """Whether a sample has a label for the task."""
        ...

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """Targets of all samples, float32 (N, T); made once."""
        ...

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """The same targets with a part of them from a teacher's probabilities, float32 (N, K)."""
        ...

    def guessed(self, teacher: Tensor) -> Tensor:
        """Targets of samples without a label, from a teacher's probabilities, float32 (N, K)."""
        ...

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of a batch, from float32 logits (N, K) and targets (N, T)."""
        ...

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """The figure that is watched on validation."""
        ...


class JointObjective:
    """The objectives of all heads; a sample counts for those that it has a label for.

    Targets hold, head by head, the objective's own and a last column of 1 where there is one.
    """

    def __init__(self, recipe: Recipe) -> None:
        """Load the objective of each head.

        Raises:
            UnknownNameError: No objective trains a task.
        """
        self.heads = recipe.all_heads
        self._guess = recipe.teacher.unlabelled
        self._trained = recipe.probes or self.heads
        self.parts: list[Objective] = [
            load_entry(OBJECTIVES, head.task, "training objective")(recipe, head) for head in self.heads
        ]
        self._logits = _slices([head.output_count for head in self.heads])
        self._targets: list[slice] = []  # Known once the targets are made.

    def targets(self, samples: Sequence[Sample], teachers: Mapping[str, Tensor] | None = None) -> Tensor:
        """Targets of all samples, float32 (N, T); made once.

        Args:
            samples: Labelled pictures.
            teachers: Name of a head's labels to a teacher's probabilities, float32 (N, K): a part of the
                targets, by the recipe's share; where a sample has no label, all of them if it says so.

        Raises:
            RecipeError: A sample has no label for any head, where no teacher guesses, or a head none at all.
        """
        labelled = [
            [head in self._trained and part.labelled(sample) for sample in samples]
            for head, part in zip(self.heads, self.parts, strict=True)
        ]
        for sample, *known in zip(samples, *labelled, strict=True):
            if not any(known) and not self._guess:
                tasks = " or ".join(head.target_name for head in self._trained)
                raise RecipeError(f"{sample.key}: has no label for {tasks}")
        columns = [
            self._head_targets(head, part, samples, torch.tensor(has), (teachers or {}).get(head.target_name))
            for head, part, has in zip(self.heads, self.parts, labelled, strict=True)
        ]
        self._targets = _slices([column.shape[1] for column in columns])
        return torch.cat(columns, dim=1)

    def _head_targets(
        self, head: HeadOptions, part: Objective, samples: Sequence[Sample], has: Tensor, told: Tensor | None
    ) -> Tensor:
        """One head's targets of all samples, the last column being 1 where there is one."""
        if head not in self._trained:
            return torch.zeros(len(samples), 1)
        filled: list[tuple[Tensor, Tensor]] = []
        if bool(has.any()):
            own = part.targets([s for s, labelled in zip(samples, has, strict=True) if labelled])
            filled.append((has, own if told is None else part.taught(own, told[has])))
        if told is not None and self._guess and not bool(has.all()):
            filled.append((~has, part.guessed(told[~has])))
        if not filled:
            raise RecipeError(f"{head.name}: no picture has a label for {head.target_name}")
        column = torch.zeros(len(samples), filled[0][1].shape[1] + 1)
        for rows, values in filled:
            column[rows, :-1], column[rows, -1] = values, 1
        return column

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of a batch over all of its pictures, head by head, times the heads' weights."""
        total = logits.new_zeros(())
        for head, part, k, t in zip(self.heads, self.parts, self._logits, self._targets, strict=True):
            own = targets[:, t]
            has = own[:, -1] > 0
            if bool(has.all()):
                total = total + head.weight * part.loss(logits[:, k], own[:, :-1])
            elif bool(has.any()):
                mean = part.loss(logits[has][:, k], own[has][:, :-1])
                total = total + head.weight * mean * has.float().mean()
        return total

    def scores(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> dict[str, float]:
        """The figure of each head that is watched on validation; by task, if there are several."""
        found = {}
        for head, part, k in zip(self.heads, self.parts, self._logits, strict=True):
            has = [i for i, sample in enumerate(samples) if part.labelled(sample)]
            if has and head in self._trained:
                name = f"{head.target_name} {part.figure}" if len(self.heads) > 1 else part.figure
                found[name] = round(part.score(logits[has, k], [samples[i] for i in has]), 4)
        return found

    def part(self, head: HeadOptions) -> Objective:
        """The objective of a head."""
        return self.parts[self.heads.index(head)]

    def columns(self, head: HeadOptions) -> slice:
        """Where a head's logits lie among all."""
        return self._logits[self.heads.index(head)]


def _slices(widths: Sequence[int]) -> list[slice]:
    ends = np.cumsum(widths).tolist()
    return [slice(end - width, end) for width, end in zip(widths, ends, strict=True)]


class ClassObjective:
    """Cross-entropy with soft targets: label, smoothing and people's votes, mixed."""

    figure = "accuracy"

    def __init__(self, recipe: Recipe, head: HeadOptions) -> None:
        self.name, self.labels, self.options = head.target_name, head.labels, recipe.objective
        self.share = recipe.teacher.share
        self.alone = head.one_versus_all
        self.votes = head.votes if head.votes >= 0 else recipe.objective.votes

    def labelled(self, sample: Sample) -> bool:
        """Whether it has a label of the task, one of the recipe's or not."""
        return self.name in sample.labels

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """Class probabilities, (N, K).

        Raises:
            RecipeError: A sample's label isn't among the recipe's.
        """
        if self.alone:
            return self._each_alone(samples)
        rows = np.eye(len(self.labels), dtype=np.float32)[[self._class(sample) for sample in samples]]
        if self.votes:
            self._mix_votes(rows, samples)
        share = self.options.label_smoothing
        return torch.from_numpy((1 - share) * rows + share / len(self.labels))

    def _each_alone(self, samples: Sequence[Sample]) -> Tensor:
        """1 for the label, 0 for the others; all 0 where the label is none of the head's."""
        wanted = [[sample.labels[self.name] == label for label in self.labels] for sample in samples]
        return torch.tensor(wanted, dtype=torch.float32)

    def _class(self, sample: Sample) -> int:
        label = sample.labels.get(self.name)
        if label not in self.labels:
            raise RecipeError(f"{sample.key}: label {label!r} isn't among the recipe's {list(self.labels)}")
        return self.labels.index(str(label))

    def _mix_votes(self, rows: NDArray[np.float32], samples: Sequence[Sample]) -> None:
        """Put the votes, where a sample has them, in the place of a part of its label.

        Voters and labels mean different things by a name (voters say "neutral" twice as
        often), so a vote for a class counts as the mean label of the pictures with such votes:
        the least-squares map from shares of votes to labels.
        """
        votes = [sample.votes.get(self.name, np.zeros(len(self.labels))) for sample in samples]
        seen = [i for i, vote in enumerate(votes) if vote.sum() > 0]
        if not seen:
            return
        shares = np.stack([votes[i] / votes[i].sum() for i in seen])
        mapped = np.clip(shares @ np.linalg.lstsq(shares, rows[seen], rcond=None)[0], 1e-6, None)
        mapped /= mapped.sum(axis=1, keepdims=True)
        rows[seen] += self.votes * (mapped - rows[seen])

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """A mean of both, by the recipe's share."""
        return targets.lerp(teacher, self.share)

    def guessed(self, teacher: Tensor) -> Tensor:
        """The teacher's probabilities."""
        return teacher

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy; of classes that are each alone, its binary form, summed over them."""
        if self.alone:
            each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
            return each.sum(1).mean()
        return functional.cross_entropy(logits, targets)

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """Accuracy, 0 to 1."""
        truth = np.array([s.labels[self.name] for s in samples])
        said = np.array(self.labels)[logits.argmax(1)]
        if self.alone:
            said = np.where(logits.max(1) > 0, said, "none")
            truth = np.where(np.isin(truth, self.labels), truth, "none")
        return float(np.mean(said == truth))


class AgeObjective:
    """A distribution over years: close to the labelled year, or inside the labelled band.

    An exact age is a narrow Gaussian over the years (label distribution learning, Geng et al.
    2013; mean and distribution together after Pan et al. 2018, "Mean-Variance Loss"). A band asks
    only for mass inside it, so both kinds of set train one network.
    """

    figure = "mae"

    def __init__(self, recipe: Recipe, head: HeadOptions) -> None:
        self.options, self.share = recipe.objective, recipe.teacher.share
        self.years = np.arange(head.output_count, dtype=np.float32)

    def labelled(self, sample: Sample) -> bool:
        """Whether it has an age or an age group."""
        return "age" in sample.labels or "age_group" in sample.labels

    def targets(self, samples: Sequence[Sample]) -> Tensor:
        """The wanted distribution (K), then the labelled year or -1 (1), per sample.

        Raises:
            RecipeError: A sample has neither an age nor an age group.
        """
        return torch.from_numpy(np.stack([self._target(s.labels, s.key) for s in samples]))

    def _target(self, labels: Mapping[str, str | float], key: str) -> NDArray[np.float32]:
        if "age" in labels:
            year = min(float(labels["age"]), float(self.years[-1]))
            near = np.exp(-0.5 * ((self.years - year) / self.options.sigma_years) ** 2)
            return np.append(near / near.sum(), year).astype(np.float32)
        if labels.get("age_group") not in GROUPS:
            raise RecipeError(f"{key}: has neither an age nor an age group of {list(GROUPS)}")
        first, last = GROUPS[str(labels["age_group"])]
        return np.append((self.years >= first) & (self.years <= last), -1).astype(np.float32)

    def taught(self, targets: Tensor, teacher: Tensor) -> Tensor:
        """Exact ages become a mean of both; a band becomes what the teacher thinks likely inside it."""
        wanted, year = targets[:, :-1], targets[:, -1:]
        inside = teacher * (wanted > 0) + 1e-6 * wanted
        inside = inside / inside.sum(1, keepdim=True)
        years = torch.from_numpy(self.years)[:, None]
        exact = torch.cat([wanted.lerp(teacher, self.share), year.lerp(teacher @ years, self.share)], dim=1)
        return torch.where(year >= 0, exact, torch.cat([inside, inside @ years], dim=1))

    def guessed(self, teacher: Tensor) -> Tensor:
        """The teacher's distribution and its mean."""
        return torch.cat([teacher, teacher @ torch.from_numpy(self.years)[:, None]], dim=1)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy and absolute error of the mean; for bands, minus the log of the mass inside."""
        wanted, year = targets[:, :-1], targets[:, -1]
        exact = year >= 0
        logs = functional.log_softmax(logits, 1)
        cross = -(wanted * logs).sum(1)
        inside = -torch.logsumexp(logs.masked_fill(wanted == 0, -1e4), 1)
        mean = logs.exp() @ torch.arange(logits.shape[1], dtype=logits.dtype, device=logits.device)
        off = (mean - year).abs() * self.options.mean_weight
        return torch.where(exact, cross + off, inside).mean()

    def score(self, logits: NDArray[np.float32], samples: Sequence[Sample]) -> float:
        """Mean absolute error in years; for bands, years outside of the band."""
        shifted = np.exp(logits - logits.max(1, keepdims=True))
        means = (shifted / shifted.sum(1, keepdims=True)) @ self.years
        return float(np.mean([_years_off(float(m), s.labels) for m, s in zip(means, samples, strict=True)]))


def _years_off(years: float, labels: Mapping[str, str | float]) -> float:
    """How far an age is from its label."""
    if "age" in labels:
        return abs(years - float(labels["age"]))
    first, last = GROUPS[str(labels["age_group"])]
    return 0.0 if age_group(max(0.0, years)) == labels["age_group"] else max(first - years, years - last - 1)
