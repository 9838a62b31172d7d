"""The journal beside a results file (OUT.run): what made it, and which sources are in it.

JSON lines. The first is RunInfo.to_dict(); each further one is a source that is finished:
``{"source", "status", "frames", "error", "size", "file", "place"}``, size being the bytes of results
after it, file what tells the source's file from another under its name, and place where it lies; where they
are known also left_out, offset_s, created_at, sync, and what a manifest says: person and labels; in a dataset
also parts.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

from mimik.errors import MimikWarning, OutputError, OutputExistsError
from mimik.models.sets import MODEL_SETS
from mimik.storage.append import AppendFile
from mimik.storage.whole import lock, output_errors
from mimik.types import RunInfo

LIBRARIES = "libraries"
"""Where RunInfo.to_dict() has the versions of what decoded and computed."""
EXTRAS = ("left_out", "offset_s", "created_at", "spans", "person", "labels", "sync", "parts")
"""Fields of an entry that journals of mimik 0.1 lack."""
LATER = ("schema_version", "columns")
"""What RunInfo.to_dict() has that journals of mimik 0.1 lack."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished source, or a live one that begins."""

    source: str
    """Path, address or name."""
    status: Literal["begun", "done", "failed", "left out"]
    """A failed source has no results and is tried again by the next run; a live one says that it begins;
    what lies in a named folder and isn't read is left out."""
    frames: int
    """Frames in the results; rows, of a live source whose run was killed."""
    error: str | None
    """Why it failed; of a source that is done, why it ended early; None if nothing went wrong."""
    size: int
    """Bytes of gathered results after it."""
    file: str | None = None
    """Fingerprint of the source; None if it is no file, or in older journals."""
    place: str | None = None
    """Where the source lies, seen from the results' folder; None in older journals."""
    left_out: tuple[str, ...] | None = None
    """What its file holds beside what was read; None if nothing."""
    offset_s: float | None = None
    """Seconds from the beginning of its container to its first picture; None if that is 0, or unknown."""
    created_at: str | None = None
    """When it was recorded, as it says itself; None if it doesn't."""
    spans: int | None = None
    """Utterances in the results; None if none."""
    person: str | None = None
    """Who is in it, as a manifest says."""
    labels: str | None = None
    """What else it says of it."""
    sync: Mapping[str, str | float] | None = None
    """Whether its sound is in time with the mouths in view; None where nobody asked."""
    parts: Mapping[str, int] | None = None
    """Name to bytes of its parts, in a dataset; None in a results file."""

    def to_dict(self) -> dict[str, Any]:
        """As the journal has it: what was added after 0.1 stands there only where it is known."""
        return {
            name: value for name, value in asdict(self).items() if value is not None or name not in EXTRAS
        }


@dataclass(frozen=True, slots=True)
class Record:
    """What a journal says."""

    info: Mapping[str, Any]
    """RunInfo.to_dict() of the run that made it."""
    entries: tuple[Entry, ...]
    """Finished sources in order; of one that was tried again, and ended otherwise, the last counts."""
    sizes: tuple[int, ...]
    """Bytes of the journal up to the end of the first line, and of each entry."""

    def done(self) -> set[str]:
        """Sources whose results it counts on."""
        return {entry.source for entry in self.entries if entry.status == "done"}

    def first(self, count: int) -> Record:
        """What it said when it had only so many entries."""
        return Record(self.info, self.entries[:count], self.sizes[: count + 1])


def read_journal(path: Path) -> Record | None:
    """Read a journal; half a last line is left out.

    Returns:
        What it says, or None if there is none or it says nothing.

    Raises:
        OutputError: It can't be read, or isn't a journal.
    """
    with output_errors(path):
        data = path.read_bytes() if path.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    if not whole:
        return None
    try:
        lines = whole.splitlines(keepends=True)
        info, *entries = map(json.loads, lines)
        sizes = tuple(accumulate(map(len, lines)))
        return Record({**info}, tuple(Entry(**entry) for entry in entries), sizes)
    except (ValueError, TypeError) as error:
        raise OutputError(f"{path}: damaged, or not a journal: start again with --overwrite") from error


class Journal:
    """Writes a journal; holds a lock on it while open."""

    def __init__(self, path: Path) -> None:
        """Open or create a journal, and leave what it says.

        Raises:
            OutputError: It can't be written, or another process is writing it.
        """
        with output_errors(path):
            path.touch()
            self._file = AppendFile(path, path.stat().st_size)
        try:
            lock(self._file.fileno(), path)
        except OutputError:
            self._file.close()
            raise

    def start(self, info: RunInfo) -> None:
        """Begin anew with what makes the results."""
        self._file.cut(0)
        self._append(info.to_dict())
        self._file.sync()

    def go_on(self, record: Record) -> None:
        """Drop what the record doesn't say, such as half a last line."""
        self._file.cut(record.sizes[-1])

    def add(self, entries: Iterable[Entry]) -> None:
        """Record sources whose results are safely on the disk."""
        for entry in entries:
            self._append(entry.to_dict())
        self._file.sync()

    def _append(self, values: Mapping[str, Any]) -> None:
        text = json.dumps(values, ensure_ascii=False)
        self._file.append(text.encode("utf-8", "backslashreplace") + b"\n")

    def close(self) -> None:
        """Close it; the lock goes with it. One that says nothing is removed."""
        empty = self._file.size == 0
        self._file.close()
        if empty:
            self._file.path.unlink(missing_ok=True)


def check_same(path: Path | str, before: Mapping[str, Any], info: RunInfo) -> None:
    """Refuse to mix results of different settings; of other libraries, only tell.

    Raises:
        OutputExistsError: Names what differs.
    """
    now = json.loads(json.dumps(info.to_dict()))
    apart = {LIBRARIES, *(name for name in LATER if name not in before)}
    changes = list(_differences("", before, {**now, **{name: before.get(name) for name in apart}}))
    if changes:
        more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
        raise OutputExistsError(
            f"{path}: holds results of other settings ({'; '.join(changes[:3])}{more}): "
            f"{_as_before(before, now)}choose another name or --overwrite"
        )
    if before.get(LIBRARIES) and (others := list(_differences("", before[LIBRARIES], now[LIBRARIES]))):
        text = f"{path}: goes on with other libraries ({'; '.join(others)}): last digits may differ"
        warnings.warn(text, MimikWarning, stacklevel=4)


def _as_before(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """How the set or the tasks of earlier results are named: the set settles what is read by default."""
    tasks, models = before.get("tasks"), before.get("models")
    if not isinstance(tasks, list) or not isinstance(models, Mapping):
        return ""
    both = [task for task in tasks if task in now["tasks"]]
    if any(models.get(task) != now["models"].get(task) for task in both):
        names = {task: (models.get(task) or {}).get("name") for task in tasks}
        sets = [name for name, read in MODEL_SETS.items() if names.items() <= read.items()]
        others = any(names[task] != (now["models"].get(task) or {}).get("name") for task in both)
        return f"go on with --models {sets[0]}, " if sets and others else ""
    return "" if tasks == now["tasks"] else f"go on with --tasks {','.join(map(str, tasks))}, "


def _differences(where: str, before: Any, now: Any) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys([*before, *now]):
            yield from _differences(f"{where}.{name}".lstrip("."), before.get(name), now.get(name))
    elif before != now:
        yield f"{where} was {_short(before)}, now {_short(now)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."
