"""Figures of the exported models on the pictures of validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.evaluate.held import HELD, for_task
from mimik.models.card import ModelCard, read_card
from mimik.models.inputs import MEAN, STD
from mimik.models.session import Session
from mimik.tasks.own import scored_of
from mimik.train.inputs.batches import plain_batches
from mimik.train.inputs.pictures import Pictures
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
    samples: Sequence[Sample]
    """Their labels, under the task's name."""
    logits: NDArray[np.float32]
    """(N, K)."""

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


def held_answers(path: Path, recipe: Recipe, held: Pictures) -> list[HeldAnswers]:
    """What the exported file says of validation, a head each; heads without such pictures are left out.

    Args:
        path: The ONNX file; the cards lie beside it.
        recipe: What made it.
        held: The pictures of validation.
    """
    if not len(held):
        return []
    session, found = Session(path, "cpu"), []
    parts = [session.run(batch) for batch in plain_batches(held, recipe.crop, MEAN, STD)]
    heads = [head for head in recipe.all_heads if not head.aid]
    for head, *said in zip(heads, *parts, strict=True):
        card = read_card(path.with_name(f"{head.name}.json"))
        samples = for_task(held.samples, head.task, head.target_name)
        task = scored_of(card)
        rows = np.flatnonzero([task.has_truth(sample, card) for sample in samples])
        if head in recipe.trained and len(rows):
            logits = np.concatenate(said)[rows]
            found.append(HeldAnswers(head, card, rows, [samples[i] for i in rows], logits))
    return found
