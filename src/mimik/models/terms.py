"""Under which terms models may be used: what products must leave alone, and whom they must name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mimik.errors import ModelError, OptionError, UnknownNameError, some_of
from mimik.models.card import ModelCard
from mimik.models.sets import MODEL_SETS
from mimik.models.store import find_model

DETECTOR_TERMS = (
    "YuNet (MIT), the detector: Copyright (c) 2020 Shiqi Yu (LICENSE.yunet)",
    "Silero VAD (MIT), the detector of speech: Copyright (c) 2020-present Silero Team (LICENSE.silero)",
)
"""They have no card."""


def sets_for_products() -> dict[str, list[str]]:
    """The sets whose models may all be used in products, each with its tasks."""
    return {name: list(models) for name, models in MODEL_SETS.items() if for_products(models)}


def for_products(models: Mapping[str, str]) -> bool:
    """Whether models, task to name or path, may all be used in products; one that isn't here can't be."""
    try:
        return all(find_model(model)[0].commercial_use for model in models.values())
    except (ModelError, UnknownNameError):
        return False


def check_commercial(models: Mapping[str, str]) -> None:
    """Refuse models that may not be used in products.

    Args:
        models: Task to its model, by catalogue name or path.

    Raises:
        OptionError: A card says no; names the terms, and what may be used instead.
    """
    cards = {task: find_model(name)[0] for task, name in models.items()}
    if refused := {task: card for task, card in cards.items() if not card.commercial_use}:
        raise OptionError(
            f"{some_of(card.name for card in refused.values())} may not be used in products (--commercial): "
            f"{_terms(refused.values())}; {_instead(refused)}"
        )


def _terms(cards: Iterable[ModelCard]) -> str:
    """The terms of the data that models learned from, or what a card says where it names no data."""
    told: dict[str, None] = {}
    for card in cards:
        named = [data_terms(data) for data in card.data]
        told |= dict.fromkeys(named or [f"the card of {card.name} doesn't say commercial_use"])
    return ", ".join(told)


def data_terms(data: Mapping[str, object]) -> str:
    """A data set with its terms, "FairFace (CC BY 4.0)"."""
    return f"{data.get('name', 'unnamed data')} ({data.get('terms', 'terms not stated')})"


def _instead(refused: Iterable[str]) -> str:
    """What may be used in the place of models that read some tasks."""
    free = sets_for_products()
    read = {task for tasks in free.values() for task in tasks}
    sets = " or ".join(f"--models {name} ({', '.join(tasks)})" for name, tasks in free.items())
    rest = [task for task in refused if task not in read]
    if not rest:
        return f"choose {sets}"
    own = f"a model of your own whose card says commercial_use, --model {rest[0]}=FILE.onnx"
    return f"choose {sets}, or for other tasks {own}" if sets else f"name {own}"


def attributions(cards: Iterable[ModelCard]) -> list[str]:
    """Whom to name where models are used: a line a data set, with its terms."""
    lines: dict[str, None] = {}
    for card in cards:
        for data in card.data:
            lines[f"{data_terms(data)}: {data.get('citation', 'no citation stated')}"] = None
    return list(lines)
