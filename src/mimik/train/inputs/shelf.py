"""Where decoded pictures and clips are kept: in memory, or in a file if they are too many for it."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from mimik.storage.whole import output_errors
from mimik.train.recipe.options import LoadingOptions

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an array lies in a file."""

    offset: int
    """Bytes before it."""
    shape: tuple[int, ...]
    """Of the array."""
    dtype: np.dtype[Any]
    """Of its values."""


class ArrayFile:
    """Arrays in a file without a name, which is gone when its process is, however that ends.

    They are read through a memory map: the system keeps of it what there is room for.
    """

    def __init__(self, folder: Path) -> None:
        """Make it; raises OutputError if the folder can't be written."""
        self.folder, self._end = folder, 0
        with output_errors(folder):
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - as long as its arrays are used
        self._map: NDArray[np.uint8] | None = None

    def add(self, array: Array) -> Place:
        """Write an array; raises OutputError if the disk is full."""
        place = Place(self._end, array.shape, array.dtype)
        with output_errors(self.folder):
            self._file.write(np.ascontiguousarray(array).data)
        self._end, self._map = self._end + array.nbytes, None
        return place

    def read(self, place: Place) -> Array:
        """An array; it can't be written to."""
        if self._map is None:
            with output_errors(self.folder):
                self._file.flush()
            held = mmap.mmap(self._file.fileno(), self._end, access=mmap.ACCESS_READ)
            self._map = np.frombuffer(held, np.uint8)
        count = int(np.prod(place.shape)) * place.dtype.itemsize
        return self._map[place.offset : place.offset + count].view(place.dtype).reshape(place.shape)


class Shelf(Sequence[Array]):
    """Arrays in their order, in memory up to a limit; all of them in a file if they are more."""

    def __init__(self, most_bytes: float, folder: Path | None = None) -> None:
        """Begin with none.

        Args:
            most_bytes: What may be kept in memory.
            folder: Where the file is made; ``spill_folder()`` if None.
        """
        self._most, self._folder, self._bytes = most_bytes, folder, 0
        self._held: list[Array | Place] = []
        self._file: ArrayFile | None = None

    def append(self, array: Array) -> None:
        """Add an array; raises OutputError if it goes to a file whose disk is full."""
        self._bytes += array.nbytes
        if self._file is None and self._bytes > self._most:
            self._file = ArrayFile(self._folder or spill_folder())
            for number, before in enumerate(self._held):
                assert not isinstance(before, Place)  # There was no file.
                self._held[number] = self._file.add(before)
        self._held.append(array if self._file is None else self._file.add(array))

    @property
    def on_disk(self) -> bool:
        """Whether they are in a file."""
        return self._file is not None

    def take(self, rows: Iterable[SupportsIndex]) -> Shelf:
        """Some of them, in the same memory or file."""
        taken = Shelf(self._most, self._folder)
        taken._held, taken._file = [self._held[row] for row in rows], self._file
        return taken

    def __len__(self) -> int:
        return len(self._held)

    @overload
    def __getitem__(self, row: int) -> Array: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[Array]: ...

    def __getitem__(self, row: int | slice) -> Array | Sequence[Array]:
        if isinstance(row, slice):
            return self.take(range(*row.indices(len(self))))
        held = self._held[row]
        if isinstance(held, Place):
            assert self._file is not None  # Places are in it.
            return self._file.read(held)
        return held


def spill_folder() -> Path:
    """Where large temporary files belong: TMPDIR, else /var/tmp, as /tmp is memory on many systems."""
    large = Path("/var/tmp")
    return Path(os.environ.get("TMPDIR") or (large if large.is_dir() else tempfile.gettempdir()))


def most_bytes(options: LoadingOptions) -> float:
    """What of decoded pictures or clips may be kept in memory, by each of those that torchrun has started."""
    return options.memory_gb * 1e9 or _memory_bytes() / 2 / int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def _memory_bytes() -> float:
    """The machine's memory; no end where the system doesn't say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return float("inf")
