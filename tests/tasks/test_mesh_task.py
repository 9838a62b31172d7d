"""The task of meshes: from a network's answer to a reading, in the frame, over time."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.faces.crop import Square, crop, to_frame
from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.mesh.canonical import POINTS, canonical_face
from mimik.mesh.eyes import EYES
from mimik.models.card import ModelCard
from mimik.models.store import find_model
from mimik.pipeline.analyzer import Analyzer
from mimik.pipeline.choice import choose
from mimik.readings import Reading
from mimik.results.rows import flat_reading, in_order
from mimik.tasks.base import Moving, OnlyAsked, Placed, load_task
from mimik.tasks.mesh import COORDINATES, FRAME, PRESENCE, SHAPES, SHUT_BELOW, Mesh
from mimik.temporal.smooth import Smoother
from mimik.types import Pose, Quality

CARD: ModelCard = find_model("mesh.base")[0]
SIDE = 256


def answer(gap: float = 0.3, blink: float = 0.0, logit: float = 12.0) -> NDArray[np.float32]:
    """What a network would say of the canonical face, (1, 1483): it fills half of the crop."""
    points = np.zeros((478, 3))
    points[:POINTS] = canonical_face()[0]
    for eye in EYES.values():
        width = np.linalg.norm(points[eye.outer, :2] - points[eye.inner, :2])
        for upper, lower in zip(eye.upper, eye.lower, strict=True):
            points[upper, 1] = points[lower, 1] - gap * width
        points[eye.iris] = (points[eye.outer] + points[eye.inner]) / 2
    out = np.zeros((1, Mesh.outputs), np.float32)
    out[0, :COORDINATES] = (0.8 * points + [SIDE / 2, SIDE / 2, 0]).ravel()
    out[0, PRESENCE] = logit
    shapes = out[0, SHAPES]
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        shapes[BLENDSHAPES.index(name)] = blink
    return out


def values(**told: float) -> NDArray[np.float32]:
    return Mesh().decode(answer(**told), CARD)[0]


def test_it_is_all_that_a_task_of_places_is() -> None:
    task = load_task("mesh")
    assert isinstance(task, Placed) and isinstance(task, Moving) and isinstance(task, OnlyAsked)
    assert CARD.outputs == Mesh.outputs == 1483


@pytest.mark.parametrize("angle", [0.0, 0.5, -2.0])
def test_points_are_brought_to_where_the_crop_was_cut(angle: float) -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[150:152, 250:252] = 255
    square = Square((230.0, 140.0), 120.0, angle)
    cut = crop(picture, square, SIDE)[..., 0]
    y, x = (np.average(np.arange(SIDE) + 0.5, weights=cut.sum(axis=axis) + 1e-9) for axis in (1, 0))
    told = values()
    told[:3] = x, y, 10.0
    placed = Mesh().placed(told, to_frame(square, SIDE), (400, 300))
    assert placed[:3] == pytest.approx((251.0, 151.0, 10 * 120 / SIDE), abs=0.2)
    assert placed[FRAME].tolist() == [400.0, 300.0]
    assert placed[PRESENCE : SHAPES.stop] == pytest.approx(told[PRESENCE : SHAPES.stop])


def test_a_turned_crop_is_a_turned_head() -> None:
    for angle in (0.0, 0.6, math.pi):
        placed = Mesh().placed(values(), to_frame(Square((320.0, 240.0), 200.0, angle), SIDE), (640, 480))
        pose = Mesh().reading(placed, placed, CARD).pose
        assert pose is not None
        off = (pose.roll_deg - math.degrees(angle) + 180) % 360 - 180
        assert (pose.yaw_deg, pose.pitch_deg, off) == pytest.approx((0, 0, 0), abs=0.5)


def test_the_field_of_view_moves_the_head_and_turns_it_not() -> None:
    told = values()
    wide, narrow = (Mesh(fov_deg).reading(told, told, CARD).pose for fov_deg in (90.0, 40.0))
    assert wide is not None and narrow is not None
    assert narrow.z_mm > 2 * wide.z_mm
    assert (narrow.yaw_deg, narrow.x_mm) == (wide.yaw_deg, wide.x_mm)


def test_both_witnesses_must_see_a_blink() -> None:
    def blinks(gap: float, blink: float, previous: str | None = None) -> bool | None:
        told = values(gap=gap, blink=blink)
        return Mesh().reading(told, told, CARD, previous).blink

    assert blinks(0.02, 0.7) is True
    assert blinks(0.30, 0.7) is False
    assert blinks(0.02, 0.2) is False  # Lids behind dark glasses.
    just_above = 0.04 + (SHUT_BELOW + 0.05) * 0.26
    assert blinks(just_above, 0.7) is False
    assert blinks(just_above, 0.7, "shut") is True


def test_a_shut_eye_has_no_gaze() -> None:
    told = values(gap=0.02, blink=0.7)
    reading = Mesh().reading(told, told, CARD)
    assert reading.gaze == {"left": None, "right": None}
    assert (reading.label, reading.word) == ("shut", "eyes shut")
    assert reading.to_dict()["gaze"]["left"] == {"yaw_deg": None, "pitch_deg": None}


def test_where_there_is_no_face_there_are_no_numbers() -> None:
    told = values(logit=-3.0)
    reading = Mesh().reading(told, told, CARD)
    assert (reading.label, reading.word, reading.text, reading.reason) == ("no mesh",) * 4
    flat = reading.to_dict()
    assert flat["points_xyz"] is None and flat["blink"] is None and not flat["reliable"]
    assert set(flat["blendshapes"].values()) | set(flat["raw"].values()) == {None}
    assert flat["presence"] == pytest.approx(1 / (1 + math.exp(3)), abs=1e-3)


@pytest.mark.parametrize(
    ("quality", "reason"),
    [
        (Quality(100, 0.5, 0.5, Pose(0, 0, 0)), None),
        (Quality(25, 0.5, 0.5, Pose(0, 0, 0)), "too small"),
        (Quality(100, 0.5, 0.5, Pose(0, 0, 0), "blurred"), "blurred"),
        (None, None),
    ],
)
def test_what_speaks_against_a_face_speaks_against_its_mesh(
    quality: Quality | None, reason: str | None
) -> None:
    told = values()
    reading = Mesh().reading(told, told, CARD, None, quality)
    assert (reading.reason, reading.reliable) == (reason, reason is None)
    assert reading.points_xyz is not None


def test_the_far_side_of_a_face_turned_away_is_not_trusted() -> None:
    told = values()
    points = told[:COORDINATES].reshape(-1, 3)
    yaw = math.radians(55)
    turn = np.array([[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]])
    points[:] = (points - [SIDE / 2, SIDE / 2, 0]) @ turn.T + [SIDE / 2, SIDE / 2, 0]
    assert Mesh().reading(told, told, CARD).reason == "turned away"


@pytest.mark.parametrize("logit", [12.0, -3.0])
def test_every_number_has_its_column(logit: float) -> None:
    told = values(logit=logit)
    reading: Reading = Mesh().reading(told, told, CARD)
    row: dict[str, object] = {}
    flat_reading(row, "mesh", reading.to_dict())  # type: ignore[arg-type]
    names = [f"mesh_{column.name}" for column in Mesh().columns(CARD)]
    assert list(row) == names
    in_order(row, names)  # type: ignore[arg-type]
    json.dumps(reading.to_dict(), allow_nan=False)


def test_raw_is_before_smoothing() -> None:
    smooth, raw = values(gap=0.3), values(gap=0.1)
    reading = Mesh().reading(smooth, raw, CARD)
    assert reading.eye_openness["left"] == pytest.approx(1.0, abs=0.01)
    assert reading.raw["eye_openness_left"] == pytest.approx((0.1 - 0.04) / 0.26, abs=0.02)


def test_points_follow_and_blendshapes_are_blended() -> None:
    before, now = values(blink=0.0), values(blink=1.0)
    now[:COORDINATES] += 40
    after = Mesh().followed(before, now, 1 / 30, Mesh.tau_s)
    assert np.abs(after[:COORDINATES] - now[:COORDINATES]).max() < 3
    shape = after[SHAPES][BLENDSHAPES.index("eyeBlinkLeft")]
    assert 0.9 < shape < 1
    near = values(blink=0.01)
    slow = Mesh().followed(before, near, 1 / 30, Mesh.tau_s)[SHAPES][BLENDSHAPES.index("eyeBlinkLeft")]
    assert slow < 0.5 * 0.01
    assert after.dtype == np.float32 and len(after) == len(now)


def test_a_blink_of_three_frames_is_told_after_smoothing() -> None:
    gaps = [0.3] * 10 + [0.15, 0.02, 0.02, 0.15] + [0.3] * 5
    smoother = Smoother({"mesh": Mesh.tau_s}, None, {"mesh": Mesh()})
    told = []
    for frame, gap in enumerate(gaps):
        raw = values(gap=gap, blink=0.15 if gap > 0.2 else 0.5 if gap > 0.1 else 0.7)
        after = smoother.blend(0, frame / 30, {"mesh": raw})["mesh"]
        told.append(Mesh().reading(after, raw, CARD).blink)
    assert told.count(True) in (2, 3) and not told[10] and told[12]


def test_it_is_read_where_it_is_asked_for_alone() -> None:
    assert "mesh" not in choose().tasks
    assert "mesh" not in choose(models="open").tasks
    assert choose(("emotion", "mesh")).tasks == ("emotion", "mesh")
    assert choose(("mesh",), "open", commercial=True).models["mesh"] == "mesh.base"


def test_a_real_face_is_read_in_the_frame(examples: Path) -> None:
    (face,) = Analyzer(["mesh"]).image(examples / "astronaut.jpg").faces
    reading = face.readings["mesh"]
    flat = reading.to_dict()
    points = np.array(flat["points_xyz"])
    assert points.shape == (478, 3)
    assert face.landmarks_xy is not None
    eyes = points[[468, 473], :2]
    assert np.abs(eyes - np.array(face.landmarks_xy)[:2]).max() < 0.1 * face.quality.size_px
    assert flat["blink"] is False and flat["reliable"] and flat["presence"] > 0.99
    assert flat["blendshapes"]["mouthSmileLeft"] > 0.5
    assert max(abs(flat["pose"][name]) for name in ("yaw_deg", "pitch_deg", "roll_deg")) < 30


def test_a_threshold_of_ones_own_counts() -> None:
    told = values(logit=1.0)
    assert Mesh().reading(told, told, CARD).pose
    assert Mesh().reading(told, told, replace(CARD, threshold=0.9)).pose is None


def test_the_cameras_field_of_view_is_an_option(examples: Path) -> None:
    picture = examples / "astronaut.jpg"
    usual, wide = (Analyzer(["mesh"], fov_deg=fov_deg) for fov_deg in (None, 100.0))
    near, far = (one.image(picture).faces[0].readings["mesh"].to_dict()["pose"] for one in (wide, usual))
    assert near["z_mm"] < 0.6 * far["z_mm"] and near["yaw_deg"] == far["yaw_deg"]
    assert wide.info().settings["fov_deg"] == 100.0 and "fov_deg" not in usual.info().settings
    with pytest.raises(OptionError, match=r"the tasks are emotion: add mesh"):
        Analyzer(["emotion"], fov_deg=60)
    with pytest.raises(OptionError, match=r"\(--fov\) must be 5 to 170 degrees, not 200"):
        Analyzer(["mesh"], fov_deg=200)
