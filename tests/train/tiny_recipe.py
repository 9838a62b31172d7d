"""A recipe that trains in seconds, and pictures in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from mimik.data.base import Sample
from mimik.models.inputs import CropSpec
from mimik.tasks.loaded import LoadedModel
from mimik.train.checkpoint import fresh_state
from mimik.train.inputs.pictures import Pictures
from mimik.train.inputs.split import split_holdout
from mimik.train.phases.teacher import load_teachers
from mimik.train.recipe.changes import AugmentOptions
from mimik.train.recipe.options import (
    DataOptions,
    HeadOptions,
    OptimOptions,
)
from mimik.train.recipe.recipe import Recipe
from mimik.train.weights.start import load_start

UNIT_HEAD = HeadOptions("au.test", "au", ("AU06", "AU12"), limits=("x",))
RESNET = {"family": "resnet", "stem": 8, "widths": [8, 16], "strides": [1, 2], "size": 24, "squeeze": 4}


def recipe(**changes: object) -> Recipe:
    values: dict[str, object] = {
        "name": "gender.tiny",
        "task": "gender",
        "version": "1",
        "crop": CropSpec(size=24),
        "data": (DataOptions("folder", "train"),),
        "holdout": 0.2,
        "labels": ("female", "male"),
        "network": {"family": "mini_xception", "stem": [4, 4], "widths": [8, 8], "strides": [2, 2]},
        "augment": AugmentOptions(rotate_deg=3, erase=0.1, noise=0.02, blur=0.2, gamma=0.1),
        "optim": OptimOptions(epochs=8, batch=8, learning_rate=1e-2, ema=0.9),
    }
    return Recipe(**{**values, **changes})  # type: ignore[arg-type]


def held_in_memory(images: list[np.ndarray], **sample: Any) -> Pictures:
    samples = [Sample(str(i), lambda: None, "train", **sample) for i in range(len(images))]  # type: ignore[arg-type, return-value]
    return Pictures(images, samples, np.ones(len(images)), np.zeros(len(images), np.int8))


def parts(pictures: Pictures, share: float) -> tuple[Pictures, Pictures]:
    """What a split trains on, and what it holds."""
    split = split_holdout(pictures, share)
    return split.trained, split.held


def teachers_of(recipe: Recipe) -> dict[str, list[LoadedModel]]:
    teacher = recipe.teacher
    return load_teachers(teacher.models, recipe.all_heads, "cpu", recipe.name, teacher.sha256)


def started(recipe: Recipe) -> Any:
    """The recipe's network with the weights that it starts from."""
    network = fresh_state(recipe, torch.device("cpu")).network
    load_start(network, recipe)
    return network
