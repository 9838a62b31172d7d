"""Experts: a recipe of several classes as networks that each tell one class from all others."""

from __future__ import annotations

import re
from dataclasses import replace

from mimik.errors import RecipeError
from mimik.train.inputs.labels import class_heads
from mimik.train.recipe.options import HeadOptions
from mimik.train.recipe.recipe import Recipe

OTHERS = "other"
"""What an expert calls all other classes."""


def expert_recipe(recipe: Recipe, label: str) -> Recipe:
    """A recipe whose network tells one class from all others.

    It is a task of its own, "emotion-fear" with the classes "other" and "fear", on the labels of the first.

    Args:
        recipe: Of one task that answers with a class.
        label: The class.

    Raises:
        RecipeError: It has several heads, or no such class.
    """
    heads = recipe.all_heads
    if len(heads) > 1 or not class_heads(heads) or len(heads[0].labels) < 3:
        raise RecipeError(
            f"{recipe.name}: experts are made of a recipe with one task that has three classes or more"
        )
    (head,) = heads
    if label not in head.labels:
        raise RecipeError(
            f"{recipe.name}: there can be no expert for {label!r}: its labels are {', '.join(head.labels)}"
        )
    rest = tuple(other for other in head.labels if other != label)
    slug = re.sub(r"[^a-z0-9-]+", "-", label.lower()).strip("-") or str(head.labels.index(label))
    expert = HeadOptions(
        name=f"{recipe.name}.{slug}",
        task=f"{head.task}-{slug}"[:40],
        kind="classes",
        target=head.target_name,
        labels=(OTHERS if label != OTHERS else "rest", label),
        rest=rest,
        limits=head.limits,
    )
    # What people said, and weights by name, are of all classes.
    told = recipe.objective
    weights = told.class_weights if isinstance(told.class_weights, str) else ""
    objective = replace(told, soft_labels=0.0, class_weights=weights)
    own: dict[str, object] = {
        "objective": objective,
        "task": "",
        "kind": "",
        "labels": (),
        "outputs": 0,
        "limits": (),
    }
    own |= {"threshold": 0.0, "kept_accuracy": 0.0, "heads": (expert,), "name": expert.name}
    return replace(recipe, **own)  # type: ignore[arg-type]
