"""MMI Facial Expression Database (Pantic et al. 2005): videos, some with sound, some with FACS codes.

Unverified: written from how others' programs read the set, and tried on made-up sessions alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample, Skipped
from mimik.data.labels import class_name
from mimik.data.places import Place, children, find_place
from mimik.data.voices.people import FILMED, VoiceReader
from mimik.data.voices.sounds import clip_files
from mimik.errors import DataError
from mimik.facs import ACTION_UNITS

EMOTIONS = {"1": "angry", "2": "disgust", "3": "fear", "4": "happy", "5": "sad", "6": "surprise"}
"""Value of a clip's metatag "Emotion"; others (a scream, sleepiness, several at once) are left out."""
SESSIONS, SESSION = "Sessions", "session.xml"
EXPECTED = f"folders of sessions, each with {SESSION} and its clips, perhaps in a folder {SESSIONS}"
NO_EMOTION, NO_PERSON, NO_CLIP = (
    "no emotion of the six",
    "the session doesn't say who is seen",
    "a session without a clip",
)

_PERSON = re.compile(r"(S\d{3})-\d+", re.I)
_UNIT = re.compile(r"\d+")


class Mmi(VoiceReader):
    """MMI as it is downloaded: a folder a session, with ``session.xml``, its clip, and what is known of both.

    Beside ``S001-001.avi`` ``S001-001.xml`` names the emotion; ``S001-001-oao_aucs.xml`` (or another end in
    ``aucs.xml``) lists action units with their onset, apex and offset, of which those that are shown at all
    become ``scores["au"]``; without such a file they aren't known. Most clips have no sound: a clip without
    can't be heard, and says so, but seen.
    """

    title = "MMI"
    tasks = FILMED

    def locate(self, path: Path) -> Place:
        """See Reader."""
        return find_place(path, ("mmi", "sessions"), lambda place: bool(_sessions(place)), EXPECTED)

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are paths in the set, the subgroup gender is the session's."""
        self.check_asked(split)
        for prefix, session in _sessions(self.locate(path)):
            subject = _subject(session / SESSION)
            if not (files := clip_files(session)):
                yield Skipped(prefix, NO_CLIP)
            for file in files:
                emotion, person = _emotion(session, file), subject.person or _named(file)
                if not emotion or not person:
                    yield Skipped(f"{prefix}{file.name}", NO_PERSON if emotion else NO_EMOTION)
                    continue
                known = {"gender": subject.gender}
                sample = self.clip(file, f"{prefix}{file.name}", emotion, person, known)
                units = _units(session, file)
                if split in ("all", sample.split):
                    yield sample if units is None else replace(sample, scores={"au": units})


class _Subject(NamedTuple):
    """Who is seen in a session; empty where it doesn't say."""

    person: str
    gender: str


def _sessions(place: Place) -> list[tuple[str, Place]]:
    """The folders of sessions, with their paths in the place."""
    inner = place / SESSIONS
    top, above = (inner, f"{SESSIONS}/") if inner.is_dir() else (place, "")
    return [(f"{above}{c.name}/", c) for c in children(top) if c.is_dir() and (c / SESSION).is_file()]


def _subject(file: Place) -> _Subject:
    """The first subject that a session names."""
    for one in _parsed(file).iter():
        if _local(one.tag) == "subject":
            known = {_local(name): value for name, value in one.attrib.items()}
            return _Subject(known.get("id", ""), class_name(known.get("gender", "")))
    return _Subject("", "")


def _named(file: Place) -> str:
    """The person whom a clip's name begins with."""
    match = _PERSON.match(file.name)
    return match[1].upper() if match else ""


def _emotion(session: Place, file: Place) -> str:
    """The emotion that the file beside a clip names; empty if it names none of the six."""
    note = session / f"{_stem(file)}.xml"
    for tag in _parsed(note).iter() if note.is_file() else ():
        known = {_local(name): value for name, value in tag.attrib.items()}
        if _local(tag.tag) == "metatag" and known.get("name", "").lower() == "emotion":
            return EMOTIONS.get(known.get("value", "").strip(), "")
    return ""


def _units(session: Place, file: Place) -> NDArray[np.float32] | None:
    """Presence of each action unit, as CK+'s; None if no one coded the clip."""
    notes = [c for c in children(session) if c.name.startswith(_stem(file)) and c.name.endswith("aucs.xml")]
    if not notes:
        return None
    tags = (tag for tag in _parsed(notes[0]).iter() if _local(tag.tag) == "actionunit")
    numbers = (_UNIT.search(tag.get("Number", "")) for tag in tags)
    shown = {f"AU{int(number[0]):02d}" for number in numbers if number}
    return np.array([name in shown for name in ACTION_UNITS], np.float32)


def _stem(file: Place) -> str:
    return file.name.rpartition(".")[0]


def _parsed(file: Place) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(file.read_bytes())
    except ElementTree.ParseError as error:
        raise DataError(f"{file}: not readable as XML: {error}; fetch the session again") from error


def _local(name: str) -> str:
    """A name in XML without its namespace, in small letters."""
    return name.rpartition("}")[2].lower()
