"""The weights of an ONNX file in 16 bits: half its size, for what a float's last digits are worth."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mimik.errors import ModelError

FEWEST = 64
"""Values that a weight needs to be worth a node of its own; biases stay as they are."""


def halved(file: bytes, *, exact: bool = False) -> bytes:
    """The same file with its weights in 16 bits; they are made 32 again when it is loaded.

    Args:
        file: An ONNX file whose weights have 32 bits.
        exact: Leave those alone that would change by it.

    Raises:
        ModelError: A weight is too large for 16 bits.
    """
    model = onnx.load_from_string(file)
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < FEWEST:
            continue
        if exact and not np.array_equal(values, values.astype(np.float16)):
            continue
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise ModelError(f"the weight {tensor.name!r} is too large for 16 bits; leave half out")
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
