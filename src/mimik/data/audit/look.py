"""One look at every picture, and one hearing of every sound, of the sets that are audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimik.data.base import Sample, Skipped, load_reader
from mimik.data.copies import THUMBNAIL, thumbnails
from mimik.data.fingerprints import pixel_hash, sound_print
from mimik.data.open_set import open_set
from mimik.data.pictures import Told, each_item, kind_of
from mimik.data.same_photo import grey_of
from mimik.errors import SourceError
from mimik.faces.detect.base import Detector, DetectorOptions, load_detector
from mimik.types import Image, Samples
from mimik.voice.inputs import is_silent

FACE_SCORE = 0.2
"""Least score of a face: on FER-2013 YuNet finds one so in 99.9 % of 1,490 pictures that nobody of ten
voted to be none, and in 53 % of the 160 that all of ten did."""


@dataclass(frozen=True, slots=True)
class AuditedSet:
    """One of the sets that are audited together."""

    path: Path
    """Where it lies."""
    reader: str
    """Name of its reader."""
    title: str
    """What the set is called; empty for any data."""
    split: str
    """What was asked of it."""
    samples: Sequence[Sample]
    """Its pictures."""
    skipped: Sequence[Skipped]
    """What its reader left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """The N pictures of all sets, one set after the other; what shows the same pixels is one photo.

    A sound counts as a picture of which nothing is known but its photo: whether another is the same.
    """

    sets: Sequence[AuditedSet]
    """The sets."""
    samples: Sequence[Sample]
    """Their samples (N)."""
    home: NDArray[np.int64]
    """The number of each one's set (N,)."""
    sides: Sequence[str]
    """Names of the splits of all sets; with several sets, a name says the set, too."""
    side: NDArray[np.int64]
    """The number of each one's split in ``sides`` (N,)."""
    errors: Mapping[int, str]
    """Rows that can't be decoded, and why."""
    photo: NDArray[np.int64]
    """The number of each one's photo (N,); -1 if it can't be decoded."""
    first: NDArray[np.int64]
    """The first row of each of the P photos (P,)."""
    thumbnails: NDArray[np.float32]
    """Of the photos (P, 144), see copies.thumbnails; zeros of a sound, which is near to none."""
    spread: NDArray[np.float32]
    """Standard deviation of the grey values (N,), of 255; NaN of a sound, and if it can't be decoded."""
    shade: NDArray[np.float32]
    """Share of the most frequent grey value (N,)."""
    face: NDArray[np.bool_] | None
    """Whether a face is found (N,); None if none was looked for."""
    silent: NDArray[np.bool_]
    """Whether it is a sound in which nothing is heard (N,)."""

    @property
    def kind(self) -> str:
        """What they are, see pictures.kind_of."""
        return kind_of(self.samples)


def open_sets(paths: Sequence[Path], readers: Sequence[str | None], split: str) -> list[AuditedSet]:
    """The sets at some paths.

    Raises:
        DataError, UnknownNameError, OptionError: As open_set.open_set.
    """
    found = [open_set(path, reader, split) for path, reader in zip(paths, readers, strict=True)]
    return [
        AuditedSet(path, name, load_reader(name).title, split, samples, skipped)
        for path, (name, samples, skipped) in zip(paths, found, strict=True)
    ]


def look(sets: Sequence[AuditedSet], faces: bool = False, told: Told | None = None) -> Pictures:
    """Decode every picture and sound once.

    Args:
        sets: The sets.
        faces: Whether faces are looked for, which takes several times as long.
        told: Is told how far it has come.
    """
    samples = [sample for one in sets for sample in one.samples]
    home = np.repeat(np.arange(len(sets)), [len(one.samples) for one in sets])
    detector = load_detector("yunet", DetectorOptions(score=FACE_SCORE)) if faces else None
    seen = _Seen()
    for row, (_, sight) in enumerate(each_item(samples, _looking(detector), _hear, told)):
        seen.add(row, sight)
    sides, side = _sides(sets, samples, home)
    return Pictures(
        sets=sets,
        samples=samples,
        home=home,
        sides=sides,
        side=side,
        errors=seen.errors,
        photo=np.array([s.photo for s in seen.sights], np.int64),
        first=np.array(seen.first, np.int64),
        thumbnails=np.stack(seen.small) if seen.small else np.empty((0, THUMBNAIL**2), np.float32),
        spread=np.array([s.spread for s in seen.sights], np.float32),
        shade=np.array([s.shade for s in seen.sights], np.float32),
        face=np.array([s.face for s in seen.sights], bool) if faces else None,
        silent=np.array([s.silent for s in seen.sights], bool),
    )


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is kept of a picture; see Pictures."""

    photo: int
    spread: float
    shade: float
    face: bool
    silent: bool = False


@dataclass(slots=True)
class _Seen:
    """What was seen so far: a sight of each picture, and a thumbnail of each photo."""

    sights: list[_Sight] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    first: list[int] = field(default_factory=list)
    small: list[NDArray[np.float32]] = field(default_factory=list)
    numbers: dict[bytes, int] = field(default_factory=dict)

    def add(self, row: int, seen: Any) -> None:
        """Take in what was made of a picture, or why it can't be decoded."""
        if isinstance(seen, SourceError):
            self.errors[row] = str(seen)
            self.sights.append(_Sight(-1, np.nan, np.nan, False))
            return
        digest, thumbnail, *rest = seen
        if digest not in self.numbers:
            self.numbers[digest] = len(self.first)
            self.first.append(row)
            self.small.append(thumbnail)
        self.sights.append(_Sight(self.numbers[digest], *rest))


def _looking(detector: Detector | None) -> Callable[[Image], Any]:
    """What is made of a picture: digest of its pixels, thumbnail, spread, share of a shade, face."""

    def see(image: Image) -> tuple[bytes, NDArray[np.float32], float, float, bool]:
        grey = grey_of(image)
        shade = float(np.bincount(grey.ravel()).max() / grey.size)
        face = bool(detector and detector.detect(image))
        return pixel_hash(image), thumbnails([image])[0], float(grey.std()), shade, face

    return see


def _hear(sound: Samples) -> tuple[bytes, NDArray[np.float32], float, float, bool, bool]:
    """The same of a sound, and whether nothing is heard in it."""
    nothing = np.zeros(THUMBNAIL**2, np.float32)
    return sound_print(sound)[0], nothing, np.nan, np.nan, False, is_silent(sound)


def _sides(
    sets: Sequence[AuditedSet], samples: Sequence[Sample], home: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64]]:
    """The names of the splits of all sets, and each sample's number in them."""
    names = _set_names(sets)
    numbers: dict[str, int] = {}
    side = [
        numbers.setdefault(f"{names[own]}{sample.split}", len(numbers))
        for own, sample in zip(home.tolist(), samples, strict=True)
    ]
    return list(numbers), np.array(side, np.int64)


def _set_names(sets: Sequence[AuditedSet]) -> list[str]:
    """What stands before a split's name: nothing for one set, else the set's, which differ."""
    if len(sets) == 1:
        return [""]
    names = [one.path.absolute().name for one in sets]
    if len(set(names)) < len(names):
        names = [f"{number} {name}" for number, name in enumerate(names, 1)]
    return [f"{name}: " for name in names]
