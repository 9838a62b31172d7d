"""What a user's words for a source say: a camera, a stream, a file."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

SCHEMES: dict[str, str] = dict.fromkeys(
    ("rtsp", "rtsps", "rtmp", "http", "https", "udp", "tcp", "srt"), "stream"
)
"""Scheme of an address to its kind of source."""


FINITE = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
"""An HTTP address that ends so is a video file: no frame is skipped."""


SOUND_SUFFIXES = (
    *(".wav", ".mp3", ".m4a", ".ogg", ".oga", ".opus", ".flac", ".aac", ".aif", ".aiff", ".wma"),
    *(".w64", ".caf", ".amr", ".au", ".mka", ".weba", ".ac3", ".mp2"),
)
"""Suffixes of files that hold sound alone."""
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
    """What results and messages call what a user wrote: without a stream's name and password."""
    return "stdin" if spec == STDIN else re.sub(r"(?<=://)[^/?#]*@", "", spec)


def without_file_scheme(spec: str) -> str:
    """A path for an address of a local file (file:///home/a%20b.jpg); all else as it is."""
    scheme, _, path = spec.partition("://")
    return unquote(path.removeprefix("localhost")) if scheme.lower() == "file" else spec


def is_live(spec: str) -> bool:
    """Whether what a user wrote is a camera's number, a microphone or a stream, which have no end."""
    scheme, _, path = spec.partition("://")
    if is_camera(spec) or is_microphone(spec):
        return True
    return path != "" and not is_video_file(scheme, path) and not is_sound_address(scheme, path)


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
    return is_microphone(spec) or _suffix(spec) in SOUND_SUFFIXES


def is_sound_address(scheme: str, path: str) -> bool:
    """Whether an address names a file that holds sound alone."""
    return scheme.lower() in ("http", "https") and _suffix(path) in SOUND_SUFFIXES


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
    """The suffix of an address, in small letters, without its query."""
    return PurePosixPath(re.split(r"[?#]", address)[0]).suffix.lower()
