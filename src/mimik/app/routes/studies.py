"""Studies: their people, and what their sessions say together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from mimik.app.routes.answers import Number, Plain, download, file_answer, problems
from mimik.app.schemas import changed
from mimik.app.schemas_kept import (
    Intervals,
    Person,
    PersonChange,
    PersonNew,
    Study,
    StudyChange,
    StudyNew,
    Timeline,
)
from mimik.app.state import Here
from mimik.app.store.exports import MEDIA, session_source, study_rows, write_numbers, write_table
from mimik.app.store.study_tables import TABLES, study_intervals, study_timeline, timeline_rows
from mimik.errors import RefusedError
from mimik.results.rows import CONTEXT_COLUMNS
from mimik.results.signals import check_signal

router = APIRouter(prefix="/v1/studies", tags=["studies"])

Signal = Annotated[
    str,
    Query(
        pattern="^(emotion:[a-z]{1,20}|au:AU[0-9]{2}|valence|arousal)$",
        description="emotion:NAME, au:AU12, valence or arousal",
        examples=["emotion:happy"],
    ),
]


@router.get("", summary="All studies", response_model=list[Study])
def list_studies(here: Here) -> Any:
    """The newest first."""
    return here.studies.all()


@router.post("", summary="A new study", status_code=201, response_model=Study)
def create_study(here: Here, new: StudyNew) -> Any:
    """With its groups; people and sessions are added to it."""
    return here.studies.create(new.model_dump())


@router.get("/{number}", summary="A study", response_model=Study, responses=problems(404))
def get_study(here: Here, number: Number) -> Any:
    """Its name, groups, stimulus, and how many people and sessions it has."""
    return here.studies.get(number)


@router.patch("/{number}", summary="Change a study", response_model=Study, responses=problems(404))
def change_study(here: Here, number: Number, change: StudyChange) -> Any:
    """Only the fields that are sent change; a group that has people can't be taken away."""
    return here.studies.change(number, changed(change, frozenset({"stimulus"})))


@router.delete("/{number}", summary="Delete a study", status_code=204, responses=problems(404, 409))
def delete_study(
    here: Here,
    number: Number,
    sessions: Annotated[bool, Query(description="its sessions, too; else they stay without a study")] = False,
) -> None:
    """With its people."""
    here.studies.delete(number, sessions)


@router.get(
    "/{number}/people", summary="Who takes part", response_model=list[Person], responses=problems(404)
)
def list_people(here: Here, number: Number) -> Any:
    """By code."""
    return here.studies.people(number)


@router.post(
    "/{number}/people",
    summary="Add a person",
    status_code=201,
    response_model=Person,
    responses=problems(404, 409),
)
def add_person(here: Here, number: Number, new: PersonNew) -> Any:
    """Under a code that is theirs alone in the study; better no name."""
    return here.studies.add_person(number, new.model_dump())


@router.patch(
    "/{number}/people/{person}",
    summary="Change a person",
    response_model=Person,
    responses=problems(404, 409),
)
def change_person(here: Here, number: Number, person: Number, change: PersonChange) -> Any:
    """Only the fields that are sent change."""
    return here.studies.change_person(number, person, changed(change))


@router.delete(
    "/{number}/people/{person}", summary="Remove a person", status_code=204, responses=problems(404)
)
def remove_person(here: Here, number: Number, person: Number) -> None:
    """Their sessions stay in the study, without a person."""
    here.studies.remove_person(number, person)


@router.get(
    "/{number}/timeline", summary="Means over time", response_model=Timeline, responses=problems(404, 409)
)
def get_study_timeline(
    here: Here,
    number: Number,
    signal: Signal,
    step: Annotated[float, Query(ge=0.05, le=3600, allow_inf_nan=False, description="seconds")] = 0.5,
    group: Annotated[str | None, Query(max_length=60, description="only this group")] = None,
) -> Any:
    """For each group the mean over its people with its 95 % interval (Student's t).

    Each person's own mean comes first, so that everyone counts once.
    """
    groups = study_timeline(here.sessions, here.studies, number, check_signal(signal), step, group)
    return {"signal": signal, "step_s": step, "groups": groups}


@router.get(
    "/{number}/intervals",
    summary="Numbers by interval",
    response_model=Intervals,
    responses=problems(404, 409),
)
def get_study_intervals(here: Here, number: Number, signal: Signal | None = None) -> Any:
    """A row for the whole and every marked interval of every session, and each group's mean over its people.

    The means are given with their 95 % interval (Student's t), and so is the difference of each two groups'
    (Welch's t). Each person's own mean comes first, so that everyone counts once. Without a signal these are
    the numbers of all: every emotion and action unit, valence and arousal.
    """
    chosen = signal and check_signal(signal)
    found = study_intervals(here.sessions, here.markers, here.studies, number, chosen)
    return {"signal": signal, **found}


@router.get(
    "/{number}/export",
    summary="Save a study's results",
    response_class=Response,
    responses={**file_answer(MEDIA["csv"], MEDIA["parquet"]), **problems(404, 409)},
)
def export_study(
    here: Here, number: Number, format: Literal["csv", "parquet"] = "csv", plain: Plain = False
) -> Response:
    """A row a face, with its person, group, session and the marker that holds then.

    What was heard isn't in it: that stands in the sessions' own exports.
    """
    rows = study_rows(here.sessions, here.markers, here.studies, number)

    def made_by() -> dict[str, Any]:
        sessions = {session_source(s): here.sessions.made_by(s["id"]) for s in here.sessions.all(number)}
        return {"study": here.studies.get(number)["name"], "sessions": sessions}

    def write(path: Path) -> None:
        write_table(path, format, rows, made_by, CONTEXT_COLUMNS, plain)

    return download(here.scratch, f"study-{number}", format, write)


@router.get(
    "/{number}/numbers",
    summary="Save a study's numbers",
    response_class=Response,
    responses={**file_answer(MEDIA["csv"]), **problems(404, 409)},
)
def get_study_numbers(
    here: Here,
    number: Number,
    table: Annotated[
        Literal["timeline", "groups", "differences", "intervals"],
        Query(
            description="a row a group and step; interval and group; interval and pair of groups; interval, "
            "person and session"
        ),
    ],
    signal: Signal | None = None,
    step: Annotated[float, Query(ge=0.05, le=3600, allow_inf_nan=False, description="seconds")] = 0.5,
    plain: Plain = False,
) -> Response:
    """What "timeline" and "intervals" answer, as CSV: a row a group and step, or a row an interval.

    Without a signal the intervals' tables hold all of them; the timeline needs one.
    """
    if table == "timeline":
        if signal is None:
            raise RefusedError("invalid", "a timeline is of one signal: name it, as in signal=emotion:happy")
        rows = list(timeline_rows(get_study_timeline(here, number, signal, step)["groups"]))
    else:
        rows = get_study_intervals(here, number, signal)["rows" if table == "intervals" else table]
    name = f"study-{number}-{table}" + (f"-{signal.replace(':', '-')}" if signal else "")
    return download(here.scratch, name, "csv", lambda path: write_numbers(path, TABLES[table], rows, plain))
