"""Training a recipe once for each fold, and what all folds say together."""

from __future__ import annotations

import dataclasses
import json
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mimik.errors import MimikWarning
from mimik.storage.whole import write_whole
from mimik.train.folds.answers import OutOfFold, ask_folds, held_places
from mimik.train.folds.divide import FoldOptions, check_folds, divide_sets
from mimik.train.folds.division import Division, fold_recipe
from mimik.train.folds.table import folds_report
from mimik.train.inputs.labels import own_classes_of
from mimik.train.loop import train
from mimik.train.recipe.recipe import Recipe
from mimik.train.recipe.source import RecipeSource
from mimik.train.report.page import PAGE
from mimik.train.run_folder import CONFIGURATION, changed, read_configuration, trained_by
from mimik.train.watch import SILENT, Watch

REPORT = "folds.json"
"""Name of the table in the folder of a run of folds."""
PREDICTIONS = "out_of_fold.csv"
"""Name of the predictions there; with the name of the head before it, where there are several."""
Told = Callable[[str], None]
"""Hears, in a line, which fold comes next."""


def train_folds(
    recipe: Recipe,
    data: Path,
    run: Path,
    options: FoldOptions,
    *,
    device: str = "auto",
    watch: Watch = SILENT,
    report: Callable[[dict[str, Any]], None] = lambda row: None,
    told: Told = lambda line: None,
    source: RecipeSource,
) -> dict[str, Any]:
    """Train a recipe once for each fold, each time without the fold's people, who then judge it.

    Each fold is a run in ``fold-K``. Whatever is finished stays, and the same call goes on.

    Args:
        recipe: What to train; what it says of folds and validation is set aside.
        data: Folder that holds the data sets.
        run: Folder of all of it.
        options: How many folds.
        device: See mimik.train.loop.train.
        watch: Hears of each fold's run.
        report: Gets each epoch's row of each fold.
        told: Hears which fold comes next.
        source: Where the recipe's file lies.

    Returns:
        What folds.json holds; see mimik.train.folds.table.

    Raises:
        RecipeError: The recipe doesn't fit the data, or a fold has no picture of what it is judged by.
        DataError: A set isn't in its layout, or has fewer people than folds.
        OutputExistsError: The folder holds other folds.
        OutputError: It can't be written; what was finished is kept.
    """
    warn_of_start(recipe)
    division = divide_sets(recipe.data, data, recipe.trained, options, recipe.own_tasks)
    check_folds(recipe, division)
    division.write(run)
    hear = {"device": device, "watch": watch, "report": report, "source": source}
    runs = run_folds(recipe, data, run, division, told=told, **hear)
    if recipe.objective.own_classes:
        division = with_own_classes(division)
    held = [held_places(folder, recipe, division) for folder in runs]
    answers = ask_folds(recipe, runs, division, held)
    answers = {name: own for name, own in answers.items() if own.scored.any()}
    files = {name: write_predictions(own, run, len(answers) > 1) for name, own in answers.items()}
    found = folds_report(recipe, division, runs, answers, files)
    write_whole(run / REPORT, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return found


def warn_of_start(recipe: Recipe) -> None:
    """Say that weights which a recipe starts from may have learned from the people of every fold."""
    if recipe.start:
        warnings.warn(
            f"{recipe.name}: starts from {recipe.start} in each fold; if that has learned from the people of "
            "these sets, the folds flatter the recipe",
            MimikWarning,
            stacklevel=3,
        )


def run_folds(
    recipe: Recipe, data: Path, run: Path, division: Division, *, told: Told, **words: Any
) -> list[Path]:
    """Train each fold that isn't finished; returns the folders of their runs.

    Args:
        recipe: What is trained.
        data: Folder that holds the data sets.
        run: Folder that holds those of the folds.
        division: Who is in which fold.
        told: Hears which fold comes next.
        words: Further ones of mimik.train.loop.train.
    """
    runs = []
    for fold, name in enumerate(division.names):
        own, folder = fold_recipe(recipe, fold), run / f"fold-{fold}"
        runs.append(folder)
        called = f" ({name})" if name != str(fold) else ""
        count = f"fold {fold}{called}, {fold + 1} of {len(division.names)}"
        if is_finished(folder, own):
            told(f"{count}: finished")
            continue
        told(f"{count}: in {folder}")
        train(own, data, folder, load=partial(division.load, fold), **words)
    return runs


def is_finished(run: Path, recipe: Recipe) -> bool:
    """Whether a folder holds a finished run of a recipe, down to what only its card says."""
    heads = [head for head in recipe.all_heads if not head.aid]
    made = [f"{recipe.name}.onnx", PAGE, CONFIGURATION, *(f"{head.name}.json" for head in heads)]
    if not all((run / name).is_file() for name in made):
        return False
    stored, wanted = read_configuration(run), plain(recipe)
    return not changed(trained_by(stored), trained_by(wanted)) and all(
        stored.get(name) == value for name, value in wanted.items()
    )


def plain(recipe: Recipe) -> dict[str, Any]:
    """A recipe as its run's configuration has it."""
    values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(recipe), default=str))
    return values


def write_predictions(answers: OutOfFold, run: Path, several: bool) -> Path | None:
    """Write a head's predictions; None if its task doesn't say what becomes of each picture.

    Raises:
        OutputError: They can't be written.
    """
    if not answers.itemised:
        return None
    path = run / (f"{answers.head.name}.{PREDICTIONS}" if several else PREDICTIONS)
    write_whole(path, answers.predictions())
    return path


def with_own_classes(division: Division) -> Division:
    """The division, each picture knowing the classes of its set."""
    flat = [
        (number, key, placed)
        for number, table in enumerate(division.pictures)
        for key, placed in table.items()
    ]
    samples = own_classes_of(
        [placed.sample for _, _, placed in flat], [number for number, _, _ in flat], division.sets
    )
    tables: list[dict[str, Any]] = [{} for _ in division.sets]
    for (number, key, placed), sample in zip(flat, samples, strict=True):
        tables[number][key] = dataclasses.replace(placed, sample=sample)
    return dataclasses.replace(division, pictures=tuple(tables))
