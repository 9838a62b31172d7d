"""The network that ships says what MediaPipe's own networks say; benchmarks/mesh_parity.py asked those."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.models.session import Session
from mimik.models.store import find_model
from mimik.tasks.mesh import COORDINATES, PRESENCE, SHAPES

ORIGINAL = np.load(Path(__file__).with_name("original.npz"))
"""Crops of faces, uint8 (3, 64, 64, 3), and what the original networks tell of them, float32 (3, 1483)."""


@pytest.fixture(scope="module")
def told() -> NDArray[np.float32]:
    faces = ORIGINAL["crops"].repeat(4, axis=1).repeat(4, axis=2).transpose(0, 3, 1, 2)
    return Session(find_model("mesh.base")[1], "cpu").run(np.float32(faces) / np.float32(255))[0]


def test_the_points_are_those_of_the_original(told: NDArray[np.float32]) -> None:
    off = np.abs(told - ORIGINAL["told"])
    assert off[:, :COORDINATES].max() < 0.005  # Pixels of a crop of 256; arithmetic differs by processor.
    assert off[:, PRESENCE].max() < 0.001
    assert off[:, SHAPES].max() < 0.0005


def test_the_faces_are_seen_and_not_alike(told: NDArray[np.float32]) -> None:
    assert told[:, PRESENCE].min() > 5
    assert np.abs(told[0] - told[1])[:COORDINATES].max() > 5
    shapes = told[:, SHAPES]
    assert shapes[:, BLENDSHAPES.index("mouthSmileLeft")].min() > 0.7  # They all smile, with their eyes open.
    assert shapes[:, BLENDSHAPES.index("eyeBlinkLeft")].max() < 0.3


def test_a_face_is_read_alike_alone_and_among_others(told: NDArray[np.float32]) -> None:
    face = ORIGINAL["crops"][1:2].repeat(4, axis=1).repeat(4, axis=2).transpose(0, 3, 1, 2)
    alone = Session(find_model("mesh.base")[1], "cpu").run(np.float32(face) / np.float32(255))[0]
    assert np.abs(alone[0] - told[1]).max() < 0.005
