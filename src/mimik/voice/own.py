"""The speaker of a source: the reference of their voice that was given, or what they say first."""

from __future__ import annotations

from mimik.errors import OptionError
from mimik.types import SOUND_RATE, Samples
from mimik.voice.recognise import VoiceRecogniser
from mimik.voice.reference import SHORTEST_S, VoiceReference, reference_of

LONGEST_S = 120.0
"""Speech that a reference takes at most, as it is held in memory until it is whole."""


class OwnVoice:
    """The reference of a source's speaker: given, or what is heard first."""

    def __init__(self, recogniser: VoiceRecogniser, asked: VoiceReference | float | None) -> None:
        """Check what was asked for; see Listener.session."""
        self._recogniser = recogniser
        self.asked = asked is not None
        """Whether voices are heard against a reference at all."""
        self.reference: VoiceReference | None = None
        """As far as it is known."""
        self._wanted_s, self._first = 0.0, list[Samples]()
        if isinstance(asked, VoiceReference):
            asked.check(recogniser.models)
            self.reference = asked
        elif asked is not None:
            if not SHORTEST_S <= asked <= LONGEST_S:
                raise OptionError(
                    "the first seconds of speech that are the reference of a voice must be "
                    f"{SHORTEST_S:g} to {LONGEST_S:g}, not {asked:g}"
                )
            self._wanted_s = asked

    def hear(self, samples: Samples) -> None:
        """Take an utterance, as long as the reference isn't whole."""
        if self._wanted_s and self.reference is None:
            self._first.append(samples)
            if sum(map(len, self._first)) >= self._wanted_s * SOUND_RATE:
                self.reference = reference_of(self._first, self._recogniser)
                self._first = []

    def lacking(self) -> str | None:
        """Why no reading is against a reference that was asked for; None where there is no reason."""
        if not self.asked or self.reference is not None:
            return None
        heard_s = sum(map(len, self._first)) / SOUND_RATE
        return (
            f"only {heard_s:.1f} s of speech, less than the first {self._wanted_s:g} s that are the "
            "reference: its readings are as they are"
        )
