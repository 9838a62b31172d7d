"""Whole sources that wait for their turn in the results, each in a file of its own (OUT.parts).

A part outlives a crash: the next run takes it as it is. KEY.rows holds the records, and KEY.json says
that they are whole, and of which file; KEY.state says how far a long source is that isn't.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mimik.results.base import Format, load_format
from mimik.runs.checkpoint import Checkpoint, Pace, read_checkpoint
from mimik.runs.reader import About, Outcome, Resume, SourceReader
from mimik.storage.append import AppendFile
from mimik.storage.identity import fingerprint
from mimik.storage.whole import output_errors, whole_file
from mimik.types import RunInfo

PIECE_S = 0.5
"""How often what was read of a source goes into its part, and it is told how far that is."""
PIECE_BYTES = 1 << 20
"""How much of it may wait for that."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some records of a source on their way into its part; picklable."""

    rows: bytes
    """Whole records."""
    frames: int
    """Frames of the source so far."""
    resume: Resume | None = None
    """What reading can go on from after these records, where it is time to keep that."""


def pieces(reader: SourceReader, form: Format) -> Generator[Piece, None, None]:
    """Read a source to its end; reader.outcome() then says how it ended.

    Args:
        reader: The source.
        form: The format of the results file.
    """
    rows: list[bytes] = []
    size, gave_at, pace = 0, time.monotonic(), Pace()
    with closing(reader.frames()) as frames:
        for read in frames:
            rows.append(form.encode(read.result))
            size += len(rows[-1])
            reader.took(read)
            resume = None
            if pace.due(read) and read.snapshot:
                resume = Resume(reader.count, read.snapshot(), reader.spans)
            if resume or size >= PIECE_BYTES or time.monotonic() - gave_at >= PIECE_S:
                yield Piece(b"".join(rows), reader.count, resume)
                rows.clear()
                size, gave_at = 0, time.monotonic()
    if rows:
        yield Piece(b"".join(rows), reader.count)


class Gathering:
    """A part that is being written; whoever closes it before its end may go on with it later."""

    def __init__(self, rows: Path, state: Path, source: str) -> None:
        self._source, self._path, self._state = source, rows, state
        self._file = fingerprint(source)
        held = read_checkpoint(state, rows)
        self.resume = held.resume if held else None
        """Where the source goes on, if some of it is safe."""
        self._rows = AppendFile(rows, held.size if held else 0)

    def add(self, piece: Piece) -> None:
        """Add records.

        Raises:
            OutputError: They can't be written.
        """
        self._rows.append(piece.rows)
        if piece.resume:
            self._rows.sync()
            Checkpoint(self._source, self._file, 0, self._rows.size, piece.resume).write(self._state)

    def end(self, outcome: Outcome) -> Outcome:
        """Say that the part is whole, unless the source has failed; returns how it ended.

        Raises:
            OutputError: It can't be written.
        """
        self._rows.sync()
        if not outcome.failed:
            note_whole(self._path, outcome, self._file)
        return outcome

    def close(self) -> None:
        """Close the file."""
        self._rows.close()


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a results file; picklable."""

    folder: Path
    """Where they lie."""
    output: Path
    """The results file; its suffix gives the format."""
    info: RunInfo
    """What makes the results."""

    def rows(self, source: str) -> Path:
        """Where a source's records are gathered."""
        key = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        return self.folder / f"{key}.rows"

    def state(self, source: str) -> Path:
        """Where it lies how far a source is."""
        return self.rows(source).with_suffix(".state")

    @property
    def anywhere(self) -> bool:
        """See mimik.runs.base.PartsPlace: they lie beside the results file."""
        return False

    def prepare(self) -> None:
        """See mimik.runs.base.PartsPlace."""
        with output_errors(self.folder):
            self.folder.mkdir(exist_ok=True)

    def form(self) -> Format:
        """See mimik.runs.base.PartsPlace."""
        return load_format(self.output, self.info)

    def gather(self, source: str) -> Gathering:
        """See mimik.runs.base.PartsPlace."""
        return Gathering(self.rows(source), self.state(source), source)

    def write(self, reader: SourceReader, form: Format, tell: Callable[[int], None]) -> Outcome:
        """See mimik.runs.base.PartsPlace."""
        return told(self.writing(reader, form), tell)

    def writing(self, reader: SourceReader, form: Format) -> Generator[int, None, Outcome]:
        """See mimik.runs.base.PartsPlace."""
        with closing(self.gather(reader.source)) as part:
            if part.resume:
                reader.go_on(part.resume)
            with closing(pieces(reader, form)) as read:
                for piece in read:
                    part.add(piece)
                    yield piece.frames
            return part.end(reader.outcome())

    def whole(self, source: str) -> Outcome | None:
        """How a source ended whose part is whole, and is of the file that lies there now."""
        rows = self.rows(source)
        note = rows.with_suffix(".json")
        if not note.exists() or not rows.exists():
            return None
        try:
            values = json.loads(note.read_text(encoding="utf-8"))
            file, size = values.pop("file"), values.pop("size")
            about = values.pop("about")
            about["left_out"] = tuple(about["left_out"])
            outcome = Outcome(**values, about=About(**about))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None  # Cut by a crash, or of another version: the source is read again.
        return outcome if (file, size) == (fingerprint(source), rows.stat().st_size) else None

    def drop(self, source: str) -> None:
        """Forget a source's part."""
        rows = self.rows(source)
        rows.with_suffix(".json").unlink(missing_ok=True)
        rows.with_suffix(".state").unlink(missing_ok=True)
        rows.unlink(missing_ok=True)


def told(writing: Generator[int, None, Outcome], tell: Callable[[int], None]) -> Outcome:
    """Write a part to its end, and tell how many frames there are."""
    with closing(writing):
        while True:
            try:
                tell(next(writing))
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome


def note_whole(rows: Path, outcome: Outcome, file: str | None) -> None:
    """Say beside a part that it is whole, and of which file, under another name first."""
    values = {**asdict(replace(outcome, last=None)), "size": rows.stat().st_size, "file": file}
    target = rows.with_suffix(".json")
    with output_errors(target), whole_file(target) as note, note.open("wb") as stream:
        stream.write(json.dumps(values).encode())
        stream.flush()
        os.fsync(stream.fileno())
