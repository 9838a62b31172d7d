"""What became of each source of a run, as OUT.run says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimik.results.dataset import Dataset, Located


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last that is known of a source."""

    source: str
    """Its name."""
    failed: bool
    """Whether nothing could be read of it."""
    problem: str | None
    """Why it failed, or ended early; None if nothing went wrong."""
    person: str | None = None
    """Who is in it, as a manifest said; None where none did."""
    labels: str | None = None
    """What else a manifest said of it."""
    offset_s: float = 0.0
    """Seconds from the beginning of its file to time 0, the first picture."""


def outcomes(path: Located) -> list[Outcome] | None:
    """What became of the sources of results, a source once, in the order of their first try.

    Args:
        path: The results file, or a dataset: of that, those that are done by name, then those that failed.

    Returns:
        None where no readable OUT.run lies beside a file.
    """
    if isinstance(path, Dataset):
        return list(map(_outcome, (*path.done, *path.failed)))
    run = path.with_name(path.name + ".run")
    found: dict[str, Outcome] = {}
    try:
        for line in _sources(run):
            # A source may be called by another path when it is tried again.
            found[str(line.get("place") or line["source"])] = _outcome(line)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return list(found.values())


def _outcome(line: Mapping[str, Any]) -> Outcome:
    told = (line["status"] == "failed", _problem(line), line.get("person"), line.get("labels"))
    return Outcome(str(line["source"]), *told, float(line.get("offset_s") or 0.0))


def _problem(line: Mapping[str, Any]) -> str | None:
    """Why a source failed or ended early; a live one that only began was cut off with the run."""
    error: str | None = line["error"]
    return "the run was killed" if line["status"] == "begun" else error


def _sources(run: Path) -> Iterator[dict[str, Any]]:
    """The lines of sources that were begun, are done, or failed."""
    with run.open("rb") as stream:
        for text in stream:
            if not text.endswith(b"\n"):
                return  # The run was killed while it wrote it.
            line = json.loads(text)
            if line.get("status") in ("begun", "done", "failed"):
                yield line
