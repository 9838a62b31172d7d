"""Results in another tool's form, a file a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from mimik.errors import DataError, MimikError, OutputError, OutputExistsError, some_of
from mimik.results.dataset import Located, is_same
from mimik.results.frames import read_frames
from mimik.results.interop.account import Written
from mimik.results.interop.base import Form
from mimik.results.read import is_named, read_spans
from mimik.storage.names import file_names
from mimik.storage.whole import output_errors


@dataclass(slots=True)
class Each:
    """What became of each source."""

    files: dict[str, Path] = field(default_factory=dict)
    """Source to the file that was written."""
    failed: dict[str, str] = field(default_factory=dict)
    """Source to why none was."""
    written: Written | None = None
    """What was written and left out in all files together; None of a form that doesn't count."""


def frames_of_source(
    results: Located, source: str | None, person: int | None = None
) -> Iterator[Mapping[str, Any]]:
    """The frames of a results file, of one source if that is named.

    Args:
        results: A .jsonl, .csv or .parquet file, or a dataset of parts.
        source: Its name, or the end of its path; all if None.
        person: The id whose faces are left in the frames; all if None.

    Raises:
        DataError: It holds no frame of that source, or no face of that id; names those that there are. Or it
            holds utterances alone.
    """
    there: dict[str, bool] = {}
    ids: dict[int | None, None] = {}
    for frame in read_frames(results):
        name = frame["source"]
        there[name] = source is None or is_named(name, source)
        if there[name]:
            ids |= dict.fromkeys(face["id"] for face in frame["faces"])
            yield frame if person is None else _of_person(frame, person)
    if person is not None and ids and person not in ids:
        known = some_of(f"#{number}" for number in ids if number is not None) or "none with an id"
        raise DataError(f"{results}: holds no face #{person} of that source; there is {known}")
    if source is not None and not any(there.values()):
        names = some_of(there) or "none"
        raise DataError(f"{results}: holds no frame of a source {source!r}; there is {names}")
    if not there and count_spans(results):
        raise DataError(
            f"{results}: holds utterances and no frame, and the forms of other tools are of faces"
        )


def _of_person(frame: Mapping[str, Any], person: int) -> dict[str, Any]:
    """A frame with the faces of one person alone."""
    return {**frame, "faces": [face for face in frame["faces"] if face["id"] == person]}


def count_spans(results: Located, source: str | None = None) -> int:
    """How many utterances a results file holds, of one source if that is named."""
    spans = read_spans(results)
    return sum(source is None or is_named(span["source"], source) for span in spans)


def write_each(
    results: Located,
    form: Form,
    folder: Path,
    suffix: str,
    source: str | None = None,
    overwrite: bool = False,
    person: int | None = None,
) -> Each:
    """Write a file for each source of a results file, named after it.

    A source that can't be written costs its own file only. The results are read twice, frame by frame: for
    the names of the sources, and to write them.

    Args:
        results: A file or dataset, in which the frames of a source stand together.
        form: The tool's.
        folder: Where the files go; it is made if it isn't there.
        suffix: Of the files; one of the form's.
        source: Only sources of this name or end of their path.
        overwrite: Whether files that are there are replaced.
        person: Only faces of this id.

    Raises:
        DataError: The results can't be read, or a source's frames lie apart; or no source can be written,
            for one and the same reason.
        OutputExistsError: One of the files is there.
        OutputError: The folder can't be made, or a file would replace the results.
    """
    is_new = not folder.exists()
    paths = free_files(results, _sources(results, source), folder, suffix, overwrite)
    told = _write(results, form, paths, source, person)
    if is_new and not told.files:
        folder.rmdir()
    reasons = set(told.failed.values())
    if not told.files and len(reasons) == 1:
        raise DataError(reasons.pop())
    return told


def free_files(
    results: Located, sources: Iterable[str], folder: Path, suffix: str, overwrite: bool
) -> dict[str, Path]:
    """A file for each source in a folder, which is made if it isn't there.

    Raises:
        OutputExistsError: One of the files is there, and isn't to be replaced.
        OutputError: The folder can't be made, or a file would replace the results.
    """
    names = file_names(sources, suffix)
    _check_free(results, {name: folder / name for name in names.values()}, overwrite)
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return {source: folder / name for source, name in names.items()}


def _write(
    results: Located, form: Form, paths: Mapping[str, Path], source: str | None, person: int | None
) -> Each:
    told = Each()
    wanted = frames_of_source(results, source, person)
    for name, frames in groupby(wanted, key=lambda frame: str(frame["source"])):
        if name not in paths:
            told.failed[name] = "came while the results were read; convert them again when they are complete"
            continue
        try:
            written = form.write(frames, paths[name])
        except MimikError as error:
            told.failed[name] = str(error)
            continue
        told.files[name] = paths[name]
        told.written = written if told.written is None or written is None else told.written + written
    return told


def _sources(results: Located, source: str | None) -> list[str]:
    """The sources of a results file, in its order."""
    found: dict[str, None] = {}
    for name, _ in groupby(frames_of_source(results, source), key=lambda frame: str(frame["source"])):
        if name in found:
            raise DataError(f"{results}: the frames of {name} lie apart; sort the file by source and frame")
        found[name] = None
    return list(found)


def _check_free(results: Located, files: Mapping[str, Path], overwrite: bool) -> None:
    """Refuse to replace what is there, unless that is wanted, and the results in any case."""
    there = [name for name, path in files.items() if path.exists()]
    if own := [name for name in there if is_same(files[name], results)]:
        raise OutputError(f"{files[own[0]]}: is the results file itself; choose another folder")
    if there and not overwrite:
        folder = files[there[0]].parent
        raise OutputExistsError(f"{folder}: holds {some_of(there)}; choose another folder or --overwrite")
