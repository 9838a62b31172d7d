"""This process reads one source after another; each frame is in the results as it comes."""

from __future__ import annotations

from collections.abc import Sequence

from mimik.runs.base import Merging
from mimik.runs.reader import Make, SourceReader


def run(sources: Sequence[str], make: Make, merger: Merging, workers: int | None = 1) -> None:
    """See mimik.runs.base.Executor."""
    del workers  # There is this process only.
    analyse = make()
    for source in sources:
        if not merger.stream(SourceReader(analyse, source)):
            return
