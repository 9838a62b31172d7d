"""Pictures, videos and recordings: read at once, or as a job; and why a face is given its emotion."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Query, Request, UploadFile
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from mimik.app.routes.answers import file_answer, problems
from mimik.app.schemas import Analysis, ExplainRequest, MadeBy, ProblemDetail
from mimik.app.schemas_read import Wanted
from mimik.app.schemas_results import FaceModel
from mimik.app.state import Here, State
from mimik.app.store.exports import MEDIA
from mimik.app.uploads.files import Upload, drop, keep_uploads, shown_name
from mimik.app.uploads.read import Reader, analyse
from mimik.app.uploads.wish import RestFile, Wish, settle
from mimik.errors import OptionError, RefusedError, UnknownNameError
from mimik.explain.units import Explanation, explain_mesh, explain_units, rounded, valence_arousal
from mimik.readings import UNCERTAIN

TOKEN = "token"
"""What an address may hold beside the options; see security."""
LISTS = ("model", "prior", "tasks", "units")
"""The options that may be named several times."""
PARTS = ("files", "neutral")
"""What a request with files consists of."""

router = APIRouter(tags=["files"])

Part = Annotated[UploadFile, WithJsonSchema({"type": "string", "format": "binary"})]
"""A file of a request; makers of clients know it by this format, not by FastAPI's contentMediaType."""
Files = Annotated[list[Part], File(description="1 or more pictures, videos or recordings")]
Neutral = Annotated[
    Part | SkipJsonSchema[None],
    File(
        description="the person's face at rest, a picture or video: emotion and action units become a change "
        "from it; for files that show this one person"
    ),
]
Options = Annotated[Wanted, Query()]
JobId = Annotated[str, InPath(max_length=40, pattern="^[A-Za-z0-9_-]+$")]


class JobFileModel(BaseModel):
    """A file of a job."""

    file: str
    state: Literal["waiting", "running", "done", "failed"]
    progress: float
    frames: int
    spans: int = Field(description="utterances that were heard")
    problem: str | None = Field(description="why it ended early; its frames are kept")
    note: str | None = Field(description="what else there is to know; nothing is missing for it")
    left_out: list[str] = Field(
        description="what the file holds beside what was read: further pages or tracks"
    )
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
    channels: dict[str, str] | None
    """Active unit to the channel of the mesh that shows it; null where a network for units read them."""
    text: str


class Derived(BaseModel):
    """Valence and arousal, -1 to 1, derived from emotions and action units, not measured."""

    valence: float
    arousal: float


class Explained(BaseModel):
    """Why a face is given its emotion."""

    explanation: ExplanationModel | None
    derived: Derived | None


async def _settle(
    request: Request, here: State, files: list[UploadFile], wanted: Wanted, neutral: UploadFile | None
) -> tuple[list[Upload], Wish]:
    """Check what is asked for, and then take the files over.

    Raises:
        MimikError: An option can't be met; or the files are too many.
    """
    await _check_names(request)
    engine, limits = here.engine, here.options.limits
    names = [shown_name(file.filename, number) for number, file in enumerate(files, 1)]
    wish = await asyncio.to_thread(settle, engine, limits, wanted, names, with_rest=neutral is not None)
    named = [(file.filename, file.file) for file in [*files, *([neutral] if neutral else [])]]
    uploads = await asyncio.to_thread(keep_uploads, named, here.scratch, limits)
    if neutral:
        rest = RestFile(uploads.pop(), wanted.neutral_start or 0.0, wanted.neutral_end)
        wish = replace(wish, rest=rest)
    return uploads, wish


async def _check_names(request: Request) -> None:
    """Refuse what would be passed over."""
    if strange := [name for name in request.query_params if name not in (*Wanted.model_fields, TOKEN)]:
        raise UnknownNameError("option", strange[0], Wanted.model_fields)
    for name in request.query_params:
        times = len(request.query_params.getlist(name))
        if times > 1 and name not in LISTS:
            raise OptionError(f"{name} is named {times} times: once is enough; {', '.join(LISTS)} are lists")
    parts = await request.form()
    if strange := [name for name in parts if name not in PARTS]:
        here = f"; options stand in the address (?{strange[0]}=...)" * (strange[0] in Wanted.model_fields)
        raise OptionError(f"the parts of a request are {' and '.join(PARTS)}, not {strange[0][:80]!r}{here}")
    if (count := len(parts.getlist("neutral"))) > 1:
        raise OptionError(f"neutral is one file, not {count}")


@router.post(
    "/v1/analyze",
    summary="Read pictures, short videos and recordings",
    responses={200: {"model": Analysis}, **problems(429)},
)
async def analyze(
    request: Request, here: Here, files: Files, wanted: Options, neutral: Neutral = None
) -> Response:
    """Answers when all files are read; a file that can't be read says why, and the others are read.

    Where no task is named, faces are read, or voices heard where every file is a recording by its name.

    For long videos use `/v1/jobs`. Nothing that was sent is kept.
    """
    uploads, wish = await _settle(request, here, files, wanted, neutral)
    stop = threading.Event()
    try:
        reader = Reader(here.engine, wish, here.options.limits, stop)
        results = await _until_gone(request, here, reader, uploads)
    finally:
        stop.set()
        drop([*uploads, *([wish.rest.upload] if isinstance(wish.rest, RestFile) else [])])
    return JSONResponse({"results": results})


async def _until_gone(
    request: Request, here: State, reader: Reader, uploads: list[Upload]
) -> list[dict[str, Any]]:
    """Read the files in a thread, and stop if the one who asked has gone."""
    loop = asyncio.get_running_loop()
    work = loop.run_in_executor(here.readers, analyse, reader, uploads)
    while True:
        done, _ = await asyncio.wait({work}, timeout=1.0)
        if done:
            return work.result()
        if await request.is_disconnected():
            reader.stop.set()
            return await work


@router.post("/v1/explain", summary="Why a face is given its emotion", response_model=Explained)
async def explain(request: ExplainRequest) -> Any:
    """Which action units speak for the emotion, which are missing; valence and arousal.

    Of a face without action units, those that its mesh shows.
    """
    face = request.face
    found, derived = _explained(face), None
    if face.emotion:
        units = face.au.probabilities if face.au and face.au.reliable else None
        derived = rounded(valence_arousal(face.emotion.probabilities, units))
    return {
        "explanation": found and {**found.to_dict(), "text": found.text},
        "derived": derived,
    }


def _explained(face: FaceModel) -> Explanation | None:
    """Why a face of a request is given its emotion; None where nothing tells."""
    if not face.emotion or not (shares := face.emotion.probabilities):
        return None
    best = max(shares, key=shares.__getitem__)
    label = best if face.emotion.label == UNCERTAIN else face.emotion.label
    if face.au:
        return explain_units(label, face.au.active, face.au.probabilities, face.au.reason)
    return explain_mesh(label, face.mesh.blendshapes, face.mesh.reason) if face.mesh else None


@router.post(
    "/v1/jobs",
    summary="Read files that take longer",
    status_code=202,
    response_model=JobStarted,
    responses=problems(429),
)
async def start_job(
    request: Request, here: Here, files: Files, wanted: Options, neutral: Neutral = None
) -> Any:
    """Ask for it by its id until it is done. Its results are gone an hour later, or with the server."""
    here.jobs.room()
    uploads, wish = await _settle(request, here, files, wanted, neutral)
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
    """JSON lines, one a frame, and where voices are heard one an utterance, with "type" as "span"."""
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
