"""What every other tool's form offers, the table of forms, and lists and tables too long for memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, groupby, islice
from math import isfinite
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from mimik.errors import DataError, OptionError, SourceNotFoundError, in_words
from mimik.results.interop.account import Account, Written
from mimik.storage.whole import output_errors, whole_file
from mimik.tables import Table, load_entry

FORMS = Table(
    "mimik.forms",
    {
        "deepface": "mimik.results.interop.deepface:DeepFace",
        "fer": "mimik.results.interop.fer:Fer",
        "livelink": "mimik.results.interop.livelink:LiveLink",
        "openface": "mimik.results.interop.openface:OpenFace",
        "pyfeat": "mimik.results.interop.pyfeat:PyFeat",
    },
)
"""Tool to "module:class"."""

SOURCES = ("source", "input", "file", "filename", "path", "img_path", "video", "image")
"""Names of a column that tells a row's source, in joined tables; the first that is there counts."""

Made = TypeVar("Made")
FrameDict: TypeAlias = Mapping[str, Any]
"""A line of a JSONL results file."""


class Form(Protocol):
    """Reads and writes one tool's results."""

    suffixes: tuple[str, ...]
    """Files that it reads and writes."""

    def read(self, path: Path) -> Iterator[dict[str, Any]]:
        """Frames as in a JSONL results file; what the tool doesn't know is None.

        Raises:
            SourceNotFoundError: There is no such file.
            DataError: It isn't in this form.
        """
        ...

    def write(self, frames: Iterable[FrameDict], path: Path) -> Written | None:
        """Write frames; what the tool has no place for is dropped.

        Returns:
            What was written and what was dropped; None from a form that doesn't count.

        Raises:
            DataError: A frame lacks what the tool can't do without, which is named; or there are faces, and
                nothing of what the form is for.
            OutputError: It can't be written.
        """
        ...


def load_form(name: str) -> Form:
    """The form of that tool.

    Raises:
        UnknownNameError: mimik doesn't know it.
    """
    return cast(Form, load_entry(FORMS, name, "form")())


def check_suffix(path: Path, allowed: tuple[str, ...], tool: str) -> None:
    """Refuse a file of another kind.

    Raises:
        OptionError: It names the kinds that there are.
    """
    if path.suffix.lower() not in allowed:
        raise OptionError(f"{path}: {tool}'s form is written as {' or '.join(allowed)}")


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path}: no such file; check the path") from error
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}") from error


def in_form(
    frames: Iterable[FrameDict],
    tool: str,
    make: Callable[[FrameDict], list[dict[str, Any]]],
    account: Account | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """What becomes of each frame.

    Args:
        frames: The frames.
        tool: The tool's name, for messages.
        make: A frame in the tool's form: rows or faces.
        account: Counts them.

    Raises:
        DataError: That can't be made of it, and the frame is named; or none of them has what the form is
            for.
    """
    for frame in frames:
        try:
            made = make(frame)
            if account is not None:
                account.add(frame, made)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            where = f"{frame['source']}, frame {frame['frame']}"
            raise DataError(f"{where}: can't be written in {tool}'s form: {in_words(error)}") from error
        yield made
    if account is not None:
        account.check()


def of_one_source(frames: Iterable[FrameDict], tool: str) -> Iterator[FrameDict]:
    """The same frames.

    Raises:
        DataError: They are of several sources, which the tool's form would make one of.
    """
    first = None
    for frame in frames:
        first = frame["source"] if first is None else first
        if frame["source"] != first:
            raise DataError(
                f"{tool}'s form has no place for the source, and these results hold {first} and "
                f"{frame['source']}: write a file for each into a folder (-o DIR/), or only one of them, "
                "with --source and as much of the end of its path as no other has"
            )
        yield frame


def write_lists(lists: Iterable[list[dict[str, Any]]], path: Path) -> None:
    """Write a list of faces for one frame, or a list of such lists for several, as JSON."""
    items = iter(lists)
    first = list(islice(items, 2))
    with output_errors(path), whole_file(path) as part, part.open("w", encoding="utf-8") as stream:
        if len(first) == 1:
            stream.write(json.dumps(first[0], indent=1) + "\n")
        else:
            stream.write("[")
            for number, faces in enumerate(chain(first, items)):
                stream.write((",\n" if number else "\n") + json.dumps(faces))
            stream.write("\n]\n")


def face_lists(values: Any, path: Path) -> list[list[dict[str, Any]]]:
    """A JSON value as a list of faces a frame: a face, a frame's list, or a list of those.

    Raises:
        DataError: It is something else.
    """
    if isinstance(values, dict):
        return [[values]]
    if isinstance(values, list) and values and all(isinstance(v, list) for v in values):
        nested = values
    elif isinstance(values, list):
        nested = [values]
    else:
        raise DataError(f"{path}: holds no list of faces")
    if not all(isinstance(face, dict) for faces in nested for face in faces):
        raise DataError(f"{path}: holds something else than faces in a list")
    return nested


def in_sources(
    lists: Iterable[list[dict[str, Any]]], path: Path
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Lists of faces with their source; a list in which several are named becomes several."""
    for faces in lists:
        if not faces:
            yield str(path), []
        for source, group in groupby(faces, key=lambda face: source_of(face, path)):
            yield source, list(group)


def numbered(lists: Iterable[tuple[str, Made]]) -> Iterator[tuple[str, int, Made]]:
    """The same with the number of the frame within its source."""
    seen: Counter[str] = Counter()
    for source, faces in lists:
        yield source, seen[source], faces
        seen[source] += 1


def source_of(row: Mapping[str, Any], path: Path) -> str:
    """The source that a row names; the file's own name where there is no such column."""
    return str(next((row[name] for name in SOURCES if row.get(name)), path))


def not_in_form(path: Path, source: str, picture: str, tool: str, error: Exception) -> DataError:
    """The error of a damaged picture; the file is named once where it is the source, too."""
    where = f"{path}, {picture}" if source == str(path) else f"{path}: {source}, {picture}"
    return DataError(f"{where}: not {tool}'s form ({in_words(error)})")


def frame_dict(
    source: Path | str, index: int, faces: list[dict[str, Any]], time_s: float | None
) -> dict[str, Any]:
    """A frame as in a JSONL results file, with what another tool doesn't say left None."""
    return {
        "source": str(source),
        "frame": index,
        "time_s": time_s,
        "width": None,
        "height": None,
        "detector": None,
        "faces": faces,
    }


def face_dict(
    box_xywh: Iterable[float] | None, score: float | None, landmarks_xy: list[list[float]] | None = None
) -> dict[str, Any]:
    """A face as in a JSONL results file, without readings."""
    corners = None
    if box_xywh is not None:
        x, y, width, height = map(float, box_xywh)
        corners = [x, y, x + width, y + height]
    return {
        "id": None,
        "box_xyxy": corners,
        "landmarks_xy": landmarks_xy,
        "score": score,
        "quality": None,
    }


def all_finite(values: Iterable[Any]) -> bool:
    """Whether a tool told each of some numbers; NaN means that it didn't.

    Raises:
        TypeError, ValueError: One is no number.
    """
    return all(isfinite(float(value)) for value in values)


def class_dict(probabilities: Mapping[str, float], label: str | None = None) -> dict[str, Any]:
    """A reading of one of several classes; the most probable one unless the tool names it."""
    best = max(probabilities, key=probabilities.__getitem__) if label is None else label
    return {"label": best, "probabilities": dict(probabilities), "raw": None}


def box_xywh(face: Mapping[str, Any]) -> list[int]:
    """A face's left, top, width and height in whole pixels.

    Raises:
        DataError: Another tool gave it none.
    """
    if face["box_xyxy"] is None:
        raise DataError("a face has no box")
    left, top, right, bottom = face["box_xyxy"]
    x, y = round(left), round(top)
    return [x, y, round(right) - x, round(bottom) - y]
