"""Results as a table: of files that were read, whatever their number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, File
from fastapi.responses import Response
from pydantic import ValidationError

from mimik.app.problems import validation_text
from mimik.app.routes.answers import Kind, Plain, download, file_answer, problems
from mimik.app.routes.files import Part
from mimik.app.schemas_results import FrameModel, SpanResultModel
from mimik.app.state import Here
from mimik.app.store.exports import MEDIA, write_csv
from mimik.errors import RefusedError
from mimik.results.rows import BASE_KINDS, Row, flatten
from mimik.results.span_rows import SPAN_KINDS, flatten_span

router = APIRouter(tags=["files"])


@router.post(
    "/v1/table",
    summary="Results as CSV",
    response_class=Response,
    responses={**file_answer(MEDIA["csv"]), **problems(413)},
)
def make_table(
    here: Here,
    file: Annotated[Part, File(description="results, JSON lines as mimik writes them")],
    rows: Kind = "faces",
    plain: Plain = False,
) -> Response:
    """A row a face, or an utterance, as `mimik analyze` writes them; nothing that was sent is kept.

    Lines of the other kind have no row: ask for both tables where both were read.
    """
    lines = file.file

    def held() -> Iterator[Row]:
        lines.seek(0)
        for number, line in enumerate(lines, 1):
            if line.strip() and isinstance(result := _result(line, number), wanted):
                told = result.model_dump(exclude_unset=True)
                yield from flatten(told) if rows == "faces" else (flatten_span(told),)

    wanted = FrameModel if rows == "faces" else SpanResultModel
    base = BASE_KINDS if rows == "faces" else SPAN_KINDS
    return download(here.scratch, "results", "csv", lambda path: write_csv(path, held, (), plain, base))


def is_span(line: bytes) -> bool:
    """Whether a JSON line is an utterance; what is no JSON is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and value.get("type") == "span"


def _result(line: bytes, number: int) -> FrameModel | SpanResultModel:
    span = is_span(line)
    try:
        return (SpanResultModel if span else FrameModel).model_validate_json(line)
    except ValidationError as error:
        what = "utterance" if span else "frame"
        raise RefusedError(
            "invalid", f"line {number} is no {what}: {validation_text(error.errors())}"
        ) from error
