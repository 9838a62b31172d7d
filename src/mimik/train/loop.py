"""The training loop: one function a stage, nothing hidden."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mimik.errors import OptionError, RecipeError
from mimik.tasks.loaded import LoadedModel
from mimik.train.checkpoint import fresh_state
from mimik.train.export.export import export
from mimik.train.inputs.pictures import Pictures, load_pictures
from mimik.train.inputs.split import split_holdout
from mimik.train.objectives.joint import JointObjective
from mimik.train.phases.epochs import fit_epochs
from mimik.train.phases.fit_probe import fit_probes
from mimik.train.phases.start import load_start
from mimik.train.phases.teacher import kept_crop, kept_probabilities, load_teachers
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
        device: "auto", "cpu" or "cuda".
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
    if recipe.probes:  # Little work, on features that are kept in memory.
        where = torch.device("cpu")
    objective = JointObjective(recipe)
    teachers = load_teachers(recipe, where.type)
    hashes = [model.card.sha256 for models in teachers.values() for model in models]
    checkpoint = run / "checkpoint.pt"
    state = fresh_state(recipe, where)
    if recipe.start and not checkpoint.exists():
        load_start(state.network, recipe)
        state.averaged.load_state_dict(state.network.state_dict())
    check_folder(run, recipe, hashes)
    if checkpoint.exists():
        state.load(checkpoint)
    kept = kept_crop(recipe.crop, teachers)
    pictures, held = split_holdout(load_pictures(recipe.data, data, kept, recipe.fold), recipe.holdout)
    digest = pictures_digest(pictures, held)
    check_same_pictures(run, digest)
    check_pictures(recipe, objective, pictures, held)
    claim_folder(run, recipe, hashes, digest)
    if recipe.probes:
        for row in fit_probes(state, recipe, objective, pictures, held):
            _log(run, row)
            report(row)
    elif state.epoch < recipe.optim.epochs:
        targets = _targets(objective, teachers, pictures, run / "teachers.npz").to(where)
        for row in fit_epochs(state, recipe, objective, pictures, targets, held, checkpoint):
            _log(run, row)
            report(row)
    return export(state.averaged, recipe, pictures, held, run)


def _log(run: Path, row: Mapping[str, Any]) -> None:
    with (run / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")


def check_pictures(recipe: Recipe, objective: JointObjective, pictures: Pictures, held: Pictures) -> None:
    """Make sure, before anything is trained, that a recipe fits its pictures.

    Raises:
        RecipeError: They are too few, or the fold is empty or wasn't named, or validation has a label
            that the recipe doesn't know, or none for one of its tasks. What is fitted on features
            needs no validation.
    """
    _check_fold(recipe, held)
    if recipe.probes:
        objective.targets(pictures.samples)
        if recipe.network.get("branch") and len(pictures) < recipe.optim.batch:
            raise RecipeError(
                f"{recipe.name}: {len(pictures)} pictures are too few for batches of {recipe.optim.batch}, "
                "by which [network] branch is trained; lower [optim] batch, or add data"
            )
        return
    if not len(held) or len(pictures) < recipe.optim.batch:
        raise RecipeError(
            f"{recipe.name}: {len(pictures)} pictures to train on and {len(held)} for validation are too few "
            f"for batches of {recipe.optim.batch}; lower [optim] batch, raise holdout, or add data"
        )
    try:
        objective.targets(held.samples)
    except RecipeError as error:
        raise RecipeError(f"validation: {error}") from error


def _check_fold(recipe: Recipe, held: Pictures) -> None:
    """Make sure that a fold that is named holds someone, and that one is named where it is needed."""
    folds = max(entry.folds for entry in recipe.data)
    if recipe.fold >= 0 and not (held.hold > 0).any():
        raise RecipeError(
            f"{recipe.name}: fold {recipe.fold} of {folds} is empty, as no one's name falls into it; "
            "name another with --fold, or add people"
        )
    if folds and not len(held) and not recipe.probes:
        raise RecipeError(
            f"{recipe.name}: its sets have folds and none was named, so nothing is held for validation; "
            f"name one with --fold, 0 to {folds - 1}"
        )


def _targets(
    objective: JointObjective,
    teachers: Mapping[str, Sequence[LoadedModel]],
    pictures: Pictures,
    kept: Path,
) -> Tensor:
    """What is to be learned, the teachers' part included."""
    said = kept_probabilities(teachers, pictures, kept)
    return objective.targets(pictures.samples, {name: torch.from_numpy(p) for name, p in said.items()})


def _device(name: str) -> torch.device:
    """The torch device for a name.

    Raises:
        OptionError: There is no GPU.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise OptionError("device 'cuda' can't be used: torch finds no GPU; use --device cpu")
    return torch.device(name)
