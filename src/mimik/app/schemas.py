"""What requests and answers hold, for checks and for the OpenAPI description."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from mimik.facs import ACTION_UNITS

MOST = 2**53
"""Greatest whole number that every JSON reader keeps exactly."""
YEAR_S = 31_536_000.0

Id: TypeAlias = Annotated[int, Field(ge=1, le=MOST)]
Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Word: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Note: TypeAlias = Annotated[str, StringConstraints(max_length=10_000)]
Seconds: TypeAlias = Annotated[float, Field(ge=-YEAR_S, le=YEAR_S, allow_inf_nan=False)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Coordinate: TypeAlias = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Groups: TypeAlias = Annotated[list[Word], Field(max_length=50)]


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
    pose: PoseModel | None = None
    reliable: bool
    reason: Annotated[str, Field(max_length=60)] | None = None


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
    reason: Annotated[str, Field(max_length=60)] | None = None
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


class FrameModel(Strict):
    """One frame, as a line of mimik's JSONL results."""

    source: Annotated[str, Field(max_length=1000)]
    frame: Annotated[int, Field(ge=0, le=MOST)]
    time_s: Seconds
    width: Annotated[int, Field(ge=1, le=1_000_000)]
    height: Annotated[int, Field(ge=1, le=1_000_000)]
    detector: Annotated[str, Field(max_length=60)]
    faces: Annotated[list[FaceModel], Field(max_length=1000)]


class FileResult(BaseModel):
    """What came of one file."""

    file: str
    status: Literal["ok", "error"]
    frames: list[FrameModel]
    problem: str | None = Field(description="why it ended early (a video cut in half); its frames are kept")
    error: ProblemDetail | None


class Analysis(BaseModel):
    """What came of the files, in their order."""

    results: list[FileResult]


class ExplainRequest(Strict):
    """A face to explain."""

    face: FaceModel


# Sessions


class SessionNew(Strict):
    """A session to begin."""

    name: Name = Field(examples=["P07, first visit"])
    study_id: Id | None = None
    person_id: Id | None = None
    note: Note = ""
    source: Annotated[str, Field(max_length=200)] = ""


class SessionChange(Strict):
    """Fields of a session to change."""

    name: Name | None = None
    study_id: Id | None = None
    person_id: Id | None = None
    note: Note | None = None


class Session(BaseModel):
    """A session."""

    id: int
    name: str
    created: str = Field(description="UTC, ISO 8601")
    study_id: int | None
    person_id: int | None
    note: str
    duration_s: float
    frames: int
    state: Literal["recording", "closed", "interrupted"]
    source: str


class MarkerNew(Strict):
    """A moment or, with end_s, an interval."""

    time_s: Seconds = Field(description="seconds of the session's clock")
    end_s: Seconds | None = None
    label: Word = Field(examples=["joke"])
    note: Note = ""

    @model_validator(mode="after")
    def _in_order(self) -> MarkerNew:
        if self.end_s is not None and self.end_s < self.time_s:
            raise ValueError("end_s must not lie before time_s")
        return self


class MarkerChange(Strict):
    """Fields of a marker to change."""

    time_s: Seconds | None = None
    end_s: Seconds | None = None
    label: Word | None = None
    note: Note | None = None


class Marker(BaseModel):
    """A marker of a session."""

    id: int
    time_s: float
    end_s: float | None
    label: str
    note: str


class ReferenceNew(Strict):
    """The part of a session that shows a neutral face."""

    start_s: Seconds
    end_s: Seconds
    face: Annotated[int, Field(ge=0, le=MOST)] | None = None


# Studies


class Stimulus(Strict):
    """What the people of a study saw; the file itself stays in the browser."""

    name: Annotated[str, Field(max_length=200)]
    kind: Annotated[str, Field(max_length=60)]
    duration_s: Annotated[float, Field(ge=0, le=YEAR_S, allow_inf_nan=False)] | None = None


class StudyNew(Strict):
    """A study to begin."""

    name: Name = Field(examples=["Humour and age"])
    note: Note = ""
    groups: Groups = Field(default=[], examples=[["control", "treated"]])
    stimulus: Stimulus | None = None

    @field_validator("groups")
    @classmethod
    def _once(cls, groups: list[str]) -> list[str]:
        return list(dict.fromkeys(groups))


class StudyChange(Strict):
    """Fields of a study to change."""

    name: Name | None = None
    note: Note | None = None
    groups: Groups | None = None
    stimulus: Stimulus | None = None


class Study(BaseModel):
    """A study."""

    id: int
    name: str
    note: str
    groups: list[str]
    stimulus: Stimulus | None
    created: str
    people: int = Field(description="how many take part")
    sessions: int = Field(description="how many sessions it has")


class PersonNew(Strict):
    """Someone who takes part, under a code."""

    code: Word = Field(examples=["P07"])
    group: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    note: Note = ""


class PersonChange(Strict):
    """Fields of a person to change."""

    code: Word | None = None
    group: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] | None = None
    note: Note | None = None


class Person(BaseModel):
    """Someone who takes part."""

    id: int
    code: str
    group: str
    note: str


class GroupTimeline(BaseModel):
    """The mean over a group's people."""

    group: str
    n: int = Field(description="people in the group who have a session with this signal")
    seen: list[int] = Field(description="how many of them were seen at each time")
    time_s: list[float] = Field(description="middle of each step")
    mean: list[float | None]
    low: list[float | None] = Field(description="lower end of the 95 % interval; null below two people")
    high: list[float | None]


class Timeline(BaseModel):
    """A signal over time, a line a group."""

    signal: str
    step_s: float
    groups: list[GroupTimeline]


class Interval(BaseModel):
    """A signal within a marked interval of a session."""

    person: str
    group: str
    session: int
    label: str
    start_s: float
    end_s: float
    mean: float | None
    max: float | None
    share_active: float | None = Field(
        description="share of the seen time in which the unit is active, or the emotion is the label"
    )
    seconds_seen: float


def changed(model: BaseModel, nullable: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields that a request sets; null counts only for those that may be null."""
    values = model.model_dump(exclude_unset=True)
    return {name: value for name, value in values.items() if value is not None or name in nullable}


def finite(value: float) -> float | None:
    """A number as JSON knows it: None where it isn't finite."""
    return value if math.isfinite(value) else None
