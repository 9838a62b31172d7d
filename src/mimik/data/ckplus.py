"""CK+ (Lucey et al. 2010): posed expressions of 123 people, at full size or as 48 px crops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mimik.data.base import Sample
from mimik.data.labels import class_name
from mimik.data.places import Place, check_split, children, find_place, picture_files, picture_loader
from mimik.errors import DataError

CODES = ("neutral", "angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")
"""Emotion of each code in the published files, 0 to 7."""
IMAGES, EMOTIONS = "cohn-kanade-images", "Emotion"
FIRST = "_00000001.png"
"""End of the name of a sequence's first frame, which shows the face at rest; no one coded it."""
EXPECTED = f"{IMAGES} and {EMOTIONS} as published, or folders anger, contempt, ... of 48 px crops"


class CkPlus:
    """CK+ as published, or as folders of crops by emotion.

    It has no split of its own, so all is ``test``; the group is the person. As published: the peak
    frame of every sequence that an emotion was given to, and its first frame, where that is there, as
    neutral. The crops show the last three frames of a sequence, near copies of each other.
    """

    splits = ("test",)
    test_split = "test"
    tasks = ("emotion",)

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def fits(self, path: Path) -> bool:
        """See Reader."""
        try:
            self._locate(path)
        except DataError:
            return False
        return True

    def read(self, path: Path, split: str = "all") -> Iterator[Sample]:
        """See Reader; keys are paths in the set."""
        check_split(split, self.splits)
        place = self._locate(path)
        for file, label in _published(place) if _is_published(place) else _crops(place):
            subject = file.name.split("_")[0]
            key = f"{label}/{file.name}"
            yield Sample(key, picture_loader(file), "test", {"emotion": label}, group=subject)

    def _locate(self, path: Path) -> Place:
        names = ("ck+", "ckplus", "ck+48")
        return find_place(path, names, lambda place: _is_published(place) or _is_crops(place), EXPECTED)


def _is_published(place: Place) -> bool:
    return (place / IMAGES).is_dir() and (place / EMOTIONS).is_dir()


def _is_crops(place: Place) -> bool:
    # Other sets have folders of emotions, too; "contempt" and the names of the pictures are CK+'s.
    folder = place / "contempt"
    return folder.is_dir() and any(_is_frame(file) for file in picture_files(folder)[:1])


def _is_frame(file: Place) -> bool:
    subject, _, rest = file.name.partition("_")
    return subject[:1] == "S" and subject[1:].isdecimal() and rest[:3].isdecimal()


def _published(place: Place) -> Iterator[tuple[Place, str]]:
    """The frames with an emotion: S005/001/S005_001_00000011_emotion.txt names the peak."""
    for subject in _folders(place / EMOTIONS):
        for sequence in _folders(subject):
            for note in children(sequence):
                if note.name.endswith("_emotion.txt"):
                    frames = place / IMAGES / subject.name / sequence.name
                    peak = note.name.removesuffix("_emotion.txt")
                    first = frames / f"{peak.rsplit('_', 1)[0]}{FIRST}"
                    if first.is_file():
                        yield first, "neutral"
                    yield frames / f"{peak}.png", _emotion(note)


def _folders(place: Place) -> list[Place]:
    return [child for child in children(place) if child.is_dir()]


def _emotion(note: Place) -> str:
    """The emotion in a file that holds one number."""
    text = note.read_bytes().decode("utf-8", "replace").strip()
    codes = {float(code): label for code, label in enumerate(CODES)}
    try:
        return codes[float(text)]
    except (ValueError, KeyError) as error:
        raise DataError(f"{note}: expected an emotion from 0 to 7, found {text[:20]!r}") from error


def _crops(place: Place) -> Iterator[tuple[Place, str]]:
    """The crops in a folder per emotion."""
    for folder in _folders(place):
        if (label := class_name(folder.name)) in CODES:
            for file in picture_files(folder):
                yield file, label
