"""What requests and answers hold, for checks and for the OpenAPI description."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from mimik.facs import ACTION_UNITS

MOST = 2**53
"""Greatest whole number that every JSON reader keeps exactly."""
YEAR_S = 31_536_000.0
MADE_BY_LENGTH = 20_000
"""Of one entry of made_by, as JSON."""

Id: TypeAlias = Annotated[int, Field(ge=1, le=MOST)]
Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Word: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Note: TypeAlias = Annotated[str, StringConstraints(max_length=10_000)]
Seconds: TypeAlias = Annotated[float, Field(ge=-YEAR_S, le=YEAR_S, allow_inf_nan=False)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Coordinate: TypeAlias = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class Strict(BaseModel):
    """Refuses fields that it doesn't know."""

    model_config = ConfigDict(extra="forbid")


class ProblemDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="a word for programs", examples=["too_large"])
    message: str = Field(description="one line for people: what came, what is allowed, what to do")


class Problem(BaseModel):
    """Every error."""

    error: ProblemDetail


# Results: what the server gives, and takes back to keep it


class PoseModel(Strict):
    """Where a head points, in degrees."""

    yaw_deg: Coordinate
    pitch_deg: Coordinate
    roll_deg: Coordinate


class QualityModel(Strict):
    """How well a face can be seen."""

    size_px: Coordinate
    sharpness: Share
    brightness: Share
    pose: PoseModel | None
    reliable: bool
    reason: Annotated[str, Field(max_length=60)] | None


Label: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}$")]
Probabilities: TypeAlias = Annotated[dict[Label, Share], Field(max_length=20)]
TAKEN = {"label", "raw", "group", "active", "reason", "reliable", "probabilities"}
"""Words that are fields of a reading, so no class may be called so."""


class ClassModel(Strict):
    """One of several classes."""

    label: Label
    probabilities: Probabilities
    raw: Probabilities
    against_neutral: bool | None = None

    @field_validator("probabilities", "raw")
    @classmethod
    def _classes(cls, values: dict[str, float]) -> dict[str, float]:
        if bad := TAKEN & set(values):
            raise ValueError(f"no class can be called {sorted(bad)[0]}")
        return values


class YearsModel(Strict):
    """An age before smoothing."""

    years: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
    low: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]
    high: Annotated[float, Field(ge=0, le=200, allow_inf_nan=False)]


class AgeModel(YearsModel):
    """An age with its 80 % interval."""

    group: Annotated[str, Field(max_length=20)]
    raw: YearsModel


class AuModel(Strict):
    """Facial action units."""

    active: Annotated[list[str], Field(max_length=40)]
    probabilities: dict[str, Share]
    raw: dict[str, Share]
    reliable: bool
    reason: Annotated[str, Field(max_length=60)] | None
    against_neutral: bool | None = None

    @field_validator("active", "probabilities", "raw")
    @classmethod
    def _units(cls, values: Any) -> Any:
        if bad := [name for name in values if name not in ACTION_UNITS]:
            raise ValueError(f"there is no action unit {bad[0][:20]!r}")
        return values


class FaceModel(Strict):
    """One face and all that was read from it; a task that wasn't asked for is absent."""

    id: Annotated[int, Field(ge=0, le=MOST)]
    box_xyxy: Annotated[list[Coordinate], Field(min_length=4, max_length=4)]
    landmarks_xy: (
        Annotated[
            list[Annotated[list[Coordinate], Field(min_length=2, max_length=2)]],
            Field(min_length=5, max_length=5),
        ]
        | None
    )
    score: Share
    quality: QualityModel
    emotion: ClassModel | None = None
    gender: ClassModel | None = None
    age: AgeModel | None = None
    au: AuModel | None = None

    @field_validator("emotion", "gender", "age", "au", mode="before")
    @classmethod
    def _read(cls, reading: Any) -> Any:
        if reading is None:
            raise ValueError("leave out what wasn't read")
        return reading


class FrameModel(Strict):
    """One frame, as a line of mimik's JSONL results."""

    source: Annotated[str, Field(max_length=1000)]
    frame: Annotated[int, Field(ge=0, le=MOST)]
    time_s: Seconds
    width: Annotated[int, Field(ge=1, le=1_000_000)]
    height: Annotated[int, Field(ge=1, le=1_000_000)]
    detector: Annotated[str, Field(max_length=60)]
    faces: Annotated[list[FaceModel], Field(max_length=1000)]


class ModelName(Strict):
    """A model, as it can be found again."""

    name: Annotated[str, Field(max_length=200)]
    version: Annotated[str, Field(max_length=60)] | None = None
    sha256: Annotated[str, Field(max_length=64)]


class SmoothingModel(Strict):
    """How strongly values were blended over time."""

    strength: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    forget_s: Annotated[float, Field(gt=0, le=YEAR_S, allow_inf_nan=False)] = 2.0


class MadeBySettings(BaseModel):
    """Every option that changes the results."""

    model_config = ConfigDict(extra="allow")

    threshold: Share | None = None
    smoothing: SmoothingModel | None = None


class MadeBy(Strict):
    """What made results, as the first line of mimik's OUT.run."""

    mimik: Annotated[str, Field(max_length=60)]
    detector: Annotated[str, Field(max_length=60)]
    tasks: Annotated[list[Label], Field(max_length=20)]
    models: Annotated[dict[Label, ModelName], Field(max_length=20)]
    settings: MadeBySettings
    libraries: dict[Label, Annotated[str, Field(max_length=60)]] = Field({}, max_length=20)


class MadeByNew(MadeBy):
    """The same from a client."""

    @model_validator(mode="after")
    def _short(self) -> MadeByNew:
        if len(self.model_dump_json(exclude_unset=True)) > MADE_BY_LENGTH:
            raise ValueError(f"must not be longer than {MADE_BY_LENGTH} characters of JSON")
        return self


class FileResult(BaseModel):
    """What came of one file."""

    file: str
    status: Literal["ok", "error"]
    frames: list[FrameModel]
    problem: str | None = Field(description="why it ended early (a video cut in half); its frames are kept")
    made_by: MadeBy | None = Field(description="what made its results; null where nothing could be read")
    error: ProblemDetail | None


class Analysis(BaseModel):
    """What came of the files, in their order."""

    results: list[FileResult]


class ExplainRequest(Strict):
    """A face to explain."""

    face: FaceModel


def changed(model: BaseModel, nullable: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields that a request sets; null counts only for those that may be null."""
    values = model.model_dump(exclude_unset=True)
    return {name: value for name, value in values.items() if value is not None or name in nullable}
