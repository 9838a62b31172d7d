"""IMDB-WIKI (Rothe et al. 2018): face crops of film people from IMDb and Wikipedia, with age and gender."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from mimik.data.base import Reader, Sample, Skipped
from mimik.data.labels import GENDERS
from mimik.data.matlab import Fields, read_struct, text_in
from mimik.data.places import Place, check_split, find_place, picture_loader
from mimik.data.splits import hash_split
from mimik.errors import DataError
from mimik.tasks.years import age_group

PARTS = ("imdb", "wiki")
"""The set's two halves: PART.mat, its struct PART, and the folder PART_crop."""
FIELDS = ("dob", "photo_taken", "full_path", "gender", "name", "face_score", "second_face_score")
PEOPLE = ("celeb_names", "celeb_id")
"""Further fields, of IMDb's half alone: all people, and the number of a row's person, from 1."""
SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}
OLDEST = 100
"""Ages beyond are slips of the dates, of which the set has many."""
SECOND_FACE = 0.0
"""A picture whose second face has a score above this is left out: the label may be of either."""
NO_FACE, SECOND = "no face found by the set's detector", "a second face"
NO_GENDER, NO_AGE, ODD_AGE = "unknown gender", "unknown age", f"an age outside 0 to {OLDEST}"
EXPECTED = "imdb.mat or wiki.mat in a folder imdb_crop or wiki_crop, beside the folders 00 to 99"

_DAY_0 = 366
"""How much larger MATLAB's number of a day is than Python's: 1 January of the year 1 is 367 and 1."""


class ImdbWiki(Reader):
    """The crops of IMDB-WIKI, one half or both, with the split of this package, as it has no official one.

    A picture's group is its person, by name; a stable hash of it puts 80 % into ``train``, 10 % into ``val``
    and 10 % into ``test``. A person of both halves is one. Ages are whole years on 1 July of the year in
    which a picture was taken. Left out, and named by the reason, are pictures without a face score, with a
    second face (SECOND_FACE), of unknown gender or age, and with an age outside 0 to 100.

    A crop shows the face and 40 % of it on each side, by a detector that mimik doesn't have, so its face is
    found by mimik's own (``scene``).
    """

    title = "IMDB-WIKI"
    splits = tuple(SHARES)
    test_split = "test"
    tasks = ("gender", "age")

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are PART/FULL_PATH, age is in years, subgroups are gender and age_group."""
        check_split(split, self.splits)
        for part, place in _parts(self.locate(path)):
            fields = read_struct(place / f"{part}.mat", part, FIELDS, PEOPLE)
            for row in range(len(fields["dob"])):
                try:
                    found = _row(part, place, fields, row)
                except (TypeError, ValueError, IndexError, OverflowError) as error:
                    raise DataError(f"{place / f'{part}.mat'}, row {row + 1}: {error}") from error
                if isinstance(found, Skipped) or split in ("all", found.split):
                    yield found

    def locate(self, path: Path) -> Place:
        """See Reader."""
        names = ("imdb_crop", "wiki_crop", "imdb-wiki", "imdb_wiki", "imdbwiki")
        return find_place(path, names, lambda place: bool(_parts(place)), EXPECTED)


def _parts(place: Place) -> list[tuple[str, Place]]:
    """Each half that lies in a folder, or is it, and the folder of its crops."""
    folders = [(part, folder) for part in PARTS for folder in (place, place / f"{part}_crop")]
    found = {part: folder for part, folder in folders if (folder / f"{part}.mat").is_file()}
    return list(found.items())


def _row(part: str, place: Place, fields: Fields, row: int) -> Sample | Skipped:
    path = text_in(fields["full_path"][row])
    key = f"{part}/{path}" if path else f"{part}, row {row + 1}"
    gender, years = _gender(fields["gender"][row]), _years(fields["dob"][row], fields["photo_taken"][row])
    if reason := _why_not(path, float(fields["face_score"][row]), float(fields["second_face_score"][row])):
        return Skipped(key, reason)
    if gender is None or years is None or not 0 <= years <= OLDEST:
        return Skipped(key, NO_GENDER if gender is None else NO_AGE if years is None else ODD_AGE)
    person = _person(fields, row) or path.rpartition("/")[2].partition("_")[0]
    return Sample(
        key=key,
        load=picture_loader(place / path),
        split=hash_split(person, SHARES),
        labels={"gender": gender, "age": years},
        group=person,
        subgroup={"gender": gender, "age_group": age_group(years)},
        scene=True,
    )


def _why_not(path: str, score: float, second: float) -> str:
    """Why a picture can't be used, as far as its face goes; empty if it can."""
    if not path:
        return "no path"
    if not math.isfinite(score):
        return NO_FACE
    return SECOND if second > SECOND_FACE else ""


def _gender(value: Any) -> str | None:
    """What the field's 0 (female), 1 (male) and NaN (unknown) stand for."""
    return {0.0: GENDERS[0], 1.0: GENDERS[1]}.get(float(value))


def _years(born: Any, taken: Any) -> float | None:
    """Whole years from a day of birth, as MATLAB numbers days, to 1 July of a year; None if unknown."""
    day, year = float(born), float(taken)
    if not (math.isfinite(day) and math.isfinite(year) and _DAY_0 + 1 <= day < date.max.toordinal()):
        return None
    birth = date.fromordinal(int(day) - _DAY_0)
    return float(int(year) - birth.year - ((birth.month, birth.day) > (7, 1)))


def _person(fields: Fields, row: int) -> str:
    """Who a row shows, in small letters: their name, or that of their number; empty if unknown."""
    if name := text_in(fields["name"][row]):
        return name.casefold()
    number = float(fields["celeb_id"][row]) if "celeb_id" in fields else math.nan
    people = fields.get("celeb_names", ())
    if not math.isfinite(number):
        return ""
    known = text_in(people[int(number) - 1]) if 1 <= number <= len(people) else ""
    return known.casefold() or f"celeb {number:.0f}"
