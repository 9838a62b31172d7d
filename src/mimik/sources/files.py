"""Opening a file, and telling from its first bytes whether it is a picture."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from mimik.errors import DecodeError, SourceError, SourceNotFoundError

SIGNATURES: dict[bytes, str] = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\0\0\0\x0cjP  \r\n\x87\n": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
    **{b"P%d%s" % (number, space): "PPM" for number in range(1, 7) for space in (b"\n", b"\r", b" ", b"\t")},
}
"""First bytes of a picture to Pillow's name of its format; WebP, AVIF and HEIC have rules of their own."""
BRANDS: dict[bytes, str] = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"), "HEIF"),
}
"""Brands of ISO media files that hold a picture to Pillow's name of its format."""
ANY_PICTURE = (b"mif1", b"msf1", b"miaf")
"""Brands that hold a picture of some coding: the compatible brands, which follow, say which."""
SOUNDS = (b"fLaC", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"\xff\xf9", b"caff", b"#!AMR", b".snd")
"""First bytes of files that hold sound alone, as far as these tell."""
FILMS = (b"\x1aE\xdf\xa3", b"FLV\1", b"0&\xb2u\x8ef\xcf\x11", b"OggS", b"G@")
"""First bytes of containers of video: Matroska, FLV, ASF, Ogg, TS; MP4 and AVI have rules of their own."""
START_BYTES = 64
"""How much of a file's start tells what it is."""
RAW = "a camera's raw picture"
"""What messages call what a sensor gave, which must be developed before it is a picture."""
EXPORT = "export it as PNG, JPEG or TIFF"
"""What to do with a picture that isn't read."""
_TGA_COLOURS = (15, 16, 24, 32)
"""Bits that a colour of a TGA may have."""
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""First bytes of a text file that stands for one that Git LFS hasn't fetched."""


def sniff_image(start: bytes) -> str | None:
    """Pillow's name of a picture's format, or None if it is no picture.

    Args:
        start: The first START_BYTES, or what there is; 12 are enough for most formats.
    """
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[4:8] == b"ftyp":
        return _sniff_brands(start)
    known = next((kind for mark, kind in SIGNATURES.items() if start.startswith(mark)), None)
    return known or ("TGA" if _is_tga(start) else None)


def is_film(start: bytes) -> bool:
    """Whether a file's first bytes are those of a container that may hold a video.

    Args:
        start: 12 bytes or more, of what ``sniff_image`` takes for no picture.
    """
    return start[4:8] == b"ftyp" or (start[:4], start[8:12]) == (b"RIFF", b"AVI ") or start.startswith(FILMS)


def _is_tga(start: bytes) -> bool:
    """Whether a header can be that of a TGA, which has no mark of its own: each field has few values."""
    if len(start) < 18 or not any(start[12:14]) or not any(start[14:16]):  # width and height
        return False
    palette, coding, depth = start[1], start[2] & ~8, start[16]  # that bit: packed by lengths of runs
    depths = {1: (8,), 2: _TGA_COLOURS, 3: (8, 16)}.get(coding, ())
    described = start[7] in _TGA_COLOURS if palette else not any(start[3:8])
    return palette == (coding == 1) and described and depth in depths


def is_sound_alone(start: bytes) -> bool:
    """Whether a file's first bytes are those of a recording, which has no picture.

    Args:
        start: 12 bytes or more. Containers that may hold a video (MP4, Matroska, Ogg) aren't told by them.
    """
    form = start[:4], start[8:12]
    return form in ((b"RIFF", b"WAVE"), (b"FORM", b"AIFF"), (b"FORM", b"AIFC")) or start.startswith(SOUNDS)


def _sniff_brands(start: bytes) -> str | None:
    """The same of an ISO media file, which may be a film: major brand, version, compatible brands."""
    if start[8:12] not in ANY_PICTURE:
        return BRANDS.get(start[8:12])
    length = min(int.from_bytes(start[:4]), len(start))
    compatible = [start[i : i + 4] for i in range(16, length - 3, 4)]
    return next((BRANDS[brand] for brand in compatible if brand in BRANDS), "HEIF")


def lfs_problem(start: bytes, name: object, what: str) -> str | None:
    """What is wrong with a file that Git LFS hasn't fetched, in words; None for all others.

    Args:
        start: Its first 64 bytes or more.
        name: What it is called in the message.
        what: What it should be ("picture").
    """
    if not start.startswith(_LFS_POINTER):
        return None
    return f"{name}: a Git LFS pointer, not the {what} itself: run 'git lfs pull'"


def open_file(path: Path) -> BinaryIO:
    """Open a file for reading.

    Raises:
        SourceNotFoundError: There is none.
        DecodeError: It is empty, a folder, or a device.
        SourceError: It may not be read.
    """
    name = str(path) if str(path).isprintable() else repr(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            if not os.access(path, os.R_OK | os.X_OK):
                raise SourceError(f"{name}: the folder can't be listed: you may not read it")
            raise DecodeError(f"{name}: is a folder, not a picture or video; name the files in it")
        if not stat.S_ISREG(status.st_mode):
            raise DecodeError(f"{name}: is a device or pipe, not a picture or video; name a file")
        if status.st_size == 0:
            raise DecodeError(f"{name}: the file is empty; copy or export it again")
        return path.open("rb")
    except SourceError:
        raise
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{name}: no such file; check the path") from error
    except PermissionError as error:
        raise SourceError(f"{name}: may not be read; check its permissions") from error
    except (OSError, ValueError) as error:  # a name that is too long, or has a null character
        raise SourceNotFoundError(f"{name[:200]}: can't be opened ({error.args[-1]})") from error
