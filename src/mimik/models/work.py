"""How much a network computes for one face, and how long it takes on this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from mimik.models.card import ModelCard
from mimik.models.session import Session, profile

Shape: TypeAlias = Sequence[int]
SLIDING = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3}
"""Operators that slide weights over a picture, to the place of the weights among their inputs."""
WARM_UP = 10
"""Turns before the clock starts: the first ones fill caches."""
FEWEST, MOST = 20, 300
"""Turns that are timed."""
SECONDS = 1.0
"""How long the turns of a model take together, about, within these limits."""


def multiply_adds(card: ModelCard, file: Path) -> int:
    """Multiplications, each with its addition, that a network needs for one face, or a second of sound.

    Those of convolutions and products of matrices, as is customary; whatever else a network does (sums,
    maxima, means, changes between 8 bits and floats) isn't counted. A file that answers several tasks
    is counted whole.

    Args:
        card: Of the model.
        file: Its ONNX file.

    Raises:
        ModelError: ONNX Runtime can't load it.
    """
    face = [np.zeros((1, *shape), np.float32) for shape in card.takes.usual_shapes]
    return sum(_of_node(node) for node in profile(file, *face))


def _of_node(node: Mapping[str, Any]) -> int:
    """Those of one operator: the numbers that it gives, times what goes into each."""
    name = str(node["op_name"])
    inputs, (output, *_) = _shapes(node["input_type_shape"]), _shapes(node["output_type_shape"])
    if name in SLIDING:  # Weights are (outputs, inputs a group, height, width).
        return math.prod(output) * math.prod(inputs[SLIDING[name]][1:])
    if name == "ConvTranspose":
        return math.prod(inputs[0]) * math.prod(inputs[1][1:])
    if name == "Gemm":  # Either matrix may be turned on its side.
        return math.prod(output) * (math.prod(inputs[0]) // output[0])
    if "MatMul" in name:
        return math.prod(output) * inputs[0][-1]
    return 0


def _shapes(found: Sequence[Mapping[str, Shape]]) -> list[Shape]:
    return [next(iter(entry.values())) for entry in found]


def face_times_ms(models: Sequence[tuple[ModelCard, Path]]) -> tuple[list[float], int]:
    """How long networks take for one face on one CPU thread, side by side.

    In every turn each network reads one face, so that whatever else the machine does meets all of them
    alike.

    Args:
        models: Card and ONNX file of each; at least one.

    Returns:
        Median milliseconds of each, without the cutting out of faces; and the number of turns.

    Raises:
        ModelError: ONNX Runtime can't load a file.
    """
    sessions = [Session(file, "cpu", threads=1) for _, file in models]
    rng = np.random.default_rng(0)
    faces = [
        [rng.normal(size=(1, *shape)).astype(np.float32) for shape in card.takes.usual_shapes]
        for card, _ in models
    ]

    def turn() -> list[float]:
        spent = []
        for session, face in zip(sessions, faces, strict=True):
            start = time.perf_counter()
            session.run(*face)
            spent.append(time.perf_counter() - start)
        return spent

    slowest = max(np.median([turn() for _ in range(WARM_UP)], axis=0))
    turns = min(MOST, max(FEWEST, round(SECONDS / float(slowest))))
    medians = 1000 * np.median([turn() for _ in range(turns)], axis=0)
    return medians.tolist(), turns
