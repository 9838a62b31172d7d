"""A trained network -> ONNX file and card, checked against the network itself."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mimik.data.base import Sample
from mimik.errors import MimikWarning, ModelError, RecipeError
from mimik.evaluate.calibration import (
    fit_age_temperature,
    fit_band_temperature,
    fit_temperature,
    fit_unit_temperature,
)
from mimik.evaluate.rest import mean_rest, neutral_sample
from mimik.evaluate.units import unit_truth
from mimik.models.card import ModelCard, file_sha256, read_card
from mimik.models.session import Session
from mimik.tasks.age import GROUPS, age_group
from mimik.train.batches import Pictures, augmented, plain_batches
from mimik.train.networks.base import parameter_count
from mimik.train.objectives import JointObjective
from mimik.train.predict import MEAN, STD
from mimik.train.recipe import HeadOptions, Recipe

TOLERANCE = 1e-4
"""Largest difference that is allowed between the network's logits and the file's."""


class SplitHeads(nn.Module):
    """A network whose logits come apart, an output a head; aids are left out."""

    def __init__(self, network: nn.Module, heads: Sequence[HeadOptions]) -> None:
        super().__init__()
        self.network, self.widths = network, [head.output_count for head in heads]
        self.kept = [i for i, head in enumerate(heads) if not head.aid]

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Logits (N, K) of each head from pictures (N, channels, H, W)."""
        parts = torch.split(self.network(x), self.widths, dim=1)
        return tuple(parts[i] for i in self.kept)


def export(network: nn.Module, recipe: Recipe, pictures: Pictures, held: Pictures, run: Path) -> Path:
    """Write ``run/NAME.onnx`` and a card for each head, named like the head.

    With 8 bits, ``run/NAME.float.onnx`` is the network as it was trained.

    Args:
        network: The trained network.
        recipe: What made it.
        pictures: Those that it was trained on; they show the ranges of its numbers, for 8 bits.
        held: The pictures of the validation part; each temperature is fitted on those that have a
            label of its task.
        run: Folder to write to.

    Returns:
        Path of the ONNX file.

    Raises:
        ModelError: The file's answers differ from the network's.
    """
    network = copy.deepcopy(network).cpu().eval()
    path = _write_file(network, recipe, pictures, run)
    answers = _answers(path, held, recipe)
    heads = [head for head in recipe.all_heads if not head.aid]
    for head, logits in zip(heads, answers, strict=True):
        card = _card(head, recipe, path, parameter_count(network.requires_grad_(True)))
        if recipe.probes and not head.probe:
            card = _as_before(card, recipe)
        elif len(held):
            card = _calibrated(card, head, recipe, held, logits)
        (run / f"{head.name}.json").write_text(card.to_json(), encoding="utf-8")
    return path


def _write_file(network: nn.Module, recipe: Recipe, pictures: Pictures, run: Path) -> Path:
    """The ONNX file, compared with the network before 8 bits are made of it."""
    path, whole = run / f"{recipe.name}.onnx", run / f"{recipe.name}.float.onnx"
    whole.write_bytes(to_onnx(network, recipe))
    check_parity(network, whole, recipe)
    if recipe.int8:
        _reduce(whole, path, recipe, pictures)
    else:
        whole.replace(path)
    return path


def _card(head: HeadOptions, recipe: Recipe, path: Path, parameters: int) -> ModelCard:
    """A head's card, with nothing calibrated yet."""
    return ModelCard(
        name=head.name,
        version=recipe.version,
        task=head.task,
        file=path.name,
        sha256=file_sha256(path),
        parameters=parameters,
        labels=head.labels,
        outputs=head.output_count,
        output=head.target_name if recipe.heads else "",
        crop=recipe.crop,
        mean=MEAN,
        std=STD,
        temperature=1.0,
        threshold=head.threshold,
        recipe=f"recipes/{recipe.name}.toml, seed {recipe.seed}",
        licence=recipe.licence,
        commercial_use=recipe.commercial_use,
        data=recipe.sources,
        limits=head.limits,
    )


def _as_before(card: ModelCard, recipe: Recipe) -> ModelCard:
    """The card of a head that a probe leaves as it is: it learned what it knows in the run before.

    The terms stay those of the recipe, since they are of the file as a whole.
    """
    before = read_card(Path(recipe.start).with_name(f"{card.name}.json"))
    return replace(card, temperature=before.temperature, at_rest=before.at_rest, data=before.data)


def _calibrated(
    card: ModelCard, head: HeadOptions, recipe: Recipe, held: Pictures, logits: NDArray[np.float32]
) -> ModelCard:
    """The card with what the pictures of validation say: its temperature, and faces at rest."""
    part = JointObjective(recipe).part(head)
    mine = [i for i, sample in enumerate(held.samples) if part.labelled(sample)]
    if not mine:
        raise RecipeError(
            f"{head.name}: no picture of the validation part has a label for {head.target_name}"
        )
    own, samples = logits[mine], [held.samples[i] for i in mine]
    if len(mine) < FEWEST:
        warnings.warn(
            f"{head.name}: {len(mine)} pictures of validation are too few to calibrate "
            f"(it takes {FEWEST}): its probabilities are those of the network as it is",
            MimikWarning,
            stacklevel=3,
        )
    else:
        card = replace(card, temperature=round(_temperature(own, samples, head), 4))
    if head.one_versus_all:
        return card
    calm = [neutral_sample(sample, head.target_name) for sample in samples]
    return replace(card, at_rest=mean_rest(card, own[calm]))


FEWEST = 50
"""Pictures of validation that a temperature needs: a few that are right by chance ask for certainty."""

CALIBRATION = 1024
"""Pictures that show the ranges of a network's numbers, for 8 bits."""


def _reduce(whole: Path, path: Path, recipe: Recipe, pictures: Pictures) -> None:
    """Write a network's file in 8 bits, by ranges that its training pictures show."""
    from mimik.train.int8 import check_loss, write_int8

    rng = np.random.default_rng(recipe.seed)
    rows = rng.permutation(len(pictures))[:CALIBRATION]
    parts = np.array_split(rows, -(-len(rows) // 64))
    seen = [augmented(pictures, part, recipe, rng, MEAN, STD) for part in parts]
    partial = path.with_suffix(".part")
    write_int8(whole, partial, seen)
    check_loss(whole, partial, seen[0])
    partial.replace(path)


def _answers(path: Path, held: Pictures, recipe: Recipe) -> list[NDArray[np.float32]]:
    """What a file says of the validation part, (N, K) of each of its outputs."""
    session = Session(path, "cpu")
    parts = [session.run(batch) for batch in plain_batches(held, recipe, MEAN, STD)]
    if not parts:
        return [np.empty((0, int(shape[1] or 0)), np.float32) for shape in session.output_shapes]
    return [np.concatenate(said) for said in zip(*parts, strict=True)]


def to_onnx(network: nn.Module, recipe: Recipe) -> bytes:
    """The network as an ONNX file with any batch size, without notes on where it was made."""
    spec, names = recipe.crop, ["logits"]
    if recipe.heads:
        names = [head.target_name for head in recipe.heads if not head.aid]
        network = SplitHeads(network, recipe.heads).eval()
    example = torch.zeros(2, spec.channels, spec.size, spec.size)
    # It warns of torchvision's operators, which no network here uses.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            input_names=["face"],
            output_names=names,
            dynamic_shapes=({0: torch.export.Dim("faces", min=1)},),
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    model.graph.ClearField("value_info")
    return bytes(model.SerializeToString())


def check_parity(network: nn.Module, path: Path, recipe: Recipe) -> None:
    """Make sure that the file answers as the network does, for one face and for several."""
    session, spec, parts = Session(path, "cpu"), recipe.crop, SplitHeads(network, recipe.all_heads)
    for count in (1, 5):
        x = np.random.default_rng(count).normal(size=(count, spec.channels, spec.size, spec.size))
        batch = x.astype(np.float32)
        with torch.no_grad():
            wanted = torch.cat(parts(torch.from_numpy(batch)), dim=1).numpy()
        off = float(np.abs(np.concatenate(session.run(batch), axis=1) - wanted).max())
        if off > TOLERANCE * max(1.0, float(np.abs(wanted).max())):
            raise ModelError(f"{path}: its logits differ from the network's by {off:.2g}; not exported")


def _temperature(logits: NDArray[np.float32], samples: Sequence[Sample], head: HeadOptions) -> float:
    """Fitted on validation, 1 of classes that are each alone.

    For age on the samples whose year is known; where those are too few, on the bands of all.
    """
    if head.one_versus_all:
        return 1.0
    if head.task == "au":
        return fit_unit_temperature(logits, unit_truth(samples, head.labels))
    if head.task != "age":
        truth = np.array([head.labels.index(str(s.labels[head.target_name])) for s in samples])
        return fit_temperature(logits, truth)
    years = {i: float(s.labels["age"]) for i, s in enumerate(samples) if "age" in s.labels}
    if len(years) >= FEWEST:
        return fit_age_temperature(logits[list(years)], np.array(list(years.values())))
    bands = [age_group(years[i]) if i in years else str(s.labels["age_group"]) for i, s in enumerate(samples)]
    first, last = np.array([GROUPS[band] for band in bands]).T
    return fit_band_temperature(logits, first, last)
