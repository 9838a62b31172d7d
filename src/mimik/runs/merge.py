"""The one place where what was read enters the results, in the order of the sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing

from mimik.runs.checkpoint import Pace
from mimik.runs.ending import last_of
from mimik.runs.parts import Parts
from mimik.runs.progress import Tally
from mimik.runs.reader import Outcome, Read, Resume, SourceReader
from mimik.runs.results import Results


class Merger:
    """Takes each source once: frame by frame when its turn has come, or at any time as a whole part."""

    def __init__(
        self, sources: Sequence[str], results: Results | None, tally: Tally, live: Collection[str] = ()
    ) -> None:
        """Wait for sources.

        Args:
            sources: In the order of the results.
            results: Where they go; None only tells the tally.
            tally: Told of each frame and each end.
            live: The sources that end by Ctrl-C only: what was read then counts as done.
        """
        self._results, self._tally, self._live = results, tally, live
        self._order = iter(sources)
        self._head = next(self._order, None)
        self._ended: dict[str, Outcome] = {}
        """Sources whose parts wait for their turn."""

    @property
    def waiting(self) -> bool:
        """Whether sources are missing."""
        return self._head is not None

    @property
    def parts(self) -> Parts:
        """Where parts are gathered.

        Raises:
            RuntimeError: There is no results file that they could go into.
        """
        if self._results is None:
            raise RuntimeError("Merger: parts need a results file")
        return Parts(self._results.parts, self._results.path, self._results.info)

    def recover(self, sources: Sequence[str]) -> list[str]:
        """Take the parts that an earlier run had finished; returns the sources without one."""
        if self._results is None or not self._results.parts.is_dir():
            return list(sources)
        whole = {source: outcome for source in sources if (outcome := self.parts.whole(source))}
        self._tally.report.earlier += whole
        for source, outcome in whole.items():
            self.add(source, outcome)
        return [source for source in sources if source not in whole]

    def tick(self, source: str, frames: int) -> None:
        """A part has grown to so many frames."""
        self._tally.tick(source, frames)

    def add(self, source: str, outcome: Outcome) -> None:
        """Take a source whose part is whole, or that has failed.

        Raises:
            OutputError: The results can't be written.
        """
        self._ended[source] = outcome
        self._append_ended()

    def stream(self, reader: SourceReader) -> bool:
        """Append a source's frames as they come; its turn must have come.

        Returns:
            Whether there may be more: Ctrl-C in a live source ends it, and the batch.

        Raises:
            OutputError: The results can't be written.
            RuntimeError: Its turn hasn't come.
            KeyboardInterrupt: Ctrl-C, unless in a live source.
        """
        source, report = reader.source, self._tally.report
        if source != self._head:
            raise RuntimeError(f"Merger: it is the turn of {self._head}, not of {source}")
        if self._results and (held := self._results.begin(source, live=source in self._live, resume=True)):
            reader.go_on(held.resume)
        try:
            self._append(reader)
        except KeyboardInterrupt:
            if source not in self._live:
                raise
            report.interrupted = True
        report.interrupted = report.interrupted or reader.stopped
        outcome = reader.outcome()
        if report.interrupted and not (outcome.frames or outcome.spans):
            return False  # It was still being opened: there is nothing to count as done.
        self._end(source, outcome)
        self._append_ended()
        return not report.interrupted

    def _append(self, reader: SourceReader) -> None:
        with closing(reader.frames()) as frames:
            try:
                self._take(reader, frames)
            except KeyboardInterrupt as stop:
                if reader.source in self._live:
                    self._take(reader, last_of(frames, stop))
                raise

    def _take(self, reader: SourceReader, frames: Iterable[Read]) -> None:
        pace = Pace()
        for read in frames:
            if self._results:
                self._results.write(read.result)
            reader.took(read)
            if self._results and pace.due(read) and read.snapshot:
                self._results.save(reader.source, Resume(reader.count, read.snapshot(), reader.spans))
            self._tally.tick(reader.source, reader.count, read, reader.spans)

    def _append_ended(self) -> None:
        """Append the parts whose turn has come, each safe in the results before it goes."""
        while self._results and self._head is not None and (outcome := self._ended.pop(self._head, None)):
            source = self._head
            self._results.begin(source)
            if not outcome.failed:
                self._results.add_part(self.parts.rows(source), outcome.frames, outcome.spans)
            self._end(source, outcome)
            if not outcome.failed:
                self._results.commit()
            self.parts.drop(source)

    def _end(self, source: str, outcome: Outcome) -> None:
        self._head = next(self._order, None)
        if self._results and outcome.failed:
            self._results.drop()  # A store may have failed midway.
            self._results.fail(source, outcome.problem or "")
        elif self._results:
            self._results.finish(source, outcome.problem, outcome.about)
        self._tally.close(source, outcome)
