"""Files in 8-bit numbers."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
onnx = pytest.importorskip("onnx")

from tiny_recipe import RESNET, recipe  # noqa: E402

from mimik.errors import ModelError  # noqa: E402
from mimik.evaluate.score import evaluate_model  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.models.session import Session  # noqa: E402
from mimik.train.checkpoint import fresh_state  # noqa: E402
from mimik.train.export.int8 import check_loss, inner_nodes, write_int8  # noqa: E402
from mimik.train.export.onnx import to_onnx  # noqa: E402
from mimik.train.loop import train  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


def test_a_file_in_8_bits_is_smaller_and_says_the_same(bars: Path, tmp_path: Path) -> None:
    tiny = recipe(int8=True, network=RESNET | {"widths": [16, 32]})
    path = train(tiny, bars, tmp_path)
    whole = path.parent / "float" / path.name
    assert path.stat().st_size < 0.7 * whole.stat().st_size
    assert list(tmp_path.glob("*.onnx")) == [path]
    assert b"tmp" not in path.read_bytes()
    faces = np.random.default_rng(0).normal(size=(7, 1, 24, 24)).astype(np.float32)
    (wanted,), (given,) = Session(whole, "cpu").run(faces), Session(path, "cpu").run(faces)
    assert not np.array_equal(wanted, given)
    assert np.abs(wanted - given).max() < 0.3 * wanted.std()
    # The card is of the file in 8 bits, and that is what is scored.
    assert read_card(path.with_suffix(".json")).file == path.name
    assert evaluate_model(path, bars, "folder", "train")["accuracy"] > 0.9
    # It is the same run with and without 8 bits: only the file is made anew.
    again = train(dataclasses.replace(tiny, int8=False), bars, tmp_path)
    assert again == path and list(tmp_path.rglob("*.onnx")) == [path]
    assert np.allclose(Session(path, "cpu").run(faces)[0], wanted, atol=1e-6)


def test_a_network_that_8_bits_would_change_is_not_exported(bars: Path, tmp_path: Path) -> None:
    path = train(recipe(network=RESNET, optim=dataclasses.replace(recipe().optim, epochs=1)), bars, tmp_path)
    faces = np.random.default_rng(0).normal(size=(8, 1, 24, 24)).astype(np.float32)
    # Ranges of dim pictures cut bright ones off.
    write_int8(path, tmp_path / "wrong.onnx", [faces * 0.001])
    with pytest.raises(ModelError, match=r"8 bits change 'logits' by .*; leave int8 out"):
        check_loss(path, tmp_path / "wrong.onnx", faces)


def test_a_branch_on_the_way_does_not_end_the_part_in_8_bits(tmp_path: Path) -> None:
    options = {"branch": 16, "branch_from": 0, "branch_outputs": 2, "widths": [16, 32]}
    network = fresh_state(recipe(network=RESNET | options), torch.device("cpu")).network.eval()
    (tmp_path / "whole.onnx").write_bytes(to_onnx(network, recipe().crop, ()))
    graph = onnx.load(tmp_path / "whole.onnx").graph
    inner = inner_nodes(graph)
    left = [node.op_type for node in graph.node if node.name not in inner]
    # The first convolution, and the means that are weighted by place; the sum of the logits.
    assert (left.count("Conv"), left.count("Add")) == (3, 1)
    assert sum(node.op_type == "Add" for node in graph.node) == 4


def test_a_network_of_one_convolution_is_refused(bars: Path, tmp_path: Path) -> None:
    plain = {"family": "plain", "size": 24, "stages": [[8]], "dense": [8]}
    with pytest.raises(ModelError, match="8 bits need two dense convolutions"):
        train(recipe(int8=True, network=plain), bars, tmp_path)
