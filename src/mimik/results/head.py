"""What a results file's head says of it: OUT.run beside it, or the metadata of Parquet."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from mimik.errors import DataError, MimikWarning
from mimik.readings import Kind
from mimik.results.dataset import Dataset, Located
from mimik.results.schema import not_readable

MARK = ".spans"
"""What a table of spans that lies beside one of faces has before its suffix: talk.spans.csv of talk.csv."""


def declared_kinds(path: Located) -> dict[str, Kind]:
    """What the columns of a results file hold, as OUT.run says; nothing where there is none, or an old one.

    A damaged one is told by a MimikWarning.

    Raises:
        DataError: The results are of a later version of the schema.
    """
    heads = heads_of(path)
    check_version(path, heads)
    try:
        return _kinds(heads)
    except (ValueError, AttributeError):
        _damaged(path)
        return {}


def heads_of(path: Located) -> list[dict[str, Any]]:
    """What made a results file, as OUT.run says; nothing where there is none, a MimikWarning if damaged.

    A dataset's is never lacking: see Dataset.head.

    Returns:
        RunInfo.to_dict(), several of an app's session whose settings changed.
    """
    if isinstance(path, Dataset):
        return [path.head]
    run = _run_of(path)
    try:
        return list(_lines(run)) if run.exists() else []
    except (OSError, ValueError, RecursionError):
        _damaged(path)
        return []


def _run_of(path: Path) -> Path:
    """Where it is said what made a results file; a table of spans may lie beside one of faces."""
    own = path.with_name(f"{path.name}.run")
    stem = path.stem.removesuffix(MARK)
    return own if own.exists() or stem == path.stem else path.with_name(f"{stem}{path.suffix}.run")


def heads_in(told: Any) -> Iterator[Mapping[str, Any]]:
    """The heads in the metadata of a Parquet file: one, several, or those of a study's sessions."""
    if isinstance(told, Mapping) and "mimik" in told:
        yield told
    elif isinstance(told, list | Mapping):
        for inner in told.values() if isinstance(told, Mapping) else told:
            yield from heads_in(inner)


def _damaged(path: Located) -> None:
    text = f"{path}.run: damaged, so it can't say what the columns hold; put the one back that mimik wrote"
    warnings.warn(text, MimikWarning, stacklevel=5)


def _lines(run: Path) -> Iterator[dict[str, Any]]:
    """The lines that OUT.run begins with, which tell what made results; an app's session may have several."""
    with run.open("rb") as stream:
        for line in map(json.loads, stream):
            if not isinstance(line, dict):
                raise ValueError("a line must be an object")
            if "mimik" not in line:
                return
            yield line


def _kinds(heads: Sequence[Mapping[str, Any]]) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for head in heads:
        for task, columns in head.get("columns", {}).items():
            found |= {f"{task}_{name}": kind for name, kind in columns.items()}
    if strange := [kind for kind in found.values() if kind not in get_args(Kind)]:
        raise ValueError(strange)
    return found


def check_version(path: Located | str, made_by: Any) -> None:
    """Refuse results of a later mimik.

    Args:
        path: The results file.
        made_by: RunInfo.to_dict() of what made them, alone, in a list, or by session; anything else tells
            nothing.

    Raises:
        DataError: They are of a later version of the schema.
    """
    for head in heads_in(made_by):
        if problem := not_readable(head.get("schema_version", 1)):
            raise DataError(f"{path}: {problem}")
