"""Results as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.errors import MissingExtraError
from mimik.results.read import read_rows
from mimik.results.rows import flatten, kinds_in
from mimik.types import FrameResult

if TYPE_CHECKING:
    import pandas


def to_dataframe(
    results: str | Path | FrameResult | Iterable[FrameResult | Mapping[str, Any]],
) -> pandas.DataFrame:
    """Results as a pandas DataFrame with a row a face.

    Args:
        results: A results file, or frames: a FrameResult, several, or their dicts.

    Returns:
        The flat columns of mimik.results.rows; a frame without faces has one row without an id.

    Raises:
        MissingExtraError: pandas isn't installed.
        SourceNotFoundError, DataError: See read_rows.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError("a DataFrame", "table") from error
    if isinstance(results, str | Path):
        rows = read_rows(results)
    else:
        several = [results] if isinstance(results, FrameResult) else results
        frames = (r.to_dict() if isinstance(r, FrameResult) else r for r in several)
        rows = chain.from_iterable(map(flatten, frames))
    found = list(rows)
    kinds = kinds_in(found)
    table = pandas.DataFrame.from_records(found, columns=list(kinds))
    held = {"text": "object", "whole": "Int64", "number": "float64", "truth": "boolean"}
    return table.astype({name: held[kind] for name, kind in kinds.items()})
