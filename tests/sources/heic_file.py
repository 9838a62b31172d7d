"""A HEIC file as phones write it, tile by tile: ISO 23008-12, with pictures that x265 makes."""

from __future__ import annotations

import io
import struct

import av
import numpy as np


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def encoded(tile: np.ndarray) -> tuple[bytes, bytes]:
    """The decoder's configuration and the data of one picture, out of an MP4 of one frame."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as film:
        stream = film.add_stream(
            "libx265", rate=25, options={"x265-params": "log-level=none:crf=4:bframes=0"}
        )
        stream.height, stream.width = tile.shape[:2]
        stream.pix_fmt = "yuv420p"
        film.mux(stream.encode(av.VideoFrame.from_ndarray(tile, format="rgb24")))
        film.mux(stream.encode())
    data = out.getvalue()
    at = data.index(b"hvcC") - 4
    configuration = data[at : at + struct.unpack_from(">I", data, at)[0]]
    with av.open(io.BytesIO(data)) as film:
        sample = next(bytes(packet) for packet in film.demux(video=0) if packet.size)
    return configuration, sample


def heic(image: np.ndarray, tile: int, quarter_turns: int = 0, shown: tuple[int, int] | None = None) -> bytes:
    """A picture in tiles.

    Args:
        image: RGB uint8 (H, W, 3).
        tile: Side of a tile in pixels; the last ones reach beyond the picture.
        quarter_turns: How often a reader must turn it to the left.
        shown: Width and height of the part in the first tile's middle that a reader must cut out; then that
            tile is the picture.
    """
    height, width = image.shape[:2]
    rows, columns = -(-height // tile), -(-width // tile)
    padded = np.pad(image, ((0, rows * tile - height), (0, columns * tile - width), (0, 0)), "edge")
    tiles = [
        padded[r * tile : (r + 1) * tile, c * tile : (c + 1) * tile]
        for r in range(rows)
        for c in range(columns)
    ]
    made = [encoded(np.ascontiguousarray(one)) for one in tiles]
    numbers = range(1, len(made) + 1)
    grid = len(made) + 1
    grid_data = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    entries = [
        full(b"infe", struct.pack(">HH4sB", n, 0, b"hvc1", 0), version=2, flags=not shown) for n in numbers
    ]
    entries.append(full(b"infe", struct.pack(">HH4sB", grid, 0, b"grid", 0), version=2))
    properties = box(
        b"ipco",
        made[0][0],
        full(b"ispe", struct.pack(">II", tile, tile)),
        full(b"ispe", struct.pack(">II", width, height)),
        box(b"irot", bytes([quarter_turns])),
        box(
            b"clap",
            struct.pack(">8I", *(n for side in shown or (width, height) for n in (side, 1)), 0, 1, 0, 1),
        ),
    )
    of_tiles = (3, 0x81, 2, 0x85) if shown else (2, 0x81, 2)
    ties = b"".join(struct.pack(">H", n) + bytes(of_tiles) for n in numbers)
    ties += struct.pack(">HBBB", grid, 2, 3, 0x84)
    parts = b"".join(sample for _, sample in made)

    def meta(start: int) -> bytes:
        places, at = b"", start
        for n, (_, sample) in zip(numbers, made, strict=True):
            places += struct.pack(">HHHHII", n, 0, 0, 1, at, len(sample))
            at += len(sample)
        places += struct.pack(">HHHHII", grid, 1, 0, 1, 0, len(grid_data))
        return full(
            b"meta",
            full(b"hdlr", struct.pack(">I4s12xB", 0, b"pict", 0)),
            full(b"pitm", struct.pack(">H", 1 if shown else grid)),
            full(b"iinf", struct.pack(">H", grid), *entries),
            full(b"iref", box(b"dimg", struct.pack(f">HH{len(made)}H", grid, len(made), *numbers))),
            box(b"iprp", properties, full(b"ipma", struct.pack(">I", grid), ties)),
            full(b"iloc", struct.pack(">BBH", 0x44, 0, grid), places, version=1),
            box(b"idat", grid_data),
        )

    head = box(b"ftyp", b"heic", bytes(4), b"mif1", b"heic")
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", parts)
