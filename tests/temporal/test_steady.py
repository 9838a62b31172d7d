"""Values become readings: blended, labels held, what judges a face heard first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.mesh.canonical import canonical_face
from mimik.models.card import ModelCard
from mimik.models.inputs import CropSpec
from mimik.models.store import find_model
from mimik.readings import AuReading, ClassReading
from mimik.tasks.base import Task, load_task
from mimik.temporal.smooth import SmoothOptions
from mimik.temporal.steady import SteadyReader
from mimik.types import Pose, Quality

CLEAR = Quality(100.0, 1.0, 0.5, Pose(0.0, 0.0, 0.0))


LABELS = {
    "emotion": ("happy", "sad", "neutral"),
    "au": ("AU04", "AU12"),
    "cover": ("none", "eyes", "mouth", "side"),
}


@pytest.fixture
def cards() -> dict[str, ModelCard]:
    crop = CropSpec(size=16)
    return {
        task: ModelCard(
            name=task,
            version="1",
            task=task,
            file="x.onnx",
            sha256="0" * 64,
            parameters=1,
            labels=labels,
            outputs=len(labels),
            takes=crop,
            licence="none",
        )
        for task, labels in LABELS.items()
    }


def reader(cards: dict[str, ModelCard], *names: str, strength: float = 1.0) -> SteadyReader:
    tasks: dict[str, tuple[Task, ModelCard]] = {name: (load_task(name), cards[name]) for name in names}
    return SteadyReader(tasks, SmoothOptions(strength=strength))


def shares(card: ModelCard, **said: float) -> np.ndarray:
    return np.array([said.get(label, 0.0) for label in card.labels], np.float32)


def label_of(steady: SteadyReader, time_s: float, values: np.ndarray) -> str:
    return steady.read(0, time_s, {"emotion": values}, CLEAR)[0]["emotion"].label


@pytest.mark.parametrize(("strength", "then"), [(1.0, "happy"), (0.0, "sad")])
def test_a_label_is_held_while_another_is_hardly_more_likely(
    cards: dict[str, ModelCard], strength: float, then: str
) -> None:
    card = replace(cards["emotion"], threshold=0.0)
    steady = reader({"emotion": card}, "emotion", strength=strength)
    assert label_of(steady, 0.0, shares(card, happy=0.6, sad=0.4)) == "happy"
    assert label_of(steady, 1.9, shares(card, happy=0.49, sad=0.51)) == then


def test_values_are_blended_and_the_raw_ones_told(cards: dict[str, ModelCard]) -> None:
    steady, card = reader(cards, "emotion"), cards["emotion"]
    steady.read(0, 0.0, {"emotion": shares(card, happy=1.0)}, CLEAR)
    reading = steady.read(0, 0.1, {"emotion": shares(card, sad=1.0)}, CLEAR)[0]["emotion"]
    assert isinstance(reading, ClassReading)
    assert reading.raw["sad"] == 1 and 0 < reading.probabilities["happy"] < 1
    steady.forget(100.0)
    again = steady.read(0, 100.0, {"emotion": shares(card, sad=1.0)}, CLEAR)[0]["emotion"]
    assert isinstance(again, ClassReading) and again.probabilities["happy"] == 0


def test_what_is_covered_is_heard_before_the_units_that_depend_on_it(cards: dict[str, ModelCard]) -> None:
    steady = reader(cards, "au", "cover")
    values = {"au": shares(cards["au"], AU12=0.9), "cover": shares(cards["cover"], mouth=1.0)}
    assert steady.judged(values, CLEAR).reason == "mouth covered"
    assert steady.judged(values, replace(CLEAR, reason="too small")).reason == "too small"
    told, quality = steady.read(0, 0.0, values, CLEAR)
    assert isinstance(told["au"], AuReading) and told["au"].reason == quality.reason == "mouth covered"
    # Clear in this frame, but not in those that it is blended with.
    values["cover"] = shares(cards["cover"], none=0.6, mouth=0.4)
    assert steady.judged(values, CLEAR).reason is None
    told, quality = steady.read(0, 0.01, values, CLEAR)
    assert isinstance(told["au"], AuReading) and told["au"].reason == quality.reason == "mouth covered"


def test_what_was_read_while_the_face_was_covered_is_not_blended_into_what_follows(
    cards: dict[str, ModelCard],
) -> None:
    steady = reader(cards, "emotion", "cover")
    clear, covered = shares(cards["cover"], none=1.0), shares(cards["cover"], mouth=1.0)
    happy, sad = shares(cards["emotion"], happy=1.0), shares(cards["emotion"], sad=1.0)
    reasons, labels = [], []
    for index in range(40):
        hidden = 10 <= index < 20
        values = {"emotion": sad if hidden else happy, "cover": covered if hidden else clear}
        told, quality = steady.read(0, index / 25, values, CLEAR)
        reasons.append(quality.reason)
        labels.append(told["emotion"].label)
    assert reasons[:10] == [None] * 10 and reasons[10:20] == ["mouth covered"] * 10
    # The hand is gone, but for a moment the blend still says it was there.
    back = reasons.index(None, 20)
    assert 20 <= back < 40 and reasons[back:] == [None] * (40 - back)
    assert labels[19] == "sad" and labels[back:] == ["happy"] * (40 - back)


def test_tasks_without_values_are_left_out(cards: dict[str, ModelCard]) -> None:
    steady = reader(cards, "emotion", "au", "cover")
    assert set(steady.read(0, 0.0, {"au": shares(cards["au"])}, CLEAR)[0]) == {"au"}


MESH = find_model("mesh.base")[0]


def mesh_values(presence: float, **shapes: float) -> np.ndarray:
    """The canonical face at rest but for some blendshapes."""
    points = np.zeros((478, 3))
    points[:468] = canonical_face()[0] + 200
    told = [shapes.get(name, 0.0) for name in BLENDSHAPES]
    return np.array([*points.ravel(), presence, *told, 400, 400], np.float32)


@pytest.mark.parametrize(
    ("presence", "wanted"), [(1.0, {"AU04": 0.0, "AU12": 5.0}), (0.1, {"AU04": None, "AU12": None})]
)
def test_a_task_is_aided_by_another(
    cards: dict[str, ModelCard], presence: float, wanted: dict[str, float | None]
) -> None:
    steady = reader({**cards, "mesh": MESH}, "au", "mesh")
    mesh = mesh_values(presence, mouthSmileLeft=1.0, mouthSmileRight=1.0)
    values = {"au": np.array([0.1, 0.9], np.float32), "mesh": mesh}
    told = steady.aided(steady.read(0, 0.0, values, CLEAR)[0])["au"]
    assert isinstance(told, AuReading) and (told.active, told.strength) == (("AU12",), wanted)


def test_the_own_face_at_rest_is_where_the_aided_begin(cards: dict[str, ModelCard]) -> None:
    steady = reader({**cards, "mesh": MESH}, "au", "mesh")
    values = {
        "au": np.array([0.1, 0.9], np.float32),
        "mesh": mesh_values(1.0, mouthSmileLeft=0.7, mouthSmileRight=0.7),
    }
    told = steady.aided(steady.read(0, 0.0, values, CLEAR)[0], {"au": {"AU12": 0.7}})["au"]
    assert isinstance(told, AuReading) and told.strength == {"AU04": 0.0, "AU12": 1.0}


def test_alone_it_says_nothing_of_strength(cards: dict[str, ModelCard]) -> None:
    steady = reader(cards, "au")
    told = steady.aided(steady.read(0, 0.0, {"au": np.array([0.1, 0.9], np.float32)}, CLEAR)[0])["au"]
    assert isinstance(told, AuReading) and told.strength is None
