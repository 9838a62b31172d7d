"""CK+ (Lucey et al. 2010): posed expressions of 123 people, at full size or as 48 px crops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Reader, Sample, Skipped
from mimik.data.labels import class_name
from mimik.data.places import (
    Place,
    check_split,
    children,
    find_place,
    folder_of,
    picture_files,
    picture_loader,
    read_table,
)
from mimik.errors import DataError
from mimik.facs import ACTION_UNITS
from mimik.types import Placement

CODES = ("neutral", "angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")
"""Emotion of each code in the published files, 0 to 7."""
IMAGES, EMOTIONS, FACS = "cohn-kanade-images", "Emotion", "FACS"
FIRST = "_00000001.png"
"""End of the name of a sequence's first frame, which shows the face at rest; no one coded it."""
PLACEMENT = Placement(1.11, 0.0)
"""Of the 48 px crops: median against YuNet's box."""
EXPECTED = f"{IMAGES} and {EMOTIONS} as published, or folders anger, contempt, ... of 48 px crops"


class CkPlus(Reader):
    """CK+ as published, or as folders of crops by emotion.

    It has no split of its own, so all is ``test``; the group is the person. As published: the peak
    frame of every sequence that an emotion or action units were given to, and its first frame, where
    that is there, as neutral. The crops show the last three frames of a sequence, near copies of each
    other; their action units are those of the sequence's peak, found where the published FACS folder
    lies beside them. A frame at rest counts as one without action units, though no one coded it.

    The emotion stands under "posed", too, for heads that learn posed ones alone. Action units are
    ``scores["au"]`` in the order of mimik.facs.ACTION_UNITS: 1 present, 0 absent (intensities and
    asymmetry are left out), NaN not coded in CK+ (AU43).
    """

    title = "CK+"
    splits = ("test",)
    test_split = "test"
    tasks = ("emotion", "au")

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are paths in the set, the subgroup "frame" is peak, apex or first."""
        check_split(split, self.splits)
        place = self.locate(path)
        if _is_published(place):
            yield from _published(place)
        elif (place / "labels.csv").is_file():
            yield from _compact(place)
        else:
            yield from _crops(place)

    def locate(self, path: Path) -> Place:
        """See Reader."""
        # What lies beside "." can't be seen from its name.
        whole = path if path.name not in ("", "..") else path.resolve()
        return find_place(whole, ("ck+", "ckplus", "ck+48"), _holds_frames, EXPECTED)


def _holds_frames(place: Place) -> bool:
    return _is_published(place) or _is_compact(place) or _is_crops(place)


def _is_published(place: Place) -> bool:
    return (place / IMAGES).is_dir() and (place / EMOTIONS).is_dir()


def _is_compact(place: Place) -> bool:
    # A compact archive: labels.csv beside pictures in a folder a kind.
    return (place / "labels.csv").is_file() and (place / "apex48").is_dir()


def _is_crops(place: Place) -> bool:
    # Other sets have folders of emotions, too; "contempt" and the names of the pictures are CK+'s.
    folder = place / "contempt"
    return folder.is_dir() and any(_is_frame(file) for file in picture_files(folder)[:1])


def _is_frame(file: Place) -> bool:
    subject, _, rest = file.name.partition("_")
    return subject[:1] == "S" and subject[1:].isdecimal() and rest[:3].isdecimal()


def _published(place: Place) -> Iterator[Sample]:
    """The frames with labels: S005/001/S005_001_00000011_emotion.txt names the peak."""
    for subject in _folders(place / IMAGES):
        for sequence in _folders(subject):
            emotion = _note(place, EMOTIONS, subject.name, sequence.name)
            facs = _note(place, FACS, subject.name, sequence.name)
            note = emotion or facs
            if note is None:
                continue
            peak = note.name.rsplit("_", 1)[0]
            first = sequence / f"{peak.rsplit('_', 1)[0]}{FIRST}"
            if first.is_file():
                yield _sample(first, "neutral", _at_rest(), "first")
            label = _emotion(emotion) if emotion else None
            yield _sample(sequence / f"{peak}.png", label, read_facs(facs) if facs else None, "peak")


def _sample(
    file: Place,
    label: str | None,
    units: NDArray[np.float32] | None,
    frame: str,
    placement: Placement | None = None,
) -> Sample:
    """A sample of a frame; keys begin with the emotion."""
    return Sample(
        key=f"{label or 'unlabelled'}/{file.name}",
        load=picture_loader(file),
        split="test",
        labels={"emotion": label, "posed": label} if label else {},
        scores={"au": units} if units is not None else {},
        group=file.name.split("_")[0],
        subgroup={"frame": frame},
        placement=placement,
        scene=placement is None,
    )


def _folders(place: Place) -> list[Place]:
    return [child for child in children(place) if child.is_dir()] if place.is_dir() else []


def _note(place: Place, kind: str, subject: str, sequence: str) -> Place | None:
    """The text that says what a sequence shows; None if it was not given any."""
    folder, ending = place / kind / subject / sequence, f"_{kind.lower()}.txt"
    if not folder.is_dir():
        return None
    notes = (file for file in children(folder) if file.name.endswith(ending))
    return next((file for file in notes if not file.name.startswith(".")), None)


def _emotion(note: Place) -> str:
    """The emotion in a file that holds one number."""
    text = note.read_bytes().decode("utf-8", "replace").strip()
    codes = {float(code): label for code, label in enumerate(CODES)}
    try:
        return codes[float(text)]
    except (ValueError, KeyError) as error:
        raise DataError(f"{note}: expected an emotion from 0 to 7, found {text[:20]!r}") from error


def read_facs(note: Place) -> NDArray[np.float32]:
    """Presence of each action unit from a file with a line "number intensity" a unit.

    Raises:
        DataError: A line is another.
    """
    units = _at_rest()
    for number, line in enumerate(note.read_bytes().decode("utf-8", "replace").splitlines(), 1):
        try:
            unit = int(float(line.split()[0])) if line.strip() else 0
        except ValueError as error:
            raise DataError(f"{note}, line {number}: expected an action unit, found {line[:20]!r}") from error
        if (name := f"AU{unit:02d}") in ACTION_UNITS:
            units[list(ACTION_UNITS).index(name)] = 1
    return units


def _at_rest() -> NDArray[np.float32]:
    """No action unit; those that CK+ doesn't code are unknown."""
    return np.array([np.nan if name == "AU43" else 0 for name in ACTION_UNITS], np.float32)


def _crops(place: Place) -> Iterator[Sample | Skipped]:
    """The crops in a folder per emotion; pictures of other names are skipped."""
    facs = _facs_beside(place)
    for folder in _folders(place):
        if (label := class_name(folder.name)) in CODES:
            for file in picture_files(folder):
                if not _is_frame(file):
                    yield Skipped(f"{folder.name}/{file.name}")
                elif label == "neutral":
                    yield _sample(file, label, _at_rest(), "first", PLACEMENT)
                else:
                    subject, sequence = file.name.split("_")[:2]
                    note = _note(folder_of(facs), FACS, subject, sequence) if facs else None
                    units = read_facs(note) if note else None
                    yield _sample(file, label, units, "apex", PLACEMENT)


def _facs_beside(place: Place) -> Place | None:
    """The published FACS folder in or beside a folder of crops."""
    for folder in (place, folder_of(place), *_folders(folder_of(place))):
        if (folder / FACS).is_dir():
            return folder / FACS
    return None


def _compact(place: Place) -> Iterator[Sample]:
    """Rows of an archive whose labels.csv names pictures and action units."""
    for line, row in read_table(place / "labels.csv", ("file", "subject", "emotion", "AU01")):
        label = class_name(row.get("emotion", ""))
        if label not in CODES:
            raise DataError(f"{place / 'labels.csv'}, line {line}: {label[:40]!r} is no emotion of CK+")
        try:
            units = [float(row[name]) if row.get(name) else np.nan for name in ACTION_UNITS]
        except ValueError as error:
            raise DataError(
                f"{place / 'labels.csv'}, line {line}: an action unit is 0 or 1: {error}"
            ) from error
        frame = {"peak": "peak", "neutral48": "first"}.get(row["file"].split("/")[0], "apex")
        placement = None if frame == "peak" else PLACEMENT
        yield _sample(place / row["file"], label, np.array(units, np.float32), frame, placement)
