"""What requests and answers hold of what is kept: sessions, their markers and neutral faces, studies."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field, field_validator, model_validator

from mimik.app.schemas import YEAR_S, Group, Id, MadeBy, MadeByNew, Name, Note, Seconds, Word
from mimik.app.schemas_checks import MOST, Strict

Groups: TypeAlias = Annotated[list[Word], Field(max_length=50)]
FaceId: TypeAlias = Annotated[int, Field(ge=0, le=MOST)]


def check_order(start_s: float, end_s: float | None, name: str) -> None:
    """Refuse an interval that ends before it begins; None is a moment."""
    if end_s is not None and end_s < start_s:
        raise ValueError(f"end_s must not lie before {name}")


# Sessions


class SessionNew(Strict):
    """A session to begin."""

    name: Name = Field(examples=["P07, first visit"])
    study_id: Id | None = None
    person_id: Id | None = None
    note: Note = ""
    source: Annotated[str, Field(max_length=200)] = ""
    broken_off: bool = Field(
        default=False, description="a study's run that is under way: true until it has reached its end"
    )
    made_by: Annotated[list[MadeByNew], Field(max_length=20)] = Field(
        default=[], description="what made the frames that will be posted, as jobs and /v1/analyze tell it"
    )


class SessionChange(Strict):
    """Fields of a session to change."""

    name: Name | None = None
    study_id: Id | None = None
    person_id: Id | None = None
    note: Note | None = None
    broken_off: bool | None = None
    counts: bool | None = None


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
    spans: int = Field(description="utterances that were heard")
    state: Literal["recording", "closed", "interrupted"]
    source: str
    broken_off: bool = Field(description="a study's run that didn't reach its end")
    counts: bool = Field(
        description="in its study's averages; without a word of that it is unless broken off"
    )


class Reference(BaseModel):
    """A face at rest, against which a person's readings are given."""

    face: int = Field(description="id of the person's faces in the frames")
    start_s: float
    end_s: float
    frames: int = Field(description="how many frames it is the mean of")
    tasks: list[str] = Field(description="what is read against it")


class SessionWhole(Session):
    """A session with all that is known of how its results come about."""

    references: list[Reference]
    made_by: list[MadeBy] = Field(description="one a change of settings; empty where it isn't known")


class MarkerNew(Strict):
    """A moment or, with end_s, an interval."""

    time_s: Seconds = Field(description="seconds of the session's clock")
    end_s: Seconds | None = None
    label: Word = Field(examples=["joke"])
    note: Note = ""

    @model_validator(mode="after")
    def _in_order(self) -> MarkerNew:
        check_order(self.time_s, self.end_s, "time_s")
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
    """The moment or, with end_s, the interval of a session that shows a person's face at rest."""

    face: FaceId = Field(description="id of the person's faces in the frames")
    start_s: Seconds = Field(description="seconds of the session's clock")
    end_s: Seconds | None = None
    also: Annotated[list[FaceId], Field(max_length=10_000)] = Field(
        default=[], description="further ids under which the same person is seen"
    )

    @model_validator(mode="after")
    def _in_order(self) -> ReferenceNew:
        check_order(self.start_s, self.end_s, "start_s")
        return self


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
    group: Group = ""
    note: Note = ""


class PersonChange(Strict):
    """Fields of a person to change."""

    code: Word | None = None
    group: Group | None = None
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
    counts: bool = Field(description="whether the session is in the averages")
    signal: str
    label: str = Field(
        description='the marker\'s, or "(whole)": from time 0 to the end of stimulus or session'
    )
    start_s: float
    end_s: float
    mean: float | None
    max: float | None
    share_active: float | None = Field(
        description="share of the seen time in which the unit is active, or the emotion is the label"
    )
    seconds_seen: float


class GroupInterval(BaseModel):
    """A signal within the intervals of one label, over a group's people."""

    signal: str
    label: str
    group: str
    n: int = Field(description="people in the group with such an interval")
    seen: int = Field(description="those of whom something was seen; the numbers are over them")
    mean: float | None
    sd: float | None = Field(description="standard deviation over people; null below two")
    low: float | None = Field(description="lower end of the mean's 95 % interval; null below two people")
    high: float | None
    max: float | None = Field(description="mean of each person's highest value")
    share_active: float | None


class Difference(BaseModel):
    """A signal within the intervals of one label: one group's mean less another's."""

    signal: str
    label: str
    group: str
    other: str
    difference: float | None
    low: float | None = Field(
        description="lower end of the 95 % interval by Welch's t, of this pair by itself; null where a group "
        "has fewer than two people"
    )
    high: float | None
    freedom: float | None = Field(description="degrees of freedom")


class Intervals(BaseModel):
    """Signals within the whole stimulus and within marked intervals."""

    signal: str | None = Field(description="null: all of them")
    groups: list[GroupInterval]
    differences: list[Difference]
    rows: list[Interval]
