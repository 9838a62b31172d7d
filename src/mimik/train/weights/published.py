"""Weights from a finished model: its ONNX file holds them under the network's own names.

Normalisation is folded into the convolutions before it there, and a file in 8 bits holds integers with a
scale for each channel; both can be undone (mimik.train.weights.unfold), so what ships can be trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mimik.errors import MissingExtraError, ModelError, RecipeError
from mimik.models.card import ModelCard, read_card
from mimik.models.store import cards_in, catalogue, find_model
from mimik.train.recipe.recipe import Recipe
from mimik.train.weights.found import Found
from mimik.train.weights.names import BYTES, HALF, QUANTISED, SCALE

CARDED = (".onnx", ".json")
"""Suffixes of a model's file and card."""
SPLIT = "network."
"""What names begin with in the file of a network with several heads (export.onnx.SplitHeads)."""


def is_model(start: str) -> bool:
    """Whether what a recipe starts from is a finished model, not a file of weights."""
    path = Path(start)
    return path.suffix in CARDED or (not path.exists() and start.partition("@")[0] in catalogue())


def start_path(start: str) -> Path:
    """The file of what a recipe starts from; a run's or a model's cards lie beside it."""
    return find_model(start)[1] if is_model(start) else Path(start)


def model_data(recipe: Recipe) -> list[Mapping[str, Any]]:
    """The data sets of the model that a recipe starts from, but for those that the recipe names itself."""
    if not recipe.start or not is_model(recipe.start):
        return []
    named = {source.get("name") for source in recipe.sources}
    return [entry for entry in find_model(recipe.start)[0].data if entry.get("name") not in named]


def read_model(name: str, where: str) -> Found:
    """The weights of a model.

    Args:
        name: In the catalogue, or the path of its ONNX file or card.
        where: For messages.

    Raises:
        RecipeError: It is no model that mimik trained, or its file is another one.
        MissingExtraError: onnx isn't installed.
    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise MissingExtraError("reading a model's weights", "train") from error
    try:
        card, path = find_model(name)
    except ModelError as error:
        raise RecipeError(f"{where}: {error}") from error
    graph = onnx.load(path).graph
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    weights = {_plain(key): value for key, value in _whole(arrays).items() if "." in key}
    if not any(key.endswith(".weight") for key in weights):
        raise RecipeError(
            f"{where}: {path.name} doesn't name its layers; start from a model that mimik trained"
        )
    bits = {QUANTISED: "8 bits", BYTES: "8 bits", HALF: "16 bits"}
    reduced = next((f", of {text}" for end, text in bits.items() if any(k.endswith(end) for k in arrays)), "")
    heads = _heads(card, path, _learned(graph))
    return Found(weights, f"{card.name} {card.version}{reduced}", heads, card)


def _learned(graph: Any) -> list[str]:
    """The outputs that its last layer is split into; those made of them (emotion.wild) have no weights."""
    outputs = [output.name for output in graph.output]
    parts = [list(node.output) for node in graph.node if node.op_type == "Split"]
    return next((names for names in parts if set(names) <= set(outputs)), outputs)


def _plain(name: str) -> str:
    """A layer's name in the network."""
    return name.removeprefix(SPLIT).removesuffix(HALF)


def _whole(arrays: dict[str, NDArray[Any]]) -> dict[str, Tensor]:
    """Float32 values by name; integers with a scale are multiplied out."""
    found: dict[str, Tensor] = {}
    for name, values in arrays.items():
        if name.endswith(QUANTISED):
            found[name.removesuffix(QUANTISED)] = _multiplied(name, values, arrays)
        elif name.endswith(BYTES):
            own = name.removesuffix(BYTES)
            found[own] = torch.from_numpy(values.astype(np.float32) * arrays[f"{own}{SCALE}"])
        elif np.issubdtype(values.dtype, np.floating) and not name.endswith(("_scale", SCALE)):
            found[name] = torch.from_numpy(values.astype(np.float32))
    return found


def _multiplied(name: str, values: NDArray[Any], arrays: dict[str, NDArray[Any]]) -> Tensor:
    """Integers, with a scale and a zero for each output channel or for all, as numbers."""
    base = name if f"{name}_scale" in arrays else name.removesuffix(QUANTISED)
    scale, zero = arrays[f"{base}_scale"], arrays[f"{base}_zero_point"]
    shape = (-1, *[1] * (values.ndim - 1)) if scale.ndim and scale.size > 1 else ()
    whole = (values.astype(np.float32) - zero.astype(np.float32).reshape(shape)) * scale.reshape(shape)
    return torch.from_numpy(whole.astype(np.float32))


def _heads(card: ModelCard, path: Path, outputs: Sequence[str]) -> dict[str, tuple[int, tuple[str, ...]]]:
    """The heads of a file, in the order of its outputs, from the cards that name it."""
    if not card.output:
        return {card.task: (card.outputs, card.labels)}
    cards = [read_card(beside) for beside in cards_in(path.parent)]
    own = {one.output: (one.outputs, one.labels) for one in cards if one.file == path.name}
    return {name: own[name] for name in outputs if name in own}
