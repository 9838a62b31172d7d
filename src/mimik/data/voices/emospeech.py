"""Indian EmoSpeech Command Dataset (Banga et al. 2019): single words, said into phones in four emotions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mimik.data.base import Sample, Skipped
from mimik.data.places import Place, find_place, read_table
from mimik.data.voices.people import VoiceReader
from mimik.data.voices.sounds import clip_files, folder_of_clips

CLIPS, TABLE = "wav", "labels.csv"
EXPECTED = f"clips named as 001_bacho_angry_1562998267283.wav, perhaps in a folder {CLIPS}"
NOT_NAMED = "not named as EmoSpeech names clips"

_NAME = re.compile(r"(\d{3})_([a-z]+)_(angry|calm|fearful|happy)_.+\.wav", re.I)


class EmoSpeech(VoiceReader):
    """EmoSpeech: person, word and emotion are those of a clip's name.

    A ``labels.csv`` beside the clips, with the columns ``file`` and ``noise``, says what is heard behind.
    """

    title = "EmoSpeech"

    def locate(self, path: Path) -> Place:
        """See Reader."""
        return find_place(path, ("emospeech",), lambda place: _folder(place) is not None, EXPECTED)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are paths in the set, subgroups statement (the word), noise and language."""
        self.check_asked(split)
        place = self.locate(path)
        folder, noises = _folder(place) or place, _noises(place)
        prefix = "" if folder is place else f"{CLIPS}/"
        for file in clip_files(folder):
            match = _NAME.fullmatch(file.name)
            if match is None:
                yield Skipped(prefix + file.name, NOT_NAMED)
                continue
            person, word, emotion = match.groups()
            known = {"language": "English, India", "statement": word.lower()}
            known |= {"noise": noises.get(file.name, "")}
            sample = self.clip(file, prefix + file.name, emotion, person, known)
            if split in ("all", sample.split):
                yield sample


def _folder(place: Place) -> Place | None:
    return folder_of_clips(place, CLIPS, _NAME)


def _noises(place: Place) -> Mapping[str, str]:
    """Clip to what is heard behind the voice."""
    table = place / TABLE
    rows = read_table(table, ("file",)) if table.is_file() else iter(())
    return {row["file"].rpartition("/")[2]: row.get("noise", "") for _, row in rows}
