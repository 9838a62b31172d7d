"""A results file that outlives a crash: the same run again goes on where it was stopped.

Beside OUT lies its journal OUT.run. A source counts as finished once its results are on the disk
and the journal says so; whatever stands behind the last finished source is cut off when the run
goes on. An interrupted and resumed run thus ends with the very bytes of an uninterrupted one.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from mimik.errors import DataError, OutputError, OutputExistsError
from mimik.results.base import Format, load_format
from mimik.runs.beside import check_beside, files_of, left_by, refuse_strange
from mimik.runs.checkpoint import Checkpoint, read_checkpoint
from mimik.runs.done import Done
from mimik.runs.journal import Entry, Journal, Record, check_same, read_journal
from mimik.runs.reader import About, Resume
from mimik.runs.recover import still_there, whole_lines
from mimik.storage.append import AppendFile
from mimik.storage.identity import fingerprint, seen_from
from mimik.storage.whole import output_errors
from mimik.types import FrameResult, RunInfo, SpanResult

if TYPE_CHECKING:
    from mimik.runs.manifest import Clip

COMMIT_S = 0.5
"""Finished sources are recorded together at this interval: making each safe by itself would cost
more than analysing a photo."""
ROWS = ".rows"
"""What the name of an output has behind it where its rows are gathered."""
KILLED = "the run was killed; what came before is kept"
"""Why a live source ended that nobody ended."""


class Results:
    """Results of many sources in one file (.jsonl, .csv, .parquet). Use it in a ``with`` block.

    For each source: begin, write its frames, then finish or fail.
    """

    def __init__(
        self,
        path: str | Path,
        info: RunInfo,
        *,
        overwrite: bool = False,
        clips: Mapping[str, Clip] | None = None,
    ) -> None:
        """Check the name; nothing is touched before the ``with`` block.

        Args:
            path: The results file.
            info: What makes them.
            overwrite: Whether what the file holds is replaced.
            clips: Source to what a manifest says of it.

        Raises:
            OutputError: The suffix is unknown.
            MissingExtraError: Parquet without pyarrow.
        """
        self.path = Path(path)
        self.info = info
        self.format: Format = load_format(self.path, info)
        self.done: set[str] = set()
        """Sources whose results are in the file."""
        self._order: list[str] = []
        """The same in the order of their rows, when the file was opened."""
        self.before = Done(partial(seen_from, self.path.parent))
        """What was done when the file was opened."""
        self.lost = 0
        """Sources that were in the file before it was cut short; they are to be analysed again."""
        self.parts = self._beside(".parts")
        """Folder for results on their way into the file."""
        self._overwrite = overwrite
        self._clips = clips or {}
        self._rows_path = self._beside(ROWS) if self.format.staged else self.path
        self._file: AppendFile | None = None
        self._waiting: list[Entry] = []
        self._committed_at = time.monotonic()
        self._size = self._start = self._frames = self._spans = 0
        self._fingerprint: str | None = None
        self._left_out: set[str] = set()
        self._held: Checkpoint | None = None
        self._state_path = self.parts / "here.state"

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def __enter__(self) -> Self:
        """Open the file, and go on with what it holds.

        Raises:
            OutputError: It can't be written.
            OutputExistsError: It holds something else: names what differs.
        """
        if self.path.is_dir():
            raise OutputError(f"{self.path}: is a folder; name a file in it")
        if not self.path.parent.is_dir():
            raise OutputError(f"{self.path}: its folder doesn't exist; make it first")
        check_beside(self.path, self.format)
        self._journal = Journal(self._beside(".run"))
        try:
            record = None if self._overwrite else self._recover()
            if record is None:
                self._begin_anew()
            else:
                self._go_on(record)
        except BaseException:
            self._journal.close()
            raise
        return self

    def _recover(self) -> Record | None:
        """What the journal says, if there is something to go on with."""
        record = read_journal(self._beside(".run"))
        if record is None:
            refuse_strange(self.path, self.format)
            return None
        if not any(map(Path.exists, (self._beside(ROWS), *files_of(self.path, record.info)))):
            return None
        check_same(self.path, record.info, self.info)
        kept = still_there(record, self.path, self._rows_path, self.format)
        self.lost = len(record.done() - kept.done())
        return kept

    def _begin_anew(self) -> None:
        with output_errors(self.path):
            if self._overwrite:
                # What was drawn shows other readings, or hides the faces that others had found.
                self._beside(".drawn").unlink(missing_ok=True)
                for file in left_by(self.path, self.format):
                    file.unlink(missing_ok=True)
            if self.format.staged:
                self.path.unlink(missing_ok=True)
            self._beside(ROWS).unlink(missing_ok=True)
            if self.parts.is_dir():
                shutil.rmtree(self.parts)
        # First the journal: were it the other way, a crash would leave a file that nothing explains.
        self._journal.start(self.info)
        self._open(0)

    def _go_on(self, record: Record) -> None:
        self._journal.go_on(record)
        self._count(record.entries)
        self._left_out.update(entry.source for entry in record.entries if entry.status == "left out")
        last = record.entries[-1] if record.entries else None
        self._size = last.size if last else 0
        if last and last.status == "begun" and self._rows_path.exists():
            self._keep(last)
        elif self._rows_path.exists() or self._size == 0:
            held = read_checkpoint(self._state_path, self._rows_path)
            if held and held.start == self._start_of_rows():
                self._held, self._start = held, held.start
                self._frames, self._spans = held.resume.frames, held.resume.spans
            self._open(self._held.size if self._held else self._size)

    def _start_of_rows(self) -> int:
        """Where the rows of the next source begin."""
        return self._size or len(self.format.header())

    def _count(self, entries: Sequence[Entry]) -> None:
        self._order += [entry.source for entry in entries if entry.status == "done"]
        self.done.update(self._order)
        self.before.count(entries)

    def _keep(self, begun: Entry) -> None:
        """Count a live source as done whose run was killed: what it gave can't be read again."""
        faces, spans, end = whole_lines(self._rows_path, begun.size, self.format)
        self._open(end)
        if faces or spans:
            entry = replace(begun, status="done", frames=faces, error=KILLED, size=end, spans=spans or None)
            self._size = end
            self._count([entry])
            self._waiting.append(entry)
            self.commit()

    def _open(self, size: int) -> AppendFile:
        self._file = AppendFile(self._rows_path, size)
        if size == 0:
            self._file.append(self.format.header())
        return self._file

    def begin(self, source: str, *, live: bool = False, resume: bool = False) -> Checkpoint | None:
        """Start with a source, or go on with one; another that was begun and not finished is dropped.

        Args:
            source: Its name.
            live: Whether it can't be read again: what it gave is then kept even if the run is killed.
            resume: Whether its reading can go on in the middle.

        Returns:
            Where it goes on, if a run that was killed had saved its state.
        """
        self._fingerprint = fingerprint(source)
        file = self._file or self._reopen()
        held, self._held = self._held, None
        if held and resume and held.source == source:
            return held
        if self._frames or self._spans:
            file.cut(self._start)
        self._start, self._frames, self._spans = file.size, 0, 0
        if live:
            self._waiting.append(Entry(source, "begun", 0, None, file.size, None, self.before.place(source)))
            self.commit()
        return None

    def save(self, source: str, resume: Resume) -> None:
        """Make the rows of the source at work safe, and keep what its reading can go on from."""
        self.commit()
        file = self._rows()
        file.sync()
        Checkpoint(source, self._fingerprint, self._start, file.size, resume).write(self._state_path)

    def _reopen(self) -> AppendFile:
        """Gather the rows of an output that was published, to add to them."""
        with contextlib.suppress(DataError):
            self.format.unpublish(self.path, self._rows_path, self._order)
        if not self._rows_path.exists() or self._rows_path.stat().st_size != self._size:
            self._rows_path.unlink(missing_ok=True)
            raise OutputExistsError(
                f"{self.path}: doesn't hold what its journal says, so something else has changed it: "
                "start again with --overwrite"
            )
        return self._open(self._size)

    def _rows(self) -> AppendFile:
        if self._file is None:
            raise RuntimeError("Results: begin(source) comes before write, finish and fail")
        return self._file

    def write(self, result: FrameResult | SpanResult) -> None:
        """Add one frame, or one utterance, of the source that was begun."""
        self._rows().append(self.format.encode(result))
        if isinstance(result, SpanResult):
            self._spans += 1
        else:
            self._frames += 1
        self._commit_sometimes()

    def add_part(self, part: Path, frames: int, spans: int = 0) -> None:
        """Add frames and utterances that were encoded into a file of their own.

        Args:
            part: Records of self.format.
            frames: How many frames they are.
            spans: How many utterances.
        """
        file = self._rows()
        with part.open("rb") as stream:
            while lines := stream.readlines(1 << 20):
                file.append(b"".join(lines))
        self._frames += frames
        self._spans += spans

    def finish(self, source: str, problem: str | None = None, about: About | None = None) -> None:
        """Count a source as done.

        Args:
            source: The one that was begun.
            problem: Why it ended early, if it did; what was read of it is kept.
            about: What else is known of it.
        """
        self.done.add(source)
        self._record(source, "done", problem, about)

    def drop(self) -> None:
        """Take back what the source that was begun has given."""
        if self._frames or self._spans:
            self._rows().cut(self._start)
            self._frames = self._spans = 0

    def note_left_out(self, left_out: Iterable[tuple[str, str]]) -> None:
        """Keep what lies in a named folder and isn't read, and why; what the journal knows isn't added."""
        for name, why in left_out:
            if name not in self._left_out:
                self._left_out.add(name)
                entry = Entry(name, "left out", 0, why, self._size, None, self.before.place(name))
                self._waiting.append(entry)

    def fail(self, source: str, error: str) -> None:
        """Count a source as failed, to be tried again by the next run; done in part, if it gave something."""
        if self._frames or self._spans:
            self.finish(source, error)
        else:
            self._record(source, "failed", error)

    def _record(
        self, source: str, status: Literal["done", "failed"], error: str | None, about: About | None = None
    ) -> None:
        self._size = self._rows().size
        file, place = self._fingerprint, self.before.place(source)
        known = about or About()
        told = (known.left_out or None, known.offset_s, known.created_at, self._spans or None)
        clip = self._clips.get(source)
        who = (clip.person, clip.labels) if clip else (None, None)
        self._state_path.unlink(missing_ok=True)
        entry = Entry(source, status, self._frames, error, self._size, file, place, *told, *who, known.sync)
        if not self.before.told(entry):  # One that fails run after run is one failure.
            self._waiting.append(entry)
        self._start, self._frames, self._spans = self._size, 0, 0
        self._commit_sometimes()

    def _commit_sometimes(self) -> None:
        if self._waiting and time.monotonic() - self._committed_at >= COMMIT_S:
            self.commit()

    def commit(self) -> None:
        """Make all finished sources safe: their results first, then the journal."""
        if self._file is not None and self._waiting:
            self._file.sync()
            entries, self._waiting = self._waiting, []
            self._journal.add(entries)
        self._committed_at = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The error that ended the run says more than a second one on the way out.
        quiet = contextlib.suppress(OutputError) if error is not None else contextlib.nullcontext()
        with quiet:
            try:
                self.commit()
            finally:
                self._close()
            if error is None:
                self._publish()

    def _close(self) -> None:
        try:
            if self._file is not None:
                self._file.close()
        finally:
            self._journal.close()

    def _publish(self) -> None:
        if self.format.staged and self._file is not None:
            self.format.publish(self._rows_path, self.path)
            self._rows_path.unlink()
        if self.parts.is_dir():
            shutil.rmtree(self.parts)
