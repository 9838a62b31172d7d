"""What an utterance is, for checks and for the OpenAPI description."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mimik.app.schemas_checks import MOST, OpenFace, Strict

YEAR_S = 31_536_000


class SpanQualityModel(Strict):
    """How well a voice can be heard."""

    speech: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    level_db: Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]
    reliable: bool
    reason: Annotated[str, Field(max_length=60)] | None


class SpanResultModel(OpenFace):
    """One utterance, as a line of mimik's JSONL results, with a reading a task."""

    type: Literal["span"]
    source: Annotated[str, Field(max_length=1000)]
    span: Annotated[int, Field(ge=0, le=MOST)]
    start_s: Annotated[float, Field(ge=-YEAR_S, le=YEAR_S, allow_inf_nan=False)]
    end_s: Annotated[float, Field(ge=-YEAR_S, le=YEAR_S, allow_inf_nan=False)]
    quality: SpanQualityModel
