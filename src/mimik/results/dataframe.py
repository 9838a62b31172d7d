"""Results as a pandas DataFrame."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mimik.errors import MissingExtraError
from mimik.results.dataset import Dataset, located
from mimik.results.read import holds_spans_alone, read_rows, read_span_rows
from mimik.results.rows import BASE_KINDS, Row, flatten, kinds_in
from mimik.results.span_rows import SPAN_KINDS, flatten_span, is_span
from mimik.types import FrameResult, SpanResult

if TYPE_CHECKING:
    import pandas

Result: TypeAlias = FrameResult | SpanResult | Mapping[str, Any]


def to_dataframe(
    results: str | Path | Dataset | FrameResult | SpanResult | Iterable[Result], *, spans: bool | None = None
) -> pandas.DataFrame:
    """Results as a pandas DataFrame with a row a face, or a row an utterance.

    Args:
        results: A results file, or a dataset of parts by its folder or address; or frames or spans: one,
            several, or their dicts.
        spans: Whether the rows are of utterances; if None, they are where there is no frame.

    Returns:
        The flat columns of mimik.results.rows, or of span_rows; a frame without faces has one row without an
        id. Points of a mesh are lists of x, y, z.

    Raises:
        MissingExtraError: pandas isn't installed.
        SourceNotFoundError, DataError: See read_rows and read_spans.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError("a DataFrame", "table") from error
    if isinstance(results, str | Path | Dataset):
        results = located(results)
        of_spans = holds_spans_alone(results) if spans is None else spans
        found = list(read_span_rows(results) if of_spans else read_rows(results))
    else:
        lines = list(_lines(results))
        of_spans = bool(lines) and all(map(is_span, lines)) if spans is None else spans
        found = list(_rows(lines, of_spans))
    kinds = kinds_in(found, base=SPAN_KINDS if of_spans else BASE_KINDS)
    table = pandas.DataFrame.from_records(found, columns=list(kinds))
    held = {"text": "object", "whole": "Int64", "number": "float64", "truth": "boolean", "points": "object"}
    table = table.astype({name: held[kind] for name, kind in kinds.items()})
    for name in (name for name, kind in kinds.items() if kind == "points"):
        table[name] = table[name].map(json.loads, na_action="ignore")
    return table


def _lines(results: FrameResult | SpanResult | Iterable[Result]) -> Iterator[Mapping[str, Any]]:
    """Results as lines of JSONL hold them."""
    several = [results] if isinstance(results, FrameResult | SpanResult) else results
    return (one.to_dict() if isinstance(one, FrameResult | SpanResult) else one for one in several)


def _rows(lines: Iterable[Mapping[str, Any]], of_spans: bool) -> Iterator[Row]:
    """The rows of the frames among the lines, or of the utterances."""
    if of_spans:
        return map(flatten_span, filter(is_span, lines))
    return chain.from_iterable(flatten(line) for line in lines if not is_span(line))
