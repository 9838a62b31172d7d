from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mimik.models.card import ModelCard, read_card
from mimik.models.inputs import CropSpec
from mimik.models.store import cards_in, find_model
from mimik.models.work import face_times_ms, multiply_adds


def test_a_linear_network_multiplies_each_pixel_by_each_weight(make_model: Callable[..., Path]) -> None:
    for size, channels in ((16, 1), (24, 3)):
        path = make_model("emotion", size, channels)
        assert multiply_adds(read_card(path.with_suffix(".json")), path) == 7 * channels * size * size


def network(path: Path) -> tuple[ModelCard, Path]:
    """A convolution of groups, one turned back, a stack of products, and a matrix on its side."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def weights(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(np.ones(shape, np.float32), name)

    nodes = [
        helper.make_node("Conv", ["face", "w1"], ["a"], group=2, strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("ConvTranspose", ["a", "w2"], ["b"], strides=[2, 2]),
        helper.make_node("Relu", ["b"], ["c"]),
        helper.make_node("MatMul", ["c", "w3"], ["d"]),
        helper.make_node("Flatten", ["d"], ["e"]),
        helper.make_node("Gemm", ["e", "w4"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "some",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["faces", 2, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["faces", 2])],
        [weights("w1", 4, 1, 3, 3), weights("w2", 4, 3, 2, 2), weights("w3", 8, 5), weights("w4", 2, 120)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    crop = CropSpec(size=8, channels=1)
    card = ModelCard("some", "1", "gender", path.name, "", 1, ("a", "b"), 2, crop)
    return card, path


def test_each_kind_of_operator_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card, path = network(tmp_path / "some.onnx")
    monkeypatch.setattr(CropSpec, "shape", property(lambda self: (2, 8, 8)))
    conv = 4 * 4 * 4 * (1 * 3 * 3)  # Outputs, times the weights of one group.
    turned = 4 * 4 * 4 * (3 * 2 * 2)  # Inputs, times the weights that each reaches.
    product = 3 * 8 * 5 * 8
    last = 120 * 2
    assert multiply_adds(card, path) == conv + turned + product + last


def test_eight_bits_need_as_many_products_as_floats() -> None:
    """face.base holds 8-bit numbers; 1,958,056 weights, most of them used at many places."""
    card, path = find_model("emotion.base")
    assert multiply_adds(card, path) == 133_397_893
    mini, file = find_model("emotion.mini")
    assert multiply_adds(mini, file) == 5_728_528


def test_times_are_of_each_network(make_model: Callable[..., Path]) -> None:
    models = [find_model(str(make_model("emotion", seed=seed))) for seed in (0, 1)]
    times, turns = face_times_ms(models)
    assert len(times) == 2 and min(times) > 0 and 20 <= turns <= 300


def test_nothing_stays_of_counting(
    make_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_model("gender")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        multiply_adds(read_card(path.with_suffix(".json")), path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_runs_folder_holds_cards_among_other_files(make_model: Callable[..., Path]) -> None:
    path = make_model("emotion")
    run = path.parent
    (run / "recipe.json").write_text('{"name": "emotion.tiny", "task": "emotion"}')
    (run / "broken.json").write_text("{")
    (run / "list.json").write_text("[1]")
    assert cards_in(run) == [path.with_suffix(".json")]
    path.unlink()
    assert cards_in(run) == []
