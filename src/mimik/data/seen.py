"""The pictures that a model was trained on and judged by, as its run's folder keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mimik.data.copies import THUMBNAIL, near_any, thumbnails
from mimik.data.fingerprints import Fingerprints
from mimik.errors import DataError
from mimik.storage.whole import output_errors, whole_file

FILE = "pictures.npz"
"""Its name in a run's folder."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenPictures:
    """The N pictures of a run: no pixels, but what tells them again."""

    keys: NDArray[np.str_]
    """Key of each in its set, (N,)."""
    sets: NDArray[np.int64]
    """Number of its set among the recipe's, (N,)."""
    held: NDArray[np.bool_]
    """Whether it was held for validation rather than trained on, (N,)."""
    groups: NDArray[np.str_]
    """What it shares with others that must count as one in an interval: a person, or near copies, (N,)."""
    prints: Fingerprints
    """Hash and thumbnail of each."""

    def write(self, folder: Path) -> None:
        """Write them into a run's folder, whole or not at all.

        Raises:
            OutputError: It can't be written.
        """
        path = folder / FILE
        with output_errors(path), whole_file(path) as part, part.open("wb") as stream:
            np.savez_compressed(
                stream,
                keys=self.keys,
                sets=self.sets,
                held=self.held,
                groups=self.groups,
                hashes=self.prints.hashes,
                thumbnails=self.prints.thumbnails,
            )

    def of_set(self, number: int) -> dict[str, str]:
        """Key to group of the held pictures of a set, in order."""
        rows = self.held & (self.sets == number)
        return dict(zip(self.keys[rows].tolist(), self.groups[rows].tolist(), strict=True))

    def exact(self, prints: Fingerprints, held: bool = False) -> NDArray[np.bool_]:
        """Which of M pictures are, pixel for pixel, among those that were trained on, or held, (M,)."""
        known = {row.tobytes() for row in self.prints.hashes[self.held == held]}
        return np.array([name in known for name in prints.names()], bool)

    def near(self, prints: Fingerprints) -> NDArray[np.bool_]:
        """Which of M pictures nearly copy one that was trained on, mirrored or not, (M,)."""
        return near_any(_table(prints), _table(self.prints.take(np.flatnonzero(~self.held))))


def read_seen(folder: Path) -> SeenPictures | None:
    """The pictures of a run's folder; None if it doesn't say.

    Raises:
        DataError: The file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            prints = Fingerprints(held["hashes"], held["thumbnails"])
            return SeenPictures(held["keys"], held["sets"], held["held"], held["groups"], prints)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise DataError(
            f"{path}: the run's list of pictures is damaged: {error}; delete it, or train anew"
        ) from error


def _table(prints: Fingerprints) -> NDArray[np.float32]:
    return thumbnails(prints.thumbnails.reshape(-1, THUMBNAIL, THUMBNAIL))
