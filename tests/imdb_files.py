"""IMDB-WIKI and IMDB-Clean as published, with a few made-up people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow
from scipy.io import savemat  # ships with scikit-learn, which tests need anyway

FACES = (
    ("astronaut.jpg", (182, 66, 267, 179)),
    ("group.jpg", (121, 162, 175, 232)),
    ("group.jpg", (409, 171, 460, 237)),
    ("group.jpg", (265, 76, 313, 139)),
)
"""Faces in the example pictures, and their boxes."""


@dataclass
class Row:
    """A row of the metadata; the defaults are those of a good picture."""

    full_path: str
    born: date | float = date(1970, 3, 4)
    photo_taken: float = 2000
    gender: float = 0.0
    name: str = "Ann Example"
    face_score: float = 3.2
    second_face_score: float = np.nan
    celeb_id: float = 1.0


def datenum(born: date | float) -> float:
    """A day as MATLAB numbers it."""
    return float(born.toordinal() + 366) if isinstance(born, date) else born


def cells(values: Iterable[Any]) -> np.ndarray:
    """A cell array (1, N)."""
    listed = list(values)
    array = np.empty((1, len(listed)), object)
    for number, value in enumerate(listed):
        array[0, number] = np.zeros((0, 0)) if isinstance(value, str) and not value else value
    return array


def table(rows: Sequence[Row], people: Sequence[str] = ()) -> dict[str, Any]:
    """The struct of imdb.mat; without the last two fields, that of wiki.mat."""
    fields: dict[str, Any] = {
        "dob": np.array([[datenum(row.born) for row in rows]]),
        "photo_taken": np.array([[row.photo_taken for row in rows]], np.float64),
        "full_path": cells(row.full_path for row in rows),
        "gender": np.array([[row.gender for row in rows]]),
        "name": cells(row.name for row in rows),
        "face_location": cells(np.array([[10.0, 20.0, 110.0, 120.0]]) for _ in rows),
        "face_score": np.array([[row.face_score for row in rows]]),
        "second_face_score": np.array([[row.second_face_score for row in rows]]),
    }
    if people:
        fields |= {"celeb_names": cells(people), "celeb_id": np.array([[row.celeb_id for row in rows]])}
    return fields


def write_table(file: Path, fields: dict[str, Any]) -> Path:
    """Write a struct as MATLAB's ``save -v7`` does, compressed; it is named like the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    savemat(file, {file.stem: fields}, format="5", do_compression=True, oned_as="row")
    return file


def face_picture(examples: Path, number: int, margin: float = 0.4) -> np.ndarray:
    """A real face and a margin around it, RGB uint8, a little otherwise each time."""
    name, (left, top, right, bottom) = FACES[number % len(FACES)]
    with Pillow.open(examples / name) as picture:
        image = np.asarray(picture.convert("RGB"))
    across, down = round(margin * (right - left)), round(margin * (bottom - top))
    part = image[max(0, top - down) : bottom + down, max(0, left - across) : right + across]
    part = cv2.resize(part, None, fx=2, fy=2)
    return np.clip(part * (0.7 + 0.006 * (number % 80)), 0, 255).astype(np.uint8)


def save_image(file: Path, image: np.ndarray) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(image).save(file, quality=90)
    return file
