"""face-api's age and gender network as an ONNX file with cards, so that mimik can run and score it.

The network is TinyXception (src/xception of the npm package) on 112 x 112 RGB, (pixel - mean) / 255; a number
for the age, two logits for the gender, male first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

from mimik.models.card import ModelCard, file_sha256
from mimik.models.inputs import CropSpec

SIZE = 112
MEAN_RGB = (122.782, 117.001, 104.298)
OLDEST = 116
"""Years; the ages that it is held against end there."""
SOURCE = Path("model/age_gender_model.bin")
MANIFEST = Path("model/age_gender_model-weights_manifest.json")

Array = NDArray[np.float32]


def read_weights(package: Path) -> dict[str, Array]:
    """The network's weights by name, as the package's own loader restores them from bytes."""
    blob, place = (package / SOURCE).read_bytes(), 0
    found = {}
    for entry in json.loads((package / MANIFEST).read_text(encoding="utf-8"))[0]["weights"]:
        packed = entry.get("quantization")
        kind = np.dtype(packed["dtype"] if packed else entry["dtype"])
        values = np.frombuffer(blob, kind, int(np.prod(entry["shape"])), place)
        place += values.nbytes
        if packed:
            values = values * np.float32(packed["scale"]) + np.float32(packed["min"])
        found[entry["name"]] = values.astype(np.float32).reshape(entry["shape"])
    if place != len(blob):
        raise SystemExit(f"{package / SOURCE}: {len(blob)} bytes, but its manifest tells of {place}")
    return found


class Graph:
    """Nodes of an ONNX graph, made one after another; methods take and give names of tensors."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, name: str = "", **options: Any) -> str:
        """A node with one output."""
        output = name or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **options))
        return output

    def constant(self, values: ArrayLike) -> str:
        """A tensor that doesn't change."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(values, np.float32, order="C"), name))
        return name

    def conv(self, x: str, filters: str, bias: str | None, stride: int = 1, depthwise: bool = False) -> str:
        """A convolution that keeps the size but for its stride; TensorFlow pads as SAME_UPPER does."""
        kernel = self.weights[filters].transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        inputs = [x, self.constant(kernel), *([self.constant(self.weights[bias])] if bias else [])]
        groups = len(kernel) if depthwise else 1
        return self.add("Conv", *inputs, auto_pad="SAME_UPPER", strides=[stride] * 2, group=groups)

    def separable(self, x: str, name: str) -> str:
        """Depthwise, then pointwise."""
        x = self.conv(x, f"{name}/depthwise_filter", None, depthwise=True)
        return self.conv(x, f"{name}/pointwise_filter", f"{name}/bias")

    def reduction(self, x: str, name: str, activated: bool) -> str:
        """Two separable convolutions and a pooling, beside a pointwise one."""
        out = x if activated else self.add("Relu", x)
        out = self.separable(out, f"{name}/separable_conv0")
        out = self.separable(self.add("Relu", out), f"{name}/separable_conv1")
        out = self.add("MaxPool", out, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
        return self.add(
            "Add", out, self.conv(x, f"{name}/expansion_conv/filters", f"{name}/expansion_conv/bias", 2)
        )

    def middle(self, x: str, name: str) -> str:
        """Three separable convolutions, added to their input."""
        out = x
        for number in range(3):
            out = self.separable(self.add("Relu", out), f"{name}/separable_conv{number}")
        return self.add("Add", out, x)

    def dense(self, x: str, name: str, output: str = "") -> str:
        """A fully connected layer."""
        weights, bias = (self.constant(self.weights[f"{name}/{part}"]) for part in ("weights", "bias"))
        return self.add("Gemm", x, weights, bias, name=output)


def build(weights: dict[str, Array]) -> onnx.ModelProto:
    """The network: ``input`` (N, 3, 112, 112), 0 to 1, to ``gender`` (N, 2), ``years`` (N, 1) and ``age``.

    ``age`` (N, 117) says the same as ``years`` in the form of mimik's age models, logits of a distribution
    over years: all of it lies on the two whole years beside the answer, so that its mean is the answer and
    its group is that of the nearer one.
    """
    graph = Graph(weights)
    x = graph.add("Sub", "input", graph.constant([[[[mean / 255]] for mean in MEAN_RGB]]))
    x = graph.add("Relu", graph.conv(x, "entry_flow/conv_in/filters", "entry_flow/conv_in/bias", 2))
    x = graph.reduction(x, "entry_flow/reduction_block_0", True)
    x = graph.reduction(x, "entry_flow/reduction_block_1", False)
    for number in range(2):
        x = graph.middle(x, f"middle_flow/main_block_{number}")
    x = graph.reduction(x, "exit_flow/reduction_block", False)
    x = graph.add("Relu", graph.separable(x, "exit_flow/separable_conv"))
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    graph.dense(x, "fc/gender", "gender")
    years = graph.dense(x, "fc/age", "years")
    low, high, one, least = (graph.constant(value) for value in (0, OLDEST, 1, 1e-12))
    distance = graph.add(
        "Sub",
        graph.add("Clip", years, low, high),
        graph.constant(range(OLDEST + 1)),
    )
    share = graph.add("Max", graph.add("Sub", one, graph.add("Abs", distance)), least)
    graph.add("Log", share, name="age")
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])
        for name, width in (("gender", 2), ("age", OLDEST + 1), ("years", 1))
    ]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, SIZE, SIZE])]
    body = helper.make_graph(graph.nodes, "face-api", inputs, outputs, graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def write_models(package: Path, folder: Path, crop: CropSpec) -> dict[str, Path]:
    """Write the network and a card for each task into a folder.

    Args:
        package: The unpacked npm package.
        folder: Where they go.
        crop: How faces are cut out for it.

    Returns:
        Task to the path of its card.
    """
    weights = read_weights(package)
    file = folder / "face-api.onnx"
    onnx.save(build(weights), file)
    count, sha256 = sum(values.size for values in weights.values()), file_sha256(file)
    labels: dict[str, Sequence[str]] = {"gender": ("male", "female"), "age": ()}
    paths = {}
    for task, names in labels.items():
        card = ModelCard(
            name=f"{task}.face-api",
            version="1",
            task=task,
            file=file.name,
            sha256=sha256,
            parameters=count,
            labels=tuple(names),
            outputs=len(names) or OLDEST + 1,
            takes=crop,
            mean=0.0,
            std=1.0,
            output=task,
        )
        paths[task] = folder / f"{task}.face-api.json"
        paths[task].write_text(card.to_json(), encoding="utf-8")
    return paths
