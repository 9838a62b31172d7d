"""Pictures of high dynamic range (PQ, HLG): how they say so, and how they come to the standard range."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from mimik.types import Image

PQ, HLG = 16, 18
"""Numbers of their curves (ITU-T H.273)."""
_WIDE = 9
_PRIMARIES = (1, _WIDE, 12)
"""Numbers of colour spaces (ITU-T H.273): BT.709, BT.2020 and Display P3."""
_COLOURS = re.compile(rb"colr(?:nclx(.{4})|prof|rICC)", re.DOTALL)
"""What an AVIF or HEIC says of its colours: by numbers, or by a profile."""


class Range(NamedTuple):
    """What a picture of high dynamic range says of its colours, by numbers of ITU-T H.273."""

    primaries: int
    curve: int


def high_range(stream: BinaryIO, kind: str) -> Range | None:
    """What a file says of its high dynamic range; None if it has the standard one.

    A photo that is of the standard range and only brings along how to brighten it has that, too.

    Args:
        stream: The file, which is left where it was.
        kind: Pillow's name of its format.
    """
    place = stream.tell()
    stream.seek(0)
    if kind == "PNG":
        said = [Range(data[0], data[1]) for data in _png_colours(stream) if len(data) >= 2]
    else:
        parts = _COLOURS.findall(_meta(stream)) if kind in ("AVIF", "HEIF") else []
        said = [Range(*struct.unpack(">HH", part)) if part else Range(0, 0) for part in parts]
    stream.seek(place)
    return said[0] if said and all(one.curve in (PQ, HLG) for one in said) else None


def in_standard_range(image: Image, said: Range) -> Image:
    """Bring a picture to the standard range as a film's frames are, white at 203 cd/m2 (ITU-R BT.2408)."""
    import av  # only few pictures need it
    from av.video.reformatter import ColorPrimaries, ColorTrc, VideoReformatter

    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    frame.color_trc = said.curve
    frame.color_primaries = said.primaries if said.primaries in _PRIMARIES else _WIDE
    shown = VideoReformatter().reformat(
        frame,
        format="rgb24",
        dst_color_trc=ColorTrc.IEC61966_2_1,
        dst_color_primaries=ColorPrimaries.BT709,
    )
    return np.asarray(shown.to_ndarray(), np.uint8)


def _png_colours(stream: BinaryIO) -> Iterator[bytes]:
    """What a PNG's chunks of that purpose hold."""
    stream.seek(8)
    while len(head := stream.read(8)) == 8 and head[4:] not in (b"IDAT", b"IEND"):
        length = int.from_bytes(head[:4])
        if head[4:] == b"cICP":
            yield stream.read(length)
            return
        stream.seek(length + 4, 1)


def _meta(stream: BinaryIO) -> bytes:
    """The box of an ISO media file that describes its pictures."""
    while len(head := stream.read(8)) == 8:
        length = int.from_bytes(head[:4])
        if head[4:] == b"meta":
            return stream.read(max(0, length - 8))
        if length < 8:  # It goes to the file's end, or has a longer number: no box that lies before this one.
            return b""
        stream.seek(length - 8, 1)
    return b""
