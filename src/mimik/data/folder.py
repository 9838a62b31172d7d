"""Pictures in a folder per class, perhaps under split folders as in ImageNet, perhaps with people between."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mimik.data.base import Reader, Sample, Skipped
from mimik.data.consent import CONSENT_FILE
from mimik.data.labels import OLDEST, any_tasks, is_class, label_of, tasks_of
from mimik.data.own import OwnTasks
from mimik.data.places import (
    PICTURE_SUFFIXES,
    Place,
    check_split,
    children,
    find_place,
    picture_files,
    picture_loader,
)
from mimik.errors import DataError, UnknownNameError, some_of
from mimik.sources.open import SUFFIXES
from mimik.storage.kinds import SOUNDS as SOUNDS_ALONE
from mimik.types import Image

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""Name of a split folder to split."""
EXPECTED = (
    "folders named like classes with pictures in them, perhaps with a folder per person between, "
    "perhaps under train, val and test"
)
OF_VIDEOS = (
    "faces are taken out of a video by mimik data record FOLDER --classes NAME --person P01 --source VIDEO"
)
OF_SOUNDS = "recordings are named by a CSV with the columns path, voice and subject (--reader csv)"
UNDIVIDED = "all"
"""The split of pictures that none is named for."""
WHOLE = ("train", "test")
"""What may be asked of an undivided set, and means all of it."""
NOT_A_PICTURE, TOO_DEEP, NO_CLASS = "not a picture", "deeper than class/person/picture", "in no class"
NO_PICTURES = "a folder without pictures"


class Folder(Reader):
    """A folder of classes, perhaps of people within them: ``class/picture`` or ``class/person/picture``.

    The classes are those of a task of one's own that is wanted; else emotions, unless all of them are
    genders, age bands, numbers (years) or another task's labels; see ``labels.tasks_of``. Folders of the
    same name in several classes are one person, the group of their pictures. With ``train``, ``val`` and
    ``test`` above the classes these are the splits; without, the pictures are undivided: split ``all``, and
    who asks for ``train`` or ``test`` gets all of them.
    """

    title = ""
    splits = ("train", "val", "test")
    test_split = "test"
    general = True

    def __init__(self) -> None:
        super().__init__()
        self.tasks = any_tasks()

    def locate(self, path: Path) -> Place:
        """See Reader."""
        try:
            return find_place(path, (), _holds_classes, EXPECTED)
        except DataError as error:
            if not (hint := OF_VIDEOS if _are_videos(path) else OF_SOUNDS * _are_sounds(path)):
                raise
            raise DataError(f"{error}; {hint}") from error

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are paths in the folder."""
        check_split(split, self.splits)
        place = self.locate(path)
        parts = _parts(place)
        check_whole(split, [found for _, found in parts])
        names = [c.name for folder, _ in parts for c in _class_folders(folder)]
        _check_levels(place, parts, names)
        tasks = tasks_of(names, self.own)
        if parts[0][0] is not place:
            yield from _beside(place, [folder.name for folder, _ in parts], "")
        for folder, found in parts:
            if split in ("all", found) or found == UNDIVIDED:
                prefix = "" if folder is place else f"{folder.name}/"
                yield from _part(folder, found, tasks, prefix, self.own)


def _are_videos(path: Path) -> bool:
    """Whether a path is a video, or a folder with some right in it."""
    files = path.iterdir() if path.is_dir() else [path]
    return any(SUFFIXES.get(file.suffix.lower()) == "video" for file in files)


def _are_sounds(path: Path) -> bool:
    """Whether a path is a folder with recordings in it, or in its folders."""
    files = (file for pattern in ("*", "*/*") for file in path.glob(pattern)) if path.is_dir() else ()
    return any(file.suffix.lower() in SOUNDS_ALONE for file in files)


def check_whole(split: str, found: Collection[str]) -> None:
    """Make sure that of an undivided set nothing is asked but all of it.

    Raises:
        UnknownNameError: A part is asked for.
    """
    if set(found) == {UNDIVIDED} and split not in (*WHOLE, "all"):
        raise UnknownNameError("split", split, [*WHOLE, "all"])


def _part(
    folder: Place, split: str, tasks: Sequence[str], prefix: str, wanted: OwnTasks
) -> Iterator[Sample | Skipped]:
    """What lies in a split's folder, class by class."""
    classes = _class_folders(folder)
    yield from _beside(folder, [c.name for c in classes], prefix)
    for class_folder in classes:
        labels = {task: _label(task, class_folder, wanted) for task in tasks}
        key = f"{prefix}{class_folder.name}/"
        yield from _pictures(class_folder, key, Sample("", _nothing, split, labels))
        for person in _folders(class_folder):
            own = f"{key}{person.name}/"
            yield from _pictures(person, own, Sample("", _nothing, split, labels, group=person.name))
            for deeper in _folders(person):
                yield from _files(deeper, f"{own}{deeper.name}/", TOO_DEEP)


def _pictures(folder: Place, prefix: str, like: Sample) -> Iterator[Sample | Skipped]:
    """The files right in a folder, as samples like another."""
    for file in _seen(folder):
        if file.is_dir():
            continue
        if file.name.lower().endswith(PICTURE_SUFFIXES):
            yield replace(like, key=prefix + file.name, load=picture_loader(file))
        else:
            yield Skipped(prefix + file.name, NOT_A_PICTURE)


def _nothing() -> Image:
    raise NotImplementedError("stands for a picture's own loader")


def _beside(folder: Place, known: Collection[str], prefix: str) -> Iterator[Skipped]:
    """What lies right in a folder and is none of the known folders."""
    for child in _seen(folder):
        if child.name == CONSENT_FILE:
            continue  # Beside recorded pictures, not one that is missing.
        if not child.is_dir():
            is_picture = child.name.lower().endswith(PICTURE_SUFFIXES)
            yield Skipped(prefix + child.name, NO_CLASS if is_picture else NOT_A_PICTURE)
        elif child.name not in known:
            found = list(_files(child, f"{prefix}{child.name}/", NO_CLASS))
            yield from found or [Skipped(f"{prefix}{child.name}/", NO_PICTURES)]


def _files(folder: Place, prefix: str, reason: str) -> Iterator[Skipped]:
    """All pictures in a folder, at any depth, as left out."""
    for child in _seen(folder):
        if child.is_dir():
            yield from _files(child, f"{prefix}{child.name}/", reason)
        elif child.name.lower().endswith(PICTURE_SUFFIXES):
            yield Skipped(prefix + child.name, reason)


def _label(task: str, folder: Place, own: OwnTasks) -> str | float:
    """A class as the task wants it."""
    if task != "age":
        return label_of(task, folder.name, own)
    if (years := float(folder.name)) > OLDEST:
        raise DataError(f"{folder}: no face is {folder.name} years old")
    return years


def _check_levels(place: Place, parts: Sequence[tuple[Place, str]], names: Sequence[str]) -> None:
    """Make sure that classes don't lie below people, or below splits of unknown names.

    Raises:
        DataError: The inner folders are named like classes, the outer ones aren't.
    """
    inner = {p.name for folder, _ in parts for c in _class_folders(folder) for p in _folders(c)}
    if len(inner) > 1 and all(map(is_class, inner)) and not any(map(is_class, names)):
        raise DataError(
            f"{place}: classes ({some_of(sorted(inner))}) lie within {some_of(names)}; if those are people, "
            "put each class above its people (happy/ann/1.jpg), if they are splits, name them train, val and "
            "test"
        )


def _holds_classes(place: Place) -> bool:
    return any(map(_are_classes, (_class_folders(folder) for folder, _ in _parts(place))))


def _are_classes(folders: Sequence[Place]) -> bool:
    """Whether folders are classes; one alone of an unknown name, with folders only, is the set's."""
    return len(folders) > 1 or any(is_class(folder.name) or picture_files(folder) for folder in folders)


def _parts(place: Place) -> list[tuple[Place, str]]:
    """Split folders with their split; the place itself if it has none."""
    named = [(c, SPLIT_NAMES.get(c.name.lower(), "")) for c in children(place) if c.is_dir()]
    return [(folder, split) for folder, split in named if split] or [(place, UNDIVIDED)]


def _class_folders(folder: Place) -> list[Place]:
    """Folders with pictures in them, or in folders in them."""
    return [c for c in _folders(folder) if picture_files(c) or any(map(picture_files, _folders(c)))]


def _folders(folder: Place) -> list[Place]:
    return [c for c in _seen(folder) if c.is_dir()]


def _seen(folder: Place) -> list[Place]:
    """What lies right in a folder; hidden files and those of a Mac's archives are none of the set's."""
    return [c for c in children(folder) if not c.name.startswith((".", "__MACOSX"))]
