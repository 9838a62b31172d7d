"""Pictures and videos: read at once, or as a job; and why a face is given its emotion."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Query, Request, UploadFile
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from mimik.app.routes.answers import file_answer, problems
from mimik.app.schemas import Analysis, ExplainRequest, KnownTask, MadeBy, ProblemDetail, Word
from mimik.app.state import Here, State
from mimik.app.store.exports import MEDIA
from mimik.app.uploads.read import Upload, Wish, analyse, drop, keep_uploads
from mimik.errors import RefusedError
from mimik.explain.units import explain_units, rounded, valence_arousal
from mimik.readings import UNCERTAIN

router = APIRouter(tags=["files"])

Part = Annotated[UploadFile, WithJsonSchema({"type": "string", "format": "binary"})]
"""A file of a request; makers of clients know it by this format, not by FastAPI's contentMediaType."""
Files = Annotated[list[Part], File(description="1 or more pictures or videos")]
Models = Annotated[
    Word | None, Query(description="set of models, of those of /v1/models; the server's own if absent")
]
Tasks = Annotated[
    list[KnownTask] | None,
    Query(description="what to read; all that the set's models read if absent", max_length=8),
]
Every = Annotated[int, Query(ge=1, le=1_000_000, description="every Nth frame of a video")]
AgeGroups = Annotated[
    Literal[0, 5, 10],
    BeforeValidator(int),
    Query(description="years of an age group, 5 or 10, up to 100+; 0-2, 3-9, 10-19, ..., 70+ if absent or 0"),
]
JobId = Annotated[str, InPath(max_length=40, pattern="^[A-Za-z0-9_-]+$")]


class JobFileModel(BaseModel):
    """A file of a job."""

    file: str
    state: Literal["waiting", "running", "done", "failed"]
    progress: float
    frames: int
    problem: str | None
    made_by: MadeBy | None = Field(description="what made its results, once it is done")
    error: ProblemDetail | None


class JobModel(BaseModel):
    """A job."""

    id: str
    state: Literal["running", "done", "cancelled"]
    files: list[JobFileModel]


class JobStarted(BaseModel):
    """A job that was taken over."""

    id: str


class ExplanationModel(BaseModel):
    """What the action units say of the emotion."""

    emotion: str
    supporting: list[str]
    missing: list[list[str]]
    other: list[str]
    units_say: str | None
    agrees: bool | None
    duchenne: bool | None
    reliable: bool
    reason: str | None
    text: str


class Derived(BaseModel):
    """Valence and arousal, -1 to 1, derived from emotions and action units, not measured."""

    valence: float
    arousal: float


class Explained(BaseModel):
    """Why a face is given its emotion."""

    explanation: ExplanationModel | None
    derived: Derived | None


def _wish(here: State, models: str | None, tasks: list[Any] | None, every: int, age_groups: int) -> Wish:
    return Wish(here.engine.options(models, tasks or None, age_groups=age_groups), every)


async def _keep(here: State, files: list[UploadFile]) -> list[Upload]:
    named = [(file.filename, file.file) for file in files]
    return await asyncio.to_thread(keep_uploads, named, here.scratch, here.options.limits)


@router.post(
    "/v1/analyze",
    summary="Read pictures and short videos",
    responses={200: {"model": Analysis}, **problems(429)},
)
async def analyze(
    request: Request,
    here: Here,
    files: Files,
    models: Models = None,
    tasks: Tasks = None,
    every: Every = 1,
    age_groups: AgeGroups = 0,
) -> Response:
    """Answers when all files are read; a file that can't be read says why, and the others are read.

    For long videos use `/v1/jobs`. Nothing that was sent is kept.
    """
    wish = _wish(here, models, tasks, every, age_groups)
    uploads = await _keep(here, files)
    stop = threading.Event()
    try:
        results = await _until_gone(request, here, uploads, wish, stop)
    finally:
        stop.set()
        drop(uploads)
    return JSONResponse({"results": results})


async def _until_gone(
    request: Request, here: State, uploads: list[Upload], wish: Wish, stop: threading.Event
) -> list[dict[str, Any]]:
    """Read the files in a thread, and stop if the one who asked has gone."""
    loop = asyncio.get_running_loop()
    work = loop.run_in_executor(here.readers, analyse, here.engine, uploads, wish, here.options.limits, stop)
    while True:
        done, _ = await asyncio.wait({work}, timeout=1.0)
        if done:
            return work.result()
        if await request.is_disconnected():
            stop.set()
            return await work


@router.post("/v1/explain", summary="Why a face is given its emotion", response_model=Explained)
async def explain(request: ExplainRequest) -> Any:
    """Which action units speak for the emotion, which are missing; valence and arousal."""
    face = request.face
    found = derived = None
    if face.emotion:
        units = face.au.probabilities if face.au and face.au.reliable else None
        derived = rounded(valence_arousal(face.emotion.probabilities, units))
    if face.emotion and face.au and face.emotion.probabilities:
        shares = face.emotion.probabilities
        best = max(shares, key=shares.__getitem__)
        label = best if face.emotion.label == UNCERTAIN else face.emotion.label
        found = explain_units(label, face.au.active, face.au.probabilities, face.au.reason)
    return {
        "explanation": found and {**found.to_dict(), "text": found.text},
        "derived": derived,
    }


@router.post(
    "/v1/jobs",
    summary="Read files that take longer",
    status_code=202,
    response_model=JobStarted,
    responses=problems(429),
)
async def start_job(
    here: Here,
    files: Files,
    models: Models = None,
    tasks: Tasks = None,
    every: Every = 1,
    age_groups: AgeGroups = 0,
) -> Any:
    """Ask for it by its id until it is done. Its results are gone an hour later, or with the server."""
    here.jobs.room()
    wish = _wish(here, models, tasks, every, age_groups)
    uploads = await _keep(here, files)
    return {"id": here.jobs.add(uploads, wish).id}


@router.get(
    "/v1/jobs/{job_id}",
    summary="How far a job is",
    response_model=JobModel,
    response_model_exclude_unset=True,
    responses=problems(404),
)
async def get_job(here: Here, job_id: JobId) -> Any:
    """The state of each of its files."""
    return here.jobs.get(job_id).to_dict()


@router.get(
    "/v1/jobs/{job_id}/files/{index}/frames",
    summary="The results of a job's file",
    response_class=FileResponse,
    responses={**file_answer(MEDIA["jsonl"]), **problems(404, 409)},
)
async def get_job_frames(
    here: Here, job_id: JobId, index: Annotated[int, InPath(ge=0, le=100_000)]
) -> Response:
    """JSON lines, one a frame."""
    path = here.jobs.frames(job_id, index)
    if not path.exists():
        raise RefusedError("not_found", "the job was cancelled")
    return FileResponse(path, media_type=MEDIA["jsonl"])


@router.delete(
    "/v1/jobs/{job_id}", summary="Cancel and forget a job", status_code=204, responses=problems(404)
)
def cancel_job(here: Here, job_id: JobId) -> None:
    """Its files and results are removed."""
    here.jobs.cancel(job_id)
