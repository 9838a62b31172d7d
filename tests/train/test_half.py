"""Files with weights in 16 bits."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
onnx = pytest.importorskip("onnx")

from tiny_recipe import RESNET, recipe  # noqa: E402

from mimik.errors import ModelError, RecipeError  # noqa: E402
from mimik.models.session import Session  # noqa: E402
from mimik.train.export.half import halved  # noqa: E402
from mimik.train.loop import train  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


def test_a_file_in_16_bits_is_half_as_large_and_says_the_same(bars: Path, tmp_path: Path) -> None:
    optim = dataclasses.replace(recipe().optim, epochs=1)
    tiny = recipe(network=RESNET | {"widths": [32, 64]}, optim=optim)
    path = train(tiny, bars, tmp_path)
    whole = path.read_bytes()
    assert train(dataclasses.replace(tiny, half=True), bars, tmp_path) == path, "the same run, another file"
    assert path.stat().st_size < 0.6 * len(whole)
    faces = np.random.default_rng(0).normal(size=(7, 1, 24, 24)).astype(np.float32)
    (wanted,), (given,) = Session(whole, "cpu").run(faces), Session(path, "cpu").run(faces)
    assert given.dtype == np.float32 and not np.array_equal(wanted, given)
    assert np.abs(wanted - given).max() < 0.01 * wanted.std()


def test_a_weight_beyond_16_bits_is_refused() -> None:
    from onnx import TensorProto, helper, numpy_helper

    weight = numpy_helper.from_array(np.full((100, 2), 1e6, np.float32), "weight")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        "large",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 100])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    with pytest.raises(ModelError, match="'weight' is too large for 16 bits; leave half out"):
        halved(model.SerializeToString())


def test_a_file_has_8_bits_or_16() -> None:
    with pytest.raises(RecipeError, match="int8 and half"):
        recipe(int8=True, half=True)
