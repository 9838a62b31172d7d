"""How far a long source is, and what its reading goes on from: OUT.parts/KEY.state, beside its rows."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from mimik.runs.reader import Read, Resume
from mimik.storage.identity import fingerprint
from mimik.storage.whole import output_errors, whole_file

SAVE_S = 10.0
"""How often the state of a source is saved: no more than that is read twice after a kill."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Rows that are safe, and where their source goes on."""

    source: str
    file: str | None
    """Fingerprint of the source."""
    start: int
    """Byte at which its rows begin."""
    size: int
    """Byte at which the safe ones end."""
    resume: Resume

    def write(self, path: Path) -> None:
        """Write it whole or not at all.

        Raises:
            OutputError: It can't be written.
        """
        digest = hashlib.sha256(self.resume.state).hexdigest()
        head = {**asdict(self), "resume": self.resume.frames, "spans": self.resume.spans, "sha256": digest}
        with output_errors(path):
            path.parent.mkdir(exist_ok=True)
            with whole_file(path) as part, part.open("wb") as stream:
                stream.write(json.dumps(head).encode() + b"\n" + self.resume.state)
                stream.flush()
                os.fsync(stream.fileno())


def read_checkpoint(path: Path, rows: Path) -> Checkpoint | None:
    """The checkpoint at a path, if its rows and its source are still there as they were."""
    try:
        head, _, state = path.read_bytes().partition(b"\n")
        values = json.loads(head)
        if values.pop("sha256") != hashlib.sha256(state).hexdigest():
            return None
        resume = Resume(values["resume"], state, values.pop("spans", 0))
        found = Checkpoint(**{**values, "resume": resume})
    except (OSError, ValueError, TypeError, KeyError):
        return None  # There is none, or of another version: the source is read again.
    there = rows.exists() and rows.stat().st_size >= found.size
    return found if there and found.file == fingerprint(found.source) else None


class Pace:
    """Says when it is time for a checkpoint."""

    def __init__(self) -> None:
        self._saved_at = time.monotonic()

    def due(self, read: Read) -> bool:
        """Whether a frame's state is to be saved now."""
        if read.snapshot is None or time.monotonic() - self._saved_at < SAVE_S:
            return False
        self._saved_at = time.monotonic()
        return True
