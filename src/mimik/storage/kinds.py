"""Suffixes that tell a file from a stream, where a name is all that is known: on web servers."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

PICTURES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif"),
    *(".heic", ".heif", ".hif", ".avif", ".avifs", ".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".tga"),
    *(".ppm", ".pgm", ".pbm", ".pnm"),
)
"""Suffixes of pictures."""
FINITE = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
"""An HTTP address that ends so is a video file: no frame is skipped."""
SOUNDS = (
    *(".wav", ".mp3", ".m4a", ".ogg", ".oga", ".opus", ".flac", ".aac", ".aif", ".aiff", ".wma"),
    *(".w64", ".caf", ".amr", ".au", ".mka", ".weba", ".ac3", ".mp2"),
)
"""Suffixes of files that hold sound alone."""
ARCHIVE = ".zip"
"""The suffix of archives whose files are read."""
ARCHIVE_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(RuntimeError, NotImplementedError, ValueError, OverflowError),
)
"""What zipfile and its decompressors raise of an archive that is damaged, or needs a password."""
