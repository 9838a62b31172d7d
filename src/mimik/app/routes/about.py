"""What the server is, has and allows: health, models, settings, metrics."""

from __future__ import annotations

import time
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, Field

from mimik._version import __version__
from mimik.app.routes.answers import file_answer
from mimik.app.state import Here
from mimik.faces.detect.base import DETECTORS
from mimik.facs import ACTION_UNITS

router = APIRouter(tags=["about"])


class Health(BaseModel):
    """How the server is; the last three for those only who send the token."""

    status: Literal["ok"]
    version: str
    uptime_s: float | None = None
    connections: int | None = None
    connections_max: int | None = None


class CardShort(BaseModel):
    """A model's card in short; ``mimik models show NAME`` prints all of it."""

    name: str
    task: str
    input: Literal["crop", "sound"] = Field(description="what it takes: a crop of a face, or sound")
    kind: str = Field(description='"classes" for a task that only this card describes; else empty')
    version: str
    licence: str
    commercial_use: bool
    limits: list[str]
    figures: list[dict[str, Any]]
    thresholds: dict[str, float]
    """Label to the probability from which on it is called present; empty where one label is chosen."""


class Models(BaseModel):
    """What can be read, and by which models."""

    default: str = Field(description="set of models where a request names none")
    sets: dict[str, dict[str, str]] = Field(description="each set's tasks, with the model that reads each")
    tasks: list[str] = Field(
        description="what is read of faces where a request names no tasks, of those in its set"
    )
    heard: list[str] = Field(description="the tasks of the sets that are heard in voices, not seen in faces")
    detectors: list[str] = Field(description="what can find faces")
    labels: dict[str, list[str]]
    units: dict[str, str]
    cards: list[CardShort] = Field(description="every model that may be chosen here")


class SourceName(BaseModel):
    """A camera, file or stream at the server."""

    index: int
    name: str


class LimitsModel(BaseModel):
    """What a request may cost."""

    upload_mb: int
    pixels: int
    duration_s: float
    files: int
    rate_fps: float
    message_mb: int
    connections: int
    detect_size: int
    jobs: int


class Settings(BaseModel):
    """How this server was started."""

    sources: list[SourceName]
    limits: LimitsModel
    data_folder: str
    keeps: Literal["results", "nothing"]
    blur_default: bool
    references: bool
    session_references: bool


@router.get(
    "/v1/health",
    summary="Whether the server is up",
    response_model_exclude_none=True,
    openapi_extra={"security": [{}]},  # also without the token
)
async def get_health(here: Here, request: Request) -> Health:
    """Its version; with the token also how long it is up, and how many live connections are open."""
    if not request.state.is_known:
        return Health(status="ok", version=__version__)
    return Health(
        status="ok",
        version=__version__,
        uptime_s=round(time.monotonic() - here.started_s, 1),
        connections=len(here.seats),
        connections_max=here.seats.most,
    )


@router.get("/v1/models", summary="What can be read, and by which models")
def get_models(here: Here) -> Models:
    """Sets of models, tasks with their labels, the action units' names, and the models' cards."""
    cards, chosen = here.engine.cards(), here.engine.sets
    # Each task's labels are those of the server's own set, where it has the task.
    readers = {task: name for models in chosen.values() for task, name in models.items()}
    readers |= chosen[here.options.models]
    return Models(
        default=here.options.models,
        sets=chosen,
        tasks=list(here.engine.tasks),
        heard=list(here.engine.heard),
        detectors=["auto", *DETECTORS],
        labels={task: list(cards[name].labels) for task, name in readers.items() if cards[name].labels},
        units=ACTION_UNITS,
        cards=[
            CardShort(
                name=name,
                task=card.task,
                input=card.input,  # type: ignore[arg-type]
                kind=card.kind,
                version=card.version,
                licence=card.licence,
                commercial_use=card.commercial_use,
                limits=list(card.limits),
                figures=[dict(figure) for figure in card.figures],
                thresholds=dict(zip(card.labels, card.thresholds, strict=True)) if card.thresholds else {},
            )
            for name, card in cards.items()
        ],
    )


@router.get("/v1/settings", summary="Sources, limits, and what is kept")
async def get_settings(here: Here) -> Settings:
    """What this server may be asked for, and where it keeps what was recorded."""
    options = here.options
    limits = {name: getattr(options.limits, name) for name in LimitsModel.model_fields}
    return Settings(
        sources=[SourceName(index=i, name=name) for i, name in enumerate(here.feeds.names)],
        limits=LimitsModel(**limits),
        data_folder=str(options.data) if options.keep else "",
        keeps="results" if options.keep else "nothing",
        blur_default=False,
        references=True,
        session_references=True,
    )


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=Response,
    responses=file_answer("text/plain"),
)
async def get_metrics(here: Here) -> Response:
    """Requests, live connections, frames, skipped frames, latency, faces, utterances, batches."""
    return PlainTextResponse(here.metrics.text(), media_type="text/plain; version=0.0.4")
