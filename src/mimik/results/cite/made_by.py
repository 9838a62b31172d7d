"""What is known of how a results file was made, and of what came of its sources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from mimik.errors import DataError, SourceNotFoundError
from mimik.readings import AGAINST_NEUTRAL
from mimik.results.dataset import HEAD, Dataset, Located
from mimik.results.head import check_version, heads_in
from mimik.results.read import SUFFIXES, holds_spans_alone, read_rows, read_spans

Head: TypeAlias = Mapping[str, Any]
"""RunInfo.to_dict() of what made results."""
NEEDED: dict[str, type | tuple[type, ...]] = {
    "mimik": str,
    "detector": (str, type(None)),
    "models": dict,
    "settings": dict,
}
"""What a head must hold to be cited, and as what."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What came of the sources, as far as it is known."""

    frames: tuple[int, ...]
    """Frames of each source that was read."""
    partial: int = 0
    """How many of these ended early."""
    failed: int | None = None
    """How many could not be read; None where nothing says so."""
    left_out: int = 0
    """Files of kinds that aren't read."""
    spans: int = 0
    """Utterances of all sources."""
    moved: bool = False
    """Whether readings are known to be changes from a face at rest."""


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What made a results file."""

    heads: tuple[Head, ...]
    """Each once; an app's session may have several."""
    sources: Sources | None
    """None where only what made them is there."""


def read_made_by(path: Located) -> MadeBy:
    """What OUT.run says, or else the metadata of Parquet.

    Args:
        path: A results file, or its OUT.run itself; or a dataset of parts.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: Nothing says what made it, or that is damaged, or of a later mimik.
    """
    if isinstance(path, Dataset):
        sources = _of_journal([*path.done, *path.failed, *path.left_out])
        return MadeBy(_heads([path.head], path, f"{path}{HEAD}"), sources)
    own = path.suffix.lower() == ".run"
    run = path if own else path.with_name(path.name + ".run")
    results = path.with_suffix("") if own else path
    if not path.exists():
        raise SourceNotFoundError(f"{path}: no such file; name a results file of mimik analyze or of the app")
    lines = list(_lines(run) if run.exists() else _of_parquet(path))
    heads = [line for line in lines if "mimik" in line]
    return MadeBy(_heads(heads, path, run if run.exists() else path), _sources(lines, results))


def _heads(heads: Sequence[Head], results: Located, where: Path | str) -> tuple[Head, ...]:
    """Each head once.

    Raises:
        DataError: There is none, or one is damaged, or of a later mimik.
    """
    check_version(results, heads)
    if not heads or any(not _is_head(head) for head in heads):
        raise DataError(f"{where}: doesn't say what made the results; put the file back that mimik wrote")
    return tuple({json.dumps(head, sort_keys=True): head for head in heads}.values())


def _is_head(head: Head) -> bool:
    models = head.get("models")
    return all(name in head and isinstance(head[name], kind) for name, kind in NEEDED.items()) and all(
        isinstance(model, dict) and "name" in model for model in dict(models or {}).values()
    )


def _lines(run: Path) -> Iterator[Head]:
    """The lines of OUT.run; half a last one, as a killed run leaves it, is left out."""
    try:
        *whole, rest = run.read_bytes().split(b"\n")
        for line in map(json.loads, whole if not _is_json(rest) else [*whole, rest]):
            if not isinstance(line, dict):
                raise ValueError
            yield line
    except (ValueError, RecursionError) as error:
        raise DataError(f"{run}: damaged; put the one back that mimik wrote") from error
    except OSError as error:
        raise DataError(f"{run}: can't be read: {error.strerror or error}") from error


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _of_parquet(path: Path) -> Iterator[Head]:
    """The heads in the metadata of a Parquet file: one, several, or those of a study's sessions."""
    if path.suffix.lower() != ".parquet":
        raise DataError(
            f"{path}: {path.name}.run isn't beside it, which says what made the results: put it back there, "
            "or read the sources again with mimik analyze; of a session in the app, save 'What made it', and "
            "cite that file; results of another tool are cited as that tool asks"
        )
    from mimik.results.parquet import read_metadata

    yield from heads_in(read_metadata(path))


def _sources(lines: list[Head], results: Path) -> Sources | None:
    # A source may be called by another path when it is tried again.
    entries = {str(e.get("place") or e["source"]): e for e in lines if "source" in e and "status" in e}
    if entries:
        return _of_journal(list(entries.values()))
    known = results.suffix.lower() in SUFFIXES and results.exists()
    return _of_rows(results) if known else None


def _of_journal(entries: list[Head]) -> Sources:
    """What the journal says of each source last."""
    read = [entry for entry in entries if entry["status"] in ("done", "begun")]
    return Sources(
        frames=tuple(int(entry.get("frames") or 0) for entry in read),
        partial=sum(entry.get("error") is not None or entry["status"] == "begun" for entry in read),
        failed=sum(entry["status"] == "failed" for entry in entries),
        left_out=sum(entry["status"] == "left out" for entry in entries),
        spans=sum(int(entry.get("spans") or 0) for entry in read),
    )


def _of_rows(results: Path) -> Sources:
    """What the rows show, where no journal says more."""
    frames: dict[str, set[Any]] = {}
    moved = False
    for row in read_rows(results) if not holds_spans_alone(results) else ():
        frames.setdefault(str(row["source"]), set()).add(row["frame"])
        moved = moved or any(value is True for name, value in row.items() if name.endswith(AGAINST_NEUTRAL))
    spans = 0
    for span in read_spans(results):
        frames.setdefault(str(span["source"]), set())
        spans += 1
    return Sources(tuple(map(len, frames.values())), spans=spans, moved=moved)
