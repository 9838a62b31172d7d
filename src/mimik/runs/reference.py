"""The speaker's own voice that a run names: a recording, seconds of one, or the first that is said."""

from __future__ import annotations

from pathlib import Path

from mimik.errors import OptionError
from mimik.models.card import file_sha256
from mimik.pipeline.listen import Listener
from mimik.runs.neutral import file_and_times
from mimik.sources.address import public_name
from mimik.sources.options import SoundOptions
from mimik.voice.reference import VoiceReference


def load_reference(listener: Listener | None, named: str | float | None) -> VoiceReference | float | None:
    """The voice that ``--voice-reference`` names, FILE or FILE@A-B; seconds stay as they are.

    Raises:
        SourceError, OptionError: It can't be read, or holds too little speech; or no voices are heard.
    """
    if named is None:
        return None
    if listener is None:
        raise OptionError("a reference of a voice is named, but no voices are heard: add voice to the tasks")
    if isinstance(named, float):
        listener.session(named)  # Says now what can't be.
        return named
    file, times = file_and_times(named)
    options = SoundOptions() if times is None else SoundOptions(start_s=times[0], end_s=times[1])
    return listener.reference(file, options)


def reference_settings(named: str | float | None) -> dict[str, str | float]:
    """What the settings of a run hold of it; nothing without one. See neutral_settings."""
    if named is None or isinstance(named, float):
        return {} if named is None else {"voice_reference": named}
    if not (file := Path(file_and_times(named)[0])).is_file():
        return {"voice_reference": public_name(named)}
    return {"voice_reference": named, "voice_reference_sha256": file_sha256(file)}
