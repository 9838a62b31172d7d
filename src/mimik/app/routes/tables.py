"""Results as a table: of files that were read, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, File
from fastapi.responses import Response
from pydantic import ValidationError

from mimik.app.problems import validation_text
from mimik.app.routes.answers import Plain, download, file_answer, problems
from mimik.app.routes.files import Part
from mimik.app.schemas_results import FrameModel
from mimik.app.state import Here
from mimik.app.store.exports import MEDIA, write_csv
from mimik.errors import RefusedError
from mimik.results.rows import Row, flatten

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
    plain: Plain = False,
) -> Response:
    """A row a face, as `mimik analyze` writes them; nothing that was sent is kept."""
    lines = file.file

    def rows() -> Iterator[Row]:
        lines.seek(0)
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield from flatten(_frame(line, number).model_dump(exclude_unset=True))

    return download(here.scratch, "results", "csv", lambda path: write_csv(path, rows, plain=plain))


def _frame(line: bytes, number: int) -> FrameModel:
    try:
        return FrameModel.model_validate_json(line)
    except ValidationError as error:
        raise RefusedError(
            "invalid", f"line {number} is no frame: {validation_text(error.errors())}"
        ) from error
