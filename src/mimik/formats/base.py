"""What every other tool's form offers, the table of forms, and JSON lists that don't fit in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

from mimik.errors import DataError, OutputError, SourceNotFoundError
from mimik.tables import load_entry
from mimik.writers.append import output_errors

FORMS: dict[str, str] = {
    "deepface": "mimik.formats.deepface:DeepFace",
    "fer": "mimik.formats.fer:Fer",
}
"""Tool to "module:class"."""

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

    def write(self, frames: Iterable[FrameDict], path: Path) -> None:
        """Write frames; what the tool has no place for is dropped.

        Raises:
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
        OutputError: It names the kinds that there are.
    """
    if path.suffix.lower() not in allowed:
        raise OutputError(f"{path}: {tool}'s form is written as {' or '.join(allowed)}")


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        SourceNotFoundError: There is no such file.
        DataError: It isn't JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path}: no such file") from error
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}") from error


def write_lists(lists: Iterable[list[dict[str, Any]]], path: Path) -> None:
    """Write a list of faces for one frame, or a list of such lists for several, as JSON."""
    items = iter(lists)
    first = list(islice(items, 2))
    part = path.with_name(path.name + ".part")
    with output_errors(path):
        try:
            with part.open("w", encoding="utf-8") as stream:
                if len(first) == 1:
                    stream.write(json.dumps(first[0], indent=1) + "\n")
                else:
                    stream.write("[")
                    for number, faces in enumerate(chain(first, items)):
                        stream.write((",\n" if number else "\n") + json.dumps(faces))
                    stream.write("\n]\n")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


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


def frame_dict(path: Path, index: int, faces: list[dict[str, Any]], time_s: float | None) -> dict[str, Any]:
    """A frame as in a JSONL results file, with what another tool doesn't say left None."""
    return {
        "source": str(path),
        "frame": index,
        "time_s": time_s,
        "width": None,
        "height": None,
        "detector": None,
        "faces": faces,
    }


def face_dict(
    box_xywh: Iterable[float], score: float | None, landmarks_xy: list[list[float]] | None = None
) -> dict[str, Any]:
    """A face as in a JSONL results file, without readings."""
    x, y, width, height = map(float, box_xywh)
    return {
        "id": None,
        "box_xyxy": [x, y, x + width, y + height],
        "landmarks_xy": landmarks_xy,
        "score": score,
        "quality": None,
    }


def class_dict(probabilities: Mapping[str, float], label: str | None = None) -> dict[str, Any]:
    """A reading of one of several classes; the most probable one unless the tool names it."""
    best = max(probabilities, key=probabilities.__getitem__) if label is None else label
    return {"label": best, "probabilities": dict(probabilities), "raw": None}


def box_xywh(face: Mapping[str, Any]) -> list[int]:
    """A face's left, top, width and height in whole pixels."""
    left, top, right, bottom = face["box_xyxy"]
    x, y = round(left), round(top)
    return [x, y, round(right) - x, round(bottom) - y]
