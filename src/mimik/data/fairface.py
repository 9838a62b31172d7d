"""FairFace (Karkkainen and Joo 2021): faces with gender, age band and ethnicity, CC BY 4.0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mimik.data.base import Reader, Sample
from mimik.data.labels import GENDERS, class_name
from mimik.data.places import Place, check_split, find_place, find_table, picture_loader, read_table
from mimik.errors import DataError
from mimik.tasks.years import GROUPS
from mimik.types import Placement

COLUMNS = ("file", "age", "gender", "race")
PLACEMENT = Placement(1.05, 0.09)
"""Against YuNet's box: the mean of UTKFace (1.02) and FairFace (1.09), whose crops the models share."""
EXPECTED = "fairface_label_train.csv and fairface_label_val.csv beside the folders train and val"


class FairFace(Reader):
    """FairFace with its own splits; age is a band only, label "age_group"."""

    title = "FairFace"
    splits = ("train", "val")
    test_split = "val"
    tasks = ("gender", "age")

    def read(self, path: Path, split: str = "all") -> Iterator[Sample]:
        """See Reader; subgroups are gender, age_group and ethnicity."""
        check_split(split, self.splits)
        place = self.locate(path)
        for table in _tables(place):
            for line, row in read_table(table, COLUMNS):
                if split in ("all", row.get("file", "").split("/")[0]):
                    yield _sample(place, row, f"{table}, line {line}")

    def locate(self, path: Path) -> Place:
        """See Reader."""
        return find_place(path, ("fairface",), lambda place: bool(_tables(place)), EXPECTED)


def _tables(place: Place) -> list[Place]:
    """The label tables in a folder; a compact archive has one for both splits."""
    found = [find_table(place, f"fairface_label_{split}.csv") for split in FairFace.splits]
    compact = place / "labels.csv"
    if not any(found) and compact.is_file() and (place / "train").is_dir():
        return [compact]
    return [table for table in found if table]


def _sample(place: Place, row: Mapping[str, str], where: str) -> Sample:
    gender, band = class_name(row.get("gender", "")), class_name(row.get("age", ""))
    if gender not in GENDERS or band not in GROUPS or not row.get("race") or not row.get("file"):
        raise DataError(f"{where}: expected file, age band, gender and race, found {list(row.values())[:5]}")
    file = place / row["file"]
    if not file.is_file():
        file = place / f"{row['file'].rsplit('.', 1)[0]}.webp"
    return Sample(
        key=row["file"],
        load=picture_loader(file if file.is_file() else place / row["file"]),
        split=row["file"].split("/")[0],
        labels={"gender": gender, "age_group": band},
        subgroup={"gender": gender, "age_group": band, "ethnicity": row["race"].replace("_", " ")},
        placement=PLACEMENT,
    )
