"""What tells a picture from others, and finds it again: a hash of its pixels, and a tiny copy of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.data.copies import THUMBNAIL, small_grey

HASH = 16
"""Bytes of a picture's hash."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprints:
    """Those of some pictures, row by row, as they were decoded: whole, at their own size."""

    hashes: NDArray[np.uint8]
    """BLAKE2b of shape and pixels, (N, 16)."""
    thumbnails: NDArray[np.uint8]
    """Grey levels at 12 x 12 pixels, (N, 144)."""

    def __len__(self) -> int:
        return len(self.hashes)

    def take(self, rows: NDArray[np.int64]) -> Fingerprints:
        """Those of some rows."""
        return Fingerprints(self.hashes[rows], self.thumbnails[rows])

    def names(self) -> list[bytes]:
        """The hashes as bytes, which compare and sort."""
        return [row.tobytes() for row in self.hashes]


def fingerprint(image: NDArray[np.uint8]) -> tuple[bytes, NDArray[np.uint8]]:
    """Hash and thumbnail (144,) of a picture, uint8 (H, W) or (H, W, 3)."""
    return pixel_hash(image), small_grey(image, THUMBNAIL).round().astype(np.uint8).ravel()


def pixel_hash(image: NDArray[np.uint8]) -> bytes:
    """A hash of a picture's size and pixels."""
    seen = hashlib.blake2b(repr(image.shape).encode(), digest_size=HASH)
    seen.update(np.ascontiguousarray(image).data)
    return seen.digest()


def sound_print(samples: NDArray[np.float32]) -> tuple[bytes, NDArray[np.uint8]]:
    """Hash of sound (N,), and a blank thumbnail, which is near to none: sounds have no near copies."""
    seen = hashlib.blake2b(np.ascontiguousarray(samples).data, digest_size=HASH)
    return seen.digest(), np.zeros(THUMBNAIL**2, np.uint8)


def film_print(images: Sequence[NDArray[np.uint8]]) -> tuple[bytes, NDArray[np.uint8]]:
    """Hash of a film's pictures, and a blank thumbnail: films of one person in one room are no copies."""
    seen = hashlib.blake2b(b"".join(map(pixel_hash, images)), digest_size=HASH)
    return seen.digest(), np.zeros(THUMBNAIL**2, np.uint8)


def fingerprints(found: Sequence[tuple[bytes, NDArray[np.uint8]]]) -> Fingerprints:
    """A table of what ``fingerprint`` gives."""
    hashes = np.frombuffer(b"".join(name for name, _ in found), np.uint8).reshape(-1, HASH)
    small = [row for _, row in found]
    return Fingerprints(hashes, np.stack(small) if small else np.empty((0, THUMBNAIL**2), np.uint8))


def fingerprints_of(images: Iterable[NDArray[np.uint8]]) -> Fingerprints:
    """The fingerprints of some pictures."""
    return fingerprints([fingerprint(image) for image in images])
