"""The model for products that names expressions: its file says what the rules in its card say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import mimik
from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.models.session import Session
from mimik.models.store import find_model
from mimik.tasks.emotion import Emotion
from mimik.tasks.loaded import load_models
from mimik.tasks.mesh import PRESENCE, SHAPES

SCRIPTS = Path(__file__).parents[2] / "scripts"
FACES = Path(__file__).parents[1] / "mesh" / "original.npz"
CARD, FILE = find_model("emotion.open")
Values = NDArray[np.float64]


@pytest.fixture(scope="module")
def rules() -> ModuleType:
    spec = importlib.util.spec_from_file_location("open_rules", SCRIPTS / "open_rules.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    # Its dataclass looks its module up.
    sys.modules["open_rules"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def told() -> tuple[Values, Values]:
    """What the network says of three faces, of noise and of nothing: the mesh, and the logits."""
    crops = np.load(FACES)["crops"].repeat(4, axis=1).repeat(4, axis=2).transpose(0, 3, 1, 2)
    noise = np.random.default_rng(0).integers(0, 256, (2, 3, 256, 256))
    faces = np.concatenate([crops, noise, np.zeros((1, 3, 256, 256), int)])
    mesh, logits = Session(FILE, "cpu").run(np.float32(faces) / np.float32(255))
    return mesh.astype(np.float64), logits.astype(np.float64)


def weights_of(rules: ModuleType) -> object:
    """The rules with the numbers of the card."""
    said = CARD.training["rules"]
    prior, versions = said["prior"], said["versions"]
    units = ["+".join(sorted(units, key=int)) for _, units in rules.WHOLE]
    assert [(v["label"], v["units"]) for v in versions] == [
        (label, own) for (label, _), own in zip(rules.WHOLE, units, strict=True)
    ]
    return rules.Weights(
        np.array([v["weight"] for v in versions]),
        np.array([v["offset"] for v in versions]),
        prior["neutral"] / prior["angry"],
        prior["happy"] / prior["angry"],
    )


def test_the_file_says_what_the_rules_say(rules: ModuleType, told: tuple[Values, Values]) -> None:
    mesh, logits = told
    presence = 1 / (1 + np.exp(-mesh[:, PRESENCE]))
    wanted = weights_of(rules).logits(mesh[:, SHAPES], presence)  # type: ignore[attr-defined]
    assert np.abs(logits - wanted).max() < 0.01  # The card's numbers are rounded.
    assert logits[:3].argmax(axis=1).tolist() == [CARD.labels.index("happy")] * 3, "they all smile"


def test_without_a_mesh_the_prior_is_left_and_nothing_is_certain(told: tuple[Values, Values]) -> None:
    mesh, logits = told
    assert mesh[3:, PRESENCE].max() < -3
    shares = Emotion().decode(logits[3:].astype(np.float32), CARD)
    prior = [CARD.training["rules"]["prior"][label] for label in CARD.labels]
    assert shares == pytest.approx(np.tile(prior, (3, 1)), abs=0.05)
    assert shares.max() < CARD.threshold


def shown(rules: ModuleType, **values: float) -> str:
    """The label of a face whose blendshapes are nought but for those named, both sides alike."""
    row = [values.get(name.removesuffix("Left").removesuffix("Right"), 0.0) for name in BLENDSHAPES]
    logits = weights_of(rules).logits(np.array([row]), np.ones(1))  # type: ignore[attr-defined]
    return CARD.labels[int(logits.argmax())]


def test_textbook_faces_are_named(rules: ModuleType) -> None:
    assert shown(rules) == "neutral"
    assert shown(rules, mouthSmile=0.8, mouthUpperUp=0.5, eyeSquint=0.5) == "happy"
    assert shown(rules, browDown=0.8, eyeSquint=0.7, mouthPress=0.4) == "angry"
    assert shown(rules, browInnerUp=0.9, browOuterUp=0.2, mouthFrown=0.3) == "sad"
    assert shown(rules, browInnerUp=0.9, browOuterUp=0.8, eyeWide=0.3, jawOpen=0.6) == "surprise"
    assert shown(rules, eyeWide=0.3, mouthStretch=0.5) == "fear"
    assert shown(rules, mouthUpperUp=0.7, mouthShrugLower=0.9, browDown=0.4) == "disgust"


def test_it_costs_nothing_where_the_mesh_is_read() -> None:
    loaded = load_models({"emotion": "emotion.open", "mesh": "mesh.base"}, "cpu")
    assert loaded["emotion"].session is loaded["mesh"].session
    assert loaded["emotion"].card.crop == loaded["mesh"].card.crop


def test_products_get_expressions(examples: Path) -> None:
    (result,) = mimik.analyze(
        examples / "group.jpg", tasks=("emotion", "mesh"), models="open", commercial=True
    )
    assert {face.emotion.label for face in result.faces if face.emotion} == {"happy", "neutral"}
    smiling = max(result.faces, key=lambda face: face.emotion.probabilities["happy"])  # type: ignore[union-attr]
    found = mimik.explain_face(smiling)
    assert found and found.supporting == ("AU12",) and found.channels
    assert found.channels["AU12"] == "mouthSmile"


def test_a_small_face_is_not_trusted(examples: Path) -> None:
    image = cv2.cvtColor(cv2.imread(str(examples / "astronaut.jpg")), cv2.COLOR_BGR2RGB)
    small = cv2.resize(image, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
    analyzer = mimik.Analyzer(("emotion",), models="open")
    faces = analyzer.image(np.pad(small, ((99, 99), (99, 99), (0, 0))), colour="rgb").faces
    assert faces and all(face.quality.reason == "too small" for face in faces)
