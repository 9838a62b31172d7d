"""The pictures that a run held for validation, found again and scored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mimik.data.base import Sample, load_reader
from mimik.data.labels import class_tasks
from mimik.data.own import OwnTasks
from mimik.data.rest import with_rest
from mimik.data.seen import read_seen
from mimik.data.split_file import read_divided
from mimik.errors import DataError, ModelError, OptionError, some_of
from mimik.models.card import ModelCard, read_card

CONFIGURATION = "recipe.json"
"""File of a run's folder that holds its recipe."""
DATA_PATH = "data_path"
"""Where it says in which folder the data sets lay."""
HELD = "validation"
"""What the split is called."""


def model_of(run: Path) -> Path:
    """The card of the model in a run's folder.

    Raises:
        ModelError: There is none.
        OptionError: There are several.
    """
    cards = sorted(path for path in run.glob("*.json") if path.name != CONFIGURATION and _is_card(path))
    if not cards:
        raise ModelError(f"{run}: no model there; a run makes NAME.onnx and NAME.json at its end")
    if len(cards) > 1:
        names = some_of((str(path) for path in cards), 8)
        raise OptionError(f"{run}: holds {len(cards)} models; name one: {names}")
    return cards[0]


def _is_card(path: Path) -> bool:
    try:
        read_card(path)
    except ModelError:
        return False
    return True


def held_samples(run: Path, card: ModelCard, data: Path | None) -> tuple[str, list[Sample]]:
    """What a run held for validation of a model, in the order in which it was held.

    Args:
        run: The run's folder.
        card: Of a model in it.
        data: Folder that holds the data sets; where they lay when it was trained if None.

    Returns:
        The readers, for reports, and the samples that have a label of the model's task.

    Raises:
        DataError: The folder doesn't say what was held, or a picture is gone.
        OptionError: It doesn't say where the data is.
    """
    recipe, seen = _configuration(run), read_seen(run)
    if seen is None:
        raise DataError(
            f"{run}: doesn't say which pictures were held (pictures.npz), as runs of mimik 0.2 do; "
            "name a data set to score the model on"
        )
    root = data or Path(recipe.get(DATA_PATH, ""))
    if not root.parts or not root.exists():
        raise OptionError(
            f"{run}: its data sets aren't at {str(root)!r} any more; name their folder with --data"
        )
    entries = recipe["data"]
    found = [
        s for k, entry in enumerate(entries) for s in _held_of(entry, root, seen.of_set(k), _own(recipe))
    ]
    name = ", ".join(dict.fromkeys(entry["reader"] for k, entry in enumerate(entries) if seen.of_set(k)))
    return name, for_task(_rested(found, recipe, card), card.task, _target(recipe, card))


def _rested(samples: Sequence[Sample], recipe: Mapping[str, Any], card: ModelCard) -> Sequence[Sample]:
    """The samples as an expert's head sees them, one class against the others; see HeadOptions.rest."""
    head = next((head for head in _heads(recipe) if head["name"] == card.name), {})
    if not head.get("rest"):
        return samples
    return with_rest(samples, _target(recipe, card), head["rest"], head["labels"][0])


def for_task(samples: Sequence[Sample], task: str, target: str) -> list[Sample]:
    """Samples with the labels that a head is trained on under the name of its task.

    Args:
        samples: Labelled pictures.
        task: Name of the task.
        target: Name of the labels in the data.
    """
    if task == target:
        return list(samples)
    return [
        replace(
            sample,
            labels=_renamed(sample.labels, task, target),
            votes=_renamed(sample.votes, task, target),
            scores=_renamed(sample.scores, task, target),
        )
        for sample in samples
    ]


def _renamed(values: Mapping[str, Any], task: str, target: str) -> dict[str, Any]:
    kept = {name: value for name, value in values.items() if name != task}
    return {**kept, task: values[target]} if target in values else kept


def _held_of(
    entry: Mapping[str, Any], root: Path, held: Mapping[str, str], own: OwnTasks
) -> Iterator[Sample]:
    """The held samples of one set of a recipe."""
    if not held:
        return
    path, only = root / entry.get("path", ""), entry.get("only") or ()
    file = root / entry["splits"] if entry.get("splits") else None
    samples, _ = read_divided(load_reader(entry["reader"], own), path, entry["split"], file)
    found = {sample.key: sample for sample in samples}
    if lost := [key for key in held if key not in found]:
        raise DataError(f"{path}: {len(lost)} of {len(held)} held pictures are gone: {some_of(lost)}")
    for key, group in held.items():
        sample = found[key]
        labels = {name: value for name, value in sample.labels.items() if not only or name in only}
        scene = sample.scene or bool(entry.get("detect"))
        yield replace(sample, labels=labels, group=group, scene=scene)


def _configuration(run: Path) -> dict[str, Any]:
    path = run / CONFIGURATION
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: not a run's configuration, so what was held isn't known; name a data set as well"
        ) from error
    return values


def _heads(recipe: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(recipe.get("heads") or [recipe])


def _target(recipe: Mapping[str, Any], card: ModelCard) -> str:
    """Name of the labels in the data of a model."""
    return next((h.get("target") or h["task"] for h in _heads(recipe) if h["name"] == card.name), card.task)


def _own(recipe: Mapping[str, Any]) -> OwnTasks:
    """The tasks that only the recipe describes; as Recipe.own_tasks."""
    heads = _heads(recipe)
    own = [head for head in heads if head.get("kind")]
    found = {}
    for head in own:
        target, rest = head.get("target") or head["task"], head.get("rest") or ()
        if not (rest and target in class_tasks()):
            found[target] = (*rest, *head["labels"][bool(rest) :])
    return OwnTasks(found, bool(found) and len(own) == len(heads))
