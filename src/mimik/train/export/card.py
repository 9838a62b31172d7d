"""The card of each head: what made it, and what validation says."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.errors import MimikWarning, RecipeError
from mimik.evaluate.rest import at_rest
from mimik.models.card import ModelCard, file_sha256, read_card
from mimik.models.inputs import MEAN, STD
from mimik.tasks.calibration import FEWEST, fit_threshold
from mimik.tasks.class_figures import class_numbers
from mimik.tasks.own import scored_of
from mimik.tasks.scored import Measured
from mimik.train.export.training import with_splits
from mimik.train.inputs.examples import Examples
from mimik.train.objectives.base import Objective
from mimik.train.recipe.options import HeadOptions
from mimik.train.recipe.recipe import Recipe
from mimik.train.recipe.source import RecipeSource
from mimik.train.weights.published import model_data


def blank_card(
    head: HeadOptions, recipe: Recipe, path: Path, parameters: int, source: RecipeSource
) -> ModelCard:
    """A head's card, with nothing calibrated yet."""
    return ModelCard(
        name=head.name,
        version=recipe.version,
        task=head.task,
        kind=head.kind,
        file=path.name,
        sha256=file_sha256(path),
        parameters=parameters,
        labels=head.labels,
        outputs=head.output_count,
        output=head.target_name if recipe.heads else "",
        takes=recipe.takes,
        mean=MEAN,
        std=STD,
        temperature=1.0,
        threshold=head.threshold,
        recipe=f"{source.file or recipe.name}, seed {recipe.seed}",
        licence=recipe.licence,
        commercial_use=recipe.commercial_use,
        data=(*with_splits(recipe.sources, recipe.data), *model_data(recipe)),
        limits=head.limits,
    )


def card_as_before(card: ModelCard, head: HeadOptions, start: Path) -> ModelCard:
    """The card of a head that a probe leaves as it is: it learned what it knows in the run before.

    The terms stay those of the recipe, since they are of the file as a whole.
    """
    before = read_card(start.with_name(f"{card.name}.json"))
    if head.kept_accuracy:
        card = replace(card, threshold=before.threshold)
    return replace(
        card,
        temperature=before.temperature,
        residuals=before.residuals,
        at_rest=before.at_rest,
        data=before.data,
        training=before.training,
    )


def calibrated(
    card: ModelCard, head: HeadOptions, objective: Objective, held: Examples, logits: NDArray[np.float32]
) -> ModelCard:
    """The card with what the pictures of validation say: its temperature, and faces at rest."""
    mine = [i for i, sample in enumerate(held.samples) if objective.labelled(sample)]
    if not mine:
        raise RecipeError(
            f"{head.name}: no picture of the validation part has a label for {head.target_name}"
        )
    own, samples = logits[mine], [held.samples[i] for i in mine]
    if len(mine) < FEWEST:
        warnings.warn(
            f"{head.name}: {len(mine)} pictures of validation are too few to calibrate "
            f"(it takes {FEWEST}): its probabilities are those of the network as it is",
            MimikWarning,
            stacklevel=3,
        )
    elif not head.one_versus_all:
        task = scored_of(card)
        temperature = task.fit_temperature(own, samples, head.labels, head.target_name)
        card = replace(card, temperature=round(temperature, 4))
        if isinstance(task, Measured):
            card = replace(card, residuals=task.fit_residuals(own, samples, card))
        if head.kept_accuracy:
            card = replace(card, threshold=_threshold(card, head, own, samples))
    if head.one_versus_all:
        return card
    return replace(card, at_rest=at_rest(card, own, samples, head.target_name))


def _threshold(
    card: ModelCard, head: HeadOptions, logits: NDArray[np.float32], samples: Sequence[Sample]
) -> float:
    """The threshold from which answers are right as often as the recipe asks."""
    probabilities = scored_of(card).soft_targets(logits, card)
    right = probabilities.argmax(1) == class_numbers(samples, head.labels, head.target_name)
    threshold = fit_threshold(probabilities.max(1), right, head.kept_accuracy)
    if threshold is None:
        warnings.warn(
            f"{head.name}: with no threshold are {head.kept_accuracy:.0%} of {FEWEST} answers or more on "
            f"validation right: it stays {head.threshold:g}; lower kept_accuracy",
            MimikWarning,
            stacklevel=4,
        )
        return head.threshold
    return threshold
