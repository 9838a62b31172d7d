"""Tuning: trial after trial of a recipe's space, until there are enough or time is over."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Protocol

import optuna
import torch

from mimik.errors import MissingExtraError
from mimik.plots.tuning import draw_history, draw_importance
from mimik.storage.held import held
from mimik.storage.whole import output_errors
from mimik.train.checkpoint import fresh_state
from mimik.train.loop import check_material, device_of
from mimik.train.objectives.joint import joint_objective
from mimik.train.phases.base import Material
from mimik.train.phases.teacher import kept_crop, load_teachers
from mimik.train.report.finish import PLOTS
from mimik.train.run_folder import pictures_digest
from mimik.train.tune.attempt import Attempt, OutOfTime
from mimik.train.tune.best import write_best
from mimik.train.tune.figure import figure_of
from mimik.train.tune.options import check_amount
from mimik.train.tune.parts import KeptParts
from mimik.train.tune.result import StudyResult, TrialRow, result_of
from mimik.train.tune.space import Space
from mimik.train.tune.storage import opened, own_address, storage_errors
from mimik.train.tune.study import LOCK, Study, open_study
from mimik.train.watch import SILENT, Watch


class StudyWatch(Protocol):
    """Hears how a study goes."""

    def searching(self, figure: str) -> None:
        """All is checked, and trials are run, by a figure of validation."""
        ...

    def ended(self, row: TrialRow, result: StudyResult) -> None:
        """A trial has ended."""
        ...


def tune(
    space: Space,
    data: Path,
    run: Path,
    trials: int,
    *,
    storage: str = "",
    timeout_s: float | None = None,
    device: str = "auto",
    heard: StudyWatch | None = None,
    watch: Watch = SILENT,
) -> StudyResult:
    """Try recipes of a space, and keep the best.

    Several processes may call it for one study; each takes trials that no other has. A trial that was left
    unfinished goes on where it was stopped. The best recipe is written as best.toml after each trial, the
    plots at the end.

    Args:
        space: What is tried.
        data: Folder that holds the data sets.
        run: Folder of the study, with a run a trial.
        trials: How many there shall be in all, those of earlier calls and other processes included.
        storage: Address of the study's database; a file in the folder if empty.
        timeout_s: Seconds after which no epoch begins; as long as it takes if None.
        device: Where it trains, see mimik.train.loop.train.
        heard: Hears of each trial.
        watch: Hears of each batch.

    Raises:
        OptionError: There are no trials, or no such device.
        RecipeError: The recipe doesn't fit its data, or its space can't be compared by a figure.
        OutputExistsError: The study is of another recipe, space or other data.
        OutputError: The storage can't be reached, or the folder can't be written.
    """
    check_amount(trials, timeout_s)
    until = math.inf if timeout_s is None else time.monotonic() + timeout_s
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    figure, parts, address = figure_of(space), KeptParts(), storage or own_address(run)
    device_of(device)
    pictures = _checked(space, data, run, parts)
    with output_errors(run):
        run.mkdir(parents=True, exist_ok=True)
    with storage_errors(address), opened(address) as database:
        study = open_study(space, figure, run, database, not storage, pictures)
        if heard:
            heard.searching(figure.name)
        _work(study, Attempt(study, data, device, parts, until, watch), trials, heard)
        result = _found(study)
        _draw(result, run)
        return result


def _work(study: Study, attempt: Attempt, trials: int, heard: StudyWatch | None) -> None:
    """Run trials until there are enough, or time is over."""
    while time.monotonic() < attempt.until and (claimed := study.claim(trials)):
        with claimed.guard:
            try:
                attempt.run(claimed)
            except OutOfTime:
                return
        result = _found(study)
        if heard:
            heard.ended(next(row for row in result.trials if row.number == claimed.trial.number), result)


def _found(study: Study) -> StudyResult:
    """What the study has found so far, with the best recipe in its file."""
    with held(study.run / LOCK):  # So that no process replaces a better recipe by an older one.
        result = result_of(study)
        write_best(study, result)
    return result


def _checked(space: Space, data: Path, run: Path, parts: KeptParts) -> str:
    """Make sure that the recipe as it stands can be trained; gives the digest of its pictures."""
    recipe = space.recipe
    objective, taught = joint_objective(recipe), recipe.teacher
    teachers = load_teachers(taught.models, recipe.all_heads, "cpu", recipe.name, taught.sha256)
    fresh_state(recipe, torch.device("cpu"))
    split = parts(recipe, data, kept_crop(recipe.crop, teachers) if recipe.crop else recipe.takes)
    check_material(recipe, Material(objective, split.trained, split.held, teachers, run))
    return pictures_digest(split.trained, split.held)


def _draw(result: StudyResult, run: Path) -> None:
    """Draw how the study went, where matplotlib is installed."""
    points = [(row.number, row.state, row.value) for row in result.trials]
    if all(value is None and state != "failed" for _, state, value in points):
        return  # Time was over before the first epoch was.
    try:
        draw_history(points, result.figure, run / PLOTS / "history.png", result.lower)
        if result.importance:
            draw_importance(result.importance, result.judged, run / PLOTS / "importance.png")
    except MissingExtraError:
        pass  # The command says so at its end.
