"""JPEGs one after another in one file: the frames of a film without a container, such as a .mjpeg."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

MOST_BYTES = 1 << 28
"""How much of a file is looked through."""
_START = b"\xff\xd8\xff"
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""A marker within the coded picture: neither a byte 255 of it nor a restart."""
_END, _BARE = 0xD9, 0x01
"""Markers without a length: a picture's end, and one that stands for nothing."""
_JOINT = re.compile(rb"\xff\xd9\0*(?=\xff\xd8\xff)")
"""A picture's end, with the next one behind it."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of what says the picture's size."""
_SEVERAL = (b"MPF\0", b"http://ns.google.com/photos/1.0/container/")
"""What a photo's head holds that says what follows it: a preview, a depth map, what HDR screens add."""


def further_frames(stream: BinaryIO) -> int:
    """How many JPEGs of the same size follow the first one; 0 for all else, such as a photo with a preview.

    Args:
        stream: The file, from its beginning; what comes after MOST_BYTES isn't looked at.
    """
    if stream.read(len(_START)) != _START:
        return 0
    data = _START + stream.read(MOST_BYTES)
    if not _JOINT.search(data):  # As in most photos; quicker than to look for the first one's end.
        return 0
    found = _pictures(data)
    end, size = next(found, (0, None))
    if size is None or any(data.find(mark, 0, end) >= 0 for mark in _SEVERAL):
        return 0
    count = 0
    for _, further in found:
        if further != size:
            break
        count += 1
    return count


def _pictures(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each JPEG ends, and its size as it is written; zeros may lie between them."""
    at = 0
    while found := _whole(data, at):
        yield found
        joint = _JOINT.match(data, found[0] - 2)
        if joint is None:
            return
        at = joint.end()


def _whole(data: bytes, at: int) -> tuple[int, bytes] | None:
    """The end and size of the JPEG that begins there; None if it is damaged or cut."""
    at, size = at + 2, b""
    while marker := _MARKER.search(data, at):
        kind, at = marker[1][0], marker.end()
        if kind == _END:
            return at, size
        if kind in _FRAMES:
            size = data[at + 3 : at + 7]
        if kind != _BARE:
            at += int.from_bytes(data[at : at + 2])
    return None
