"""The figures and the page of a joined ensemble."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch

from mimik.data.left_out import LeftOut, by_reason
from mimik.models.card import read_card
from mimik.train.ensemble.fit import FittedCombiner
from mimik.train.ensemble.material import Material
from mimik.train.ensemble.recipe import EnsembleRecipe
from mimik.train.export.training import tell_figures
from mimik.train.inputs.split import Split
from mimik.train.objectives.joint import JointObjective
from mimik.train.report.finish import finish_run
from mimik.train.report.held import held_answers
from mimik.train.watch import Finish, HeadCounts, Start, Watch


def finish_ensemble(
    recipe: EnsembleRecipe,
    run: Path,
    path: Path,
    material: Material,
    objective: JointObjective,
    watch: Watch,
    fitted: FittedCombiner,
) -> None:
    """Tell the figures, and write the run's page."""
    joined, split = recipe.joined, material.split
    start = _start(recipe, run, split, objective, read_card(run / f"{joined.name}.json").parameters)
    watch.begun(start)
    answers = held_answers(path, joined, split.held)
    for answer in answers:
        tell_figures(run / f"{answer.head.name}.json", answer.asked, answer.head, joined)
    finish = Finish(path, [run / f"{joined.name}.json"], epoch=0, best=0, epochs=0)
    watch.finished(finish_run(finish, start, answers, objective, split.held, run))


def _start(
    recipe: EnsembleRecipe, run: Path, split: Split, objective: JointObjective, parameters: int
) -> Start:
    """What is told of an ensemble before its figures."""
    trained, held = (objective.counts(side.samples) for side in (split.trained, split.held))
    return Start(
        name=recipe.joined.name,
        version=recipe.joined.version,
        run=run,
        network=f"{recipe.options.combine} of {len(recipe.members)} members",
        parameters=parameters,
        takes=recipe.joined.takes.text,
        device="cpu",
        threads=torch.get_num_threads(),
        trained=len(split.trained),
        held=len(split.held),
        counts=[HeadCounts(name, trained[name], held[name]) for name in trained],
        left_out=by_reason(_all_left_out(split)),
        notes=split.notes,
        epochs=0,
        batch=1,
        done=0,
        patience=0,
        word=split.trained.word,
    )


def _all_left_out(split: Split) -> Iterable[LeftOut]:
    return [*split.trained.left_out, *split.held.left_out]
