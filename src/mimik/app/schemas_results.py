"""What a result is, for checks and for the OpenAPI description.

Made by `python scripts/make_result_types.py` of src/mimik/schema.json: change that, not this.
"""

# fmt: off
# ruff: noqa: E501, I001

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from mimik.app.schemas_checks import BlendshapeName, ClassName, Label, LeftOut, OpenFace, Strict, UnitName



Units: TypeAlias = dict[UnitName, Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]]
"""Action unit to probability."""


class AuReadingModel(Strict):
    """Facial action units."""

    active: Annotated[list[UnitName], Field(max_length=40)]
    probabilities: Units
    raw: Units
    reliable: bool
    reason: Annotated[str, Field(max_length=60)] | None
    intensities: Annotated[dict[UnitName, Annotated[float, Field(allow_inf_nan=False)]] | SkipJsonSchema[None], LeftOut] = None
    strength: Annotated[dict[UnitName, Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None] | SkipJsonSchema[None], LeftOut] = None
    against_neutral: Annotated[bool | SkipJsonSchema[None], LeftOut] = None


class YearsModel(Strict):
    """An age before smoothing."""

    years: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
    low: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
    high: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]


class AgeReadingModel(Strict):
    """An age with its 80 % interval."""

    years: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
    low: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
    high: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
    group: Literal["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+", "0-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "55-59", "60-64", "65-69", "70-74", "75-79", "80-84", "85-89", "90-94", "95-99", "0-9", "70-79", "80-89", "90-99", "100+"]
    raw: YearsModel


Probabilities: TypeAlias = Annotated[dict[ClassName, Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]], Field(max_length=20)]
"""Class to probability."""


class FusedReadingModel(Strict):
    """What the face and the voice of one utterance say together, or the one of them that can be had."""

    label: Label
    probabilities: Probabilities
    raw: Probabilities
    against_reference: Annotated[bool | SkipJsonSchema[None], LeftOut] = None
    sides: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=2)]
    id: Annotated[int, Field(ge=0, le=9007199254740992)] | None
    seen: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    reason: Annotated[str, Field(max_length=120)] | None


class ClassReadingModel(Strict):
    """One of several classes."""

    label: Label
    probabilities: Probabilities
    raw: Probabilities
    against_neutral: Annotated[bool | SkipJsonSchema[None], LeftOut] = None
    against_reference: Annotated[bool | SkipJsonSchema[None], LeftOut] = None


class SpanQualityModel(Strict):
    """How well a voice can be heard."""

    speech: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    level_db: Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]
    reliable: bool
    reason: Annotated[str, Field(max_length=60)] | None


class PoseModel(Strict):
    """Where a head points, in degrees."""

    yaw_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)]
    pitch_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)]
    roll_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)]


class QualityModel(Strict):
    """How well a face can be seen."""

    size_px: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)]
    sharpness: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    brightness: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    pose: PoseModel | None
    reliable: bool
    reason: Annotated[str, Field(max_length=60)] | None


Coordinate: TypeAlias = Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)]
"""In pixels of the frame."""


Point: TypeAlias = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
"""x, y in pixels of the frame."""


Box: TypeAlias = Annotated[list[Coordinate], Field(min_length=4, max_length=4)]
"""Left, top, right, bottom in pixels of the frame."""


PointXyz: TypeAlias = Annotated[list[Coordinate], Field(min_length=3, max_length=3)]
"""x and y in pixels of the frame; z on the same scale, away from the camera."""


class MeshRawModel(Strict):
    """Values of a mesh before smoothing."""

    yaw_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    pitch_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    roll_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    eye_openness_left: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None
    eye_openness_right: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None
    mouth_opening: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None


Blendshapes: TypeAlias = Annotated[dict[BlendshapeName, Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None], Field(max_length=60)]
"""ARKit's name of a blendshape to its strength; null where there is no mesh."""


class GazeModel(Strict):
    """Where an eye looks, against the line from the face to the camera; null for an eye that is shut or turned away."""

    yaw_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    pitch_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None


class GazesModel(Strict):
    """Where each eye looks, the person's own left and right."""

    left: GazeModel
    right: GazeModel


class EyesModel(Strict):
    """A value of each eye, the person's own left and right; null for an eye that can't be seen."""

    left: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None
    right: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None


class HeadPoseModel(Strict):
    """Where a head is and where it points; null where there is no mesh, or another tool doesn't say."""

    yaw_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    pitch_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    roll_deg: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    x_mm: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    y_mm: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None
    z_mm: Annotated[float, Field(ge=-1000000, le=1000000, allow_inf_nan=False)] | None


class MeshReadingModel(Strict):
    """The mesh of a face."""

    presence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    pose: HeadPoseModel
    eye_openness: EyesModel
    blink: bool | None
    gaze: GazesModel
    mouth_opening: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None
    asymmetry: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None
    blendshapes: Blendshapes
    raw: MeshRawModel
    reliable: bool
    reason: Annotated[str, Field(max_length=60)] | None
    points_xyz: Annotated[list[PointXyz], Field(min_length=478, max_length=478)] | None


class FaceModel(OpenFace):
    """One face and all that was read from it."""

    id: Annotated[int, Field(ge=0, le=9007199254740992)]
    box_xyxy: Box
    landmarks_xy: Annotated[list[Point], Field(min_length=5, max_length=5)] | None
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    quality: QualityModel
    emotion: Annotated[ClassReadingModel | SkipJsonSchema[None], LeftOut] = None
    gender: Annotated[ClassReadingModel | SkipJsonSchema[None], LeftOut] = None
    age: Annotated[AgeReadingModel | SkipJsonSchema[None], LeftOut] = None
    au: Annotated[AuReadingModel | SkipJsonSchema[None], LeftOut] = None
    cover: Annotated[ClassReadingModel | SkipJsonSchema[None], LeftOut] = None
    mesh: Annotated[MeshReadingModel | SkipJsonSchema[None], LeftOut] = None


class SpanResultModel(OpenFace):
    """One utterance, a stretch of a source's sound, as a line of mimik's JSONL results."""

    type: Literal["span"]
    source: Annotated[str, Field(max_length=1000)]
    span: Annotated[int, Field(ge=0, le=9007199254740992)]
    start_s: Annotated[float, Field(ge=-31536000, le=31536000, allow_inf_nan=False)]
    end_s: Annotated[float, Field(ge=-31536000, le=31536000, allow_inf_nan=False)]
    quality: SpanQualityModel
    voice: Annotated[ClassReadingModel | SkipJsonSchema[None], LeftOut] = None
    face_voice: Annotated[FusedReadingModel | SkipJsonSchema[None], LeftOut] = None
    filmed: Annotated[ClassReadingModel | SkipJsonSchema[None], LeftOut] = None


class FrameModel(Strict):
    """One frame, as a line of mimik's JSONL results."""

    source: Annotated[str, Field(max_length=1000)]
    frame: Annotated[int, Field(ge=0, le=9007199254740992)]
    time_s: Annotated[float, Field(ge=-31536000, le=31536000, allow_inf_nan=False)]
    offset_s: Annotated[Annotated[float, Field(ge=0, le=31536000, allow_inf_nan=False)] | SkipJsonSchema[None], LeftOut] = None
    created_at: Annotated[Annotated[str, Field(max_length=60)] | SkipJsonSchema[None], LeftOut] = None
    width: Annotated[int, Field(ge=1, le=1000000)]
    height: Annotated[int, Field(ge=1, le=1000000)]
    detector: Annotated[str, Field(max_length=60)]
    faces: Annotated[list[FaceModel], Field(max_length=1000)]
    type: Annotated[Literal["frame"] | SkipJsonSchema[None], LeftOut] = None
