"""Files with weights in 16 or 8 bits."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
onnx = pytest.importorskip("onnx")

from tiny_recipe import RESNET, recipe  # noqa: E402

from mimik.errors import ModelError, RecipeError  # noqa: E402
from mimik.models.session import Session  # noqa: E402
from mimik.train.export.narrow import halved, quartered  # noqa: E402
from mimik.train.loop import train  # noqa: E402
from mimik.train.weights.published import read_model  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


@pytest.mark.parametrize(("bits", "size", "off"), [(16, 0.6, 0.01), (8, 0.37, 0.05)])
def test_a_file_in_fewer_bits_is_smaller_and_says_the_same(
    bars: Path, tmp_path: Path, bits: int, size: float, off: float
) -> None:
    optim = dataclasses.replace(recipe().optim, epochs=1)
    tiny = recipe(network=RESNET | {"widths": [32, 64]}, optim=optim)
    path = train(tiny, bars, tmp_path)
    whole = path.read_bytes()
    assert train(dataclasses.replace(tiny, weight_bits=bits), bars, tmp_path) == path, (
        "the same run, another file"
    )
    assert path.stat().st_size < size * len(whole)
    faces = np.random.default_rng(0).normal(size=(7, 1, 24, 24)).astype(np.float32)
    (wanted,), (given,) = Session(whole, "cpu").run(faces), Session(path, "cpu").run(faces)
    assert given.dtype == np.float32 and not np.array_equal(wanted, given)
    assert np.abs(wanted - given).max() < off * wanted.std()


def product_with(weight: np.ndarray) -> bytes:
    """A file that multiplies rows by a matrix."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", weight.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", weight.shape[1]])],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def test_a_weight_beyond_16_bits_is_refused() -> None:
    with pytest.raises(ModelError, match="'weight' is too large for 16 bits; leave weight_bits out"):
        halved(product_with(np.full((100, 2), 1e6, np.float32)))


def test_bytes_are_within_half_a_step_and_each_output_has_its_own() -> None:
    weight = np.random.default_rng(0).normal(size=(4, 40)).astype(np.float32)
    weight[1] *= 1e-3
    weight[2] = 0
    file = quartered(product_with(weight))
    (given,) = Session(file, "cpu").run(np.eye(4, dtype=np.float32))
    step = np.abs(weight).max(axis=1, keepdims=True) / 127
    assert np.all(np.abs(given - weight) <= step / 2 + 1e-7)


@pytest.mark.parametrize("bits", [16, 8])
def test_a_model_in_fewer_bits_is_one_to_start_from(bars: Path, tmp_path: Path, bits: int) -> None:
    optim = dataclasses.replace(recipe().optim, epochs=1)
    tiny = recipe(network=RESNET | {"widths": [32, 64]}, optim=optim)
    path = train(dataclasses.replace(tiny, weight_bits=bits), bars, tmp_path)
    found = read_model(str(path), "start")
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["averaged"]
    name = next(key for key, value in state.items() if value.ndim == 2)
    assert found.source.endswith(f", of {bits} bits")
    assert (found.weights[name] - state[name]).abs().max() < 0.01 * state[name].abs().max()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"weight_bits": 4}, "weight_bits must be 32, 16 or 8, not 4"),
        ({"int8": True, "weight_bits": 16}, "int8"),
    ],
)
def test_other_bits_are_refused(told: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        recipe(**told)
