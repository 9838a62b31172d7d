"""The card of an ensemble: what it is made of, under the terms of all of its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mimik.models.card import ModelCard
from mimik.train.ensemble.combine import Combiner, fitted_count, weights_of
from mimik.train.ensemble.parts import Part
from mimik.train.ensemble.recipe import EnsembleRecipe, united_licence


def with_members(
    card: ModelCard, recipe: EnsembleRecipe, parts: Sequence[Part], combiner: Combiner, remarks: Iterable[str]
) -> ModelCard:
    """A card with what its members are, and the strictest of their terms.

    Args:
        card: Of the joined file, as that of any network.
        recipe: The ensemble's.
        parts: What is joined.
        combiner: How.
        remarks: What else must be said of it, a sentence each.
    """
    cards = list({part.card.name + part.card.sha256: part.card for part in parts}.values())
    once = {part.card.sha256: part.card.parameters for part in parts}
    limits = (*card.limits, *remarks, *(limit for own in cards for limit in own.limits))
    return replace(
        card,
        combine=recipe.options.combine,
        members=tuple(_member(part, combiner) for part in parts),
        parameters=sum(once.values()) + fitted_count(combiner),
        licence=united_licence(card.licence, cards),
        commercial_use=card.commercial_use and all(own.commercial_use for own in cards),
        data=united_data([card.data, *(own.data for own in cards)]),
        limits=tuple(dict.fromkeys(limits)),
    )


def _member(part: Part, combiner: Combiner) -> dict[str, Any]:
    """What the card says of one output that is joined."""
    card = part.card
    told: dict[str, Any] = {
        "name": card.name,
        "version": card.version,
        "task": card.task,
        "sha256": card.sha256,
        "temperature": card.temperature,
        "recipe": card.recipe,
        "commercial_use": card.commercial_use,
    }
    if combiner.layers is None and combiner.combine != "product":
        told["weight"] = weights_of(combiner)[part.member]
    return told


def united_data(cards: Iterable[Sequence[Mapping[str, Any]]]) -> tuple[dict[str, Any], ...]:
    """The data sets of several cards, each once, with the splits of all; none where one doesn't say its own.

    A split that one of them was trained on is so of all of them, though another one held it.
    """
    found: dict[str, dict[str, Any]] = {}
    for data in cards:
        for own in data:
            name = str(own.get("name"))
            if name not in found:
                found[name] = dict(own)
                continue
            one = found[name]
            for side in ("splits", "held"):
                both = [*(one.get(side) or ()), *(own.get(side) or ())]
                one[side] = list(dict.fromkeys(both))
            if "splits" not in own or not one["splits"]:
                del one["splits"]
    for one in found.values():
        held = [split for split in one.get("held", ()) if split not in one.get("splits", ())]
        one.pop("held", None)
        if held:
            one["held"] = held
    return tuple(found.values())
