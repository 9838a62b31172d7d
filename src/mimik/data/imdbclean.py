"""IMDB-Clean (Lin et al. 2021): pictures of IMDB-WIKI with cleaned ages, and splits by person."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from mimik.data.base import Reader, Sample, Skipped
from mimik.data.imdbwiki import NO_GENDER, ODD_AGE, OLDEST
from mimik.data.labels import GENDERS
from mimik.data.places import Place, check_split, find_place, find_table, picture_loader, read_table
from mimik.errors import DataError, DecodeError
from mimik.tasks.years import age_group
from mimik.types import Image

SPLITS = {"train": "train", "val": "valid", "test": "test"}
"""mimik's name of a split to the authors'."""
BOX = ("x_min", "y_min", "x_max", "y_max")
COLUMNS = ("filename", "age", "gender", *BOX)
TABLES = (("imdb_{}_new_1024.csv", "imdb-clean-1024"), ("imdb_{}_new.csv", "imdb"))
"""A table's name, and the folder of the pictures that its boxes lie in, the better pictures first."""
WITHIN = ("", "csvs", "imdb-clean-1024", "data/imdb-clean-1024")
"""Where the tables may lie."""
MARGIN = 0.4
"""How much of a face's box is kept on each side, as in IMDB-WIKI's own crops."""
CODES = {"F": GENDERS[0], "M": GENDERS[1]}
EXPECTED = (
    "imdb_train_new_1024.csv, imdb_valid_new_1024.csv or imdb_test_new_1024.csv (perhaps in csvs) beside the "
    "folder imdb-clean-1024 (perhaps in data)"
)


class ImdbClean(Reader):
    """IMDB-Clean with its own splits, of which ``val`` is the authors' "valid".

    The CSVs lie beside the pictures' folder or in ``csvs``, the pictures in ``imdb-clean-1024`` (``imdb``,
    as downloaded, for the CSVs without "1024"), perhaps within ``data``, or beside the CSVs. A picture's
    group is its person, by IMDb's number in its name (nm0000001). It is cut down to the face's box and 40 %
    of it on each side, where mimik's detector finds the face (``scene``). Rows without a gender, and with an
    age outside 0 to 100, are left out.
    """

    title = "IMDB-Clean"
    splits = tuple(SPLITS)
    test_split = "test"
    tasks = ("gender", "age")

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are the file names, age is in years, subgroups are gender and age_group."""
        check_split(split, self.splits)
        place = self.locate(path)
        for own, (table, folder) in _tables(place).items():
            if split not in ("all", own):
                continue
            pictures = _pictures(place, folder)
            for line, row in read_table(table, COLUMNS):
                yield _row(pictures, row, own, f"{table}, line {line}")

    def locate(self, path: Path) -> Place:
        """See Reader."""
        names = ("imdb-clean", "imdb-clean-master", "imdb_clean", "imdbclean", "imdb-clean-1024")
        return find_place(path, names, lambda place: bool(_tables(place)), EXPECTED)


def _tables(place: Place) -> dict[str, tuple[Place, str]]:
    """Split to its table, and the folder of its pictures; all tables are of one kind."""
    for name, folder in TABLES:
        found: dict[str, tuple[Place, str]] = {}
        for own, theirs in SPLITS.items():
            tables = [find_table(place / here, name.format(theirs)) for here in WITHIN]
            if there := [table for table in tables if table]:
                found[own] = (there[0], folder)
        if found:
            return found
    return {}


def _pictures(place: Place, folder: str) -> Place:
    """Where the folders 00 to 99 of the pictures lie."""
    places = (place / "data" / folder, place / folder)
    return next((found for found in places if found.is_dir()), place)


def _row(pictures: Place, row: Mapping[str, str], split: str, where: str) -> Sample | Skipped:
    name, gender = row.get("filename", "").strip(), CODES.get(row.get("gender", "").strip().upper())
    try:
        years = float(row["age"])
        x_min, y_min, x_max, y_max = (float(row[side]) for side in BOX)
    except (KeyError, ValueError) as error:
        raise DataError(
            f"{where}: expected {', '.join(COLUMNS)}, found {list(row.values())[: len(COLUMNS)]}"
        ) from error
    if not name or not all(map(math.isfinite, (x_min, y_min, x_max, y_max))):
        raise DataError(f"{where}: expected a file name and a face's box, found {list(row.values())[:7]}")
    if gender is None or not 0 <= years <= OLDEST:
        return Skipped(name, NO_GENDER if gender is None else ODD_AGE)
    return Sample(
        key=name,
        load=partial(_close_up, pictures / name, (x_min, y_min, x_max, y_max)),
        split=split,
        labels={"gender": gender, "age": years},
        group=name.rpartition("/")[2].partition("_")[0],
        subgroup={"gender": gender, "age_group": age_group(years)},
        scene=True,
    )


def _close_up(file: Place, box_xyxy: tuple[float, float, float, float]) -> Image:
    """A face's box and a margin around it, as far as the picture goes; see Sample.load."""
    image = picture_loader(file)()
    (left, top, right, bottom), (height, width) = box_xyxy, image.shape[:2]
    across, down = MARGIN * (right - left), MARGIN * (bottom - top)
    columns = slice(max(0, round(left - across)), min(width, round(right + across)))
    rows = slice(max(0, round(top - down)), min(height, round(bottom + down)))
    part: Image = image[rows, columns]
    if not part.size or right <= left or bottom <= top:
        raise DecodeError(
            f"{file}: the face's box ({left:.0f}, {top:.0f}, {right:.0f}, {bottom:.0f}) lies outside of the "
            f"picture of {width} x {height}; the CSV and the pictures don't belong together"
        )
    return part.copy()
