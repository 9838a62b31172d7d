"""MediaPipe's two networks of the face as one that ONNX Runtime runs quickly: see make_mesh.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Values: TypeAlias = "NDArray[np.float32]"
Weights: TypeAlias = "dict[str, Values]"
Dense: TypeAlias = "tuple[Values, Values]"
"""Weights (out, in) and biases (out,)."""

SUBSET = (
    *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67),
    *(70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146),
    *(148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181),
    *(185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293),
    *(295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361),
    *(362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398),
    *(400, 402, 405, 409, 415, 454, 466, *range(468, 478)),
)
"""The points that tell the blendshapes (kLandmarksSubsetIdxs of MediaPipe's face_blendshapes_graph.cc)."""
WIDEST = 8
"""Channels up to which a convolution is run for both signs: ONNX Runtime computes 16 at a time, so that
these fill what would be empty."""
EPSILON = 1.0132789611816406e-06
"""Of its layers' variance."""
BLOCKS = 4
"""Of the mixer that tells the blendshapes."""


class Graph:
    """Nodes and weights under short names."""

    def __init__(self) -> None:
        """Start empty."""
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []
        self._numbers = count()

    def weight(self, values: NDArray[np.generic]) -> str:
        """Keep a constant; its name."""
        name = f"w{next(self._numbers)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, op: str, inputs: Sequence[str], output: str | None = None, **attributes: object) -> str:
        """Add a node; the name of what it gives."""
        output = output or f"t{next(self._numbers)}"
        self.nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def conv(self, x: str, *weights: Values, **attributes: object) -> str:
        """Add a convolution of a weight, and a bias where there is one."""
        kernel = {"kernel_shape": list(weights[0].shape[2:])}
        return self.add("Conv", [x, *map(self.weight, weights)], **(attributes | kernel))


def joined(landmarks: onnx.ModelProto, blendshapes: onnx.ModelProto, live: Sequence[int]) -> onnx.ModelProto:
    """One network of both.

    Args:
        landmarks: face_landmarks_detector as tf2onnx writes it.
        blendshapes: face_blendshapes likewise.
        live: Numbers of the blendshapes that are told.

    Returns:
        Faces (N, 3, 256, 256), RGB from 0 to 1, to (N, 1434 + 1 + len(live)): x, y, z of each point in pixels
        of the crop, the logit of presence, the blendshapes from 0 to 1.
    """
    graph = Graph()
    points, presence = _landmarks(graph, landmarks.graph)
    told = _blendshapes(graph, blendshapes.graph, points, live)
    graph.add("Concat", [points, presence, told], "mesh", axis=1)
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "mesh",
            [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 3, 256, 256])],
            [helper.make_tensor_value_info("mesh", TensorProto.FLOAT, ["n", 1435 + len(live)])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def _weights(graph: onnx.GraphProto) -> Weights:
    return {one.name: numpy_helper.to_array(one) for one in graph.initializer}


def _attributes(node: NodeProto) -> dict[str, object]:
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def _landmarks(graph: Graph, source: onnx.GraphProto) -> tuple[str, str]:
    """Copy the network of points; the names of its points (N, 1434) and of its logit (N, 1)."""
    weights, names = _weights(source), {source.input[0].name: "faces"}
    _both_signs(source, weights)
    for node in source.node:
        own = [weights[name] for name in node.input if name in weights]
        inputs = [names[name] for name in node.input if name not in weights and name in names]
        if not inputs or node.op_type == "Sigmoid":  # It is of the tongue, which isn't told.
            continue
        if node.op_type in ("Transpose", "Reshape"):  # Faces come with their channels first.
            names[node.output[0]] = inputs[0]
        elif node.op_type == "Conv":
            names[node.output[0]] = graph.conv(inputs[0], *own, **_attributes(node))
        elif node.op_type == "PRelu":
            names[node.output[0]] = _prelu(graph, inputs[0], own[0])
        elif node.op_type == "Pad":
            names[node.output[0]] = _widened(graph, inputs[0], int(own[0][5]))
        elif node.op_type in ("Add", "MaxPool", "Relu"):
            names[node.output[0]] = graph.add(node.op_type, inputs, **_attributes(node))
        else:
            raise ValueError(f"the network of points holds {node.op_type}, which this script doesn't know")
    points, presence = (names[output.name] for output in source.output[:2])
    return graph.add("Flatten", [points]), graph.add("Flatten", [presence])


def _both_signs(source: onnx.GraphProto, weights: Weights) -> None:
    """Run narrow convolutions for both signs, where a PRelu and two convolutions follow and nothing else.

    PRelu(x) is Relu(x) - s Relu(-x), and what follows is linear: with x and -x side by side a Relu does.
    """
    users = {name: [n for n in source.node if name in n.input] for n in source.node for name in n.output}
    for first in source.node:
        chain = [first]
        while len(chain) < 4 and len(after := users[chain[-1].output[0]]) == 1:
            chain.append(after[0])
        if [one.op_type for one in chain] != ["Conv", "PRelu", "Conv", "Conv"]:
            continue
        _, relu, deep, last = chain
        width, slopes = len(weights[first.input[1]]), weights[relu.input[1]].reshape(1, -1, 1, 1)
        if width > WIDEST:
            continue
        for node, signs in ((first, (1, -1)), (deep, (1, 1))):
            kernel, bias = (weights[name] for name in node.input[1:])
            _change(node, 1, weights, np.concatenate([sign * kernel for sign in signs]))
            _change(node, 2, weights, np.concatenate([bias, -bias if node is first else 0 * bias]))
        kernel = weights[last.input[1]]
        _change(last, 1, weights, np.concatenate([kernel, -slopes * kernel], axis=1))
        next(one for one in deep.attribute if one.name == "group").i = 2 * width
        relu.op_type = "Relu"
        del relu.input[1]


def _change(node: NodeProto, number: int, weights: Weights, values: Values) -> None:
    """Give a node another weight; the old one may be of others, too."""
    node.input[number] = f"{node.output[0]} {number}"
    weights[node.input[number]] = values


def _prelu(graph: Graph, x: str, slopes: Values) -> str:
    """PRelu(x) as x + (1 - s) Relu(-x), in convolutions of one pixel, which keep ONNX Runtime's layout."""
    slopes = slopes.reshape(-1, 1, 1, 1)
    below = graph.add("Relu", [graph.conv(x, -np.ones_like(slopes), group=len(slopes))])
    return graph.add("Add", [graph.conv(below, 1 - slopes, group=len(slopes)), x])


def _widened(graph: Graph, x: str, more: int) -> str:
    """As many channels of zeros after those that there are: a convolution, which keeps the layout."""
    return graph.conv(x, np.eye(2 * more, more, dtype=np.float32)[:, :, None, None])


def _blendshapes(graph: Graph, source: onnx.GraphProto, points: str, live: Sequence[int]) -> str:
    """The mixer of tokens (Tolstikhin et al., 2021) that tells blendshapes of points.

    It is built anew, for any number of faces, of the weights as they come: of convolutions, and the scales of
    layers.
    """
    weights = _weights(source)
    dense, scales = _dense(source, weights), _scales(source, weights)
    (token,) = (weights[n.input[0]] for n in source.node if n.op_type == "Concat")
    x = _over_tokens(graph, _standard(graph, _chosen(graph, points)), next(dense))
    x = _over_channels(graph, x, next(dense))
    ones = graph.weight(np.array([1, 1]))
    shape = graph.add("Concat", [graph.add("Shape", [points], start=0, end=1), ones], axis=0)
    first = graph.add("Expand", [graph.weight(token.reshape(1, 1, -1)), shape])
    x = graph.add("Concat", [first, x], axis=1)
    for number in range(BLOCKS):
        x = _block(graph, x, dense, scales, last=number == BLOCKS - 1)
    weight, bias = next(dense)
    told = _over_channels(graph, x, (weight[list(live)], bias[list(live)]))
    return graph.add("Flatten", [graph.add("Sigmoid", [told])])


def _dense(source: onnx.GraphProto, weights: Weights) -> Iterator[Dense]:
    """Layers: the convolutions, all of one pixel, in their order."""
    for node in source.node:
        if node.op_type == "Conv":
            weight, bias = (weights[name] for name in node.input[1:])
            yield weight[:, :, 0, 0], bias


def _scales(source: onnx.GraphProto, weights: Weights) -> Iterator[Values]:
    """What each normalised layer is multiplied by, (channels,), in their order."""
    for node in source.node:
        own = [weights[name] for name in node.input if name in weights]
        if node.op_type == "Mul" and own and own[0].size > 1:
            yield own[0].reshape(-1)


def _chosen(graph: Graph, points: str) -> str:
    """The x and y of those points that tell blendshapes, (N, 146, 2)."""
    xyz = graph.add("Reshape", [points, graph.weight(np.array([-1, 478, 3]))])
    some = graph.add("Gather", [xyz, graph.weight(np.array(SUBSET))], axis=1)
    return graph.add("Slice", [some, *(graph.weight(np.array([v])) for v in (0, 2, 2))])


def _standard(graph: Graph, xy: str) -> str:
    """Points (N, 146, 2) about their middle, in twice their mean distance from it."""
    centred = graph.add("Sub", [xy, graph.add("ReduceMean", [xy], axes=[1])])
    distance = graph.add("ReduceL2", [centred], axes=[2])
    scaled = graph.add("Div", [centred, graph.add("ReduceMean", [distance], axes=[1])])
    return graph.add("Mul", [scaled, graph.weight(np.float32(0.5))])


def _block(graph: Graph, x: str, dense: Iterator[Dense], scales: Iterator[Values], *, last: bool) -> str:
    """One block of the mixer; of the last one only the first token counts."""
    hidden = graph.add("Relu", [_over_tokens(graph, _layer(graph, x, next(scales)), next(dense))])
    down, bias = next(dense)
    if last:
        down, bias = down[:1], bias[:1]
        x = graph.add("Slice", [x, *(graph.weight(np.array([v])) for v in (0, 1, 1))])
    x = graph.add("Add", [_over_tokens(graph, hidden, (down, bias)), x])
    hidden = graph.add("Relu", [_over_channels(graph, _layer(graph, x, next(scales)), next(dense))])
    return graph.add("Add", [_over_channels(graph, hidden, next(dense)), x])


def _layer(graph: Graph, x: str, scale: Values) -> str:
    return graph.add("LayerNormalization", [x, graph.weight(scale)], axis=-1, epsilon=EPSILON)


def _over_tokens(graph: Graph, x: str, dense: Dense) -> str:
    """A dense layer over the tokens: (N, tokens, channels) to (N, out, channels)."""
    weight, bias = dense
    return graph.add("Add", [graph.add("MatMul", [graph.weight(weight), x]), graph.weight(bias[:, None])])


def _over_channels(graph: Graph, x: str, dense: Dense) -> str:
    """A dense layer over the channels: (N, tokens, channels) to (N, tokens, out)."""
    weight, bias = dense
    return graph.add("Add", [graph.add("MatMul", [x, graph.weight(weight.T)]), graph.weight(bias)])
