"""One labelled picture, what every reader offers, and the table of readers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mimik.data.own import NO_OWN, OwnTasks
from mimik.errors import DataError, DecodeError
from mimik.models.card import ModelCard
from mimik.tables import Table, load_entry
from mimik.types import Image, Placement, Samples

READERS = Table(
    "mimik.readers",
    {
        "fer2013": "mimik.data.fer2013:Fer2013",
        "ferplus": "mimik.data.ferplus:FerPlus",
        "utkface": "mimik.data.utkface:UtkFace",
        "fairface": "mimik.data.fairface:FairFace",
        "imdbwiki": "mimik.data.imdbwiki:ImdbWiki",
        "imdbclean": "mimik.data.imdbclean:ImdbClean",
        "ckplus": "mimik.data.ckplus:CkPlus",
        "covered": "mimik.data.covered:Covered",
        "turned": "mimik.data.turned:Turned",
        "ravdess": "mimik.data.voices.ravdess:Ravdess",
        "nemo": "mimik.data.voices.nemo:Nemo",
        "emodb": "mimik.data.voices.emodb:EmoDb",
        "emospeech": "mimik.data.voices.emospeech:EmoSpeech",
        "cremad": "mimik.data.voices.cremad:CremaD",
        "mmi": "mimik.data.voices.mmi:Mmi",
        "folder": "mimik.data.folder:Folder",
        "csv": "mimik.data.manifest:Manifest",
    },
)
"""Reader name to "module:class"."""


def no_picture() -> Image:
    """What a sample without a picture loads.

    Raises:
        DecodeError: Always.
    """
    raise DecodeError("it holds sound, and no picture")


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One labelled picture, or one labelled stretch of sound."""

    key: str
    """Unique within the set and stable: row number or path."""
    load: Callable[[], Image]
    """Decodes the picture: RGB uint8 (H, W, 3); raises DecodeError. ``no_picture`` where there is none."""
    split: str
    """Official split, or the reader's documented rule where there is none."""
    labels: Mapping[str, str | float] = field(default_factory=dict)
    """Task, or another name that a head is trained on, to its label: a class name ("happy", "female"),
    age in years as a float, or an age group ("20-29") under "age_group"."""
    votes: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """Task to several people's votes, float32 (K,), in the order of the task's labels, if known."""
    scores: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """What has several values: "au" is the presence of each action unit, 0 or 1, in the order of
    mimik.facs.ACTION_UNITS; a recipe may add others by their name. NaN is unknown."""
    group: str = ""
    """Subject, or whatever must stay on one side of a split; the key if empty."""
    subgroup: Mapping[str, str] = field(default_factory=dict)
    """Labels by which figures are broken down: "gender", "age_group", "ethnicity"."""
    placement: Placement | None = None
    """How the picture lies about its face, where the set's pictures are alike in that."""
    scene: bool = False
    """Whether it shows more than a face, so that the face has to be found in it first."""
    fold: int = -1
    """Which of several folds it is in, where a split file says so; -1 where none does."""
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Task, or another name as in ``labels``, to the classes that its set tells apart, where these aren't
    all of them: a model can be judged among those alone."""
    hear: Callable[[], Samples] | None = None
    """Decodes the sound: mono float32 (N,) at mimik.types.SOUND_RATE; raises DecodeError. None where there is
    none."""
    watch: Callable[[int], list[Image]] | None = None
    """Decodes so many pictures of a film, evenly spaced from the first to the last: RGB uint8 (H, W, 3) each;
    raises DecodeError, also where it has fewer. None where there is no film."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or row that a reader left out by its own rule."""

    key: str
    """Row number or path."""
    reason: str = ""
    """Why, in a few words ("not a picture"); empty where the set's own rule says it."""


class Reader(ABC):
    """Reads one data set in its own layout (folder, zip, or CSV plain, .gz, .xz, .zip)."""

    title: str
    """What the set is called in cards; empty for any data."""
    splits: tuple[str, ...]
    """The splits that the set has; "all" is always allowed besides."""
    test_split: str
    """The split that figures are reported on, unless another is named."""
    tasks: tuple[str, ...]
    """The tasks that its labels serve."""
    general: bool = False
    """Whether it fits any data, so that it is guessed only where no set of its own is found."""
    own: OwnTasks = NO_OWN
    """Tasks of one's own that are wanted of it; a general reader knows their classes by them."""
    guessed: bool = True
    """Whether it may be guessed at all: other labels for another reader's files have to be asked for."""
    own_files: bool = True
    """Whether the files are its own; one that reads what other readers read is guessed by its task alone."""

    def serves(self, task: str) -> bool:
        """Whether its labels serve a task."""
        return task in self.tasks or (self.general and task in self.own.labels)

    def fits(self, path: Path) -> bool:
        """Whether the set is found at a path, by its layout alone."""
        try:
            self.locate(path)
        except DataError:
            return False
        return True

    @abstractmethod
    def locate(self, path: Path) -> object:
        """Where the set lies, by its layout alone.

        Raises:
            DataError: It isn't there, or lies otherwise; names what was expected.
        """

    @abstractmethod
    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """Samples in a stable order, pictures not yet decoded, and between them what is left out.

        Raises:
            DataError: The layout is another one, or a row is damaged; names the file and row.
            UnknownNameError: There is no such split.
        """

    def sources(self, split: str) -> Mapping[str, str]:
        """Titles of the sets whose pictures a split holds, as cards name them, to their splits."""
        return {self.title: split} if self.title else {}

    def further_figures(
        self, path: Path, split: str, samples: Sequence[Sample], logits: NDArray[np.float32], card: ModelCard
    ) -> dict[str, Any]:
        """Figures that only this set knows of, beside those of the task; none unless a reader says so.

        Args:
            path: Where the set lies.
            split: The split that was read.
            samples: The N samples that a model was asked about.
            logits: What it said, (N, K).
            card: The model's card.
        """
        return {}

    def doubts(self, path: Path, split: str = "all") -> dict[str, list[str]]:
        """What the set itself says against some of its rows: a reason, in a few words, to their keys.

        Args:
            path: Where the set lies.
            split: The split that was read.
        """
        return {}

    def figure_lines(self, report: Mapping[str, Any]) -> list[str]:
        """What those figures say in a report, line by line."""
        return []


def load_reader(name: str, own: OwnTasks = NO_OWN) -> Reader:
    """The reader of that name.

    Args:
        name: Of the table.
        own: Tasks of one's own that are wanted of it.

    Raises:
        UnknownNameError: There is no such reader.
    """
    reader = cast(Reader, load_entry(READERS, name, "reader")())
    reader.own = own
    return reader


def read_samples(reader: Reader, path: Path, split: str = "all") -> tuple[list[Sample], list[Skipped]]:
    """All samples of a split, and what its reader left out; see Reader.read."""
    samples: list[Sample] = []
    skipped: list[Skipped] = []
    for item in reader.read(path, split):
        if isinstance(item, Skipped):
            skipped.append(item)
        else:
            samples.append(item)
    return samples, skipped
