"""A trained network -> ONNX file and card, checked against the network itself."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from torch import nn

from mimik.models.inputs import MEAN, STD, CropSpec, NetworkInput
from mimik.models.session import Session
from mimik.storage.whole import whole_file, write_whole
from mimik.train.export.card import blank_card, calibrated, card_as_before
from mimik.train.export.onnx import check_parity, to_onnx
from mimik.train.export.training import made_by
from mimik.train.inputs.batches import plain_batches
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.pictures import Pictures
from mimik.train.networks.base import parameter_count
from mimik.train.objectives.joint import JointObjective
from mimik.train.recipe.recipe import Recipe
from mimik.train.recipe.source import RecipeSource
from mimik.train.weights.published import start_path

WHOLE = "float"
"""Folder in that of a run with 8 bits for the file as it was before: a run has one ONNX file beside cards."""
UNKNOWN = RecipeSource()
"""Of a recipe without a file."""


def export(
    network: nn.Module,
    recipe: Recipe,
    objective: JointObjective,
    pictures: Examples,
    held: Examples,
    run: Path,
    source: RecipeSource = UNKNOWN,
) -> Path:
    """Write ``run/NAME.onnx`` and a card for each head, named like the head.

    With 8 bits, ``run/float/NAME.onnx`` is the network as it was trained.

    Args:
        network: The trained network.
        recipe: What made it.
        objective: What it minimised.
        pictures: Those that it was trained on; they show the ranges of its numbers, for 8 bits.
        held: The pictures of the validation part; each temperature is fitted on those that have a
            label of its task.
        run: Folder to write to.
        source: Where the recipe's file lies.

    Returns:
        Path of the ONNX file.

    Raises:
        ModelError: The file's answers differ from the network's.
    """
    network = copy.deepcopy(network).cpu().eval()
    path = _write_file(network, recipe, pictures, run)
    answers = answers_of(path, held, recipe.takes)
    heads = [head for head in recipe.all_heads if not head.aid]
    for head, logits in zip(heads, answers, strict=True):
        card = blank_card(head, recipe, path, parameter_count(network.requires_grad_(True)), source)
        if head not in recipe.trained:
            card = card_as_before(card, head, start_path(recipe.start))
            write_whole(run / f"{head.name}.json", card.to_json())
            continue
        if len(held):
            card = calibrated(card, head, objective.part(head), held, logits)
        made = made_by(recipe, head, pictures, held, pictures.left_out, source)
        if weights := objective.part(head).weights:
            made["class_weights"] = {label: round(weight, 4) for label, weight in weights.items()}
        card = replace(card, training=made)
        write_whole(run / f"{head.name}.json", card.to_json())
    return path


def _write_file(network: nn.Module, recipe: Recipe, pictures: Examples, run: Path) -> Path:
    """The ONNX file, compared with the network before 8 or 16 bits are made of it."""
    path, whole = run / f"{recipe.name}.onnx", run / WHOLE / f"{recipe.name}.onnx"
    target = whole if recipe.int8 else path
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as part:
        file = to_onnx(network, recipe.takes, recipe.heads)
        part.write_bytes(file)
        check_parity(network, part, recipe.takes, recipe.all_heads)
        if recipe.weight_bits < 32:
            from mimik.train.export.narrow import halved, quartered  # imports onnx

            part.write_bytes((halved if recipe.weight_bits == 16 else quartered)(file))
    if recipe.int8:
        from mimik.train.export.int8 import reduce_file  # its imports are slow, and few recipes need it

        crop, seen = cast(CropSpec, recipe.crop), cast(Pictures, pictures)
        reduce_file(whole, path, crop, recipe.augment, recipe.seed, seen)
    elif whole.exists():
        whole.unlink()
        whole.parent.rmdir()
    return path


def answers_of(path: Path, held: Examples, spec: NetworkInput) -> list[NDArray[np.float32]]:
    """What a file says of the validation part, (N, K) of each of its outputs."""
    session = Session(path, "cpu")
    parts = [session.run(*batch) for batch in plain_batches(held, spec, MEAN, STD)]
    if not parts:
        return [np.empty((0, int(shape[1] or 0)), np.float32) for shape in session.output_shapes]
    return [np.concatenate(said) for said in zip(*parts, strict=True)]
