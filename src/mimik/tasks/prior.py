"""How frequent classes are where a model is used, and what that makes of its answers.

A classifier's probabilities assume that classes are as frequent as where it was calibrated. Where they
aren't, each is multiplied by how much more frequent its class is, and all are divided by their sum: Saerens,
Latinne and Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori Probabilities", Neural
Computation 14(1), 2002.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mimik.errors import OptionError
from mimik.models.card import ModelCard
from mimik.tasks.loaded import LoadedModel

NO_FACES = "a prior (--prior) is for faces, and only voices are heard; leave it out"
EVEN = "even"
"""All classes are equally frequent."""
Prior = Mapping[str, float] | str
"""Classes to their shares, or EVEN; those that aren't named share the rest as the card's do."""


def parse_priors(words: Sequence[str]) -> dict[str, Prior]:
    """Priors by task, from "emotion:neutral=0.3,happy=0.3" or "emotion:even".

    Raises:
        OptionError: One is written otherwise, or a task is named twice.
    """
    found: dict[str, Prior] = {}
    for word in words:
        task, _, told = word.partition(":")
        if not task or not told or task in found:
            why = "names a task a second time" if task in found else "isn't a prior"
            raise OptionError(
                f"prior (--prior) {word} {why}; write emotion:neutral=0.3,happy=0.3 or emotion:even"
            )
        found[task] = EVEN if told == EVEN else dict(_share(part, word) for part in told.split(","))
    return found


def _share(part: str, word: str) -> tuple[str, float]:
    label, _, share = part.partition("=")
    try:
        return label.strip(), float(share)
    except ValueError:
        why = f"{part!r} isn't a class with its share; write neutral=0.3"
        raise OptionError(f"prior (--prior) {word}: {why}") from None


def with_priors(
    loaded: Mapping[str, LoadedModel], tasks: Sequence[str], priors: Mapping[str, Prior]
) -> dict[str, LoadedModel]:
    """Models whose answers assume other priors than their cards'.

    Args:
        loaded: Task to its model.
        tasks: Those that are asked for.
        priors: Task to how frequent its classes are.

    Raises:
        OptionError: A task isn't asked for; or see with_prior.
    """
    if strange := sorted(priors.keys() - set(tasks)):
        raise OptionError(f"a prior is named for {', '.join(strange)}, but the tasks are {', '.join(tasks)}")
    return {**loaded, **{task: with_prior(loaded[task], prior) for task, prior in priors.items()}}


def with_prior(model: LoadedModel, prior: Prior) -> LoadedModel:
    """The same model for places where its classes are more or less frequent than its card assumes.

    Raises:
        OptionError: The card assumes no prior, a class is another, or shares aren't above 0 and 1 in all.
    """
    card = model.card
    if not card.prior:
        raise OptionError(
            f"{card.name}: its card doesn't say what prior its answers assume, so that it can't be given "
            "another; take a model whose card does (mimik models show NAME)"
        )
    shares = _shares(card, prior)
    moved = np.log(np.array(shares) / np.array(card.prior))
    rest = np.array(card.at_rest or (0.0,) * card.outputs) + moved
    still = tuple((rest - np.logaddexp.reduce(rest)).tolist()) if card.at_rest else ()
    before = model.offset or (0.0,) * card.outputs
    offset = tuple((moved * card.temperature + before).tolist())
    return replace(model, card=replace(card, prior=shares, at_rest=still), offset=offset)


def shares_of(card: ModelCard) -> dict[str, float]:
    """How frequent a model's answers assume its classes to be, by label; empty where that isn't known."""
    return {label: round(share, 4) for label, share in zip(card.labels, card.prior, strict=bool(card.prior))}


def _shares(card: ModelCard, prior: Prior) -> tuple[float, ...]:
    """The share of each class, in the card's order."""
    named = dict.fromkeys(card.labels, 1 / len(card.labels)) if isinstance(prior, str) else dict(prior)
    if isinstance(prior, str) and prior != EVEN:
        raise OptionError(f"{card.name}: a prior is {EVEN!r}, or classes with their shares, not {prior!r}")
    if strange := sorted(named.keys() - set(card.labels)):
        raise OptionError(f"{card.name} has no class {', '.join(strange)}; it has {', '.join(card.labels)}")
    total = sum(named.values())
    others = {label: own for label, own in zip(card.labels, card.prior, strict=True) if label not in named}
    if not all(0 < share < 1 for share in named.values()) or not (
        total < 1 if others else math.isclose(total, 1, abs_tol=1e-6)
    ):
        raise OptionError(
            f"{card.name}: the shares of classes must be above 0, and 1 in all, not {total:g} for "
            f"{', '.join(named)}"
        )
    scale = (1 - total) / sum(others.values()) if others else 0.0
    return tuple(named[label] if label in named else others[label] * scale for label in card.labels)
