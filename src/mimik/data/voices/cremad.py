"""CREMA-D (Cao et al. 2014): twelve sentences, spoken by 91 actors in six emotions, rated by a crowd."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from mimik.data.base import Sample, Skipped
from mimik.data.labels import class_name
from mimik.data.places import Place, find_place, find_table, read_table
from mimik.data.voices.crowd import CODES, Ratings, read_ratings
from mimik.data.voices.people import FILMED, FOLDS, VoiceReader
from mimik.data.voices.sounds import clip_files
from mimik.errors import DataError
from mimik.tasks.years import age_group

EMOTIONS = {"ANG": "A", "DIS": "D", "FEA": "F", "HAP": "H", "NEU": "N", "SAD": "S"}
"""Code in a name to the crowd's code."""
INTENSITIES = {"LO": "low", "MD": "medium", "HI": "high", "XX": "unspecified", "X": "unspecified"}
"""Code in a name to the intensity; one published name lacks an X."""
ACTORS = [str(number) for number in range(1001, 1092)]
FAULTY = ("1076_MTI_NEU_XX", "1076_MTI_SAD_XX", "1064_TIE_SAD_XX", "1064_IEO_DIS_MD")
"""Clips that the authors' notes name: two without a voice, one cut off, one that holds every emotion."""
WAV, FLV, PEOPLE = "AudioWAV", "VideoFlash", "VideoDemographics.csv"
EXPECTED = f"{WAV} or {FLV} with clips named as 1001_DFA_ANG_XX.wav (or .flv, .mp4)"
NOT_NAMED, BAD, TWICE = (
    "not named as CREMA-D names clips",
    "faulty, as its authors say",
    "the video is there as another file, too",
)
OTHERWISE = "most of those who heard the voice alone named another emotion"

_NAME = re.compile(r"(1\d{3})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX?)\.(?:wav|flv|mp4)", re.I)


class CremaD(VoiceReader):
    """CREMA-D as published: recordings, each seen in its Flash video where that is there, and other videos.

    The label is the emotion that was meant. Where the crowd's ratings are there, ``votes["voice"]`` counts
    what those who heard the voice alone named, in the order of the task's labels; they recognise what was
    meant in 41 % of cases. Every fifth actor, by number, is in one fold.
    """

    title = "CREMA-D"
    tasks = FILMED
    people = tuple(tuple(ACTORS[number :: len(FOLDS)]) for number in range(len(FOLDS)))

    def locate(self, path: Path) -> Place:
        """See Reader."""
        names = ("crema-d", "cremad", "crema-d-master", "crema-d-mirror")
        return find_place(path, names, _holds_clips, EXPECTED)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are paths in the set, subgroups those of the actor and of the clip's name.

        Also ``recognised``: whether most of those who heard the voice alone named what was meant.
        """
        self.check_asked(split)
        place = self.locate(path)
        actors, ratings = _actors(place), read_ratings(place)
        films, twice = _films(place)
        for file, prefix in _clips(place, films):
            match, film = _NAME.fullmatch(file.name), films.get(file.name[:-4])
            if match is None or file.name[:-4] in FAULTY:
                yield Skipped(prefix + file.name, BAD if match else NOT_NAMED)
                continue
            sample = self._sample(file, prefix, match, actors, ratings, film)
            if split in ("all", sample.split):
                yield sample
        yield from (Skipped(f"{FLV}/{name}", TWICE) for name in twice)

    def doubts(self, path: Path, split: str = "all") -> dict[str, list[str]]:
        """See Reader: what the crowd heard otherwise."""
        samples = (item for item in self.read(path, split) if isinstance(item, Sample))
        found = [sample.key for sample in samples if sample.subgroup.get("recognised") == "no"]
        return {OTHERWISE: found} if found else {}

    def _sample(
        self,
        file: Place,
        prefix: str,
        match: re.Match[str],
        actors: Mapping[str, Mapping[str, str]],
        ratings: Mapping[str, Ratings],
        film: Place | None,
    ) -> Sample:
        actor, sentence, emotion, intensity = (part.upper() for part in match.groups())
        code = EMOTIONS[emotion]
        rated = ratings.get(f"{actor}_{sentence}_{emotion}_{'XX' if intensity == 'X' else intensity}")
        known = {
            **actors.get(actor, {}),
            "language": "English",
            "intensity": INTENSITIES[intensity],
            "statement": sentence,
            "recognised": ("yes" if code in rated.named else "no") if rated else "",
        }
        sample = self.clip(file, prefix + file.name, CODES[code], actor, known, film)
        return replace(sample, votes={"voice": rated.votes}) if rated and rated.votes is not None else sample


def _holds_clips(place: Place) -> bool:
    return any(_NAME.fullmatch(file.name) for file, _ in _clips(place, _films(place)[0]))


def _clips(place: Place, films: Mapping[str, Place]) -> list[tuple[Place, str]]:
    """Each recording, and each video of which there is none, with the path of its folder."""
    recorded = clip_files(place / WAV) if (place / WAV).is_dir() else []
    stems = {file.name[:-4] for file in recorded}
    others = [film for stem, film in films.items() if stem not in stems]
    return [*((file, f"{WAV}/") for file in recorded), *((film, f"{FLV}/") for film in others)]


def _films(place: Place) -> tuple[dict[str, Place], list[str]]:
    """Stem to each video, and the names of those of which there is another."""
    found: dict[str, Place] = {}
    files = clip_files(place / FLV) if (place / FLV).is_dir() else []
    twice = [file.name for file in files if found.setdefault(file.name[:-4], file) is not file]
    return found, twice


def _actors(place: Place) -> dict[str, dict[str, str]]:
    """Actor to gender, age group and ethnicity; none without the published table."""
    if (table := find_table(place, PEOPLE)) is None:
        return {}
    found = {}
    for line, row in read_table(table, ("ActorID", "Age", "Sex", "Race")):
        age = row.get("Age", "")
        if not age.isdecimal():
            raise DataError(f"{table}, line {line}: expected an age in years, found {age[:20]!r}")
        known = {"gender": class_name(row.get("Sex", "")), "age_group": age_group(int(age))}
        found[row["ActorID"]] = {**known, "ethnicity": row.get("Race", "")}
    return found
