"""A network's file in 8-bit numbers: a third of the time on a processor, and a third of the size.

Weights a channel each, activations a layer each, both linear (Jacob et al. 2018, "Quantization and training
of neural networks for efficient integer-arithmetic-only inference", arXiv:1712.05877); ranges are those seen
on training pictures. The first convolution sees pixels and the last layers make the answers: they are little
work and lose most, so they keep their 32 bits, as depthwise convolutions do, which 8 bits don't make faster.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from mimik.errors import ModelError
from mimik.models.inputs import MEAN, STD, CropSpec
from mimik.models.session import Session
from mimik.storage.whole import whole_file
from mimik.train.inputs.augment import augmented
from mimik.train.inputs.pictures import Pictures
from mimik.train.recipe.changes import AugmentOptions

MOST = 0.1
"""Largest difference in a head's logits that is allowed, as a share of their spread."""


class _Batches(CalibrationDataReader):  # type: ignore[misc]
    """Batches in the form that the quantiser asks for."""

    def __init__(self, name: str, batches: Iterable[NDArray[np.float32]]) -> None:
        self.left: Iterator[dict[str, Any]] = ({name: batch} for batch in batches)

    def get_next(self) -> dict[str, Any] | None:
        """The next batch by the input's name; None at the end."""
        return next(self.left, None)


def write_int8(source: Path, target: Path, batches: Iterable[NDArray[np.float32]]) -> None:
    """Write a file's network with 8-bit convolutions.

    Weights use 7 of the 8 bits: processors without VNNI add two products in 16 bits, which would overflow.

    Args:
        source: ONNX file with one input.
        target: The file to write.
        batches: Pictures like those that it will see, float32 (N, C, S, S), that set the ranges.
    """
    logging.getLogger().addFilter(_no_advice)
    try:
        with tempfile.TemporaryDirectory() as folder:
            ready, written = Path(folder) / "ready.onnx", Path(folder) / "int8.onnx"
            quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
            model = onnx.load(ready)
            quantize_static(
                str(ready),
                str(written),
                _Batches(model.graph.input[0].name, batches),
                quant_format=QuantFormat.QDQ,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                nodes_to_quantize=inner_nodes(model.graph),
            )
            quantised = onnx.load(written)
    finally:
        logging.getLogger().removeFilter(_no_advice)
    quantised.graph.ClearField("value_info")
    target.write_bytes(quantised.SerializeToString())


def _no_advice(record: logging.LogRecord) -> bool:
    """Drops the quantiser's advice to prepare the file, which has been done."""
    return "pre-processing" not in record.getMessage()


def inner_nodes(graph: Any) -> list[str]:
    """Names of a graph's dense convolutions but the first, and of the sums and ReLUs up to the heads."""
    nodes = list(graph.node)
    dense = [i for i, node in enumerate(nodes) if node.op_type == "Conv" and not _is_grouped(node)]
    if len(dense) < 2:
        raise ModelError(f"8 bits need two dense convolutions and more, not {len(dense)}; leave int8 out")
    said: set[str] = set()  # What dense layers make, and what is made of it: logits.
    found: list[str] = []
    for i, node in enumerate(nodes):
        if node.op_type == "Gemm" or said & {*node.input}:
            said |= {*node.output}
        elif i >= dense[1] and node.op_type in ("Conv", "Add", "Relu") and not _is_grouped(node):
            found.append(node.name)
    return found


def _is_grouped(node: Any) -> bool:
    """Whether a convolution sees some of the channels only, as a depthwise one."""
    return any(attribute.name == "group" and attribute.i > 1 for attribute in node.attribute)


def check_loss(source: Path, target: Path, batch: NDArray[np.float32]) -> None:
    """Make sure that 8 bits say what 32 say.

    Args:
        source: The file as it was.
        target: The one in 8 bits.
        batch: Pictures, float32 (N, C, S, S).

    Raises:
        ModelError: A head's logits differ by more than a tenth of their spread (root mean squares).
    """
    whole, small = Session(source, "cpu"), Session(target, "cpu")
    for name, wanted, given in zip(whole.outputs, whole.run(batch), small.run(batch), strict=True):
        lost = float(np.sqrt(np.mean((wanted - given) ** 2) / wanted.var()))
        if not lost <= MOST:
            raise ModelError(f"{source}: 8 bits change {name!r} by {lost:.0%} of its spread; leave int8 out")


CALIBRATION = 1024
"""Pictures that show the ranges of a network's numbers, for 8 bits."""


def reduce_file(
    whole: Path, path: Path, spec: CropSpec, changes: AugmentOptions, seed: int, pictures: Pictures
) -> None:
    """Write a network's file in 8 bits, by ranges that its training pictures show.

    Args:
        whole: The file as it is.
        path: The file to write.
        spec: The network's input.
        changes: Under which random changes it sees the pictures.
        seed: Of these changes and of the choice of pictures.
        pictures: Those that it was trained on.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(pictures))[:CALIBRATION]
    parts = np.array_split(rows, -(-len(rows) // 64))
    seen = [augmented(pictures, part, spec, changes, rng, MEAN, STD) for part in parts]
    with whole_file(path) as part:
        write_int8(whole, part, seen)
        check_loss(whole, part, seen[0])
