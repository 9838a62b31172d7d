"""The training loop: one function a stage, nothing hidden."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from mimik.errors import MimikError, OptionError, RecipeError
from mimik.recognise import LoadedModel
from mimik.train.batches import Pictures, load_pictures, training_batches
from mimik.train.export import export
from mimik.train.folder import check_folder, check_same_pictures, claim_folder, pictures_digest
from mimik.train.networks.base import build_network
from mimik.train.objectives import JointObjective
from mimik.train.predict import MEAN, STD, logits_of
from mimik.train.probe import fit_heads, probe_rows
from mimik.train.recipe import Recipe
from mimik.train.split import split_holdout
from mimik.train.start import load_start
from mimik.train.teacher import kept_crop, kept_probabilities, load_teachers


class DivergedError(MimikError, ArithmeticError):
    """The loss is no longer a number; the last good checkpoint stays."""


@dataclass
class State:
    """Everything that changes while training, and all that a checkpoint holds."""

    network: nn.Module
    averaged: nn.Module
    optimiser: torch.optim.Optimizer
    step: int = 0
    epoch: int = 0
    part: nn.Module | None = None
    """What of the network is trained, where the rest stays as it is."""

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        partial = path.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "averaged": self.averaged.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "epoch": self.epoch,
                "torch_rng": torch.get_rng_state(),
                "cuda_rng": torch.cuda.get_rng_state() if self._on_gpu else None,
            },
            partial,
        )
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Go back to a checkpoint, the state of the random numbers included."""
        held = torch.load(path, map_location="cpu", weights_only=True)
        self.network.load_state_dict(held["network"])
        self.averaged.load_state_dict(held["averaged"])
        self.optimiser.load_state_dict(held["optimiser"])
        self.step, self.epoch = held["step"], held["epoch"]
        torch.set_rng_state(held["torch_rng"])
        if self._on_gpu and held.get("cuda_rng") is not None:  # Older checkpoints have none.
            torch.cuda.set_rng_state(held["cuda_rng"])

    @property
    def _on_gpu(self) -> bool:
        return next(self.network.parameters()).is_cuda


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
        for row in _probe_rows(state, recipe, objective, pictures, held):
            _log(run, row)
            report(row)
    elif state.epoch < recipe.optim.epochs:
        targets = _targets(objective, teachers, pictures, run / "teachers.npz").to(where)
        for row in _epochs(state, recipe, objective, pictures, targets, held, checkpoint):
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


def _epochs(
    state: State,
    recipe: Recipe,
    objective: JointObjective,
    pictures: Pictures,
    targets: Tensor,
    held: Pictures,
    checkpoint: Path,
) -> Iterator[dict[str, Any]]:
    """Train the epochs that are left, each safe on the disk; yields rows of the log."""
    while state.epoch < recipe.optim.epochs:
        began = time.monotonic()
        loss = run_epoch(state, recipe, objective, pictures, targets)
        state.epoch += 1
        state.save(checkpoint)
        row: dict[str, Any] = {"epoch": state.epoch, "loss": round(loss, 4)}
        if state.epoch % 5 == 0 or state.epoch == recipe.optim.epochs:
            row |= objective.scores(logits_of(state.averaged, held, recipe), held.samples)
        yield row | {"seconds": round(time.monotonic() - began, 1), "pictures": len(pictures)}


def _probe_rows(
    state: State, recipe: Recipe, objective: JointObjective, pictures: Pictures, held: Pictures
) -> Iterator[dict[str, Any]]:
    """Fit the probes: the network's branch, if it has one, then the regression; yields rows of the log."""
    if (branch := keep_but_branch(state, recipe, objective)) is not None:
        targets = objective.targets(pictures.samples).to(next(branch.parameters()).device)
        while state.epoch < recipe.optim.epochs:
            loss = run_epoch(state, recipe, objective, pictures, targets)
            state.epoch += 1
            yield {"epoch": state.epoch, "loss": round(loss, 4), "pictures": len(pictures)}
    row: dict[str, Any] = {"loss": round(fit_heads(state.averaged, recipe, objective, pictures), 4)}
    if len(held):
        row |= objective.scores(logits_of(state.averaged, held, recipe), held.samples)
    yield row | {"pictures": len(pictures)}


def keep_but_branch(state: State, recipe: Recipe, objective: JointObjective) -> nn.Module | None:
    """Have the next epochs train the network's branch and nothing else; returns it, None if there is none.

    The probes' logits are then the branch's alone.

    Raises:
        RecipeError: The branch is for other heads than the probes.
    """
    branch = getattr(state.network, "branch", None)
    if not isinstance(branch, nn.Module):
        return None
    state.part = branch
    state.network.eval().requires_grad_(False)
    branch.requires_grad_(True)
    rows = probe_rows(recipe, objective)
    for network in (state.network, state.averaged):
        for values in cast(nn.Linear, network.classes).parameters():
            values.data[rows] = 0
    return branch


def fresh_state(recipe: Recipe, device: torch.device) -> State:
    """Network, averaged copy and optimiser at the start, from the recipe's seed."""
    torch.manual_seed(recipe.seed)
    options = dict(recipe.network)
    network = build_network(options.pop("family"), recipe.crop.channels, recipe.output_count, options)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = copy.deepcopy(network).eval().requires_grad_(False)
    optim = recipe.optim
    # Weight decay pulls at convolutions only, not at normalisation or biases.
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=optim.learning_rate, weight_decay=optim.weight_decay)
    return State(network, averaged, optimiser)


def run_epoch(
    state: State, recipe: Recipe, objective: JointObjective, pictures: Pictures, targets: Tensor
) -> float:
    """One pass over the pictures; returns the mean loss."""
    device = targets.device
    total_steps = recipe.optim.epochs * (len(pictures) // recipe.optim.batch)
    rng = np.random.default_rng((recipe.seed, state.epoch, 1))
    losses: list[Tensor] = []
    (state.part or state.network).train()
    for rows, batch in training_batches(pictures, recipe, state.epoch, MEAN, STD):
        for group in state.optimiser.param_groups:
            group["lr"] = recipe.optim.learning_rate * schedule(state.step / total_steps, recipe.optim.warmup)
        x = torch.from_numpy(batch).to(device, memory_format=torch.channels_last)
        wanted = targets[torch.from_numpy(rows).to(device)]
        other, share = None, 0.0
        if recipe.objective.mixup and rng.random() < 0.5:
            share = float(rng.beta(recipe.objective.mixup, recipe.objective.mixup))
            other = wanted[(mixed := torch.from_numpy(rng.permutation(len(rows))).to(device))]
            x = x.lerp(x[mixed], share)
        with torch.autocast(device.type, torch.bfloat16):
            logits = state.network(x).float()
        loss = objective.loss(logits, wanted)
        if other is not None:
            loss = loss.lerp(objective.loss(logits, other), share)
        state.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        state.optimiser.step()
        state.step += 1
        average_weights(state, recipe.optim.ema)
        losses.append(loss.detach())
        if len(losses) % 50 == 0 and not bool(torch.isfinite(loss)):
            break
    mean = float(torch.stack(losses).mean())
    if not math.isfinite(mean):
        raise DivergedError(
            f"{recipe.name}: the loss became {mean} in epoch {state.epoch + 1}; lower [optim] learning_rate; "
            "the checkpoint before it is kept"
        )
    return mean


def schedule(progress: float, warmup: float) -> float:
    """Share of the learning rate: up in a line, down in a cosine; progress is 0 to 1."""
    if progress < warmup:
        return (progress + 1e-4) / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


@torch.no_grad()
def average_weights(state: State, decay: float) -> None:
    """Move the averaged copy towards the network; faster in the first steps."""
    share = 1 - min(decay, (1 + state.step) / (10 + state.step))
    torch._foreach_lerp_(list(state.averaged.parameters()), list(state.network.parameters()), share)
    for mine, its in zip(state.averaged.buffers(), state.network.buffers(), strict=True):
        if mine.is_floating_point():
            mine.lerp_(its, share)
        else:
            mine.copy_(its)


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
