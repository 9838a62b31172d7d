"""The pictures of validation whose answers are furthest from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mimik.faces.crop import crop
from mimik.render.html import TILE, tile_address
from mimik.tasks.own import scored_of
from mimik.train.inputs.pictures import Pictures
from mimik.train.objectives.base import Objective
from mimik.train.report.held import HeldAnswers

MOST = 24
"""Pictures that are shown."""


@dataclass(frozen=True)
class WorstError:
    """A picture whose answer is far from the truth."""

    key: str
    """Of the picture."""
    truth: str
    """What it is labelled as."""
    said: str
    """What the model says."""
    picture: str
    """Its crop as a JPEG, as an address of data."""


def worst_errors(answers: HeldAnswers, objective: Objective, held: Pictures) -> list[WorstError]:
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
        image = crop(held.images[row], held.square(row, card.crop), TILE)
        told = task.reading(values, values, card).text
        found.append(WorstError(sample.key, " ".join(objective.shown(sample)), told, tile_address(image)))
    return found


def _losses(answers: HeldAnswers, objective: Objective, held: Pictures) -> NDArray[np.float64]:
    """The loss of each answer (N,), at the card's temperature."""
    targets = objective.targets([held.samples[i] for i in answers.rows])
    logits = torch.from_numpy(answers.logits / answers.card.temperature)
    each = [float(objective.loss(logits[i : i + 1], targets[i : i + 1])) for i in range(len(logits))]
    return np.array(each)
