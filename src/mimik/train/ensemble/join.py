"""Trained members become one: what joins them is fitted; file, card and figures are written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.models.card import ModelCard
from mimik.models.shared import Shared
from mimik.storage.whole import output_errors, whole_file, write_whole
from mimik.train.ensemble.card import with_members
from mimik.train.ensemble.combine import fitted_count, weights_of
from mimik.train.ensemble.file import check_joined, joined_file
from mimik.train.ensemble.finish import finish_ensemble
from mimik.train.ensemble.fit import FittedCombiner, fit_joined, scored_gains, single_answers, unseen_gains
from mimik.train.ensemble.folder import REPORT, as_text
from mimik.train.ensemble.gains import FIRST, gain_lines, gain_sentence
from mimik.train.ensemble.material import Material, asked_of, places_of
from mimik.train.ensemble.members import Joined, ask_part, unseen_answers
from mimik.train.ensemble.parts import Part
from mimik.train.ensemble.recipe import EnsembleRecipe
from mimik.train.export.card import blank_card, calibrated
from mimik.train.export.export import answers_of
from mimik.train.export.training import made_by
from mimik.train.objectives.joint import JointObjective, joint_objective
from mimik.train.recipe.source import RecipeSource
from mimik.train.run_folder import claim_folder, pictures_digest, record_pictures
from mimik.train.watch import Watch


def join_members(
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
    places = places_of(joined, material)
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
    path, takes = run / f"{joined.name}.onnx", joined.crop or joined.sound
    assert takes is not None  # Clips are refused when a recipe is read.
    with output_errors(run), whole_file(path) as part:
        part.write_bytes(joined_file(ours.parts, fitted.combiner, takes))
        check_joined(part, ours.parts, fitted.combiner, takes)
    card = _card(recipe, path, ours, fitted, material, objective, source)
    write_whole(run / f"{card.name}.json", card.to_json())
    found = _gains(recipe, ours, fitted, material, places, card, path)
    sentence = gain_sentence(found["unseen"], "of other folds") or gain_sentence(
        found["validation"], "of validation"
    )
    if sentence:
        write_whole(run / f"{card.name}.json", replace(card, limits=(sentence, *card.limits)).to_json())
    finish_ensemble(recipe, run, path, material, objective, watch, fitted)
    write_whole(run / REPORT, as_text(found))
    for name, title in (("unseen", "out of fold"), ("validation", "on validation")):
        if found[name]:
            told("\n".join([f"{title}, {found[name]['n']:,} pictures:", *gain_lines(found[name])]))
    said = dict(zip(places, fitted.unseen, strict=True)) if len(fitted.unseen) else {}
    return path, said


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
    held = asked_of(recipe.joined, material)
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
