"""How what a user names finds its sound: a file, an address, a microphone."""

from __future__ import annotations

from pathlib import Path

from mimik.errors import OptionError, SourceNotFoundError, UnknownNameError
from mimik.sources.address import (
    SCHEMES,
    is_microphone,
    is_sound_address,
    is_stored,
    is_video_file,
    plain,
)
from mimik.sources.held import called, is_held, read_held
from mimik.sources.live_sound import LiveSound, open_microphone, open_sound_stream
from mimik.sources.options import SoundOptions
from mimik.sources.sound import SoundSource
from mimik.storage.remote import STORES, RemoteFile


def open_sound(
    source: str | Path | bytes, options: SoundOptions | None = None, *, name: str | None = None
) -> SoundSource | LiveSound:
    """Open whatever has sound as one lazy stream of blocks.

    Args:
        source: Path of a video or sound file, also within a .zip ("clips.zip/a.mp4"); an address (RTSP,
            HTTP, file://, or of an object store, as open_source); "mic", or "mic:NAME" for a microphone by
            the system's name of it; "-" for what is piped in; or the bytes of a file.
        options: Which sound is taken.
        name: What results and messages call it; by default its path or address without a password, or
            "bytes".

    Returns:
        The source, to be used in a ``with`` block.

    Raises:
        SourceNotFoundError: There is no such file.
        DecodeError: Empty, a folder, damaged, or without sound.
        LiveSourceError: The address doesn't answer.
        OptionError: It is none of these.
    """
    opened = _open(source, options or SoundOptions())
    opened.name = name or opened.name
    return opened


def _open(source: object, options: SoundOptions) -> SoundSource | LiveSound:
    """A source of sound under its own name."""
    source = plain(source) if isinstance(source, str) else source
    if isinstance(source, str | Path) and is_held(source):
        data, known_as = read_held(source)
        return open_held_sound(data, options, known_as)
    if isinstance(source, bytes | Path):
        return SoundSource(source, options)
    if not isinstance(source, str):
        raise OptionError(f"a source of sound is a path, address, 'mic' or bytes, not {type(source)}")
    if not source:
        raise SourceNotFoundError("the name of a source is empty; name a video, a sound file or 'mic'")
    if is_stored(source):
        return SoundSource(RemoteFile(source), options)
    if is_microphone(source):
        return open_microphone(source.partition(":")[2], options)
    scheme, found, path = source.partition("://")
    if not found:
        return SoundSource(Path(source), options)
    if scheme.lower() not in SCHEMES:
        raise UnknownNameError("kind of address", scheme, {*SCHEMES, *STORES, "file", "zip"})
    return SoundSource(source, options) if _is_file(scheme, path) else open_sound_stream(source, options)


def open_held_sound(data: bytes, options: SoundOptions, name: str) -> SoundSource:
    """Open bytes under the name of where they came from, in messages too; see open_sound."""
    with called(name):
        opened = SoundSource(data, options)
    opened.name = name
    return opened


def _is_file(scheme: str, path: str) -> bool:
    """Whether an address names a file, which has an end."""
    return is_video_file(scheme, path) or is_sound_address(scheme, path)
