"""Weights from files: of a run, of torch, or of safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mimik.errors import MissingExtraError, RecipeError
from mimik.train.weights.found import Found

SAFE = ".safetensors"
"""Suffix of safetensors files."""
INNER = ("averaged", "state_dict", "model_state_dict", "model")
"""Where files of torch may keep the weights among other things: runs of mimik, then others."""


def read_file(path: Path, where: str, heads: bool) -> Found:
    """The weights of a file.

    Args:
        path: A run's checkpoint, a file of torch with a dictionary of weights, or one of safetensors.
        where: For messages.
        heads: Whether it must be known which heads a run's last layer has.

    Raises:
        RecipeError: It isn't there, can't be read, or holds something else. Nothing in it is executed.
        MissingExtraError: safetensors isn't installed.
    """
    if not path.exists():
        raise RecipeError(
            f"{where}: there is no such file, nor a model of that name (mimik models lists them); train the "
            "recipe that makes it first"
        )
    if path.suffix == SAFE:
        return Found(_read_safe(path, where), path.name)
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what a damaged pickle raises has no common base
        raise RecipeError(
            f"{where}: it is no checkpoint of a run, nor weights of torch or safetensors alone"
        ) from error
    inner = next((held[name] for name in INNER if name in held), held) if isinstance(held, dict) else {}
    weights = {str(name): value for name, value in inner.items() if isinstance(value, Tensor)}
    if not weights:
        raise RecipeError(f"{where}: it is no checkpoint of a run, and holds no dictionary of weights")
    own = isinstance(held, dict) and "averaged" in held
    return Found(weights, path.name, _heads_before(path, where) if own and heads else {})


def _read_safe(path: Path, where: str) -> dict[str, Tensor]:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise MissingExtraError("reading safetensors", "train") from error
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise RecipeError(f"{where}: it is no file of safetensors: {error}") from error


def _heads_before(checkpoint: Path, where: str) -> dict[str, tuple[int, tuple[str, ...]]]:
    """The heads of the run that a checkpoint belongs to, by target, from the recipe beside it.

    Raises:
        RecipeError: There is none that can be read.
    """
    path = checkpoint.with_name("recipe.json")
    try:
        recipe = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecipeError(f"{where}: {path} says which heads it has, and can't be read") from error
    heads: list[Mapping[str, Any]] = recipe.get("heads") or [recipe]
    return {
        head.get("target") or head["task"]: (
            int(head["outputs"] or len(head["labels"])),
            tuple(head["labels"]),
        )
        for head in heads
    }
