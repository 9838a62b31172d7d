"""The mesh of a face: its points, how the head is held, what eyes and mouth do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.mesh.eyes import EYES, gaze_of, openness
from mimik.mesh.follow import blended, followed
from mimik.mesh.head import FOV_DEG, Points, find_head, pose_of
from mimik.mesh.reading import NO_MESH, RAW_FIELDS, SIDES, HeadPose, MeshReading, mesh_columns
from mimik.mesh.shape import asymmetry, mouth_opening
from mimik.models.card import ModelCard
from mimik.readings import Column
from mimik.tasks.base import CROP
from mimik.tasks.probabilities import sigmoid
from mimik.types import Quality

COORDINATES = 478 * 3
"""The x, y and z of each point, one point after the other."""
PRESENCE = COORDINATES
SHAPES = slice(PRESENCE + 1, PRESENCE + 1 + len(BLENDSHAPES))
FRAME = slice(SHAPES.stop, SHAPES.stop + 2)
"""Where a face's values hold them: the points, presence, blendshapes, and width and height of the frame."""
SHUT_BELOW, HELD, WITNESS = 0.25, 0.1, 0.5
"""Openness of both eyes that is a blink, how much more ends it, and the mean of the blendshapes of blinking
that must agree: lids that lie behind glasses are guessed, and both err."""
LIDS = ("eyeBlinkLeft", "eyeBlinkRight")
SEEN_YAW_DEG, MIN_SIZE_PX = 45.0, 32.0
"""Beyond these numbers aren't to be trusted: the far side is guessed, or the eyes are a few pixels."""
MIN_OPEN = 0.2
"""Openness of an eye below which its iris can't be seen."""


class Mesh:
    """478 points in three dimensions, and what their places say."""

    name = "mesh"
    input = CROP
    tau_s = 0.1
    only_asked = True
    """It costs as much as all others together; see OnlyAsked."""
    tells_mouth = True
    """mouth_opening says it; see ActionUnits.tells_mouth."""
    outputs = SHAPES.stop
    """Of its models."""
    subject = "facial geometry"
    caution = (
        "Gaze and the shift of the head are estimates for an average head and camera, not measurements by an "
        "eye tracker."
    )

    def __init__(self, fov_deg: float = FOV_DEG) -> None:
        """Take the camera.

        Args:
            fov_deg: Its vertical field of view, by which the head's shift in millimetres is told.

        Raises:
            OptionError: It isn't between 5 and 170 degrees.
        """
        if not 5 <= fov_deg <= 170:
            raise OptionError(f"a vertical field of view (--fov) must be 5 to 170 degrees, not {fov_deg:g}")
        self.fov_deg = fov_deg

    def decode(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """Points in pixels of the crop, presence, blendshapes, and the crop's size for the frame's."""
        size = np.full((len(logits), 2), card.crop.size, np.float32)
        presence = sigmoid(logits[:, PRESENCE : PRESENCE + 1], card.temperature)
        return np.concatenate([logits[:, :PRESENCE], presence, logits[:, SHAPES], size], axis=1)

    def placed(
        self, values: NDArray[np.float32], to_frame: NDArray[np.float64], frame: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Values whose points are in pixels of the frame; see Placed."""
        crop = values[:COORDINATES].reshape(-1, 3)
        points = np.empty_like(crop)
        points[:, :2] = crop[:, :2] @ to_frame[:, :2].T + to_frame[:, 2]
        points[:, 2] = crop[:, 2] * np.hypot(*to_frame[:, 0])
        return np.concatenate([points.ravel(), values[PRESENCE : SHAPES.stop], np.asarray(frame, np.float32)])

    def followed(
        self, before: NDArray[np.float32], now: NDArray[np.float32], step_s: float, tau_s: float
    ) -> NDArray[np.float32]:
        """Values after blending; see Followed."""
        points = followed(_points(before), _points(now), step_s, tau_s)
        told = blended(before[PRESENCE : SHAPES.stop], now[PRESENCE : SHAPES.stop], step_s, tau_s)
        return np.concatenate([points.ravel().astype(np.float32), told, now[FRAME]])

    def reading(
        self,
        values: NDArray[np.float32],
        raw: NDArray[np.float32],
        card: ModelCard,
        previous: str | None = None,
        quality: Quality | None = None,
    ) -> MeshReading:
        """What the points say; see Task.reading."""
        if values[PRESENCE] < card.threshold:
            return _nothing(float(values[PRESENCE]))
        points = _points(values)
        head = find_head(points)
        width, height = values[FRAME].tolist()
        pose = pose_of(head, width, height, self.fov_deg)
        front = head.seen_from_front(points)
        eyes = {side: openness(front, EYES[side]) for side in SIDES}
        shapes = dict(zip(BLENDSHAPES, values[SHAPES].tolist(), strict=True))
        limit = SHUT_BELOW + (HELD if previous == "shut" else 0.0)
        return MeshReading(
            presence=float(values[PRESENCE]),
            points_xyz=tuple(map(tuple, points.tolist())),
            pose=pose,
            eye_openness=eyes,
            blink=max(eyes.values()) < limit and sum(shapes[name] for name in LIDS) >= 2 * WITNESS,
            gaze={
                side: gaze_of(points, head, EYES[side]) if eyes[side] >= MIN_OPEN else None for side in SIDES
            },
            mouth_opening=mouth_opening(front),
            asymmetry=asymmetry(front),
            blendshapes=shapes,
            raw=_raw(_points(raw)),
            reason=_reason(pose, quality),
        )

    def columns(self, card: ModelCard) -> tuple[Column, ...]:
        """All but the points a column a number, and those as text; see mesh_columns."""
        return mesh_columns(BLENDSHAPES)

    def account(self, card: ModelCard, settings: Mapping[str, Any]) -> str:
        """Which points, and how pose and gaze follow from them; see Described."""
        return (
            "A mesh of 478 points was laid on each face by MediaPipe's Face Landmarker. The head's pose is "
            "that of its canonical face, fitted by weighted least squares; the openness of an eye is the gap "
            "between its lids over its width, and a blink (AU45) was coded where both eyes were below "
            f"{SHUT_BELOW:g} of an eye that is open at rest; gaze follows from the places of the irises. "
            "Numbers were marked as not to be trusted in faces that could not be seen well, were smaller "
            f"than {MIN_SIZE_PX:g} pixels or turned away by more than {SEEN_YAW_DEG:g} degrees."
        )


def _reason(pose: HeadPose, quality: Quality | None) -> str | None:
    """Why the numbers of a mesh should not be trusted."""
    if quality is not None and quality.reason is not None:
        return quality.reason
    if quality is not None and quality.size_px < MIN_SIZE_PX:
        return "too small"
    return "turned away" if abs(pose.yaw_deg) > SEEN_YAW_DEG else None


def _points(values: NDArray[np.float32]) -> Points:
    return values[:COORDINATES].reshape(-1, 3).astype(np.float64)


def _raw(points: Points) -> dict[str, float | None]:
    """Those numbers that are told before smoothing."""
    head = find_head(points)
    pose, front = pose_of(head, 1, 1), head.seen_from_front(points)
    eyes = (openness(front, EYES[side]) for side in SIDES)
    told = (pose.yaw_deg, pose.pitch_deg, pose.roll_deg, *eyes, mouth_opening(front))
    return dict(zip(RAW_FIELDS, told, strict=True))


def _nothing(presence: float) -> MeshReading:
    """The reading where there is no mesh."""
    return MeshReading(
        presence=presence,
        points_xyz=None,
        pose=None,
        eye_openness=dict.fromkeys(SIDES),
        blink=None,
        gaze=dict.fromkeys(SIDES),
        mouth_opening=None,
        asymmetry=None,
        blendshapes=dict.fromkeys(BLENDSHAPES),
        raw=dict.fromkeys(RAW_FIELDS),
        reason=NO_MESH,
    )
