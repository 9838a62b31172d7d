"""The data set Spectacles: pictures that are named after what they show."""

from collections.abc import Iterator
from pathlib import Path

from mimik.data.base import Reader, Sample
from mimik.data.places import Place, check_split, find_place, picture_files, picture_loader
from mimik.data.splits import hash_split
from mimik_glasses.task import Glasses


class Spectacles(Reader):
    """A folder ``spectacles`` of pictures ``LABEL-NUMBER.png``."""

    title = "Spectacles"
    splits = ("train", "test")
    test_split = "test"
    tasks = ("glasses",)

    def locate(self, path: Path) -> Place:
        """See Reader."""
        return find_place(
            path, ("spectacles",), _pictures, "pictures named bare-1.png, clear-1.png or dark-1.png"
        )

    def read(self, path: Path, split: str = "all") -> Iterator[Sample]:
        """See Reader; a fifth of the pictures, by a hash of their names, is the test part."""
        check_split(split, self.splits)
        for file in _pictures(self.locate(path)):
            own = hash_split(file.name, {"train": 0.8, "test": 0.2})
            if split in ("all", own):
                yield Sample(file.name, picture_loader(file), own, {"glasses": _label(file)})


def _pictures(folder: Place) -> list[Place]:
    return [file for file in picture_files(folder) if _label(file) in Glasses.labels]


def _label(file: Place) -> str:
    return file.name.split("-")[0]
