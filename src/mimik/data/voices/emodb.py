"""EMO-DB (Burkhardt et al. 2005): ten German sentences, spoken by ten actors in seven emotions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mimik.data.base import Sample, Skipped
from mimik.data.places import Place, find_place, read_table
from mimik.data.voices.people import VoiceReader
from mimik.data.voices.sounds import clip_files, folder_of_clips
from mimik.errors import DataError
from mimik.tasks.years import age_group

EMOTIONS = {
    "W": "angry",
    "L": "bored",
    "E": "disgust",
    "A": "fear",
    "F": "happy",
    "T": "sad",
    "N": "neutral",
}
"""Sixth letter of a name, of the German word, to the emotion."""
SPEAKERS = {
    "03": ("male", 31),
    "08": ("female", 34),
    "09": ("female", 21),
    "10": ("male", 32),
    "11": ("male", 26),
    "12": ("male", 30),
    "13": ("female", 32),
    "14": ("female", 35),
    "15": ("male", 25),
    "16": ("female", 31),
}
"""Gender and age in years, as published."""
CLIPS, HEARD, TABLE = "wav", "erkennung.txt", "labels.csv"
EXPECTED = f"a folder {CLIPS} with clips named as 03a01Fa.wav (or those clips themselves)"
NOT_NAMED = "not named as EMO-DB names clips"
BANDS = ((100, "100 %"), (90, "90 to 99 %"), (80, "80 to 89 %"), (0, "below 80 %"))
"""Share of listeners who named the emotion that was meant, from a percentage on."""

_NAME = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])([a-z]?)\.wav", re.I)
_RATE = re.compile(r"(\d\d[ab]\d\d[WLEAFTN][a-z]?)(?:\.wav)?\s+(\d+(?:[.,]\d+)?)", re.I)


class EmoDb(VoiceReader):
    """EMO-DB as published; each fold has a man and a woman.

    How many listeners named the emotion that was meant is the subgroup "recognised", where the published
    ``erkennung.txt`` lies beside the clips, or a ``labels.csv`` with the columns ``file``, ``recognised``
    and perhaps ``part``, which is another: how much of a clip there is.
    """

    title = "EMO-DB"
    people = (("03", "08"), ("09", "10"), ("11", "13"), ("12", "14"), ("15", "16"))

    def locate(self, path: Path) -> Place:
        """See Reader."""
        return find_place(path, ("emo-db", "emodb"), lambda place: _folder(place) is not None, EXPECTED)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are paths in the set, subgroups gender, age_group, language and the two below."""
        self.check_asked(split)
        place = self.locate(path)
        folder, noted = _folder(place) or place, _noted(place)
        prefix = "" if folder is place else f"{CLIPS}/"
        for file in clip_files(folder):
            match = _NAME.fullmatch(file.name)
            if match is None or match[1] not in SPEAKERS:
                yield Skipped(prefix + file.name, NOT_NAMED)
                continue
            gender, age = SPEAKERS[match[1]]
            known = {
                "gender": gender,
                "age_group": age_group(age),
                "language": "German",
                "statement": match[2].lower(),
                **noted.get(file.name[:-4].lower(), {}),
            }
            sample = self.clip(file, prefix + file.name, EMOTIONS[match[3].upper()], match[1], known)
            if split in ("all", sample.split):
                yield sample


def _folder(place: Place) -> Place | None:
    return folder_of_clips(place, CLIPS, _NAME)


def _noted(place: Place) -> Mapping[str, Mapping[str, str]]:
    """Clip, in small letters, to what a table beside the clips says of it."""
    if (place / HEARD).is_file():
        text = (place / HEARD).read_bytes().decode("latin-1")
        return {name.lower(): {"recognised": _band(rate)} for name, rate in _RATE.findall(text)}
    found: dict[str, dict[str, str]] = {}
    for line, row in read_table(place / TABLE, ("file",)) if (place / TABLE).is_file() else ():
        rate = row.get("recognised", "")
        band = _band(rate, f"{place / TABLE}, line {line}") if rate else ""
        name = row["file"].rpartition("/")[2][:-4].lower()
        found[name] = {"recognised": band, "part": row.get("part", "")}
    return found


def _band(rate: str, where: str = HEARD) -> str:
    try:
        share = float(rate.replace(",", "."))
    except ValueError as error:
        raise DataError(f"{where}: expected a recognition rate in percent, found {rate[:20]!r}") from error
    return next((name for least, name in BANDS if share >= least), BANDS[-1][1])
