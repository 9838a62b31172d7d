"""Faces and voices of the same clips of RAVDESS: OpenFace's units of each clip, and what its sound says.

DATA holds RAVDESS/, with face/clips.csv (a row a clip: voice, actor, emotion, OpenFace's AU01_r to AU45_c as
means over the clip) and the sound by actor. What has only one side, or can't be used, is counted and named.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample, load_reader
from mimik.data.labels import label_of
from mimik.data.voices.ravdess import Ravdess
from mimik.errors import DataError, MimikError
from mimik.tasks.probabilities import softmax
from mimik.temporal.fuse import folded
from mimik.temporal.fusion_model import columns_of, unit_levels
from mimik.types import Samples
from mimik.voice.reference import SHRINK

TASK = "voice"
LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "calm")
"""RAVDESS's classes."""
SET, TABLE = "RAVDESS", Path("face") / "clips.csv"
NEEDED = ("voice", "actor", "emotion")
NO_SOUND, NO_FACE, SILENT, BAD, OTHERWISE, TWICE = (
    "face without sound",
    "sound without face",
    "sound that can't be heard",
    "row of the table that can't be used",
    "table and sound name different emotions",
    "row of a clip that has one already",
)
Logits = Mapping[str, NDArray[np.float32]]
"""Clip to what a network says of it, (K,), at its card's temperature."""
T = TypeVar("T")
Curves = Mapping[str, NDArray[np.float32]]
"""Clip to the functionals of its voice, (C,)."""


@dataclass(frozen=True, slots=True)
class Face:
    """A row of the table."""

    person: str
    """"RAVDESS 01"."""
    label: str
    """As the task voice names it."""
    units: tuple[float, ...]
    """Means over the clip, in the order that was asked for."""


@dataclass(slots=True)
class Pairs:
    """Clips with a face and a voice, and what is left over."""

    faces: dict[str, Face] = field(default_factory=dict)
    """Clip ("03-01-05-01-02-01-12") to its face."""
    sounds: dict[str, Sample] = field(default_factory=dict)
    """Clip to its sound."""
    left_out: dict[str, list[str]] = field(default_factory=dict)
    """Reason to the clips, or people."""

    def leave(self, reason: str, name: str) -> None:
        """Count and name what isn't used."""
        self.left_out.setdefault(reason, []).append(name)

    def clips(self) -> list[str]:
        """Those with both, by name."""
        return sorted(self.faces.keys() & self.sounds.keys())


def read_pairs(data: Path, units: Sequence[str]) -> Pairs:
    """All clips in a folder of data.

    Args:
        data: Holds RAVDESS/.
        units: Columns of the table.

    Raises:
        DataError: There is no such folder or table, or it lacks columns.
    """
    pairs = Pairs()
    for item in load_reader("ravdess").read(data / SET):
        if isinstance(item, Sample):
            pairs.sounds[Path(item.key).stem] = item
        else:
            pairs.leave(item.reason, item.key)
    for clip, face in _faces(data / SET / TABLE, units, pairs):
        if clip in pairs.faces:
            pairs.leave(TWICE, clip)
        elif clip in pairs.sounds and pairs.sounds[clip].labels[TASK] != face.label:
            pairs.leave(OTHERWISE, clip)
            del pairs.sounds[clip]
        else:
            pairs.faces[clip] = face
    return pairs


def _faces(table: Path, units: Sequence[str], pairs: Pairs) -> Iterator[tuple[str, Face]]:
    try:
        rows = list(csv.reader(table.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{table}: no readable table of faces; it lies beside the folders of actors"
        ) from error
    names = [name.strip() for name in rows[0]] if rows else []
    if lacking := [name for name in NEEDED if name not in names]:
        raise DataError(f"{table}: lacks the columns {', '.join(lacking)}")
    places, (voice, actor, emotion) = columns_of(names, tuple(units), str(table)), map(names.index, NEEDED)
    for number, row in enumerate(rows[1:], start=2):
        try:
            values = tuple(float(row[place]) for place in places)
            label = label_of(TASK, row[emotion])
            if label not in LABELS or not all(map(math.isfinite, values)):
                raise ValueError("no emotion of RAVDESS, or no number")
            yield row[voice].strip(), Face(f"{SET} {int(row[actor]):02d}", label, values)
        except (ValueError, IndexError, MimikError):
            pairs.leave(BAD, f"line {number}")


def one_sided(pairs: Pairs) -> None:
    """Name the clips that have a face or a sound alone."""
    for clip in sorted(pairs.faces.keys() - pairs.sounds.keys()):
        pairs.leave(NO_SOUND, clip)
    for clip in sorted(pairs.sounds.keys() - pairs.faces.keys()):
        pairs.leave(NO_FACE, clip)


def heard(pairs: Pairs, listen: Callable[[Samples, str], T]) -> dict[str, T]:
    """What is made of each sound; one that can't be heard is left out, and named."""
    said: dict[str, T] = {}
    for clip, sample in list(pairs.sounds.items()):
        try:
            samples = sample.hear() if sample.hear else np.zeros(0, np.float32)
        except MimikError:
            samples = np.zeros(0, np.float32)
        if np.any(samples):
            said[clip] = listen(samples, clip)
        else:
            pairs.leave(SILENT, clip)
            del pairs.sounds[clip]
    return said


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What is known of some clips with a face and a voice, N of them."""

    clips: NDArray[np.str_]
    people: NDArray[np.str_]
    labels: NDArray[np.intp]
    """Number of the class."""
    units: NDArray[np.float32]
    """Levels of the face's units, (N, U)."""
    curves: NDArray[np.float32]
    """Functionals of the voice, (N, C)."""
    network: NDArray[np.float32]
    """Probabilities that a network gives, (N, K); NaN where none heard it that may."""
    own_network: NDArray[np.float32]
    """The same against the person's own voice."""

    def where(self, rows: NDArray[np.bool_]) -> Sides:
        """Some of them."""
        return Sides(*(getattr(self, name)[rows] for name in self.__slots__))

    @property
    def heard(self) -> NDArray[np.bool_]:
        """Those that a network heard."""
        return ~np.isnan(self.network[:, 0])

    @property
    def folds(self) -> NDArray[np.intp]:
        """The fold of each one's actor."""
        return np.array([fold_of(person) for person in self.people], np.intp)


def sides_of(pairs: Pairs, curves: Curves, logits: Logits, names: Sequence[str]) -> Sides:
    """Faces and voices of all clips that have both.

    Args:
        pairs: The clips.
        curves: Clip to the functionals of its voice.
        logits: Clip to what a network says; it may lack some.
        names: The network's classes.
    """
    clips = [clip for clip in pairs.clips() if clip in curves]
    people = np.array([pairs.faces[clip].person for clip in clips])
    nothing = np.full(len(names), np.nan, np.float32)
    said = np.array([logits.get(clip, nothing) for clip in clips], np.float32).reshape(-1, len(names))
    own = said.copy()
    for person in np.unique(people):
        rows = people == person
        mean = said[rows].mean(axis=0)
        own[rows] -= rows.sum() / (rows.sum() + SHRINK) * (mean - mean.mean())
    faces = [pairs.faces[clip] for clip in clips]
    return Sides(
        np.array(clips),
        people,
        np.array([LABELS.index(face.label) for face in faces], np.intp),
        unit_levels(np.array([face.units for face in faces], np.float32)),
        np.array([curves[clip] for clip in clips], np.float32),
        probabilities(said, names),
        probabilities(own, names),
    )


def probabilities(logits: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float32]:
    """Of logits (N, K), the probabilities of RAVDESS's classes (N, 8)."""
    rows = [folded(dict(zip(names, row.tolist(), strict=True)), LABELS) for row in softmax(logits)]
    return np.array(rows, np.float32).reshape(-1, len(LABELS))


def fold_of(person: str) -> int:
    """The fold of an actor, from 0."""
    return Ravdess().fold(person.split()[-1])
