"""A source's part of a results dataset: gathered on this machine, then laid there whole, its record last."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mimik.errors import StoreError
from mimik.results.base import Format
from mimik.results.dataset import DONE, FAILED, PART, SOURCE, TABLES, part_of, record_of
from mimik.results.parquet import parts_format
from mimik.runs.journal import Entry
from mimik.runs.manifest import Clip
from mimik.runs.parts import Piece, pieces, told
from mimik.runs.reader import About, Outcome, Resume, SourceReader
from mimik.storage.append import AppendFile
from mimik.storage.folder import Folder, LocalFolder
from mimik.storage.identity import fingerprint, place, seen_from
from mimik.types import RunInfo

MEANWHILE = "another run has read it meanwhile"


@dataclass(frozen=True, slots=True)
class DatasetParts:
    """Where the parts of a dataset are written; see mimik.runs.base.PartsPlace. Picklable."""

    folder: Folder
    info: RunInfo
    """What makes the results."""
    clips: Mapping[str, Clip]
    """Source to what a manifest says of it."""
    start: Path = field(default_factory=Path.cwd)
    """The folder that sources are named from, wherever this is unpickled."""

    @property
    def anywhere(self) -> bool:
        """See PartsPlace: a store may be written to from any machine."""
        return not isinstance(self.folder, LocalFolder)

    def prepare(self) -> None:
        """See PartsPlace: there is nothing to be made."""

    def form(self) -> Format:
        """See PartsPlace."""
        return parts_format(self.info, SOURCE)[0]

    def gather(self, source: str) -> DatasetPart:
        """See PartsPlace; a part that was begun by a run that was killed is begun again."""
        return DatasetPart(self, source)

    def write(self, reader: SourceReader, form: Format, tell: Callable[[int], None]) -> Outcome:
        """See PartsPlace."""
        return told(self.writing(reader, form), tell)

    def writing(self, reader: SourceReader, form: Format) -> Generator[int, None, Outcome]:
        """See PartsPlace; where the store doesn't take a part, its source has failed in this run."""
        try:
            if ended := self.ended(reader.source):
                return ended
            with closing(self.gather(reader.source)) as part:
                with closing(pieces(reader, form)) as read:
                    for piece in read:
                        part.add(piece)
                        yield piece.frames
                return part.end(reader.outcome())
        except StoreError as error:
            return Outcome(0, str(error))

    def place(self, source: str) -> str:
        """Where a source lies: seen from beside a local dataset, which may be moved with it."""
        full = source if "://" in source else place(str(self.start / source))
        if isinstance(self.folder, LocalFolder):
            return seen_from((self.start / self.folder.path).parent, full)
        return full

    def record(self, folder: str, source: str) -> str:
        """Where the record of a source lies, in DONE or FAILED."""
        return record_of(folder, self.place(source))

    def ended(self, source: str) -> Outcome | None:
        """How a source ended that another run has finished; None if none has. Raises as Folder.has."""
        name = self.record(DONE, source)
        if not self.folder.has(name):
            return None
        try:
            entry = Entry(**json.loads(self.folder.read(name)))
        except (ValueError, TypeError):
            return None  # Damaged: it is written again.
        about = About(tuple(entry.left_out or ()), entry.offset_s, entry.created_at, entry.sync)
        return Outcome(entry.frames, entry.error, None, MEANWHILE, about, entry.spans or 0)

    def note(
        self,
        source: str,
        status: Literal["done", "failed"],
        outcome: Outcome,
        file: str | None = None,
        parts: Mapping[str, int] | None = None,
    ) -> None:
        """Write the record of a source that has ended; raises as Folder.write."""
        about, clip = outcome.about, self.clips.get(source)
        known = (about.left_out or None, about.offset_s, about.created_at, outcome.spans or None)
        who = (clip.person, clip.labels) if clip else (None, None)
        size = sum((parts or {}).values())
        end = (status, outcome.frames, outcome.problem, size, file, self.place(source))
        entry = Entry(source, *end, *known, *who, about.sync, parts)
        folder = DONE if status == "done" else FAILED
        self.folder.write(self.record(folder, source), as_json(entry.to_dict()))


class DatasetPart:
    """A part that is being gathered; see mimik.runs.base.Part."""

    resume: Resume | None = None

    def __init__(self, place: DatasetParts, source: str) -> None:
        """Begin one.

        Raises:
            OutputError: There is no room to gather it.
        """
        self._place, self._source = place, source
        self._file = fingerprint(source)  # Before it is read: it may be replaced meanwhile.
        with ExitStack() as stack:
            self._scratch = stack.enter_context(place.folder.scratch())
            self._rows = stack.enter_context(closing(AppendFile(self._scratch / "rows")))
            self._opened = stack.pop_all()

    def add(self, piece: Piece) -> None:
        """See Part."""
        self._rows.append(piece.rows)

    def end(self, outcome: Outcome) -> Outcome:
        """See Part; what another run has finished meanwhile stays, though it is the same.

        Raises:
            OutputError: It can't be written, nor could a further one.
            StoreError: The store didn't take it; the next time it may.
        """
        if outcome.failed:
            return outcome
        self._rows.flush()
        if ended := self._place.ended(self._source):
            return ended
        self._place.note(self._source, "done", outcome, self._file, self._lay())
        return outcome

    def _lay(self) -> dict[str, int]:
        """Lay the parts into the dataset; returns their names and bytes."""
        form, kinds = parts_format(self._place.info, SOURCE)
        ready = self._scratch / PART
        form.publish(self._scratch / "rows", ready)
        parts = {}
        for kind, path in zip(kinds, form.files(ready), strict=True):
            name = part_of(TABLES[kind], self._source)
            parts[name] = path.stat().st_size
            self._place.folder.take(path, name)
        return parts

    def close(self) -> None:
        """See Part: what was gathered is removed."""
        self._opened.close()


def as_json(values: Any) -> bytes:
    """What lies in a record: the same bytes for the same values."""
    return (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")
