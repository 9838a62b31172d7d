"""The pictures of validation whose answers are furthest from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mimik.faces.crop import crop
from mimik.models.card import ModelCard
from mimik.render.html import TILE, tile_address
from mimik.tasks.itemised import Itemised
from mimik.tasks.own import scored_of
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.pictures import Pictures
from mimik.train.objectives.base import Objective
from mimik.train.report.held import HeldAnswers

MOST = 24
"""Pictures that are shown."""


@dataclass(frozen=True)
class WorstError:
    """A picture or a clip whose answer is far from the truth."""

    key: str
    """Of the picture."""
    truth: str
    """What it is labelled as."""
    said: str
    """What the model says."""
    picture: str = ""
    """Its crop as a JPEG, as an address of data; empty of a clip, which can't be seen."""


def worst_errors(answers: HeldAnswers, objective: Objective, held: Examples) -> list[WorstError]:
    """The errors of the highest loss, the worst first.

    Of classes only wrong answers are among them; of what has no right and wrong, the highest losses.

    Args:
        answers: What a head's model says of validation.
        objective: The head's.
        held: The pictures of validation.
    """
    card = answers.card
    task = scored_of(card)
    losses = _losses(answers, objective, held)
    order = np.argsort(-losses, kind="stable").tolist()
    if task.objective == "classes":
        said = answers.logits.argmax(1)
        order = [i for i in order if card.labels[said[i]] != answers.samples[i].labels[card.task]]
    found = []
    for i in order[:MOST]:
        row, values = int(answers.rows[i]), task.decode(answers.logits[i : i + 1], card)[0]
        sample = held.samples[row]
        told = task.reading(values, values, card).text
        truth = _truth(answers, i) or " ".join(objective.shown(sample))
        found.append(WorstError(sample.key, truth, told, _shown(held, row, card)))
    return found


def _shown(held: Examples, row: int, card: ModelCard) -> str:
    """The crop of a picture, as an address of data; nothing of a clip."""
    if not isinstance(held, Pictures):
        return ""
    return tile_address(crop(held.images[row], held.square(row, card.crop), TILE))


def _truth(answers: HeldAnswers, row: int) -> str:
    """What a picture shows, as predictions tell it: 25 for years; nothing if the task doesn't say."""
    task, some = scored_of(answers.card), slice(row, row + 1)
    if not isinstance(task, Itemised):
        return ""
    (truth,) = task.outcomes(answers.logits[some], answers.samples[some], answers.card).truth
    return truth if isinstance(truth, str) else f"{truth:g}"


def _losses(answers: HeldAnswers, objective: Objective, held: Examples) -> NDArray[np.float64]:
    """The loss of each answer (N,), at the card's temperature."""
    targets = objective.targets([held.samples[i] for i in answers.rows])
    logits = torch.from_numpy(answers.logits / answers.card.temperature)
    each = [float(objective.loss(logits[i : i + 1], targets[i : i + 1])) for i in range(len(logits))]
    return np.array(each)
