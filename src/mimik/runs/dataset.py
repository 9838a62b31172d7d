"""A results dataset that a run writes, alone or with others at the same time; see mimik.results.dataset.

Nothing is locked. The names and bytes of a source's parts follow from the source and the settings, so that
two runs that read one source write the same; it counts once its record is there, which is written last.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mimik.errors import OutputError, OutputExistsError, SourceNotFoundError, StoreError, printable
from mimik.results.base import Format
from mimik.results.dataset import DONE, FAILED, HEAD, LEFT_OUT, ROWS, SOURCE, SPANS, part_of
from mimik.results.parquet import parts_format
from mimik.runs.dataset_parts import DatasetParts, as_json
from mimik.runs.done import Done
from mimik.runs.journal import Entry, check_same
from mimik.runs.parts import Piece
from mimik.runs.progress import Tally
from mimik.runs.reader import Outcome, SourceReader
from mimik.storage.folder import Folder, LocalFolder, open_folder
from mimik.types import RunInfo

if TYPE_CHECKING:
    from mimik.runs.manifest import Clip

LOOKS, LOOK_S = 20, 0.05
"""How often, and how many seconds apart, it is looked for what another run says that begins just now."""


class DatasetResults:
    """The results of a run, in parts. Use it in a ``with`` block."""

    def __init__(
        self,
        output: str | Path,
        info: RunInfo,
        names: Sequence[str],
        *,
        overwrite: bool = False,
        clips: Mapping[str, Clip] | None = None,
    ) -> None:
        """Check what is needed; nothing is touched before the ``with`` block.

        Args:
            output: The folder or address.
            info: What makes them.
            names: The sources of this run.
            overwrite: Whether what the dataset holds is removed first.
            clips: Source to what a manifest says of it.

        Raises:
            MissingExtraError: pyarrow is missing.
        """
        parts_format(info, SOURCE)
        self.folder: Folder = open_folder(output)
        self.parts = DatasetParts(self.folder, info, clips or {})
        self.before = Done(self.parts.place)
        """What was done when it was opened, of the sources of this run."""
        self.lost = 0
        """Sources that had a record, whose parts are gone or torn; they are to be analysed again."""
        self._info, self._names, self._overwrite = info, names, overwrite
        self._failed: set[str] = set()
        """Records of failures that are there."""
        self._stray: set[str] = set()
        """Parts of this run's sources without a record: of a run that was killed, or that is at work."""

    @property
    def path(self) -> str:
        """What messages call it."""
        return self.folder.name

    def __enter__(self) -> Self:
        """Go on with what is there, or begin.

        Raises:
            OutputError: It can't be written.
            OutputExistsError: It holds something else: names what differs.
            SourceError, MissingExtraError: It can't be read.
        """
        if isinstance(self.folder, LocalFolder):
            _check_local(self.folder.path)
        head = self._head()
        if head is None:
            self._begin()
        elif self._overwrite:
            self._clear()
            self.folder.write(HEAD, self._own_head)
        else:
            check_same(self.folder.name, head, self._info)
        self.folder.tidy()
        self._count()
        return self

    @cached_property
    def _own_head(self) -> bytes:
        return as_json(self._info.to_dict())

    def _head(self) -> dict[str, Any] | None:
        try:
            head = json.loads(self.folder.read(HEAD))
            if not isinstance(head, dict):
                raise ValueError
        except SourceNotFoundError:
            return None
        except ValueError as error:
            if self._overwrite:
                return {}
            raise OutputError(f"{self.path}{HEAD}: damaged: start again with --overwrite") from error
        return head

    def _begin(self) -> None:
        """Say what makes the results, before any are there; another run may just do the same."""
        if self.folder.is_empty() and self.folder.create(HEAD, self._own_head):
            return
        if (head := self._head_of_another()) is None:
            raise OutputExistsError(
                f"{self.path}: holds something, and no {HEAD} that says what made it: choose another folder"
            )
        check_same(self.folder.name, head, self._info)

    def _head_of_another(self) -> dict[str, Any] | None:
        """What another run says, which may have made the folder a moment ago; None if nothing comes."""
        for _ in range(LOOKS):
            if (head := self._head()) is not None:
                return head
            time.sleep(LOOK_S)
        return None

    def _clear(self) -> None:
        """Remove all results: first the records, without which nothing counts; the head stays."""
        for below in (DONE, FAILED, LEFT_OUT, "run/drawn", ROWS, SPANS):
            self.folder.remove(below)

    def _count(self) -> None:
        """Learn which of the sources are done, and whole."""
        records = self.folder.sizes(DONE)  # Before the parts, which are there before their record is.
        there = {**self.folder.sizes(ROWS), **self.folder.sizes(SPANS)}
        self._failed = set(self.folder.sizes(FAILED))
        own = [name for name in map(self._done, self._names) if name in records]
        entries = []
        for name, data in self.folder.read_several(own).items():
            entry = _entry(data)
            if entry and all(there.get(part) == size for part, size in (entry.parts or {}).items()):
                entries.append(entry)
            else:
                self.folder.remove(name)
                self.lost += 1
        self.before.count(entries)
        held = {part for entry in entries for part in entry.parts or ()}
        parts = (part_of(table, source) for source in self._names for table in (ROWS, SPANS))
        self._stray = {part for part in parts if part in there and part not in held}

    def _done(self, source: str) -> str:
        return self.parts.record(DONE, source)

    def end(self, source: str, outcome: Outcome) -> None:
        """Keep why a source has failed, or forget that it had.

        Raises:
            OutputError: It can't be written.
        """
        name = self.parts.record(FAILED, source)
        with suppress(StoreError):  # The next run tries it again without a record, too.
            if outcome.failed:
                for table in (ROWS, SPANS):
                    if (part := part_of(table, source)) in self._stray:
                        self.folder.remove(part)
                self.parts.note(source, "failed", outcome)
                self._failed.add(name)
            elif name in self._failed:
                self.folder.remove(name)

    def note_left_out(self, left_out: Iterable[tuple[str, str]]) -> None:
        """Keep what lies in the folders that were named and isn't read, and why; the same list once."""
        lines = [
            Entry(name, "left out", 0, why, 0, None, self.parts.place(name)).to_dict()
            for name, why in left_out
        ]
        if lines:
            data = as_json(lines)
            with suppress(StoreError):
                self.folder.write(f"{LEFT_OUT}/{hashlib.sha256(data).hexdigest()[:32]}.json", data)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Each source is whole, or not there: there is nothing to be closed."""


class DatasetMerger:
    """Counts the sources whose parts are in the dataset; see mimik.runs.base.Merging."""

    def __init__(self, sources: Sequence[str], results: DatasetResults, tally: Tally) -> None:
        """Wait for sources, in whatever order they come."""
        self._missing = set(sources)
        self._results, self._tally = results, tally
        self.parts = results.parts

    @property
    def waiting(self) -> bool:
        """See Merging."""
        return bool(self._missing)

    def tick(self, source: str, frames: int) -> None:
        """See Merging."""
        self._tally.tick(source, frames)

    def add(self, source: str, outcome: Outcome) -> None:
        """See Merging."""
        self._results.end(source, outcome)
        self._missing.discard(source)
        self._tally.close(source, outcome)

    @cached_property
    def _form(self) -> Format:
        return self.parts.form()

    def stream(self, reader: SourceReader) -> bool:
        """See Merging."""
        try:
            outcome = self.parts.ended(reader.source) or self._read(reader)
        except StoreError as error:
            outcome = Outcome(0, str(error))
        self.add(reader.source, outcome)
        return True

    def _read(self, reader: SourceReader) -> Outcome:
        """Read a source into its part, and tell of each frame."""
        with closing(self.parts.gather(reader.source)) as part, closing(reader.frames()) as frames:
            for read in frames:
                part.add(Piece(self._form.encode(read.result), reader.count))
                reader.took(read)
                self._tally.tick(reader.source, reader.count, read, reader.spans)
            return part.end(reader.outcome())


def _entry(data: bytes) -> Entry | None:
    """What a record says; None of one that is damaged."""
    try:
        entry = Entry(**json.loads(data))
        return entry if isinstance(entry.parts, dict) else None
    except (ValueError, TypeError):
        return None


def _check_local(path: Path) -> None:
    """Refuse a place where no folder can be.

    Raises:
        OutputError: Says what lies there.
    """
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: is a file; name a folder for results in parts")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{printable(str(path))}: its folder doesn't exist; make it first")
