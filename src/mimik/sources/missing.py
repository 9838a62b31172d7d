"""What a sound file lacks of the bytes that it states; FFmpeg goes by those that there are."""

from __future__ import annotations

import io
from typing import BinaryIO

W64 = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
"""What a Sony Wave64 begins with."""
W64_PADDING = 7
"""Its chunks are filled up to multiples of 8 bytes; whether the last one is depends on who wrote it."""
PAGE_BYTES = 27 + 255 + 255 * 255
"""The longest page of an Ogg."""
MOST_CHUNKS = 64
"""So many are looked at in a CAF; data come after a few."""


def missing_bytes(file: BinaryIO) -> int:
    """How many bytes a WAV, W64, CAF or Ogg lacks; 0 of all else. The file is at its beginning afterwards.

    Args:
        file: It can be sought in.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(24)
    if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
        end = int.from_bytes(start[4:8], "little") + 8
        # Recorders that were stopped short leave 0 or the largest number there.
        end = end if 8 < end < 1 << 32 else 0
    elif start[:16] == W64:
        end = int.from_bytes(start[16:24], "little", signed=True) - W64_PADDING
    elif start[:4] == b"caff":
        end = _end_of_caf(file)
    elif start[:4] == b"OggS":
        end = _end_of_ogg(file, size)
    else:
        end = 0
    file.seek(0)
    return max(0, end - size)


def _end_of_caf(file: BinaryIO) -> int:
    """Where the data of a Core Audio file end, as their chunk states; 0 if it doesn't."""
    place = 8
    for _ in range(MOST_CHUNKS):
        file.seek(place)
        head = file.read(12)
        length = int.from_bytes(head[4:], "big", signed=True)
        if len(head) < 12 or length < 0:  # -1 is up to the end, whatever that is.
            return 0
        place += 12 + length
        if head[:4] == b"data":
            return place
    return 0


def _end_of_ogg(file: BinaryIO, size: int) -> int:
    """Where the last page ends that begins in an Ogg; a cut between two pages goes unseen."""
    place = max(0, size - PAGE_BYTES)
    file.seek(place)
    rest = file.read()
    begin = rest.rfind(b"OggS")
    if begin < 0:
        return 0
    page = rest[begin:]
    count = page[26] if len(page) > 26 else 0
    return place + begin + 27 + count + sum(page[27 : 27 + count])
