"""Figures of the exported models on the pictures of validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.evaluate.held import HELD, for_task
from mimik.evaluate.score import Asked, ask_samples
from mimik.models.card import ModelCard, read_card
from mimik.models.shared import Shared
from mimik.tasks.loaded import load_model
from mimik.tasks.own import scored_of
from mimik.train.export.training import as_asked
from mimik.train.inputs.examples import Examples
from mimik.train.recipe.options import HeadOptions
from mimik.train.recipe.recipe import Recipe
from mimik.train.watch import HeadReport


@dataclass(frozen=True)
class HeldAnswers:
    """What the exported model of a head says of the pictures of validation that it can be held against."""

    head: HeadOptions
    """Of the recipe."""
    card: ModelCard
    """Of the model."""
    rows: NDArray[np.intp]
    """Numbers of the N pictures."""
    asked: Asked
    """What it says of them, as in use: the file's faces are found and cut out anew."""

    @property
    def samples(self) -> Sequence[Sample]:
        """Their labels, under the task's name."""
        return self.asked.answers.samples

    @property
    def logits(self) -> NDArray[np.float32]:
        """(N, K)."""
        return self.asked.answers.logits[:, 0]

    def report(self) -> HeadReport:
        """How good the model is."""
        task = scored_of(self.card)
        figures = {
            "model": {"name": self.card.name, "version": self.card.version, "sha256": self.card.sha256},
            "task": self.card.task,
            "data": {"reader": "its", "split": HELD},
            **task.report(self.logits, self.samples, self.card),
        }
        return HeadReport(figures, task.figure_lines(figures), task.figure_table(figures))


def held_answers(path: Path, recipe: Recipe, held: Examples) -> list[HeldAnswers]:
    """What the exported file says of validation, a head each; heads without such pictures are left out.

    Args:
        path: The ONNX file; the cards lie beside it.
        recipe: What made it.
        held: The pictures of validation.
    """
    if not len(held):
        return []
    shared, found = Shared(), []
    for head in recipe.all_heads:
        if head.aid or head not in recipe.trained:
            continue
        file = path.with_name(f"{head.name}.json")
        card, samples = read_card(file), for_task(as_asked(held, recipe.data), head.task, head.target_name)
        if any(scored_of(card).has_truth(sample, card) for sample in samples):
            model = load_model(card.task, str(file), "cpu", shared=shared)
            asked = ask_samples(model, samples, "held", path.parent)
            number = {id(sample): row for row, sample in enumerate(samples)}
            rows = np.array([number[id(sample)] for sample in asked.answers.samples], np.intp)
            found.append(HeldAnswers(head, card, rows, asked))
    return found
