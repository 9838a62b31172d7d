"""The weights of an ONNX file in 16 or 8 bits: half or a quarter of its size; it computes in 32 as before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from mimik.errors import ModelError
from mimik.train.weights.names import BYTES, HALF, SCALE

FEWEST = 64
"""Values that a weight needs to be worth a node of its own; biases stay as they are."""
MOST = 127
"""Of a signed byte."""
Replacement: TypeAlias = tuple[list[Any], list[Any]]
"""What stands for a weight: tensors, and the nodes that make it of them again."""


def halved(file: bytes, *, exact: bool = False) -> bytes:
    """The same file with its weights in 16 bits; they are made 32 again when it is loaded.

    Args:
        file: An ONNX file whose weights have 32 bits.
        exact: Leave those alone that would change by it.

    Raises:
        ModelError: A weight is too large for 16 bits.
    """

    def half(name: str, values: NDArray[np.float32]) -> Replacement | None:
        if exact and not np.array_equal(values, values.astype(np.float16)):
            return None
        return _half(name, values)

    return _with_replaced(file, half)


def quartered(file: bytes) -> bytes:
    """The same file with its weights in 8 bits, those of each output of a layer in steps of their own.

    What has one dimension stays in 16 bits. All are made 32 again when it is loaded.

    Args:
        file: An ONNX file whose weights have 32 bits.

    Raises:
        ModelError: A weight is too large for 16 bits.
    """
    return _with_replaced(file, lambda name, values: (_bytes if values.ndim > 1 else _half)(name, values))


def _half(name: str, values: NDArray[np.float32]) -> Replacement:
    if np.abs(values).max() > np.finfo(np.float16).max:
        raise ModelError(f"the weight {name!r} is too large for 16 bits; leave weight_bits out")
    cast = helper.make_node("Cast", [f"{name}{HALF}"], [name], to=TensorProto.FLOAT)
    return [numpy_helper.from_array(values.astype(np.float16), f"{name}{HALF}")], [cast]


def _bytes(name: str, values: NDArray[np.float32]) -> Replacement:
    most = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
    step = np.maximum(most / MOST, np.finfo(np.float32).tiny).astype(np.float32)
    tensors = [
        numpy_helper.from_array(np.rint(values / step).astype(np.int8), f"{name}{BYTES}"),
        numpy_helper.from_array(step, f"{name}{SCALE}"),
    ]
    # Not DequantizeLinear: ONNX Runtime multiplies these out once, and that each time.
    nodes = [
        helper.make_node("Cast", [f"{name}{BYTES}"], [f"{name}.steps"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.steps", f"{name}{SCALE}"], [name]),
    ]
    return tensors, nodes


def _with_replaced(file: bytes, replaced: Callable[[str, NDArray[np.float32]], Replacement | None]) -> bytes:
    model = onnx.load_from_string(file)
    tensors: list[Any] = []
    nodes: list[Any] = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        worth = tensor.data_type == TensorProto.FLOAT and values.size >= FEWEST
        made = replaced(tensor.name, values) if worth else None
        tensors += made[0] if made else [tensor]
        nodes += made[1] if made else []
    nodes += model.graph.node
    for field, entries in ((model.graph.initializer, tensors), (model.graph.node, nodes)):
        kept = [type(entry).FromString(entry.SerializeToString()) for entry in entries]
        del field[:]
        field.extend(kept)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
