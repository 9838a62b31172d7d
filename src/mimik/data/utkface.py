"""UTKFace (Zhang et al. 2017): face crops whose file names tell age, gender, ethnicity and date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from mimik.data.base import Reader, Sample, Skipped
from mimik.data.labels import OLDEST
from mimik.data.places import Place, check_split, find_place, picture_files, picture_loader
from mimik.data.splits import hash_split
from mimik.tasks.years import age_group
from mimik.types import Placement

GENDERS = ("male", "female")
"""In the order of the file names' second field."""
ETHNICITIES = ("White", "Black", "Asian", "Indian", "Others")
"""In the order of the file names' third field."""
SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}
GROUPS_FILE = "utkface_groups.csv"
"""Dates whose pictures show the same photo, one group a line; made by benchmarks/utkface_groups.py."""
PLACEMENT = Placement(1.05, 0.09)
"""Against YuNet's box: the mean of UTKFace (1.02) and FairFace (1.09), whose crops the models share."""
EXPECTED = "pictures named age_gender_race_date.jpg (UTKFace/1_0_0_20161219140623097.jpg.chip.jpg)"

_NAME = re.compile(r"(\d{1,3})_([01])_([^_.]*)_(\d{12,20})")


class UtkFace(Reader):
    """UTKFace with the split of this package, as it has no official one.

    A picture's group is its date field, joined with the dates of its near duplicates; a stable hash
    of the group puts 80 % into ``train``, 10 % into ``val`` and 10 % into ``test``. Names without age
    (to 150), gender or date are skipped; so are those that lack a field, since
    one can't tell which. An ethnicity out of range is left out. What follows the date doesn't matter.
    """

    title = "UTKFace"
    splits = tuple(SHARES)
    test_split = "test"
    tasks = ("gender", "age")

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; age in years, subgroups gender, age_group and ethnicity."""
        check_split(split, self.splits)
        for file in picture_files(self.locate(path)):
            match = _NAME.match(file.name)
            if match is None or int(match.group(1)) > OLDEST:
                yield Skipped(file.name)
            elif split in ("all", (sample := _sample(file, match)).split):
                yield sample

    def doubts(self, path: Path, split: str = "all") -> dict[str, list[str]]:
        """See Reader: names that are malformed and can be read all the same."""
        files = picture_files(self.locate(path))
        found = [_sample(f, m) for f in files if (m := _NAME.match(f.name)) and f.name[m.end()] != "."]
        odd = [sample.key for sample in found if split in ("all", sample.split)]
        return {"names malformed after the date": odd} if odd else {}

    def locate(self, path: Path) -> Place:
        """See Reader."""
        return find_place(path, ("utkface",), _holds_faces, EXPECTED)


def date_field(name: str) -> str:
    """The date in a picture's name, "20161219140623097"; empty if the name isn't UTKFace's."""
    match = _NAME.match(name)
    return match.group(4) if match else ""


def _holds_faces(place: Place) -> bool:
    return any(_NAME.match(child.name) for child in place.iterdir())


def _sample(file: Place, match: re.Match[str]) -> Sample:
    age, gender_code, race_code, date = match.groups()
    group = duplicate_groups().get(date, date)
    years, gender = float(age), GENDERS[int(gender_code)]
    found = {"gender": gender, "age_group": age_group(years)}
    if race_code.isdecimal() and int(race_code) < len(ETHNICITIES):
        found["ethnicity"] = ETHNICITIES[int(race_code)]
    return Sample(
        key=file.name.split(".")[0],
        load=picture_loader(file),
        split=hash_split(group, SHARES),
        labels={"gender": gender, "age": years},
        group=group,
        subgroup=found,
        placement=PLACEMENT,
    )


@cache
def duplicate_groups() -> Mapping[str, str]:
    """Date field to the first date of its group, for the groups that have several."""
    text = resources.files("mimik.data").joinpath(GROUPS_FILE).read_text(encoding="ascii")
    lines = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    return {date: dates[0] for dates in lines for date in dates}
