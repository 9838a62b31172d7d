"""How a model was made, for its card: pictures, recipe, versions, and figures of what was held."""

from __future__ import annotations

import dataclasses
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

import torch

from mimik._version import __version__
from mimik.data.base import Sample, load_reader
from mimik.data.left_out import LeftOut
from mimik.errors import some_of
from mimik.evaluate.score import Asked
from mimik.models.card import read_card
from mimik.storage.whole import write_whole
from mimik.train.inputs.examples import Examples
from mimik.train.recipe.defaults import told
from mimik.train.recipe.options import DataOptions, HeadOptions
from mimik.train.recipe.recipe import Recipe
from mimik.train.recipe.source import RecipeSource, shown


def made_by(
    recipe: Recipe,
    head: HeadOptions,
    trained: Examples,
    held: Examples,
    left_out: Sequence[LeftOut],
    source: RecipeSource,
) -> dict[str, Any]:
    """What the card of a head says of its training (ModelCard.training).

    Args:
        recipe: What was trained.
        head: One of its heads.
        trained: The pictures that it was trained on.
        held: Those of validation.
        left_out: What of the data sets is in neither.
        source: Where the recipe's file lies.
    """
    counts = {"trained": _counts(trained.samples, head), "held": _counts(held.samples, head)}
    lacking = [label for label in head.labels if label in counts["trained"] and label not in counts["held"]]
    note = f"validation has no picture of {some_of(lacking, 12)}"
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "mimik": __version__,
        "torch": str(torch.__version__),
        **({"commit": source.commit} if source.commit else {}),
        "pictures": counts,
        "left_out": dict(Counter(item.reason for item in left_out)),
        "notes": [note] if lacking and len(held) else [],
        "recipe": plain_recipe(recipe),
    }


def _counts(samples: Sequence[Sample], head: HeadOptions) -> dict[str, int]:
    """How many pictures there are, and how many of each class."""
    found = Counter(str(sample.labels.get(head.target_name)) for sample in samples)
    return {"all": len(samples)} | {label: found[label] for label in head.labels if found[label]}


def plain_recipe(values: Any) -> dict[str, Any]:
    """A recipe, or a table of it, as JSON has it: what differs from the defaults.

    Absolute paths are told by their last name: where they lay is nobody's business.
    """
    return {name: _plain(value) for name, value in told(values).items()}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return plain_recipe(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str) and PurePath(value).is_absolute():
        return PurePath(value).name
    return value


def with_splits(
    sources: Sequence[Mapping[str, Any]], data: Sequence[DataOptions]
) -> tuple[dict[str, Any], ...]:
    """The sets of a card, each with the ``splits`` that were trained on and those that were ``held``.

    Args:
        sources: The recipe's, by their names.
        data: The recipe's sets, by their readers.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for entry in data:
        if entry.splits:
            continue  # A file's split may hold any part of what the set calls otherwise.
        for title, split in load_reader(entry.reader).sources(entry.split).items():
            sides = found.setdefault(title, {"splits": []})
            splits = sides.setdefault("held" if entry.hold else "splits", [])
            if split not in splits:
                splits.append(split)
    return tuple({**source, **found.get(str(source.get("name")), {})} for source in sources)


def held_figures(report: Mapping[str, Any], data: str, command: str) -> tuple[dict[str, Any], ...]:
    """The figures of a report on the held pictures, as cards have them.

    Args:
        report: Of evaluate_held.
        data: What the sets are called.
        command: What makes them again.
    """
    mean = report.get("mean") or {}
    named = {
        "accuracy": (report.get("accuracy"), report.get("ci95")),
        "macro_recall": _macro_recall(report),
        "mae": (report.get("mae"), report.get("ci95")),
        "group_accuracy": (report.get("group_accuracy"), report.get("group_ci95")),
        "mean auc": (mean.get("auc"), mean.get("ci95", {}).get("auc")),
    }
    per_class = report.get("per_class") or report.get("units")
    return tuple(
        {
            "data": data,
            "split": "validation",
            "metric": metric,
            "value": value,
            "ci95": list(interval) if interval else None,
            "n": report["n"],
            **({"per_class": per_class} if per_class else {}),
            "command": command,
        }
        for metric, (value, interval) in named.items()
        if value is not None
    )


def _macro_recall(report: Mapping[str, Any]) -> tuple[Any, Any]:
    """That of voices, with its interval; of faces cards don't tell it."""
    interval = report.get("macro_recall_ci95")
    return (report["macro_recall"] if interval else None), interval


def tell_figures(path: Path, asked: Asked, head: HeadOptions, recipe: Recipe) -> None:
    """Write into a head's card what ``mimik evaluate RUN`` says of the held pictures.

    Args:
        path: The card, in the run's folder.
        asked: What the exported model says of them.
        head: The recipe's.
        recipe: What was trained.
    """
    if head.one_versus_all:
        return
    sets = ", ".join(str(source.get("name")) for source in recipe.sources) or recipe.name
    figures = held_figures(asked.report(), sets, f"mimik evaluate {shlex.quote(shown(path.parent))}")
    write_whole(path, replace(read_card(path), figures=figures).to_json())


def as_asked(held: Examples, data: Sequence[DataOptions]) -> list[Sample]:
    """The held samples as evaluation finds them: those whose face had to be found are scenes."""
    return [
        replace(sample, scene=sample.scene or data[number].detect)
        for sample, number in zip(held.samples, held.sets.tolist(), strict=True)
    ]
