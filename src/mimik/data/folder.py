"""Pictures in a folder per class, with or without split folders above: the layout of ImageNet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mimik.data.base import Reader, Sample
from mimik.data.labels import OLDEST, any_tasks, label_of, tasks_of
from mimik.data.own import OwnTasks
from mimik.data.places import Place, check_split, children, find_place, picture_files, picture_loader
from mimik.errors import DataError

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
EXPECTED = "folders named like classes with pictures in them, perhaps under train, val and test"


class Folder(Reader):
    """A folder of classes.

    The classes are those of a task of one's own that is wanted; else emotions, unless all of them are
    genders, age bands, numbers (years) or another task's labels; see ``labels.tasks_of``. Without split
    folders all pictures are ``test``.
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
        return find_place(path, (), _holds_classes, EXPECTED)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample]:
        """See Reader; keys are paths in the folder."""
        check_split(split, self.splits)
        place = self.locate(path)
        parts = _parts(place)
        tasks = tasks_of((c.name for folder, _ in parts for c in _class_folders(folder)), self.own)
        for folder, found in parts:
            if split not in ("all", found):
                continue
            prefix = "" if folder is place else f"{folder.name}/"
            for class_folder in _class_folders(folder):
                labels = {task: _label(task, class_folder, self.own) for task in tasks}
                for file in picture_files(class_folder):
                    key = f"{prefix}{class_folder.name}/{file.name}"
                    yield Sample(key, picture_loader(file), found, labels)


def _label(task: str, folder: Place, own: OwnTasks) -> str | float:
    """A class as the task wants it."""
    if task != "age":
        return label_of(task, folder.name, own)
    if (years := float(folder.name)) > OLDEST:
        raise DataError(f"{folder}: no face is {folder.name} years old")
    return years


def _holds_classes(place: Place) -> bool:
    return any(_class_folders(folder) for folder, _ in _parts(place))


def _parts(place: Place) -> list[tuple[Place, str]]:
    """Split folders with their split; the place itself if it has none."""
    named = [(c, SPLIT_NAMES.get(c.name.lower(), "")) for c in children(place) if c.is_dir()]
    return [(folder, split) for folder, split in named if split] or [(place, "test")]


def _class_folders(folder: Place) -> list[Place]:
    return [c for c in children(folder) if c.is_dir() and picture_files(c)]
