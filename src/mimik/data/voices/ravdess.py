"""RAVDESS (Livingstone and Russo 2018): two sentences, spoken and sung by 24 actors in eight emotions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mimik.data.base import Sample, Skipped
from mimik.data.places import Place, children, find_place
from mimik.data.voices.people import FILMED, VoiceReader
from mimik.data.voices.sounds import clip_files

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
"""Codes 01 to 08."""
STATEMENTS = ("kids", "dogs")
"""Codes 01 and 02: "Kids are talking by the door", "Dogs are sitting by the door"."""
INTENSITIES = ("normal", "strong")
"""Codes 01 and 02; neutral is normal only."""
BOTH, PICTURE, SOUND = "01", "02", "03"
"""Modality: picture and sound, picture alone, sound alone."""
FILM = ".mp4"
"""The end of a video's name."""
SONG = "02"
"""Vocal channel: 01 is speech."""
EXPECTED = (
    "folders Actor_01, Actor_02, ... with clips named as 03-01-06-01-02-01-12.wav (or .mp4), "
    "perhaps in folders as Audio_Speech_Actors_01-24"
)
NOT_NAMED, SUNG, MUTE, TWICE = (
    "not named as RAVDESS names clips",
    "sung",
    "video without sound",
    "the video is there as another file, too",
)

_NAME = re.compile(r"(0[1-3])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(0[1-9]|1\d|2[0-4])\.(wav|mp4)", re.I)
_ACTOR, _PACKED = re.compile(r"actor_\d\d", re.I), re.compile(r"(audio|video)_(speech|song)_actors?_.*", re.I)


class Ravdess(VoiceReader):
    """RAVDESS's speech: recordings (wav), each seen in its video (mp4) where that is there; other videos.

    Songs, videos without sound of which there is no recording, and second videos are left out. The folds are
    those of Luna-Jimenez et al. (2021), by actor: each emotion has its share in each. Odd actors are men.
    """

    title = "RAVDESS"
    tasks = FILMED
    people = (
        ("02", "05", "14", "15", "16"),
        ("03", "06", "07", "13", "18"),
        ("10", "11", "12", "19", "20"),
        ("08", "17", "21", "23", "24"),
        ("01", "04", "09", "22"),
    )

    def locate(self, path: Path) -> Place:
        """See Reader."""
        return find_place(path, ("ravdess",), lambda place: bool(_actors(place)), EXPECTED)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are paths in the set, subgroups gender, intensity, statement and language."""
        self.check_asked(split)
        place = self.locate(path)
        files = [
            (file, f"{prefix}{file.name}") for prefix, folder in _actors(place) for file in clip_files(folder)
        ]
        recorded = {file.name[2:20] for file, _ in files if file.name.startswith(SOUND)}
        # Of a clip with sound and one without it, which show the same, the first is seen.
        films = {f.name[2:20]: f for f, _ in sorted(files, key=_by_sound) if f.name.lower().endswith(FILM)}
        for file, key in files:
            film = films.get(file.name[2:20])
            if reason := _unused(file.name, recorded, seen=film is file):
                yield Skipped(key, reason)
            elif not _beside(file.name, recorded):
                sample = self._sample(file, key, film)
                if split in ("all", sample.split):
                    yield sample

    def _sample(self, file: Place, key: str, film: Place | None) -> Sample:
        emotion, intensity, statement, _, actor = file.name[6:20].split("-")
        known = {
            "gender": "male" if int(actor) % 2 else "female",
            "intensity": INTENSITIES[int(intensity) - 1],
            "statement": STATEMENTS[int(statement) - 1],
            "language": "English",
        }
        return self.clip(file, key, EMOTIONS[int(emotion) - 1], actor, known, film)


def _unused(name: str, recorded: set[str], *, seen: bool) -> str:
    """Why a clip isn't used, neither heard nor seen; empty if it is."""
    match = _NAME.fullmatch(name)
    if match is None:
        return NOT_NAMED
    if match[2] == SONG:
        return SUNG
    if match[1] == SOUND or (seen and (match[1] == BOTH or name[2:20] in recorded)):
        return ""
    return MUTE if match[1] == PICTURE else TWICE


def _beside(name: str, recorded: set[str]) -> bool:
    """Whether a video is seen with the recording of its sound, as one sample with that."""
    return not name.startswith(SOUND) and name[2:20] in recorded


def _by_sound(file: tuple[Place, str]) -> bool:
    """Sorts videos with sound behind the others, so that they count where there are both."""
    return file[0].name.startswith(BOTH)


def _actors(place: Place) -> list[tuple[str, Place]]:
    """Folders of actors with clips, right in a place or in those of its archives, with their paths in it."""
    folders = [child for child in children(place) if child.is_dir()]
    packed = [("", place), *((f"{c.name}/", c) for c in folders if _PACKED.fullmatch(c.name))]
    found = [(f"{above}{c.name}/", c) for above, top in packed for c in children(top) if _is_actor(c)]
    return [(prefix, c) for prefix, c in found if any(_NAME.fullmatch(file.name) for file in clip_files(c))]


def _is_actor(folder: Place) -> bool:
    return bool(_ACTOR.fullmatch(folder.name)) and folder.is_dir()
