"""The tables that a run's results become: one of faces, one of utterances, or both side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mimik.errors import OptionError
from mimik.readings import Kind
from mimik.results.rows import Row, flatten, in_order, kinds_of
from mimik.results.span_rows import flatten_span, kinds_of_spans, spans_beside
from mimik.types import FrameResult, RunInfo, SpanResult


@dataclass(frozen=True)
class Table:
    """Flat rows of one kind of result."""

    kind: type[FrameResult] | type[SpanResult]
    """The results that have rows in it."""
    kinds: Mapping[str, Kind]
    """Its columns, in order, and what each holds."""
    flatten: Callable[[Mapping[str, Any]], Iterable[Row]]
    """The rows of a result's dict."""
    beside: bool = False
    """Whether it lies beside the output, in a file of its own."""
    left_out: frozenset[str] = frozenset()
    """Columns that rows have and the table hasn't."""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.kinds)

    def rows(self, result: FrameResult | SpanResult) -> Iterator[Row]:
        """The rows of a result of its kind, each with all columns in their order."""
        for row in self.flatten(result.to_dict()):
            kept = {name: row[name] for name in row if name not in self.left_out} if self.left_out else row
            yield dict(zip(self.columns, in_order(kept, self.columns), strict=True))

    def without(self, kind: Kind) -> Table:
        """The same table without the columns that hold such values."""
        return self._without(name for name, held in self.kinds.items() if held == kind)

    def without_column(self, name: str) -> Table:
        """The same table without a column."""
        return self._without([name])

    def _without(self, names: Iterable[str]) -> Table:
        left_out = frozenset(names)
        kinds = {name: held for name, held in self.kinds.items() if name not in left_out}
        return replace(self, kinds=kinds, left_out=self.left_out | left_out)

    def file(self, output: Path) -> Path:
        """Where it lies."""
        return spans_beside(output) if self.beside else output


def tables_of(info: RunInfo) -> tuple[Table, ...]:
    """The tables of a run's results: that of the output first."""
    seen = Table(FrameResult, kinds_of(info), flatten)
    if not info.heard:
        return (seen,)
    alone = info.detector is None
    heard = Table(SpanResult, kinds_of_spans(info), lambda span: (flatten_span(span),), beside=not alone)
    return (heard,) if alone else (seen, heard)


def table_for(tables: Iterable[Table], result: FrameResult | SpanResult) -> tuple[int, Table]:
    """The table that a result has rows in, and its number.

    Raises:
        OptionError: There is none.
    """
    for number, table in enumerate(tables):
        if isinstance(result, table.kind):
            return number, table
    what = "voices were heard" if isinstance(result, SpanResult) else "faces are looked for"
    raise OptionError(
        f"a {type(result).__name__} can't be written: the writer's info doesn't say that {what}"
    )
