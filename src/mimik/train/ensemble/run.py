"""An ensemble's run: its members, what joins them, one file and its card, and perhaps a student."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mimik.data.base import Sample
from mimik.data.left_out import LeftOut, by_reason
from mimik.errors import OutputExistsError, RecipeError
from mimik.models.card import ModelCard, read_card
from mimik.models.shared import Shared
from mimik.storage.whole import output_errors, whole_file, write_whole
from mimik.train.ensemble.card import with_members
from mimik.train.ensemble.combine import fitted_count, weights_of
from mimik.train.ensemble.distil import teach
from mimik.train.ensemble.file import check_joined, joined_file
from mimik.train.ensemble.fit import FittedCombiner, fit_joined, scored_gains, single_answers, unseen_gains
from mimik.train.ensemble.gains import FIRST, gain_lines, gain_sentence
from mimik.train.ensemble.known import known_pictures
from mimik.train.ensemble.members import Joined, all_parts, ask_part, train_members, unseen_answers
from mimik.train.ensemble.parts import Part, check_parts, finished_parts, planned_parts
from mimik.train.ensemble.recipe import EnsembleRecipe, Finished, plain_ensemble
from mimik.train.export.card import blank_card, calibrated
from mimik.train.export.export import answers_of
from mimik.train.export.training import made_by, tell_figures
from mimik.train.folds.divide import FoldOptions, check_folds, divide_sets
from mimik.train.folds.division import VALIDATION, Division, fold_recipe
from mimik.train.folds.run import with_own_classes
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.split import Split
from mimik.train.objectives.joint import JointObjective, joint_objective
from mimik.train.recipe.recipe import Recipe
from mimik.train.recipe.source import RecipeSource
from mimik.train.report.finish import finish_run
from mimik.train.report.held import held_answers
from mimik.train.run_folder import claim_folder, pictures_digest, record_pictures
from mimik.train.watch import SILENT, Finish, HeadCounts, Start, Watch

RECIPE, REPORT = "members.json", "ensemble.json"
"""Names of the ensemble's own recipe, and of what joining gains, in the run's folder."""


@dataclass(frozen=True, eq=False)
class Material:
    """What an ensemble is fitted and judged by."""

    division: Division
    """Who is in which fold."""
    split: Split
    """The pictures to fit on, and those of validation."""
    parts: list[Part]
    """The outputs that are joined."""
    remarks: tuple[str, ...]
    """What the card must say of the members, a sentence each."""


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
    material = _material(recipe, data, division, finished) if finished else None
    division.write(run)
    write_whole(run / RECIPE, _text(plain_ensemble(recipe)))
    runs = train_members(recipe, data, run, division, **words)
    parts = all_parts(recipe, runs)
    check_parts(parts, recipe)
    material = replace(material or _material(recipe, data, division, []), parts=parts)
    told(f"joining {len(material.parts)} outputs: {recipe.options.combine}")
    path, said = _join(recipe, data, run, material, watch, source, told)
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


def divided(recipe: EnsembleRecipe, data: Path) -> Division:
    """The pictures of an ensemble and of its members in folds, and what is held for validation."""
    joined, options = recipe.joined, recipe.options
    heads = [head for r in (joined, *(m.recipe for m in recipe.trained)) for head in r.trained]
    own = next(
        (r.own_tasks for r in (joined, *(m.recipe for m in recipe.trained)) if r.own_tasks.labels),
        joined.own_tasks,
    )
    folds = FoldOptions(0 if options.subjects else options.folds, options.subjects, joined.holdout, 0)
    found = divide_sets(joined.data, data, heads, folds, own)
    return with_own_classes(found) if joined.objective.own_classes else found


def check_run(recipe: EnsembleRecipe, run: Path) -> None:
    """Make sure that a folder is free, or holds a run of an ensemble of the same members.

    How they are joined may change: the file is then made anew.

    Raises:
        OutputExistsError: It holds another one, or a run of a single network.
    """
    path = run / RECIPE
    if not path.exists():
        if (run / "checkpoint.pt").exists() or (run / "fold-0").exists():
            raise OutputExistsError(f"{run}: holds another run; name another folder with --run")
        return
    before, now = json.loads(path.read_text(encoding="utf-8")), json.loads(_text(plain_ensemble(recipe)))
    if names := [name for name in ("joined", "members") if _trains(before[name]) != _trains(now[name])]:
        raise OutputExistsError(
            f"{run}: holds a run of another ensemble ({', '.join(names)} changed); "
            "name another folder with --run"
        )


def _trains(value: Any) -> Any:
    """A table without what only cards say."""
    loose = ("licence", "commercial_use", "sources", "limits", "threshold", "kept_accuracy", "version")
    if isinstance(value, dict):
        return {name: _trains(own) for name, own in value.items() if name not in loose}
    return [_trains(own) for own in value] if isinstance(value, list) else value


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False, default=str) + "\n"


def _material(recipe: EnsembleRecipe, data: Path, division: Division, finished: Sequence[Part]) -> Material:
    """The pictures that an ensemble is fitted and judged by, without those that a finished member knows."""
    joined = fold_recipe(recipe.joined, -1)
    split = division.load(VALIDATION, joined, data, joined.takes)
    if not len(split.held):
        raise RecipeError(f"{joined.name}: nothing is held for validation; raise holdout, or add data")
    sides = known_pictures(
        finished, joined.data, (split.trained, split.held), recipe.options.known, joined.name
    )
    kept = [
        _without(side, known.rows) for side, known in zip((split.trained, split.held), sides, strict=True)
    ]
    return Material(division, replace(split, trained=kept[0], held=kept[1]), [], sides[0].remarks)


def _without(side: Examples, known: NDArray[np.bool_]) -> Examples:
    """Some pictures without those that a member knows, which are named."""
    away = [
        LeftOut(s.key, "a member was trained on it") for s, k in zip(side.samples, known, strict=True) if k
    ]
    return replace(side.take(~known), left_out=[*side.left_out, *away])


def _join(
    recipe: EnsembleRecipe,
    data: Path,
    run: Path,
    material: Material,
    watch: Watch,
    source: RecipeSource,
    told: Callable[[str], None],
) -> tuple[Path, dict[tuple[int, str], NDArray[np.float32]]]:
    """Fit what joins the members, write file, card, figures and page.

    Returns:
        The file, and of each picture that was fitted on, or taught, what the ensemble says of it unseen.
    """
    joined, objective = recipe.joined, joint_objective(recipe.joined)
    objective.weigh(material.split.trained)
    places = _places(joined, material)
    ours, fitted = _fitted(recipe, run, material, places, objective)
    with output_errors(run):
        claim_folder(
            run,
            joined,
            [p.card.sha256 for p in ours.parts],
            pictures_digest(material.split.trained, material.split.held),
            data,
        )
        record_pictures(run, material.split.trained, material.split.held)
    path = run / f"{joined.name}.onnx"
    with output_errors(run), whole_file(path) as part:
        part.write_bytes(joined_file(ours.parts, fitted.combiner, joined.takes))
        check_joined(part, ours.parts, fitted.combiner, joined.takes)
    card = _card(recipe, path, ours, fitted, material, objective, source)
    write_whole(run / f"{card.name}.json", card.to_json())
    found = _gains(recipe, ours, fitted, material, places, card, path)
    sentence = gain_sentence(found["unseen"], "of other folds") or gain_sentence(
        found["validation"], "of validation"
    )
    if sentence:
        write_whole(run / f"{card.name}.json", replace(card, limits=(sentence, *card.limits)).to_json())
    _finish(recipe, run, path, material, objective, watch, fitted)
    write_whole(run / REPORT, _text(found))
    for name, title in (("unseen", "out of fold"), ("validation", "on validation")):
        if found[name]:
            told("\n".join([f"{title}, {found[name]['n']:,} pictures:", *gain_lines(found[name])]))
    said = dict(zip(places, fitted.unseen, strict=True)) if len(fitted.unseen) else {}
    return path, said


def _places(joined: Recipe, material: Material) -> list[tuple[int, str]]:
    """Set and key of each picture that is fitted on."""
    trained, numbers = material.split.trained, [material.division.number(entry) for entry in joined.data]
    return [(numbers[k], s.key) for k, s in zip(trained.sets.tolist(), trained.samples, strict=True)]


def _fitted(
    recipe: EnsembleRecipe,
    run: Path,
    material: Material,
    places: list[tuple[int, str]],
    objective: JointObjective,
) -> tuple[Joined, FittedCombiner]:
    """What the members say of pictures that they haven't seen, and what joins them."""
    samples = material.split.trained.samples
    if recipe.options.fitted or recipe.student is not None or not recipe.trained:
        ours = unseen_answers(recipe, run, material.division, material.parts, places)
        folds = np.array([material.division.fold(*place) for place in places], np.intp)
        return ours, fit_joined(recipe, ours, samples, folds, objective)
    ours = Joined(material.parts, [np.empty((0, part.card.outputs), np.float32) for part in material.parts])
    return ours, fit_joined(recipe, ours, [], np.empty(0, np.intp), objective)


def _card(
    recipe: EnsembleRecipe,
    path: Path,
    ours: Joined,
    fitted: FittedCombiner,
    material: Material,
    objective: JointObjective,
    source: RecipeSource,
) -> ModelCard:
    """The joined model's card, calibrated on validation."""
    joined, (head,) = recipe.joined, recipe.joined.all_heads
    trained, held = material.split.trained, material.split.held
    card = blank_card(head, joined, path, fitted_count(fitted.combiner), source)
    (logits,) = answers_of(path, held, joined.takes)
    card = calibrated(card, head, objective.part(head), held, logits)
    card = with_members(card, recipe, ours.parts, fitted.combiner, material.remarks)
    told = made_by(joined, head, trained, held, trained.left_out, source)
    told["ensemble"] = json.loads(json.dumps({"combine": recipe.options.combine, **_how(recipe, fitted)}))
    return replace(card, training=told)


def _how(recipe: EnsembleRecipe, fitted: FittedCombiner) -> dict[str, Any]:
    """How the members are joined, for the card."""
    options = recipe.options
    if options.combine == "perceptron":
        return {
            "hidden": list(options.hidden),
            "penalty": options.penalty,
            "fitted": fitted_count(fitted.combiner),
        }
    return {} if options.combine == "product" else {"weights": weights_of(fitted.combiner)}


def _gains(
    recipe: EnsembleRecipe,
    ours: Joined,
    fitted: FittedCombiner,
    material: Material,
    places: list[tuple[int, str]],
    card: ModelCard,
    path: Path,
) -> dict[str, Any]:
    """The ensemble against its members: on the pictures that were fitted on, unseen, and on validation."""
    (head,) = recipe.joined.all_heads
    held = _asked(recipe.joined, material)
    shared, session = Shared(), path.with_name(f"{card.name}.json")
    whole = Part(FIRST, FIRST, replace(card), path, "")
    said = {FIRST: ask_part(whole, held, shared)} if session.is_file() else {}
    singles = [part for part in ours.parts if part.card.task == head.task and part.card.labels == head.labels]
    said |= single_answers(singles, [ask_part(part, held, shared) for part in singles], head)
    samples = material.split.trained.samples
    return {
        "combine": recipe.options.combine,
        "members": [part.card.name for part in ours.parts],
        "unseen": unseen_gains(recipe, ours, fitted, samples, card) if len(fitted.unseen) else {},
        "validation": scored_gains(said, held, card, head),
    }


def _asked(joined: Recipe, material: Material) -> list[Sample]:
    """The pictures of validation as they are asked for."""
    numbers, held = [material.division.number(entry) for entry in joined.data], material.split.held
    return [
        replace(material.division.sample(numbers[k], s.key), group=s.group)
        for k, s in zip(held.sets.tolist(), held.samples, strict=True)
    ]


def _finish(
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
