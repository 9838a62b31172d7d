"""Freeing the input size of an ONNX file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimik.errors import ModelError
from mimik.models.free_size import with_free_size
from mimik.models.session import Session
from mimik.models.store import find_file


@pytest.fixture(scope="module")
def published() -> bytes:
    return find_file("yunet").read_bytes()


def test_the_freed_network_gives_the_same_at_its_own_size(published: bytes) -> None:
    picture = np.random.default_rng(0).uniform(0, 255, (1, 3, 640, 640)).astype(np.float32)
    fixed, free = Session(published, "cpu"), Session(with_free_size(published), "cpu")
    assert free.outputs == fixed.outputs
    for a, b in zip(fixed.run(picture), free.run(picture), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (96, 256), (480, 640)])
def test_any_multiple_of_32_goes(published: bytes, height: int, width: int) -> None:
    session = Session(with_free_size(published), "cpu")
    cells = session.run(np.zeros((1, 3, height, width), np.float32))[0]
    assert cells.shape == (1, height * width // 64, 1)


def test_freeing_twice_changes_nothing(published: bytes) -> None:
    once = with_free_size(published)
    assert with_free_size(once) == once


def test_the_rewritten_file_is_valid(published: bytes) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(with_free_size(published))
    dims = model.graph.input[0].type.tensor_type.shape.dim
    assert [d.dim_value or d.dim_param for d in dims] == ["pictures", 3, "height", "width"]
    assert len(model.graph.node) == len(onnx.load_from_string(published).graph.node)


@settings(max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 232_000))
def test_damage_gives_a_typed_error_or_bytes(noise: bytes, at: int) -> None:
    content = find_file("yunet").read_bytes()
    for damaged in (noise, content[:at], content[:at] + noise + content[at:]):
        try:
            assert isinstance(with_free_size(damaged), bytes)
        except ModelError as error:
            assert "no ONNX model" in str(error)


def test_several_pictures_in_one_call_are_as_alone(published: bytes) -> None:
    session = Session(with_free_size(published), "cpu")
    pictures = np.random.default_rng(0).uniform(0, 255, (3, 3, 64, 96)).astype(np.float32)
    alone = [session.run(picture[None]) for picture in pictures]
    for together, parts in zip(session.run(pictures), zip(*alone, strict=True), strict=True):
        width = together.shape[-1]
        assert np.array_equal(together.reshape(-1, width), np.concatenate(parts).reshape(-1, width))
