"""What tests of every room use: tiny models that are made on the fly, and the real data sets."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from mimik.models.card import ModelCard, file_sha256
from mimik.models.inputs import CropSpec
from voiced import write_voice_model

# A slow or busy machine is no fault.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

if "PYTEST_XDIST_WORKER" in os.environ:
    # Several processes share the cores; read by torch when it is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

LONGEST = frozenset({"test_tutorial.py", "test_snippets.py"})
"""Files with few tests that take minutes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then those with most tests: else one process works on them alone at last."""
    count = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.name not in LONGEST, -count[item.path]))


# Tables are whole in a pipe, unless this asks for a width.
os.environ.pop("COLUMNS", None)

LABELS = {
    "emotion": ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "gender": ("female", "male"),
    "age": (),
    "au": ("AU01", "AU04", "AU06", "AU12"),
    "cover": ("none", "eyes", "mouth", "side"),
}


def write_model(path: Path, task: str, size: int = 16, channels: int = 1, seed: int = 0, **card: Any) -> Path:
    """A random linear network over the pixels as ONNX, with its card beside it."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    labels = card["labels"] if "labels" in card else LABELS[task]
    outputs = len(labels) or 101
    rng = np.random.default_rng(seed)
    pixels = channels * size * size
    weight = rng.normal(0, 4 / pixels**0.5, (pixels, outputs)).astype(np.float32)
    bias = np.zeros(outputs, np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["face"], ["flat"], axis=1),
            helper.make_node("Gemm", ["flat", "weight", "bias"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["faces", channels, size, size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["faces", outputs])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    values: dict[str, Any] = {
        "name": path.stem,
        "version": "1",
        "task": task,
        "file": path.name,
        "sha256": file_sha256(path),
        "parameters": weight.size + bias.size,
        "labels": labels,
        "outputs": outputs,
        "takes": CropSpec(size=size, channels=channels),
        "licence": "none",
    }
    path.with_suffix(".json").write_text(ModelCard(**{**values, **card}).to_json(), encoding="utf-8")
    return path


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """A factory of tiny models.

    ``make_model("emotion", size=16, channels=1, seed=0, **card_fields)`` is the path of an .onnx file
    with its card beside it.
    """

    def make(task: str, size: int = 16, channels: int = 1, seed: int = 0, **card: Any) -> Path:
        folder = tmp_path / "models" / f"{task}-{size}-{channels}-{seed}"
        return write_model(folder / f"{task}.tiny.onnx", task, size, channels, seed, **card)

    return make


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Task to the path of a tiny model, one for each task that is read by default."""
    folder = tmp_path_factory.mktemp("tiny-models")
    return {task: write_model(folder / f"{task}.tiny.onnx", task) for task in LABELS if task != "cover"}


@pytest.fixture(scope="session")
def tiny_units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a tiny model of action units."""
    return write_model(tmp_path_factory.mktemp("tiny-units") / "au.tiny.onnx", "au")


@pytest.fixture(scope="session")
def tiny_voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a tiny model of voices."""
    return write_voice_model(tmp_path_factory.mktemp("tiny-voice") / "voice.tiny.onnx")


@pytest.fixture(scope="session")
def examples() -> Path:
    """The repository's folder of example pictures: astronaut.jpg, group.jpg and two_people.mp4."""
    return Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of the real data sets; the test is skipped where there is none."""
    root = os.environ.get("MIMIK_DATA", "")
    if not root:
        pytest.skip("set MIMIK_DATA to the folder that holds fer2013, UTKFace and fairface")
    return Path(root)
