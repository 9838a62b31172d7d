"""What the mesh of a face says: where its points are, how the head is held, what eyes and mouth do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from mimik.readings import Column, columns

PointXYZ: TypeAlias = tuple[float, float, float]
"""x, y in pixels of the frame; z on the same scale, see MeshReading.points_xyz."""
NO_MESH = "no mesh"
"""What is said where the network sees no face: label, text, and the reason."""
SIDES = ("left", "right")
"""The person's own, in the order of results."""


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Where a head is and where it points: six degrees of freedom."""

    yaw_deg: float
    """Turned to the person's own left is positive."""
    pitch_deg: float
    """Looking up is positive."""
    roll_deg: float
    """Tilted clockwise as the viewer sees it is positive."""
    x_mm: float
    """Of the face's middle, right of the picture's as the viewer sees it, for a face of average size."""
    y_mm: float
    """Below the picture's middle."""
    z_mm: float
    """Away from the camera, for the field of view that was given."""

    def to_dict(self) -> dict[str, float]:
        """JSON-safe form."""
        return {name: round(getattr(self, name), 1) for name in POSE_FIELDS}


POSE_FIELDS = ("yaw_deg", "pitch_deg", "roll_deg", "x_mm", "y_mm", "z_mm")
"""Fields of a pose, in the order of results."""


@dataclass(frozen=True, slots=True)
class Gaze:
    """Where an eye looks, against the line from the face to the camera."""

    yaw_deg: float
    """To the person's own left is positive; zero looks at the camera."""
    pitch_deg: float
    """Up is positive."""

    def to_dict(self) -> dict[str, float]:
        """JSON-safe form."""
        return {name: round(getattr(self, name), 1) for name in GAZE_FIELDS}


GAZE_FIELDS = ("yaw_deg", "pitch_deg")
"""Fields of a gaze, in the order of results."""
RAW_FIELDS = ("yaw_deg", "pitch_deg", "roll_deg", "eye_openness_left", "eye_openness_right", "mouth_opening")
"""What is told before smoothing, too."""


@dataclass(frozen=True, slots=True)
class MeshReading:
    """The mesh of one face.

    Where the network sees no face, all numbers but presence are None, and so is blink. Where only an eye
    can't be seen, that eye's values are None.
    """

    presence: float
    """Probability that there is a face where the network looked, 0 to 1."""
    points_xyz: tuple[PointXYZ, ...] | None
    """478 points in MediaPipe's order, the last ten of the irises: x and y in pixels of the frame (the left
    edge of the first pixel is 0), z on the same scale, away from the camera, 0 at the middle of the head as
    the network sees it; smoothed."""
    pose: HeadPose | None
    """Where the head is and where it points."""
    eye_openness: Mapping[str, float | None]
    """"left" and "right", the person's own, to how far the eye is open: 0 (shut) to 1 (open)."""
    blink: bool | None
    """Whether both eyes are shut (AU45)."""
    gaze: Mapping[str, Gaze | None]
    """"left" and "right" to where the eye looks; None for an eye that is shut or turned away."""
    mouth_opening: float | None
    """Gap between the inner lips over the distance between the outer corners of the eyes, pose taken out."""
    asymmetry: float | None
    """Mean distance of points from the mirror images of their partners, pose taken out, over the distance
    between the outer corners of the eyes."""
    blendshapes: Mapping[str, float | None]
    """ARKit's name to its strength, 0 to 1, of those that the network tells ("jawOpen"); smoothed."""
    raw: Mapping[str, float | None]
    """Those of RAW_FIELDS before smoothing."""
    reason: str | None = None
    """Why the numbers should not be trusted ("no mesh", "turned away"), or None if they can be."""

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against them."""
        return self.reason is None

    @property
    def label(self) -> str:
        """Whether the eyes are "open" or "shut"; "no mesh" where there is none."""
        if self.blink is None:
            return NO_MESH
        return "shut" if self.blink else "open"

    @property
    def word(self) -> str:
        """For example "eyes open"."""
        return self.label if self.blink is None else f"eyes {self.label}"

    @property
    def text(self) -> str:
        """For example "yaw 12, pitch -3, roll 2°, eyes open"."""
        if self.pose is None:
            return self.word
        pose = self.pose
        angles = (f"{name} {value:.0f}" for name, value in _angles(pose))
        return f"{', '.join(angles)}°, {self.word}"

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form; points are last, each x, y, z."""
        pose, points = self.pose, self.points_xyz
        return {
            "presence": round(self.presence, 4),
            "pose": pose.to_dict() if pose else dict.fromkeys(POSE_FIELDS),
            "eye_openness": {side: _rounded(self.eye_openness[side]) for side in SIDES},
            "blink": self.blink,
            "gaze": {side: _gaze(self.gaze[side]) for side in SIDES},
            "mouth_opening": _rounded(self.mouth_opening),
            "asymmetry": _rounded(self.asymmetry),
            "blendshapes": {name: _rounded(value) for name, value in self.blendshapes.items()},
            "raw": {name: _rounded(value) for name, value in self.raw.items()},
            "reliable": self.reliable,
            "reason": self.reason,
            "points_xyz": points and np.round(points, 1).tolist(),
        }


def mesh_columns(blendshapes: Sequence[str]) -> tuple[Column, ...]:
    """The columns of ``to_dict()`` in tables; blendshapes stand under their names alone ("jawOpen").

    Args:
        blendshapes: Names of those that are told.
    """
    eyes = (f"gaze_{side}_{name}" for side in SIDES for name in GAZE_FIELDS)
    return (
        *columns("number", "presence", *(f"pose_{name}" for name in POSE_FIELDS)),
        *columns("number", *(f"eye_openness_{side}" for side in SIDES)),
        Column("blink", "truth"),
        *columns("number", *eyes, "mouth_opening", "asymmetry"),
        *columns("number", *blendshapes),
        *columns("number", *(f"raw_{name}" for name in RAW_FIELDS)),
        *(Column("reliable", "truth"), Column("reason", "text"), Column("points_xyz", "points")),
    )


def _angles(pose: HeadPose) -> tuple[tuple[str, float], ...]:
    """A pose's angles by name; + 0.0, for there is no minus nought."""
    angles = (("yaw", pose.yaw_deg), ("pitch", pose.pitch_deg), ("roll", pose.roll_deg))
    return tuple((name, round(value) + 0.0) for name, value in angles)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _gaze(gaze: Gaze | None) -> dict[str, float] | dict[str, None]:
    return gaze.to_dict() if gaze else dict.fromkeys(GAZE_FIELDS)
