"""FER-2013 (Goodfellow et al. 2013): 48 x 48 grey faces in seven emotions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Reader, Sample, Skipped
from mimik.data.fer2013_figures import clear_votes, figure_lines, without_twins
from mimik.data.labels import EMOTIONS, class_name
from mimik.data.places import (
    Place,
    check_split,
    children,
    find_place,
    find_table,
    folder_of,
    is_table,
    picture_files,
    picture_loader,
    read_table,
)
from mimik.errors import DataError
from mimik.models.card import ModelCard
from mimik.types import Image, Placement

SPLITS = {"Training": "train", "PublicTest": "public", "PrivateTest": "private"}
"""The column Usage to the split."""
VOTES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
"""The columns of FER+, in its own order."""
VOTERS = 10
"""People who voted on a row of FER+."""
FERPLUS = (*EMOTIONS, "contempt")
"""FER+'s eight emotions."""
PLACEMENT = Placement(1.08, 0.0)
"""Median over the set, against YuNet's box."""
TABLES = ("fer2013.csv", "icml_face_data.csv", "train.csv")
EXPECTED = "fer2013.csv (plain, .gz, .xz or .zip) or folders like train/angry with pictures"
SIDE = 48

_FOLDERS = {
    "train": "train",
    "training": "train",
    "public": "public",
    "publictest": "public",
    "validation": "public",
    "valid": "public",
    "val": "public",
    "private": "private",
    "privatetest": "private",
}
"""Split folder to split; "test" is the private test where a validation folder lies beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class FerRow:
    """One row of FER-2013, with its ten FER+ votes if they are known."""

    key: str
    """Row number, or path in the folder layout."""
    label: str
    """One of EMOTIONS."""
    split: str
    """"train", "public" or "private"."""
    load: Callable[[], Image]
    """See Sample.load."""
    votes: NDArray[np.float32] | None
    """Float32 (10,) in the order of VOTES; None without FER+."""


class Fer2013(Reader):
    """FER-2013 from its CSV or its folders; the contest's own splits.

    ``train`` is Training, ``public`` PublicTest and ``private`` PrivateTest. In the folder layout
    ``test`` is ``public`` (``private`` if a validation folder lies beside it), unless a file's name
    begins with PublicTest or PrivateTest. A CSV without the column Usage is all ``train``.
    """

    title = "FER-2013"
    splits = ("train", "public", "private")
    test_split = "public"
    tasks = ("emotion",)

    def sources(self, split: str) -> dict[str, str]:
        """See Reader; FER+ has the same pictures."""
        return {"FER-2013": split, "FER+": split}

    def fits(self, path: Path) -> bool:
        """See Reader; folders need all seven classes and no other: else they are anybody's own pictures."""
        if not super().fits(path):
            return False
        if path.is_file() and is_table(path) and path.suffix.lower() != ".zip":
            return _has_pixels(path)
        if not (place := locate(path)).is_dir():
            return True
        parts = [folder for folder, _ in _split_folders(place)]
        whole = any({name for _, name in _class_folders(part)} == set(EMOTIONS) for part in parts)
        return whole and not any(map(_other_classes, parts)) and not any(map(_holds_people, parts))

    def locate(self, path: Path) -> Place:
        """See Reader."""
        return locate(path)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; with FER+, its majority is the label "ferplus", and votes are counts of the classes."""
        check_split(split, self.splits)
        yield from _samples(path, split)

    def further_figures(
        self, path: Path, split: str, samples: Sequence[Sample], logits: NDArray[np.float32], card: ModelCard
    ) -> dict[str, Any]:
        """``without_twins`` and ``clear_votes``; see Reader."""
        truth = np.array([card.labels.index(str(sample.labels[card.task])) for sample in samples])
        right = logits.argmax(axis=1) == truth
        found = {"clear_votes": clear_votes(samples, right, card.task, len(card.labels))}
        if split not in ("train", "all"):
            found = {"without_twins": without_twins(_samples(path, "train"), samples, right)} | found
        return {name: figures for name, figures in found.items() if figures}

    def doubts(self, path: Path, split: str = "all") -> dict[str, list[str]]:
        """See Reader: what FER+'s voters say, where their votes are known."""
        rows = [row for row in fer_rows(path, split) if row.votes is not None]
        return _vote_doubts([(row.key, row.votes) for row in rows if row.votes is not None])

    def figure_lines(self, report: Mapping[str, Any]) -> list[str]:
        """See Reader."""
        return figure_lines(report)


def _samples(path: Path, split: str) -> Iterator[Sample]:
    for row in fer_rows(path, split):
        labels, votes = _with_votes(row)
        yield Sample(row.key, row.load, row.split, labels, votes, placement=PLACEMENT)


def _vote_doubts(rows: Sequence[tuple[str, NDArray[np.float32]]]) -> dict[str, list[str]]:
    """Keys of the rows whose votes say that there is no face, or are not ten."""
    found = {
        "no face, say all of FER+'s voters": [key for key, votes in rows if votes[-1] == votes.sum() > 0],
        "with other than ten FER+ votes": [key for key, votes in rows if votes.sum() != VOTERS],
    }
    return {reason: keys for reason, keys in found.items() if keys}


def _has_pixels(table: Path) -> bool:
    """Whether a CSV of its own is FER-2013's: anybody's list of pictures is one, too."""
    try:
        next(read_table(table, ("emotion", "pixels")), None)
    except DataError:
        return False
    return True


def _with_votes(row: FerRow) -> tuple[dict[str, str | float], dict[str, NDArray[np.float32]]]:
    """Labels and votes of a row: of the seven emotions, and of FER+'s eight where they are known."""
    labels: dict[str, str | float] = {"emotion": row.label}
    if row.votes is None:
        return labels, {}
    if (most := majority(row.votes)) is not None:
        labels["ferplus"] = most
    named = {"emotion": EMOTIONS, "ferplus": FERPLUS}
    votes = {name: in_class_order(row.votes, classes) for name, classes in named.items()}
    return labels, {name: counts for name, counts in votes.items() if counts.any()}


def majority(votes: NDArray[np.float32]) -> str | None:
    """The label of ten vote counts, by the rule of FER+'s authors; None if there is none.

    Votes given by a single person are taken away as outliers. Of what is left, over all ten columns,
    one must hold more than half; it is the label if it is one of the eight emotions.
    """
    kept = np.where(votes > 1, votes, 0)
    eight = in_class_order(kept, FERPLUS)
    best = int(eight.argmax())
    return FERPLUS[best] if eight[best] > 0.5 * kept.sum() else None


def in_class_order(votes: NDArray[np.float32], classes: tuple[str, ...]) -> NDArray[np.float32]:
    """FER+ votes (10,) of some classes, in the order of those."""
    own = [class_name(name) for name in VOTES]
    return votes[[own.index(name) for name in classes]]


def locate(path: Path) -> Place:
    """The table or the folder of classes that a path means.

    Raises:
        DataError: Neither is there.
    """
    if path.is_file() and is_table(path) and path.suffix.lower() != ".zip":
        return path
    place = find_place(
        path, ("fer2013", "fer-2013"), lambda p: bool(_table(p) or _split_folders(p)), EXPECTED
    )
    return _table(place) or place


def _table(place: Place) -> Place | None:
    """The CSV in a folder; a compact archive's labels.csv counts if pictures by row lie beside."""
    if (place / "labels.csv").is_file() and (place / "00000.webp").is_file():
        return place / "labels.csv"
    return next((file for name in TABLES if (file := find_table(place, name))), None)


def fer_rows(path: Path, split: str = "all", *, votes_needed: bool = False) -> Iterator[FerRow]:
    """The rows of FER-2013 in one split, in the original order.

    Raises:
        DataError: See Reader.read; or votes are needed and there are none.
    """
    place = locate(path)
    if place.is_dir():
        if votes_needed:
            raise DataError(
                f"{place}: FER+ is aligned by row and needs fer2013.csv, found folders of pictures"
            )
        return _folder_rows(place, split)
    if place.name == "labels.csv":
        return _compact_rows(place, split)
    return _table_rows(place, split, votes_needed)


def _table_rows(file: Place, split: str, votes_needed: bool) -> Iterator[FerRow]:
    votes = find_table(folder_of(file), "fer2013new.csv")
    if votes is None and votes_needed:
        raise DataError(f"{folder_of(file)}: expected fer2013new.csv (the FER+ votes) beside {file.name}")
    rows = read_table(file, ("emotion", "pixels"))
    beside = read_table(votes, ("Usage", *VOTES)) if votes else iter(())
    for number, (row, extra) in enumerate(zip_longest(rows, beside)):
        if row is None:
            break  # FER+ goes on where a copy without PrivateTest ends
        if votes and (extra is None or extra[1].get("Usage", "").strip() != row[1].get("Usage", "").strip()):
            raise DataError(
                f"{votes}: row {number} doesn't belong to row {number} of {file.name} (Usage differs)"
            )
        where = f"{file}, line {row[0]}"
        found = _split_of(row[1].get("Usage", "Training" if "Usage" not in row[1] else ""), where)
        if split in ("all", found):
            pixels = _pixels(row[1].get("pixels", ""), where)
            counts = _votes(extra[1], f"{votes}, line {extra[0]}") if extra else None
            label = _label(row[1].get("emotion", ""), where)
            yield FerRow(str(number), label, found, partial(_as_rgb, pixels), counts)


def _compact_rows(file: Place, split: str) -> Iterator[FerRow]:
    """Rows of an archive that holds labels.csv and a picture a row."""
    for line, row in read_table(file, ("row", "emotion", "usage", *VOTES)):
        where = f"{file}, line {line}"
        found = _split_of(row.get("usage", ""), where)
        if split in ("all", found):
            if not row["row"].isdecimal():
                raise DataError(f"{where}: expected the number of a row, found {row['row'][:40]!r}")
            picture = folder_of(file) / f"{int(row['row']):05d}.webp"
            label = _label(row.get("emotion", ""), where)
            yield FerRow(row["row"], label, found, picture_loader(picture), _votes(row, where))


def _split_of(usage: str, where: str) -> str:
    if usage.strip() not in SPLITS:
        raise DataError(f"{where}: expected Usage to be {', '.join(SPLITS)}, found {usage[:40]!r}")
    return SPLITS[usage.strip()]


def _label(text: str, where: str) -> str:
    if text.strip() not in "0123456" or len(text.strip()) != 1:
        raise DataError(f"{where}: expected an emotion from 0 to 6, found {text[:40]!r}")
    return EMOTIONS[int(text)]


def _pixels(text: str, where: str) -> NDArray[np.uint8]:
    """48 x 48 pixels from their text."""
    try:
        values = np.fromstring(text, np.int64, sep=" ")
    except ValueError as error:
        raise DataError(f"{where}: expected {SIDE * SIDE} numbers, found {text[:40]!r}") from error
    if values.size != SIDE * SIDE:
        raise DataError(
            f"{where}: expected {SIDE * SIDE} pixels, found {values.size}; the row is cut short or damaged"
        )
    if values.min() < 0 or values.max() > 255:
        raise DataError(f"{where}: expected pixels from 0 to 255, found {values.min()} to {values.max()}")
    return values.astype(np.uint8).reshape(SIDE, SIDE)


def _as_rgb(grey: NDArray[np.uint8]) -> Image:
    return np.repeat(grey[..., None], 3, axis=2)


def _votes(row: Mapping[str, str], where: str) -> NDArray[np.float32]:
    counts = [row.get(name, "").strip() for name in VOTES]
    if not all(count.isdecimal() for count in counts):
        raise DataError(f"{where}: expected ten vote counts, found {counts}")
    return np.array(counts, np.float32)


def _split_folders(place: Place) -> list[tuple[Place, str]]:
    """Split folders that hold a folder named like an emotion, with their split."""
    folders = {c.name.lower(): c for c in children(place) if c.is_dir()}
    found = [(folder, _FOLDERS[name]) for name, folder in sorted(folders.items()) if name in _FOLDERS]
    if "test" in folders:
        found.append((folders["test"], "private" if any(s == "public" for _, s in found) else "public"))
    return [(folder, split) for folder, split in found if _class_folders(folder)]


def _class_folders(folder: Place) -> list[tuple[Place, str]]:
    named = [(c, class_name(c.name)) for c in children(folder) if c.is_dir()]
    return [(c, name) for c, name in named if name in EMOTIONS]


def _holds_people(folder: Place) -> bool:
    """Whether pictures lie a level deeper than FER-2013's: in a folder per person."""
    inner = (c for own, _ in _class_folders(folder) for c in children(own) if c.is_dir())
    return any(map(picture_files, inner))


def _other_classes(folder: Place) -> list[Place]:
    """Folders of pictures that are none of the classes, such as contempt: the set is another one."""
    others = (c for c in children(folder) if c.is_dir() and class_name(c.name) not in EMOTIONS)
    return [c for c in others if picture_files(c)]


def _folder_rows(place: Place, split: str) -> Iterator[FerRow]:
    for folder, folder_split in _split_folders(place):
        for class_folder, label in _class_folders(folder):
            for file in picture_files(class_folder):
                found = next((s for usage, s in SPLITS.items() if file.name.startswith(usage)), folder_split)
                if split in ("all", found):
                    key = f"{folder.name}/{class_folder.name}/{file.name}"
                    yield FerRow(key, label, found, picture_loader(file), None)
