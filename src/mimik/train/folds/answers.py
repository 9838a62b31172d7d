"""What the models of all folds say of the pictures that each of them hasn't seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.predictions import predictions_text
from mimik.data.rest import with_rest
from mimik.data.seen import read_seen
from mimik.errors import DataError, RecipeError
from mimik.evaluate.ask import ask
from mimik.evaluate.held import for_task
from mimik.evaluate.rows import AskOptions
from mimik.models.card import ModelCard, read_card
from mimik.models.shared import Shared
from mimik.tasks.calibration import FEWEST
from mimik.tasks.itemised import Itemised
from mimik.tasks.loaded import load_model
from mimik.tasks.own import scored_of
from mimik.tasks.scored import Measured
from mimik.train.folds.division import Division
from mimik.train.recipe.options import HeadOptions
from mimik.train.recipe.recipe import Recipe


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """What a head says of N pictures, each by the model of the fold that held it."""

    head: HeadOptions
    """Of the recipe."""
    card: ModelCard
    """That of the first fold, with the temperature and threshold of all folds together."""
    samples: Sequence[Sample]
    """The N pictures, their labels under the task's name."""
    places: Sequence[tuple[int, str]]
    """Number of each one's set, and its key there."""
    folds: NDArray[np.intp]
    """The fold of each, (N,)."""
    logits: NDArray[np.float32]
    """(N, K)."""

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Those with a truth, (N,)."""
        task = scored_of(self.card)
        return np.array([task.has_truth(sample, self.card) for sample in self.samples], bool)

    def take(self, chosen: NDArray[np.bool_]) -> OutOfFold:
        """Some of them."""
        rows = np.flatnonzero(chosen).tolist()
        return replace(
            self,
            samples=[self.samples[row] for row in rows],
            places=[self.places[row] for row in rows],
            folds=self.folds[chosen],
            logits=self.logits[chosen],
        )

    def report(self) -> dict[str, Any]:
        """Figures of all folds together, over the pictures with a truth."""
        known = self.take(self.scored)
        return scored_of(self.card).report(known.logits, known.samples, self.card)

    def headline(self, fold: int) -> tuple[str, float, int]:
        """Name and value of one fold's figure, and of how many pictures; NaN where there is none."""
        known = self.take(self.scored & (self.folds == fold))
        if not len(known.samples):
            return "", float("nan"), 0
        name, value = scored_of(self.card).headline(known.logits, known.samples, self.card)
        return name, value, len(known.samples)

    def predictions(self) -> str:
        """A row a picture with a truth, in the form of ``mimik evaluate --predictions``."""
        known = self.take(self.scored)
        keys = [sample.key for sample in known.samples]
        samples = known.samples
        if len(set(keys)) < len(keys):  # Two sets have the same key.
            samples = [
                replace(s, key=f"{number}/{s.key}")
                for s, (number, _) in zip(samples, known.places, strict=True)
            ]
        return predictions_text(scored_of(self.card), self.card, samples, known.logits)

    @property
    def itemised(self) -> bool:
        """Whether the task says what became of each picture."""
        return isinstance(scored_of(self.card), Itemised)


def held_places(run: Path, recipe: Recipe, division: Division) -> list[tuple[int, str]]:
    """What a fold's run held, as numbers of the division's sets and keys.

    Raises:
        DataError: The folder doesn't say it.
    """
    seen = read_seen(run)
    if seen is None:
        raise DataError(
            f"{run}: doesn't say which pictures were held (pictures.npz); delete it, and train it"
        )
    numbers = [division.number(entry) for entry in recipe.data]
    return [
        (numbers[own], key)
        for own, key, held in zip(seen.sets.tolist(), seen.keys.tolist(), seen.held.tolist(), strict=True)
        if held
    ]


def ask_folds(
    recipe: Recipe,
    runs: Sequence[Path],
    division: Division,
    held: Sequence[Sequence[tuple[int, str]]],
) -> dict[str, OutOfFold]:
    """Ask the models of all folds about what each held.

    Args:
        recipe: What was trained.
        runs: The folder of each fold's run.
        division: Who is in which fold.
        held: What each is asked about.

    Returns:
        Name of each exported head to its answers.

    Raises:
        RecipeError: A picture can't be decoded any more.
    """
    found = {}
    heads = [head for head in recipe.all_heads if not head.aid]
    shared = [Shared() for _ in runs]
    for head in heads:
        cards = [run / f"{head.name}.json" for run in runs]
        parts = [
            _ask(card, head, [division.sample(*place) for place in places], loaded)
            for card, places, loaded in zip(cards, held, shared, strict=True)
        ]
        sizes = [len(samples) for samples, _ in parts]
        answers = OutOfFold(
            head,
            read_card(cards[0]),
            [sample for samples, _ in parts for sample in samples],
            [place for places in held for place in places],
            np.repeat(np.arange(len(runs)), sizes),
            np.concatenate([logits for _, logits in parts]),
        )
        found[head.name] = _calibrated(answers)
    return found


def _ask(
    path: Path, head: HeadOptions, samples: Sequence[Sample], shared: Shared
) -> tuple[list[Sample], NDArray[np.float32]]:
    """What one fold's model says of some pictures, all of which it must answer."""
    card = read_card(path)
    if head.rest:
        samples = with_rest(samples, head.target_name, head.rest, head.labels[0])
    named = for_task(samples, head.task, head.target_name)
    answers, _ = ask(load_model(card.task, str(path), "cpu", shared=shared), named, AskOptions())
    if len(answers.samples) < len(named):
        first = answers.failed[0]["error"] if answers.failed else f"{answers.missed[0].key}: no face found"
        raise RecipeError(f"{path}: a picture that it held can't be read any more: {first}")
    return answers.samples, np.asarray(answers.logits[:, 0], np.float32)


def _calibrated(answers: OutOfFold) -> OutOfFold:
    """The same with one temperature for all folds."""
    card, head = answers.card, answers.head
    known = answers.take(answers.scored)
    temperature = 1.0
    if len(known.samples) >= FEWEST and not head.one_versus_all:
        task = scored_of(card)
        temperature = round(task.fit_temperature(known.logits, known.samples, head.labels, card.task), 4)
        if isinstance(task, Measured):
            card = replace(card, residuals=task.fit_residuals(known.logits, known.samples, card))
    return replace(answers, card=replace(card, temperature=temperature, threshold=head.threshold))


def counts_of(run: Path) -> Mapping[str, int]:
    """How many pictures a run trained on and held."""
    seen = read_seen(run)
    assert seen is not None  # See held_places.
    return {"trained": int((~seen.held).sum()), "held": int(seen.held.sum())}
