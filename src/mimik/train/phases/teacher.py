"""What finished models say of the training pictures, for a smaller network to learn from.

Knowledge distillation (Hinton et al. 2015, arXiv:1503.02531) with the teachers' calibrated
probabilities as a part of the target. They are asked once, before training, and a run that goes on
reads what they said from its folder.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeAlias, cast
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mimik._version import __version__
from mimik.errors import ModelError, OptionError, RecipeError
from mimik.faces.crop import normalise
from mimik.models.inputs import CropSpec
from mimik.models.session import Session
from mimik.models.shared import Shared
from mimik.models.store import find_model
from mimik.storage.whole import whole_file
from mimik.tasks.loaded import LoadedModel, load_model
from mimik.train.inputs.batches import plain_faces
from mimik.train.inputs.examples import Examples
from mimik.train.inputs.pictures import KEPT_SIDE, Pictures
from mimik.train.recipe.options import HeadOptions

CHUNK = 128
"""Pictures per call of a teacher."""
KEY, SAID = "key", "said "
"""In the file of the answers: of whom and of what they are, and before each name of what is taught."""


def load_teachers(
    models: Sequence[str],
    heads: Sequence[HeadOptions],
    device: str,
    recipe: str,
    sha256: Sequence[str] = (),
) -> dict[str, list[LoadedModel]]:
    """Models that teach, by the name of what they teach.

    Args:
        models: Names in the catalogue or ONNX files with their cards.
        heads: What may be taught.
        device: Where the models run, "cpu", or "cuda" with or without a number.
        recipe: Name of the recipe, for messages.
        sha256: Of each model's ONNX file, in hexadecimal; "" where any file will do. None if empty.

    Raises:
        RecipeError: One can't be loaded, is another file, or has other outputs.
    """
    found: dict[str, list[LoadedModel]] = {}
    shared = Shared()
    for name, wanted in zip(models, sha256 or [""] * len(models), strict=True):
        head, model = _load(name, heads, device, recipe, shared)
        _check_file(name, model, wanted, recipe)
        found.setdefault(head.target_name, []).append(model)
    return found


def _load(
    name: str, heads: Sequence[HeadOptions], device: str, recipe: str, shared: Shared
) -> tuple[HeadOptions, LoadedModel]:
    try:
        task = find_model(name)[0].task
        model = load_model(task, name, device, shared=shared)
    except (ModelError, OptionError) as error:
        raise RecipeError(f"{recipe}: its teacher: {error}; train the teacher's recipe first") from error
    card = model.card
    taught = [head for head in heads if head.task == task]
    if not taught:
        raise RecipeError(f"{recipe}: its teacher {card.name} reads {task}, which it doesn't learn")
    same = [h for h in taught if (card.labels, card.outputs) == (h.labels, h.output_count)]
    # Two heads of a task may have the same labels; a teacher's output has the name of what it learned.
    same.sort(key=lambda head: head.target_name != card.output)
    if not same:
        raise RecipeError(f"{recipe}: its teacher {card.name} has other labels")
    return same[0], model


def _check_file(name: str, model: LoadedModel, wanted: str, recipe: str) -> None:
    """Refuse a teacher's file that isn't the one that the recipe names."""
    if wanted and wanted != (found := model.card.sha256):
        raise RecipeError(
            f"{recipe}: its teacher {name} has the SHA-256 {found[:12]}..., but the recipe names "
            f"{wanted[:12]}...; use that file, or change sha256 under [teacher]"
        )


def kept_crop(spec: CropSpec, teachers: Mapping[str, Sequence[LoadedModel]]) -> CropSpec:
    """A recipe's crop, with the pixels and the colour in which its teachers must see the pictures."""
    crops = [model.card.crop for models in teachers.values() for model in models]
    return replace(
        spec,
        size=max([spec.size, *(math.ceil(crop.size / KEPT_SIDE) for crop in crops)]),
        channels=max([spec.channels, *(crop.channels for crop in crops)]),
    )


def teacher_probabilities(
    teachers: Mapping[str, Sequence[LoadedModel]], pictures: Pictures
) -> dict[str, NDArray[np.float32]]:
    """What is taught -> its models' mean probabilities for pictures as they are and mirrored, (N, K)."""

    def ask(start: int) -> dict[str, NDArray[np.float32]]:
        rows, said = range(start, min(start + CHUNK, len(pictures))), Said()
        return {
            name: np.mean([_answers(model, pictures, rows, said) for model in models], axis=0)
            for name, models in teachers.items()
        }

    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(ask, range(0, len(pictures), CHUNK)))
    return {name: np.concatenate([part[name] for part in parts]) for name in teachers}


def kept_probabilities(
    teachers: Mapping[str, Sequence[LoadedModel]], pictures: Examples, kept: Path
) -> dict[str, NDArray[np.float32]]:
    """The same, from a file if it holds what these teachers said of these pictures; it is written else."""
    if not teachers:
        return {}
    key = _key(teachers, pictures)
    try:
        with np.load(kept) as held:
            if str(held[KEY]) == key:
                return {name: held[SAID + name] for name in teachers}
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, BadZipFile, zlib.error):
        pass  # There is none yet, or a damaged one: they are asked.
    said = teacher_probabilities(teachers, cast(Pictures, pictures))
    arrays: dict[str, Any] = {KEY: np.array(key)} | {SAID + name: values for name, values in said.items()}
    with whole_file(kept) as part, part.open("wb") as stream:
        np.savez(stream, **arrays)
    return said


def _key(teachers: Mapping[str, Sequence[LoadedModel]], pictures: Examples) -> str:
    """A hash of all that the answers depend on: files and cards, each picture's pixels and placement."""
    cards = {name: [asdict(model.card) for model in models] for name, models in teachers.items()}
    digest = hashlib.blake2b(json.dumps([__version__, cards], default=str).encode(), digest_size=20)
    for mark in pictures.marks():
        digest.update(mark)
    return digest.hexdigest()


Said: TypeAlias = dict[tuple[Session, CropSpec], list[list[NDArray[np.float32]]]]
"""A network and its crop to all of its outputs, for both ways round."""


def _answers(model: LoadedModel, pictures: Pictures, rows: Sequence[int], said: Said) -> NDArray[np.float32]:
    """One model's probabilities for some pictures, the mean of both ways round; a file is asked once."""
    card = model.card
    if (key := (model.session, card.crop)) not in said:
        batch = normalise(plain_faces(pictures, rows, card.crop), card.mean, card.std)
        said[key] = [model.session.run(view) for view in (batch, _mirrored(batch))]
    logits = [outputs[model.output] for outputs in said[key]]
    both = [model.task.soft_targets(said_of, card) for said_of in logits]
    return np.asarray((both[0] + both[1]) / 2, np.float32)


def _mirrored(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same faces seen in a mirror, (N, C, S, S)."""
    return np.ascontiguousarray(batch[..., ::-1])
