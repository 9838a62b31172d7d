"""nEMO (Christop 2024): 90 Polish sentences, spoken by nine actors in six emotions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mimik.data.base import Sample, Skipped
from mimik.data.places import Place, find_place, read_table
from mimik.data.voices.people import VoiceReader
from mimik.data.voices.sounds import clip_files
from mimik.errors import DataError
from mimik.tasks.years import age_group

TABLE, CLIPS = "data.tsv", "samples"
COLUMNS = ("file_id", "emotion", "speaker_id")
EXPECTED = f"{TABLE} with {', '.join(COLUMNS)} beside a folder {CLIPS}"
NO_ROW, NO_CLIP = f"not in {TABLE}", "the clip is missing"


class Nemo(VoiceReader):
    """nEMO as published: a table beside a folder of clips; gender and age are the table's.

    A row without its clip and a clip without a row are left out. Two of the folds have a man and a woman;
    speakers of no list go by a hash of their name.
    """

    title = "nEMO"
    people = (("IC0", "KS0"), ("EB0", "WR0"), ("MK0",), ("TP0",), ("MP0",))

    def locate(self, path: Path) -> Place:
        """See Reader; the table's header is read."""
        place = find_place(path, ("nemo",), _holds_clips, EXPECTED)
        next(read_table(place / TABLE, COLUMNS), None)
        return place

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are paths in the set, subgroups gender, age_group and language."""
        self.check_asked(split)
        place = self.locate(path)
        files = {file.name: file for file in clip_files(place / CLIPS)}
        for line, row in read_table(place / TABLE, COLUMNS):
            file = files.pop(row["file_id"], None)
            if file is None:
                yield Skipped(f"{CLIPS}/{row['file_id']}", NO_CLIP)
            elif split in ("all", (sample := self._sample(file, row, f"{place / TABLE}, line {line}")).split):
                yield sample
        for name in files:
            yield Skipped(f"{CLIPS}/{name}", NO_ROW)

    def _sample(self, file: Place, row: Mapping[str, str], where: str) -> Sample:
        if not row.get("speaker_id") or not row.get("emotion"):
            raise DataError(f"{where}: expected an emotion and a speaker, found {list(row.values())[:6]}")
        age = row.get("age", "")
        known = {
            "gender": row.get("gender", ""),
            "age_group": age_group(int(age)) if age.isdecimal() else "",
            "language": "Polish",
        }
        return self.clip(file, f"{CLIPS}/{file.name}", row["emotion"], row["speaker_id"], known)


def _holds_clips(place: Place) -> bool:
    return (place / TABLE).is_file() and (place / CLIPS).is_dir()
