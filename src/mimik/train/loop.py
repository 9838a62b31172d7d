"""Training a recipe: its pictures, then one phase after the other, then the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from mimik.errors import OptionError, RecipeError
from mimik.models.device import Device
from mimik.train.checkpoint import CHECKPOINT, fresh_state
from mimik.train.export.export import export
from mimik.train.inputs.parts import load_parts
from mimik.train.objectives.joint import joint_objective
from mimik.train.phases.base import Material, load_phase
from mimik.train.phases.start import load_start
from mimik.train.phases.teacher import kept_crop, load_teachers
from mimik.train.recipe.recipe import Recipe
from mimik.train.run_folder import check_folder, check_same_pictures, claim_folder, pictures_digest


def train(
    recipe: Recipe,
    data: Path,
    run: Path,
    *,
    device: str = "auto",
    report: Callable[[dict[str, Any]], None] = lambda row: None,
) -> Path:
    """Train a recipe, or go on where a run was stopped.

    Args:
        recipe: What to train.
        data: Folder that holds the data sets.
        run: Folder of the run: configuration, log.jsonl, checkpoint, and at the end the model.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        report: Gets each epoch's row of the log.

    Returns:
        The exported ONNX file; its card lies beside it.

    Raises:
        RecipeError: The recipe doesn't fit the data, or what it starts from or learns from isn't there.
        OptionError: There is no such device.
        OutputExistsError: The folder holds a run of another recipe, or of other pictures.
        DivergedError: The loss is no longer a number.
    """
    where = _device(device)
    if all(phase.light for phase in recipe.phases):
        where = torch.device("cpu")
    objective = joint_objective(recipe)
    taught = recipe.teacher
    teachers = load_teachers(taught.models, recipe.all_heads, str(where), recipe.name, taught.sha256)
    hashes = [model.card.sha256 for models in teachers.values() for model in models]
    checkpoint = run / CHECKPOINT
    state = fresh_state(recipe, where)
    if recipe.start and not checkpoint.exists():
        load_start(state.network, recipe.start, recipe.heads, recipe.trained, recipe.name)
        state.averaged.load_state_dict(state.network.state_dict())
    check_folder(run, recipe, hashes)
    if checkpoint.exists():
        state.load(checkpoint)
    kept = kept_crop(recipe.crop, teachers)
    split = load_parts(recipe, data, kept)
    pictures, held = split.trained, split.held
    digest = pictures_digest(pictures, held)
    check_same_pictures(run, digest)
    material = Material(objective, pictures, held, teachers, run)
    check_material(recipe, material)
    claim_folder(run, recipe, hashes, digest)
    for phase in recipe.phases:
        for row in load_phase(phase).run(state, material):
            _log(run, row)
            report(row)
    return export(state.averaged, recipe, objective, pictures, held, run)


def _log(run: Path, row: Mapping[str, Any]) -> None:
    with (run / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")


def check_material(recipe: Recipe, material: Material) -> None:
    """Make sure, before anything is trained, that a recipe fits its pictures.

    Raises:
        RecipeError: They are too few, or the fold is empty or wasn't named, or validation has a label
            that the recipe doesn't know, or none for one of its tasks.
    """
    if recipe.fold >= 0 and not (material.held.hold > 0).any():
        raise RecipeError(
            f"{recipe.name}: fold {recipe.fold} of {recipe.folds} is empty, as no one's name falls into it; "
            "name another with --fold, or add people"
        )
    for phase in recipe.phases:
        load_phase(phase).check(material)


def _device(name: str) -> torch.device:
    """The torch device for a name.

    Raises:
        OptionError: There is no such device, or no such GPU.
    """
    asked, count = Device.of(name), torch.cuda.device_count() if torch.cuda.is_available() else 0
    if asked.kind == "cuda" and asked.number >= count:
        there = f"{count} GPU{'s' if count > 1 else ''}, from cuda:0" if count else "no GPU"
        raise OptionError(f"device {name!r} can't be used: torch finds {there}; use --device cpu")
    if asked.kind == "cpu" or not count:
        return torch.device("cpu")
    return torch.device("cuda", asked.number)
