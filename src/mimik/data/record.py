"""Recording a data set: a camera or video fills ``class/person/0001.png``, each picture a face."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2

from mimik.errors import OptionError
from mimik.faces.crop import crop, face_square
from mimik.faces.detect.base import Detector
from mimik.models.inputs import CropSpec
from mimik.storage.whole import output_errors, whole_file
from mimik.types import Detection, Frame, Image

MOST_SIDE = 256
"""Pixels of the largest picture that is kept."""
RIVAL = 0.5
"""A second face of more than this, of the largest's side, might be the one that is meant."""


@dataclass(frozen=True)
class RecordOptions:
    """What is kept of the frames of one class."""

    pictures: int = 20
    """Recording ends with so many."""
    scale: float = 1.0
    """Side of a picture over the face's box, as [crop] scale has it in a recipe: then a model that is
    trained on whole pictures sees faces framed as in use."""
    tries: int = 10
    """Frames that may be looked at for each picture; then recording ends with what there is."""

    def __post_init__(self) -> None:
        if self.pictures < 1:
            raise OptionError(f"pictures of each class (--per-class) must be 1 or more, not {self.pictures}")
        if not 0.5 <= self.scale <= 5:
            raise OptionError(f"scale must be 0.5 to 5 times the face's box, not {self.scale:g}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording one class."""

    files: tuple[Path, ...]
    """Those that were written."""
    frames: int
    """That were looked at."""
    faceless: int
    """Of them, without a face; nothing of them is kept."""
    crowded: int
    """With a second face of like size; nothing of them is kept, as that person may not have agreed."""


def record_class(
    frames: Iterable[Frame],
    folder: Path,
    detector: Detector,
    options: RecordOptions,
    told: Callable[[int], None] = lambda pictures: None,
) -> Recorded:
    """Keep the face of each frame until there are enough; earlier pictures stay as they are.

    Args:
        frames: From a camera or a video, as far apart as the pictures should be.
        folder: Of the class and person; it is made if need be.
        detector: Finds the faces.
        options: How many, and how they are cut out.
        told: Is told how many there are.

    Raises:
        OutputError: A picture can't be written.
    """
    spec = CropSpec(size=MOST_SIDE, channels=3, scale=options.scale)
    first = next_number(folder)
    files: list[Path] = []
    looked_at = faceless = crowded = 0
    for frame in frames:
        looked_at += 1
        faces = detector.detect(frame.image)
        if not faces:
            faceless += 1
        elif len(faces) > 1 and _side(faces[1]) > RIVAL * _side(faces[0]):
            crowded += 1
        else:
            square = face_square(faces[0].box_xyxy, faces[0].landmarks_xy, spec)
            file = folder / f"{first + len(files):04d}.png"
            _write_picture(file, crop(frame.image, square, max(8, min(MOST_SIDE, round(square.side)))))
            files.append(file)
            told(len(files))
        if len(files) == options.pictures or looked_at == options.pictures * options.tries:
            break
    return Recorded(tuple(files), looked_at, faceless, crowded)


def _side(face: Detection) -> float:
    left, top, right, bottom = face.box_xyxy
    return float(((right - left) * (bottom - top)) ** 0.5)


def next_number(folder: Path) -> int:
    """One above the highest number of a picture in a folder, from 1."""
    names = (path.stem for path in folder.glob("*.png")) if folder.is_dir() else iter(())
    return max((int(name) for name in names if re.fullmatch(r"[0-9]+", name)), default=0) + 1


def check_folder_name(what: str, name: str) -> None:
    """Make sure that a class or person can be a folder.

    Raises:
        OptionError: It can't be.
    """
    if not name or name != name.strip(" .") or not name.isprintable() or re.search(r'[/\\:*?"<>|]', name):
        raise OptionError(f"{what} {name!r} can't be the name of a folder: use letters, digits, - and _")


def _write_picture(file: Path, image: Image) -> None:
    with output_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        _, encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        with whole_file(file) as part:
            part.write_bytes(encoded.tobytes())
