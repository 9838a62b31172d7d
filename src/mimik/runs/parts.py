"""Whole sources that wait for their turn in the results, each in a file of its own (OUT.parts).

A part outlives a crash: the next run takes it as it is. KEY.rows holds the records, and KEY.json says
that they are whole, and of which file; KEY.state says how far a long source is that isn't.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mimik.results.base import Format
from mimik.runs.checkpoint import Checkpoint, Pace, read_checkpoint
from mimik.runs.reader import About, Outcome, Resume, SourceReader
from mimik.storage.append import AppendFile
from mimik.storage.identity import fingerprint
from mimik.storage.whole import output_errors, whole_file
from mimik.types import RunInfo

TICK_S = 0.5
"""How often it is told how far a part is."""


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

    def write(self, reader: SourceReader, form: Format, tell: Callable[[int], None]) -> Outcome:
        """Read a source to its end into its part.

        Args:
            reader: The source.
            form: The format of the results file.
            tell: Told now and then how many frames there are.

        Raises:
            OutputError: It can't be written.
        """
        path, file = self.rows(reader.source), fingerprint(reader.source)
        state = self.state(reader.source)
        if held := read_checkpoint(state, path):
            reader.go_on(held.resume)
        told_at, pace = time.monotonic(), Pace()
        with closing(AppendFile(path, held.size if held else 0)) as rows, closing(reader.frames()) as frames:
            for read in frames:
                rows.append(form.encode(read.result))
                reader.took(read)
                if pace.due(read) and read.snapshot:
                    rows.sync()
                    resume = Resume(reader.count, read.snapshot(), reader.spans)
                    Checkpoint(reader.source, file, 0, rows.size, resume).write(state)
                if time.monotonic() - told_at >= TICK_S:
                    told_at = time.monotonic()
                    tell(reader.count)
            rows.sync()
        outcome = reader.outcome()
        if not outcome.failed:
            note_whole(path, outcome, file)
        return outcome

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


def note_whole(rows: Path, outcome: Outcome, file: str | None) -> None:
    """Say beside a part that it is whole, and of which file, under another name first."""
    values = {**asdict(replace(outcome, last=None)), "size": rows.stat().st_size, "file": file}
    target = rows.with_suffix(".json")
    with output_errors(target), whole_file(target) as note, note.open("wb") as stream:
        stream.write(json.dumps(values).encode())
        stream.flush()
        os.fsync(stream.fileno())
