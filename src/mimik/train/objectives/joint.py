"""What each task minimises, alone and together: targets from labels, and the loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimik.data.base import Sample
from mimik.errors import RecipeError
from mimik.tasks.samples import in_order
from mimik.train.inputs.examples import Examples
from mimik.train.objectives.base import Objective, load_objective
from mimik.train.objectives.soft import check_soft
from mimik.train.recipe.options import HeadOptions, ObjectiveOptions, TeacherOptions
from mimik.train.recipe.recipe import Recipe


class JointObjective:
    """The objectives of all heads; a sample counts for those that it has a label for.

    Targets hold, head by head, the objective's own and a last column of 1 where there is one.
    """

    def __init__(
        self,
        heads: Sequence[HeadOptions],
        trained: Sequence[HeadOptions],
        options: ObjectiveOptions,
        teacher: TeacherOptions,
    ) -> None:
        """Load the objective of each head.

        Args:
            heads: All heads of the network.
            trained: Those that learn; the others have no targets.
            options: What is minimised.
            teacher: How much of the targets is a teacher's.

        Raises:
            UnknownNameError: No objective trains a task.
            RecipeError: A head isn't one of its task.
        """
        self.heads, self._trained, self._guess = tuple(heads), trained, teacher.unlabelled
        self.parts = [load_objective(head, options, teacher.share) for head in heads]
        self._soft = options.soft_labels > 0
        self.outputs = sum(head.output_count for head in heads)
        self._logits = _slices([head.output_count for head in heads])
        # The last column of each head says whether there is a target.
        widths = [part.width if head in trained else 0 for head, part in zip(heads, self.parts, strict=True)]
        self._targets = _slices([width + 1 for width in widths])

    def weigh(self, examples: Examples) -> None:
        """Let each trained head see how often its classes are trained on.

        Raises:
            RecipeError: See Objective.weigh; or there are to be soft labels, and there are none.
        """
        if self._soft:
            check_soft(examples.samples, [head for head in self._trained if head.labels])
        for head, part in zip(self.heads, self.parts, strict=True):
            own = [i for i, sample in enumerate(examples.samples) if part.labelled(sample)]
            if head in self._trained and own:
                part.weigh([examples.samples[i] for i in own], examples.weights[own])

    def targets(self, samples: Sequence[Sample], teachers: Mapping[str, Tensor] | None = None) -> Tensor:
        """Targets of all samples, float32 (N, T).

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
        column = torch.zeros(len(samples), part.width + 1)
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

    def counts(self, samples: Sequence[Sample]) -> dict[str, dict[str, int]]:
        """Name of each trained head's labels to what samples show of it and how often, classes in order."""
        found = {}
        for head, part in zip(self.heads, self.parts, strict=True):
            if head in self._trained:
                seen = Counter(word for s in samples if part.labelled(s) for word in part.shown(s))
                others = sorted(seen.keys() - {*head.labels}, key=in_order)
                found[head.target_name] = {label: seen[label] for label in (*head.labels, *others)}
        return found

    def part(self, head: HeadOptions) -> Objective:
        """The objective of a head."""
        return self.parts[self.heads.index(head)]

    def columns(self, head: HeadOptions) -> slice:
        """Where a head's logits lie among all."""
        return self._logits[self.heads.index(head)]


def joint_objective(recipe: Recipe) -> JointObjective:
    """What a recipe minimises."""
    return JointObjective(recipe.all_heads, recipe.trained, recipe.objective, recipe.teacher)


def _slices(widths: Sequence[int]) -> list[slice]:
    ends = np.cumsum(widths).tolist()
    return [slice(end - width, end) for width, end in zip(widths, ends, strict=True)]
