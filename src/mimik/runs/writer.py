"""Writing frames that come one by one."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from mimik.errors import OptionError, OutputExistsError
from mimik.results.base import Writer
from mimik.runs.results import Results
from mimik.types import FrameResult, RunInfo, SpanResult


def open_writer(path: str | Path, info: RunInfo, *, overwrite: bool = False) -> Writer:
    """A writer for results, by the suffix of the file (.jsonl, .csv, .parquet).

    What made the results is written beside it as PATH.run. For many sources, and for going on
    after an interruption, see mimik.run_batch.

    Args:
        path: The results file.
        info: What makes them.
        overwrite: Whether an existing file is replaced.

    Raises:
        OutputError: The suffix is unknown, or the file can't be written.
        OutputExistsError: It exists.
        MissingExtraError: Parquet without pyarrow.
    """
    return SingleWriter(Path(path), info, overwrite=overwrite)


class SingleWriter:
    """A Writer over Results, for frames that come one by one."""

    def __init__(self, path: Path, info: RunInfo, *, overwrite: bool = False) -> None:
        """See open_writer."""
        self._results = Results(path, info, overwrite=True)
        self._source: str | None = None
        self._finished: set[str] = set()
        if not overwrite and path.is_file() and path.stat().st_size > 0:
            raise OutputExistsError(f"{path}: exists; choose another name or --overwrite")

    def __enter__(self) -> Self:
        self._results.__enter__()
        return self

    def write(self, result: FrameResult | SpanResult) -> None:
        """Add one frame, or one utterance.

        Raises:
            OptionError: Another source's frames came between those of its own.
        """
        if result.source != self._source:
            if self._source is not None:
                self._results.finish(self._source)
                self._finished.add(self._source)
            if result.source in self._finished:
                raise OptionError(
                    f"{self._results.path}: frames of {result.source} come again after those of "
                    f"{self._source}: write sources one after another, or each with a writer of its own"
                )
            self._results.begin(result.source)
            self._source = result.source
        self._results.write(result)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._source is not None:
            self._results.finish(self._source, f"ended by {kind.__name__}" if kind else None)
        # What was read before an error is kept whole, so the file is published either way.
        self._results.__exit__(None, None, None)
