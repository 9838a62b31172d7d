"""What requests and answers hold, for checks and for the OpenAPI description."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from mimik.app.schemas_checks import MOST, Label, LeftOut, Lines, OneLine, Strict, TaskName
from mimik.app.schemas_results import FaceModel, FrameModel, SpanResultModel
from mimik.readings import Kind

YEAR_S = 31_536_000.0
MADE_BY_LENGTH = 20_000
"""Of one entry of made_by, as JSON."""

Id: TypeAlias = Annotated[int, Field(ge=1, le=MOST)]
Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), OneLine
]
Word: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), OneLine
]
Group: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), OneLine]
"""Of a person; "" is none."""
Note: TypeAlias = Annotated[str, StringConstraints(max_length=10_000), Lines]
Seconds: TypeAlias = Annotated[float, Field(ge=-YEAR_S, le=YEAR_S, allow_inf_nan=False)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
AskedTask: TypeAlias = Annotated[str, Field(max_length=40)]
"""A task that is asked for: of those of /v1/models."""


class ProblemDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="a word for programs", examples=["too_large"])
    message: str = Field(description="one line for people: what came, what is allowed, what to do")


class Problem(BaseModel):
    """Every error."""

    error: ProblemDetail


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
    detector: Annotated[str, Field(max_length=60)] | None = Field(
        description="null where no faces were looked for"
    )
    tasks: Annotated[list[TaskName], Field(max_length=20)]
    heard: Annotated[list[TaskName] | SkipJsonSchema[None], Field(max_length=20), LeftOut] = Field(
        None, description="those of the tasks that are heard in voices; absent where none is"
    )
    models: Annotated[dict[TaskName, ModelName], Field(max_length=20)]
    settings: MadeBySettings
    libraries: dict[Label, Annotated[str, Field(max_length=60)]] = Field({}, max_length=20)
    schema_version: Annotated[int, Field(ge=1, le=MOST)] = 1
    columns: dict[TaskName, dict[str, Kind]] = Field({}, max_length=20)


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
    spans: list[SpanResultModel] = Field(description="utterances, where voices are heard")
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
