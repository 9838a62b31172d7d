"""Sessions: what was recorded, its markers, exports, plots and report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from mimik.app.report.drawing import Plot, people_of, plot_png, voices_of
from mimik.app.report.report import Look, report_html
from mimik.app.routes.answers import Kind, Number, Plain, StudyFilter, download, file_answer, problems
from mimik.app.schemas import changed
from mimik.app.schemas_checks import MOST
from mimik.app.schemas_kept import (
    Marker,
    MarkerChange,
    MarkerNew,
    ReferenceNew,
    Session,
    SessionChange,
    SessionNew,
    SessionWhole,
)
from mimik.app.schemas_results import FrameModel, SpanResultModel
from mimik.app.security import REPORT_POLICY
from mimik.app.state import Here, State
from mimik.app.store.exports import MEDIA, session_rows, session_span_rows, write_lines, write_table
from mimik.errors import RefusedError
from mimik.results.rows import BASE_KINDS
from mimik.results.span_rows import SPAN_KINDS

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])

Frames = Annotated[list[FrameModel], Body(min_length=1, max_length=5000)]
Spans = Annotated[list[SpanResultModel], Body(min_length=1, max_length=5000)]
Format = Literal["csv", "jsonl", "parquet", "run"]
PLACE = frozenset({"study_id", "person_id"})


@router.get("", summary="All sessions", response_model=list[Session])
def list_sessions(here: Here, study: StudyFilter = None) -> Any:
    """The newest first."""
    return here.sessions.all(study)


@router.post(
    "",
    summary="A new session",
    status_code=201,
    response_model=SessionWhole,
    response_model_exclude_unset=True,
)
def create_session(here: Here, new: SessionNew) -> Any:
    """Without frames yet: record into it live, or post frames."""
    # Through JSON, which knows no infinity: what a client adds to the settings is kept as it is.
    made_by = [json.loads(run.model_dump_json(exclude_unset=True)) for run in new.made_by]
    return here.sessions.create({**new.model_dump(), "made_by": made_by})


@router.get(
    "/{number}",
    summary="A session",
    response_model=SessionWhole,
    response_model_exclude_unset=True,
    responses=problems(404),
)
def get_session(here: Here, number: Number) -> Any:
    """Its name, length, state and place in a study."""
    return here.sessions.get(number)


@router.patch(
    "/{number}",
    summary="Change a session",
    response_model=SessionWhole,
    response_model_exclude_unset=True,
    responses=problems(404),
)
def change_session(here: Here, number: Number, change: SessionChange) -> Any:
    """Only the fields that are sent change; null takes it out of its study."""
    return here.sessions.change(number, changed(change, PLACE))


@router.delete("/{number}", summary="Delete a session", status_code=204, responses=problems(404, 409))
def delete_session(here: Here, number: Number) -> None:
    """With all that was recorded; it is overwritten on the disk."""
    here.sessions.delete(number)


@router.get(
    "/{number}/frames",
    summary="A session's results",
    response_class=StreamingResponse,
    responses={**file_answer(MEDIA["jsonl"]), **problems(404, 409)},
)
def get_session_frames(here: Here, number: Number) -> Response:
    """JSON lines, one a frame: as they were recorded, or against neutral faces where such are set."""
    here.sessions.get(number)
    return StreamingResponse(here.sessions.lines(number), media_type=MEDIA["jsonl"])


@router.post(
    "/{number}/frames",
    summary="Keep results",
    response_model=SessionWhole,
    response_model_exclude_unset=True,
    responses=problems(404),
)
def add_session_frames(here: Here, number: Number, frames: Frames) -> Any:
    """Adds frames behind what the session holds, at most 5,000 at once: a file's results, to keep them."""
    here.sessions.get(number)
    here.sessions.append(number, [frame.model_dump(exclude_unset=True) for frame in frames])
    return here.sessions.get(number)


@router.get(
    "/{number}/spans",
    summary="A session's utterances",
    response_class=StreamingResponse,
    responses={**file_answer(MEDIA["jsonl"]), **problems(404)},
)
def get_session_spans(here: Here, number: Number) -> Response:
    """JSON lines, one an utterance, by when they end; none where nobody was listened to."""
    here.sessions.get(number)
    return StreamingResponse(here.sessions.span_lines(number), media_type=MEDIA["jsonl"])


@router.post(
    "/{number}/spans",
    summary="Keep utterances",
    response_model=SessionWhole,
    response_model_exclude_unset=True,
    responses=problems(404),
)
def add_session_spans(here: Here, number: Number, spans: Spans) -> Any:
    """Adds utterances to what the session holds, at most 5,000 at once: a file's, to keep them."""
    here.sessions.get(number)
    if turned := [span for span in spans if span.end_s < span.start_s]:
        raise RefusedError("invalid", f"utterance {turned[0].span} ends before it begins: end_s, start_s")
    here.sessions.append_all({}, {number: [span.model_dump(exclude_unset=True) for span in spans]})
    return here.sessions.get(number)


@router.get("/{number}/markers", summary="Markers", response_model=list[Marker], responses=problems(404))
def list_markers(here: Here, number: Number) -> Any:
    """By time."""
    return here.markers.all(number)


@router.post(
    "/{number}/markers",
    summary="Set a marker",
    status_code=201,
    response_model=Marker,
    responses=problems(404),
)
def add_marker(here: Here, number: Number, marker: MarkerNew) -> Any:
    """A moment, or with `end_s` an interval."""
    return here.markers.add(number, marker.model_dump())


@router.patch(
    "/{number}/markers/{marker}", summary="Change a marker", response_model=Marker, responses=problems(404)
)
def change_marker(here: Here, number: Number, marker: Number, change: MarkerChange) -> Any:
    """Only the fields that are sent change; `end_s` null makes it a moment."""
    return here.markers.change(number, marker, changed(change, frozenset({"end_s"})))


@router.delete(
    "/{number}/markers/{marker}", summary="Delete a marker", status_code=204, responses=problems(404)
)
def delete_marker(here: Here, number: Number, marker: Number) -> None:
    """For good."""
    here.markers.delete(number, marker)


@router.get(
    "/{number}/export",
    summary="Save a session's results",
    response_class=Response,
    responses={**file_answer(*MEDIA.values()), **problems(404, 409)},
)
def export_session(
    here: Here, number: Number, format: Format = "csv", rows: Kind = "faces", plain: Plain = False
) -> Response:
    """CSV and Parquet have a row a face, or an utterance (`rows`), JSONL a line a frame and an utterance.

    They are as `mimik analyze` writes them.

    The rows of tables have the `marker` that holds then: of the interval around it, or the last moment.
    `run` is what made them, a JSON line a change of settings (Parquet files hold it, too), and then the
    markers as they were set, in one line, where there are any.
    """
    here.sessions.get(number)
    of_spans = rows == "spans"
    held = (session_span_rows if of_spans else session_rows)(here.sessions, here.markers, number)
    base = SPAN_KINDS if of_spans else BASE_KINDS

    def write(path: Path) -> None:
        if format == "jsonl":
            with path.open("wb") as stream:
                stream.writelines(here.sessions.all_lines(number))
        elif format == "run":
            markers = here.markers.all(number)
            write_lines(path, [*here.sessions.made_by(number), *([{"markers": markers}] if markers else [])])
        else:
            write_table(path, format, held, lambda: here.sessions.made_by(number), ("marker",), plain, base)

    name = f"session-{number}" + (".spans" if of_spans and format in ("csv", "parquet") else "")
    return download(here.scratch, name, format, write)


@router.get(
    "/{number}/report",
    summary="A session's report",
    response_class=Response,
    responses={**file_answer("text/html"), **problems(404, 409)},
)
def get_session_report(here: Here, number: Number, look: Look | None = None) -> Response:
    """One HTML file to print or to keep, with its pictures inside and no script.

    Light or dark on a screen as `look` says, else as the system; always light on paper.
    """
    session = here.sessions.get(number)
    html = report_html(
        session,
        lambda: here.sessions.frames(number),
        here.markers.all(number),
        here.sessions.made_by(number),
        _place(here, session),
        look,
        list(here.sessions.spans(number)),
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": REPORT_POLICY})


def _place(here: State, session: dict[str, Any]) -> str:
    """Study and person of a session, in words."""
    return " · ".join(_names(here, session))


def _names(here: State, session: dict[str, Any]) -> Iterator[str]:
    if session["study_id"] is None:
        return
    yield here.studies.get(session["study_id"])["name"]
    if session["person_id"] is not None:
        person = here.studies.person(session["study_id"], session["person_id"])
        yield person["code"]
        if person["group"]:
            yield person["group"]


@router.get(
    "/{number}/plots/{plot}.png",
    summary="A session's plot",
    response_class=Response,
    responses={**file_answer("image/png"), **problems(404, 409)},
)
def get_session_plot(here: Here, number: Number, plot: Plot) -> Response:
    """Expression or action units over time, a face shaded by their means, or voices over time."""
    here.sessions.get(number)
    if plot == "voices":
        picture = plot_png([], plot, voices=voices_of(here.sessions.spans(number)))
    else:
        picture = plot_png(people_of(here.sessions.frames(number)), plot)
    return Response(picture, media_type="image/png")


@router.post(
    "/{number}/reference",
    summary="Read a person against their neutral face",
    response_model=SessionWhole,
    response_model_exclude_unset=True,
    responses=problems(404, 409),
)
def set_session_reference(here: Here, number: Number, new: ReferenceNew) -> Any:
    """Emotion and action units are a change from the person's own face at rest from now on.

    In frames, exports, plots, the report and a study's numbers; readings say so (`against_neutral`).
    Nothing that was recorded is altered.
    """
    return here.sessions.set_reference(number, new.model_dump())


@router.delete(
    "/{number}/reference", summary="Take neutral faces away", status_code=204, responses=problems(404)
)
def delete_session_reference(
    here: Here,
    number: Number,
    face: Annotated[int | None, Query(ge=0, le=MOST, description="only of this id; all if absent")] = None,
) -> None:
    """Readings are those that were recorded again."""
    here.sessions.drop_reference(number, face)
