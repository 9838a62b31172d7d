"""Training a recipe: its pictures, then one phase after the other, then the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from mimik.errors import OptionError, RecipeError
from mimik.models.device import Device
from mimik.storage.whole import output_errors
from mimik.train.best import load_best, read_best, tell_choice
from mimik.train.checkpoint import CHECKPOINT, State, fresh_state
from mimik.train.distributed import ALONE, Processes
from mimik.train.export.export import UNKNOWN, export
from mimik.train.export.training import tell_figures
from mimik.train.go_on import check_epochs
from mimik.train.inputs.parts import Load, load_parts
from mimik.train.log import add_row
from mimik.train.objectives.joint import joint_objective
from mimik.train.phases.base import Material, Taught, load_phase
from mimik.train.phases.border import next_phase
from mimik.train.phases.teacher import kept_crop, load_teachers
from mimik.train.recipe.recipe import Recipe
from mimik.train.recipe.source import RecipeSource
from mimik.train.report.batch import draw_batch
from mimik.train.report.finish import PLOTS, finish_run
from mimik.train.report.held import held_answers
from mimik.train.run_folder import (
    alone_in,
    check_folder,
    check_same_pictures,
    claim_folder,
    pictures_digest,
    record_pictures,
)
from mimik.train.start import start_of
from mimik.train.watch import SILENT, Finish, Start, Watch
from mimik.train.weights.start import Begun, begin
from mimik.train.weights.unfold import settle


@dataclass(frozen=True)
class Fitted:
    """A network whose phases are all done, before it is exported."""

    state: State
    """As the last phase left it."""
    material: Material
    """What it learned from."""
    start: Start
    """What was to be done."""


def train(
    recipe: Recipe,
    data: Path,
    run: Path,
    *,
    device: str = "auto",
    report: Callable[[dict[str, Any]], None] = lambda row: None,
    watch: Watch = SILENT,
    source: RecipeSource = UNKNOWN,
    load: Load = load_parts,
    taught: Taught | None = None,
    processes: Processes = ALONE,
) -> Path:
    """Train a recipe, or go on where a run was stopped.

    Args:
        recipe: What to train.
        data: Folder that holds the data sets.
        run: Folder of the run: configuration, log.jsonl, checkpoint, and at the end the model.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        report: Gets each epoch's row of the log.
        watch: Hears what is about to be done, of each batch, and what was made.
        source: Where the recipe's file lies, for the card.
        load: Loads the pictures and parts them; a fold of several parts them otherwise.
        taught: What teachers that aren't asked here said of the pictures.
        processes: Those that train together, each calling this (mimik.train.distributed.torchrun).

    Returns:
        The exported ONNX file; its card lies beside it. The first process writes them, last of all.

    Raises:
        RecipeError: The recipe doesn't fit the data, or what it starts from or learns from isn't there.
        OptionError: There is no such device.
        OutputExistsError: The folder holds a run of another recipe, or of other pictures, or another process
            trains in it.
        OutputError: The folder can't be written; what was finished is kept.
        DivergedError: The loss is no longer a number.
        LostProcessError: Another of the processes has ended.
    """
    words: dict[str, Any] = {"device": device, "report": report, "watch": watch}
    with alone_in(run) if processes.first else nullcontext():
        fitted = fit(recipe, data, run, load=load, taught=taught, processes=processes, **words)
        if not processes.first:
            return run / f"{recipe.name}.onnx"
        return _finish(recipe, fitted.state, fitted.material, fitted.start, source)


def fit(
    recipe: Recipe,
    data: Path,
    run: Path,
    *,
    device: str = "auto",
    report: Callable[[dict[str, Any]], None] = lambda row: None,
    watch: Watch = SILENT,
    load: Load = load_parts,
    light: bool = False,
    taught: Taught | None = None,
    processes: Processes = ALONE,
) -> Fitted:
    """Run a recipe's phases, or go on with them; nothing is exported. ``train`` finishes such a run.

    Args:
        recipe: See train, also for what may be raised.
        data: See train.
        run: See train.
        device: See train.
        report: See train.
        watch: See train.
        load: Loads the pictures and parts them.
        light: Whether only what is needed to go on is written: no list of the pictures.
        taught: See train.
        processes: See train.
    """
    where = device_of(processes.device(device))
    check_shared(recipe, processes)
    watch = watch if processes.first else SILENT
    if all(phase.light for phase in recipe.course):
        where = torch.device("cpu")
    objective = joint_objective(recipe)
    told = recipe.teacher
    teachers = load_teachers(told.models, recipe.all_heads, str(where), recipe.name, told.sha256)
    hashes = [model.card.sha256 for models in teachers.values() for model in models]
    hashes += [taught.sha256] if taught else []
    state, begun = _state(recipe, where, run, hashes)
    kept = kept_crop(recipe.crop, teachers) if recipe.crop else recipe.takes
    split = load(recipe, data, kept)
    pictures, held = split.trained, split.held
    objective.weigh(pictures)
    digest = pictures_digest(pictures, held)
    check_same_pictures(run, digest)
    if processes.told(lambda: digest) != digest:
        raise RecipeError(
            f"{recipe.name}: process {processes.number} has other pictures than the first; give each machine "
            "the same data"
        )
    said = taught.answers(pictures) if taught else {}
    material = Material(objective, pictures, held, teachers, run, watch, said, processes)
    check_material(recipe, material)
    if processes.first:
        with output_errors(run):
            claim_folder(run, recipe, hashes, digest, data)
            if not light:
                record_pictures(run, pictures, held)
        if not (light or recipe.course[0].light or state.epoch):
            draw_batch(pictures, recipe.course[0].epochs, run / PLOTS)
    if begun and begun.folded:
        settle(state.network, pictures, recipe.takes)
        state.averaged.load_state_dict(state.network.state_dict())
    processes.same(state.network, state.averaged)
    start = start_of(recipe, state, objective, split, run, begun.note if begun else "")
    start = replace(start, processes=processes.count)
    watch.begun(start)
    for number, phase in enumerate(recipe.course):
        if number < state.phase:
            continue  # An earlier call has finished it.
        if number > state.phase:
            next_phase(state, run, processes.first)
        for row in load_phase(phase).run(state, material):
            if processes.first:
                add_row(run, row)
                report(row)
    return Fitted(state, material, start)


def _state(
    recipe: Recipe, device: torch.device, run: Path, teachers: Sequence[str]
) -> tuple[State, Begun | None]:
    """Where training begins or goes on, and what it began with if that isn't chance."""
    checkpoint, state = run / CHECKPOINT, fresh_state(recipe, device)
    for phase in recipe.course:
        load_phase(phase).fits(state.network)
    begun = None if checkpoint.exists() else begin(state.network, recipe)
    if begun:
        state.averaged.load_state_dict(state.network.state_dict())
    check_epochs(run, recipe)
    check_folder(run, recipe, teachers)
    if checkpoint.exists():
        state.load(checkpoint)
    return state, begun


def _finish(recipe: Recipe, state: State, material: Material, start: Start, source: RecipeSource) -> Path:
    """Export the last weights, or with patience the best, and tell what came of it."""
    best, run = read_best(material.run, state.phase), material.run
    chosen = state.epoch
    if best and recipe.course[-1].epochs.optim.patience:
        load_best(state.averaged, run)
        chosen = best.epoch
    with output_errors(run):
        path = export(
            state.averaged, recipe, material.objective, material.pictures, material.held, run, source
        )
    cards = [run / f"{head.name}.json" for head in recipe.all_heads if not head.aid]
    if chosen != state.epoch:
        tell_choice(cards, chosen, state.epoch)
    answers = held_answers(path, recipe, material.held)
    with output_errors(run):
        for answer in answers:
            tell_figures(run / f"{answer.head.name}.json", answer.asked, answer.head, recipe)
    finish = Finish(
        model=path,
        cards=cards,
        epoch=chosen,
        best=best.epoch if best else 0,
        epochs=state.epoch,
    )
    finish = finish_run(finish, start, answers, material.objective, material.held, run)
    material.watch.finished(finish)
    return path


def check_material(recipe: Recipe, material: Material) -> None:
    """Make sure, before anything is trained, that a recipe fits its pictures.

    Raises:
        RecipeError: They are too few, or the fold is empty or wasn't named, or validation has a label
            that the recipe doesn't know, or none for one of its tasks.
    """
    if recipe.fold >= 0 and not (material.held.hold > 0).any():
        of = f" of {recipe.folds}" if recipe.folds else ""
        raise RecipeError(
            f"{recipe.name}: fold {recipe.fold}{of} is empty, as no one's name falls into it; "
            "name another with --fold, or add people"
        )
    for phase in recipe.course:
        load_phase(phase).check(material)


def check_shared(recipe: Recipe, processes: Processes) -> None:
    """Make sure that each process has a picture of each batch.

    Raises:
        RecipeError: There are more of them than pictures.
    """
    batch = min(phase.epochs.optim.batch for phase in recipe.course)
    if batch < processes.count:
        raise RecipeError(
            f"{recipe.name}: batches of {batch} can't be shared by {processes.count} processes; start "
            f"{batch} at most, or raise [optim] batch"
        )


def device_of(name: str) -> torch.device:
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
