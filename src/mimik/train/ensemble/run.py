"""An ensemble's run: its members, what joins them, one file and its card, and perhaps a student."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mimik.errors import RecipeError
from mimik.models.card import read_card
from mimik.storage.whole import write_whole
from mimik.train.ensemble.distil import teach
from mimik.train.ensemble.folder import RECIPE, as_text, check_run
from mimik.train.ensemble.join import join_members
from mimik.train.ensemble.material import divided, material_of
from mimik.train.ensemble.members import all_parts, train_members
from mimik.train.ensemble.parts import Part, check_parts, finished_parts, planned_parts
from mimik.train.ensemble.recipe import EnsembleRecipe, Finished, plain_ensemble
from mimik.train.folds.divide import check_folds
from mimik.train.recipe.source import RecipeSource
from mimik.train.watch import SILENT, Watch


def train_ensemble(
    recipe: EnsembleRecipe,
    data: Path,
    run: Path,
    *,
    device: str = "auto",
    watch: Watch = SILENT,
    report: Callable[[dict[str, Any]], None] = lambda row: None,
    told: Callable[[str], None] = lambda line: None,
    source: RecipeSource,
) -> Path:
    """Train an ensemble's members, join them, and teach its student; or go on where that was stopped.

    Args:
        recipe: What to train.
        data: Folder that holds the data sets.
        run: Folder of the run: ``members``, the joined model with its card and page, ``student``.
        device: See mimik.train.loop.train.
        watch: Hears of each run.
        report: Gets each epoch's row of each run.
        told: Hears what comes next.
        source: Where the recipe's file lies.

    Returns:
        The joined ONNX file; its card lies beside it.

    Raises:
        RecipeError: Members don't fit together, one isn't there, or knows the pictures.
        DataError: A set isn't in its layout, or has fewer people than folds.
        OutputExistsError: The folder holds another ensemble.
        OutputError: It can't be written; what was finished is kept.
    """
    finished = check_early(recipe)
    division = divided(recipe, data)
    check_run(recipe, run)
    if recipe.by_folds:
        for member in recipe.trained:
            check_folds(member.recipe, division)
    words: dict[str, Any] = {
        "device": device,
        "watch": watch,
        "report": report,
        "source": source,
        "told": told,
    }
    # Whether a finished member knows the pictures is found out before others are trained.
    material = material_of(recipe, data, division, finished) if finished else None
    division.write(run)
    write_whole(run / RECIPE, as_text(plain_ensemble(recipe)))
    runs = train_members(recipe, data, run, division, **words)
    parts = all_parts(recipe, runs)
    check_parts(parts, recipe)
    material = replace(material or material_of(recipe, data, division, []), parts=parts)
    told(f"joining {len(material.parts)} outputs: {recipe.options.combine}")
    path, said = join_members(recipe, data, run, material, watch, source, told)
    card = read_card(path.with_name(f"{recipe.joined.name}.json"))
    teach(recipe, data, run, division, said, card, **words)
    return path


def check_early(recipe: EnsembleRecipe) -> list[Part]:
    """Refuse, before anything is trained, what can be seen not to fit; returns the finished outputs.

    Raises:
        RecipeError: Members don't fit together, or one isn't there.
    """
    if len(recipe.joined.all_heads) != 1 or recipe.joined.all_heads[0].one_versus_all:
        raise RecipeError(f"{recipe.joined.name}: an ensemble answers one task")
    finished: list[Part] = []
    planned: list[Part] = []
    for member in recipe.members:
        if isinstance(member, Finished):
            finished += finished_parts(member, recipe)
        else:
            planned += planned_parts(member, recipe)
    check_parts([*finished, *planned], recipe)
    return finished
