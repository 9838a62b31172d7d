"""What a user's words for a source say: a camera, a stream, a file."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from mimik.storage.identity import whole_of
from mimik.storage.kinds import ARCHIVE, FINITE, PICTURES, SOUNDS
from mimik.storage.remote import STORES, WEB, entry_of, in_archive, scheme_of, split_query, without_secrets

SCHEMES: dict[str, str] = dict.fromkeys(
    ("rtsp", "rtsps", "rtmp", "http", "https", "udp", "tcp", "srt"), "stream"
)
"""Scheme of an address to its kind of source."""


SOUND_REMEDY = "it has a voice and no face: --tasks voice (in Python mimik.listen) hears it"
"""What to do with what can be heard and not seen."""
MICROPHONE = "mic"
"""What stands for the system's microphone; "mic:NAME" names another."""


NUMBER = re.compile(r"%(?:0(\d+))?d")
"""The place of a number in the name of numbered pictures."""


def is_sequence(spec: str) -> bool:
    """Whether a name stands for numbered pictures: it has a place for a number, and no file is so called."""
    return len(NUMBER.findall(PurePosixPath(spec).name)) == 1 and not exists(spec)


STDIN = "-"
"""What stands for what is piped in."""


def public_name(spec: str) -> str:
    """What results and messages call what a user wrote: without passwords and signatures."""
    return "stdin" if spec == STDIN else without_secrets(spec)


def plain(spec: str) -> str:
    """A path for an address of a local file (file:///home/a%20b.jpg); a file of an archive by its place.

    "zip://b.jpg::s3://bucket/a.zip", as fsspec writes it, is "s3://bucket/a.zip/b.jpg"; all else stays.
    """
    scheme, _, path = spec.partition("://")
    if scheme.lower() == "file":
        return unquote(path.removeprefix("localhost"))
    if scheme.lower() != "zip":
        return spec
    entry, chained, archive = path.partition("::")
    if not chained:
        return path
    return entry_of(plain(archive), entry.lstrip("/")) if entry.strip("/") else plain(archive)


def is_stored(spec: str) -> bool:
    """Whether what a user wrote is read through fsspec.

    That is all that object stores hold, and pictures, archives and patterns of web servers.
    """
    scheme = scheme_of(spec)
    if scheme not in WEB:
        return scheme in STORES
    place = split_query(spec)[0]
    return _suffix(spec) in (*PICTURES, ARCHIVE) or "*" in place or in_archive(spec) is not None


def is_live(spec: str) -> bool:
    """Whether what a user wrote is a camera's number, a microphone or a stream, which have no end."""
    scheme, _, path = spec.partition("://")
    if is_camera(spec) or is_microphone(spec):
        return True
    if path == "" or is_stored(spec):
        return False
    return not is_video_file(scheme, path) and not is_sound_address(scheme, path)


def is_camera(spec: str) -> bool:
    """Whether what a user wrote is a camera's number; a file or folder of that name goes first."""
    return spec.isdecimal() and not exists(spec)


def is_microphone(spec: str) -> bool:
    """Whether what a user wrote is a microphone; a file of that name goes first."""
    return (spec == MICROPHONE or spec.startswith(f"{MICROPHONE}:")) and not exists(spec)


def microphone(name: str | None) -> str:
    """What stands for a microphone by the system's name of it; None is the system's own choice."""
    return f"{MICROPHONE}:{name}" if name else MICROPHONE


def is_sound(spec: str) -> bool:
    """Whether what a user wrote names a file that holds sound alone, or a microphone."""
    return is_microphone(spec) or _suffix(spec) in SOUNDS


def is_sound_address(scheme: str, path: str) -> bool:
    """Whether an address names a file that holds sound alone."""
    return scheme.lower() in ("http", "https") and _suffix(path) in SOUNDS


def exists(spec: str) -> bool:
    """Whether there is such a file or folder; a text that can be no path is none."""
    try:
        return Path(spec).exists()
    except (OSError, ValueError):
        return False


def is_video_file(scheme: str, path: str) -> bool:
    """Whether an address names a video file."""
    return scheme.lower() in ("http", "https") and _suffix(path) in FINITE


def _suffix(address: str) -> str:
    """The suffix of an address, in small letters, without its query and the part of it that is meant."""
    return PurePosixPath(whole_of(re.split(r"[?#]", address)[0])).suffix.lower()
