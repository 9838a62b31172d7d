"""The sound of a source, heard in step with its pictures, or beside them where both are live."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from mimik.errors import MimikWarning, NoSoundError, SourceError, StoreError
from mimik.pipeline.listen import Listener
from mimik.runs.hearing_live import Began, HeardSource, LiveHearing
from mimik.sources.open_sound import open_held_sound, open_sound
from mimik.sources.options import SoundOptions, SourceOptions
from mimik.sources.sound import SoundSource
from mimik.types import Sound, SpanResult
from mimik.voice.level import Levels
from mimik.voice.reference import VoiceReference

LIVE_BLOCK_S = 0.2
"""Length of what is heard live at once: an utterance is told so much after its pause at most."""


def sound_options(frames: SourceOptions, audio_track: int | None, channel: int | None = None) -> SoundOptions:
    """Which sound is taken: that of the pictures that are taken.

    Args:
        frames: Which pictures are.
        audio_track: Which of several audio tracks.
        channel: The only channel of it.
    """
    return SoundOptions(
        audio_track=audio_track,
        channel=channel,
        track=frames.track,
        start_s=frames.start_s or None,
        end_s=frames.end_s,
        patience_s=frames.patience_s,
    )


def open_hearing(
    listener: Listener,
    address: str | bytes,
    name: str,
    options: SoundOptions,
    began: Began | None = None,
    reference: VoiceReference | float | None = None,
    levels: Levels | None = None,
) -> Hearing | LiveHearing:
    """Open the sound of a source.

    Args:
        listener: Reads voices.
        address: What is opened, or the bytes of it.
        name: What results call it; what is live and has no pictures goes by its own name, as cameras do.
        options: Which sound is taken.
        began: When live pictures beside it did, if there are any: they end the sound.
        reference: The speaker's own voice; see Listener.session.
        levels: Takes the sound, too, unless it is live.

    Raises:
        SourceError: It can't be opened.
        NoSoundError: There is nothing to hear in it.
    """
    if isinstance(address, bytes):
        return Hearing(listener, open_held_sound(address, options, name), reference, levels)
    source = open_sound(address, options)
    if isinstance(source, SoundSource):
        source.name = name
        return Hearing(listener, source, reference, levels)
    source.options = replace(options, block_s=LIVE_BLOCK_S)
    if began is None:
        return LiveHearing(listener, source, reference=reference)
    # The range of time is the pictures', whose clock the sound isn't on yet.
    source.name, source.options = name, replace(source.options, start_s=None, end_s=None)
    return LiveHearing(listener, source, began, options.start_s, reference)


class Hearing(HeardSource):
    """What is heard in a file, up to any time. Use it in a ``with`` block."""

    live = False

    def __init__(
        self,
        listener: Listener,
        source: SoundSource,
        reference: VoiceReference | float | None = None,
        levels: Levels | None = None,
    ) -> None:
        """Prepare.

        Args:
            listener: Reads voices.
            source: The sound; closed by the ``with`` block.
            reference: The speaker's own voice; see Listener.session.
            levels: Takes the sound, too.
        """
        super().__init__(listener, source, reference)
        self._levels = levels
        self._source = source
        self._blocks = iter(source)
        self._ended = False

    def __enter__(self) -> Hearing:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the file."""
        self._source.close()

    def until(self, time_s: float) -> Iterator[SpanResult]:
        """The utterances that end with the sound up to a time; what is longer comes later."""
        while not self._ended and (self._reached_s is None or self._reached_s < time_s):
            yield from self._next()

    def rest(self) -> Iterator[SpanResult]:
        """All further utterances."""
        while not self._ended:
            yield from self._next()

    def _next(self) -> Iterator[SpanResult]:
        """What ends with the next block; if there is none, or it can't be had, what was being said."""
        try:
            sound: Sound | None = next(self._blocks, None)
        except SourceError:
            self._ended = True
            yield from self._session.finish()
            raise
        if sound is None:
            self._ended = True
            yield from self._session.finish()
        else:
            self._reached_s = sound.end_s
            if self._levels:
                self._levels.push(sound)
            yield from self._session.push(sound)

    @property
    def duration_s(self) -> float | None:
        """How long the sound is, as its file says; None if it doesn't, or has no end."""
        return self._source.duration_s

    def goes_on(self, time_s: float) -> bool:
        """Whether there is more than was heard up to that time."""
        heard = self._reached_s is not None and self._reached_s > time_s - 0.01
        return heard and (self.duration_s is None or self.duration_s > time_s + 0.1)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the file holds beside what was heard."""
        return self._source.left_out


class HearingBeside:
    """The sound beside pictures: what is wrong with it doesn't end them. Use it in a ``with`` block."""

    def __init__(
        self,
        listener: Listener | None,
        address: str | bytes,
        name: str,
        options: SoundOptions,
        began: Began | None = None,
        reference: VoiceReference | float | None = None,
        levels: Levels | None = None,
    ) -> None:
        """Open the sound, if there is any and it is asked for; see open_hearing."""
        self._name = name
        self._hearing: Hearing | LiveHearing | None = None
        self._stack = ExitStack()
        self._notes: list[str] = []
        self.problem: str | None = None
        self.left_out: tuple[str, ...] = ()
        if listener is None:
            return
        try:
            hearing = open_hearing(listener, address, name, options, began, reference, levels)
            self.left_out = hearing.left_out
            self._stack.enter_context(hearing)
            self._hearing = hearing
        except SourceError as error:
            self._give_up(error)

    def __enter__(self) -> HearingBeside:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def until(self, time_s: float) -> Iterator[SpanResult]:
        """The utterances that have ended by a time; what is longer comes later."""
        if self._hearing is None:
            return
        hearing = self._hearing
        yield from self._safely(hearing.until(time_s))
        if hearing.live and self._hearing is not hearing:  # Told at once, since the end may be far.
            why = self.problem or "it has no sound"
            warnings.warn(f"{self._name}: {why}; faces go on without voices", MimikWarning, stacklevel=2)

    def rest(self) -> Iterator[SpanResult]:
        """All further utterances: the pictures have ended, which ends live sound."""
        if self._hearing is not None and self._hearing.live:
            self._hearing.stop()
        if self._hearing is not None:
            yield from self._safely(self._hearing.rest())
        if self._hearing is not None:
            self.problem = f"sound: {self._hearing.problem}" if self._hearing.problem else None
            self._notes += self._hearing.notes()

    def _safely(self, spans: Iterator[SpanResult]) -> Iterator[SpanResult]:
        """The same utterances; an error is kept."""
        try:
            yield from spans
        except SourceError as error:
            self._give_up(error)

    def _give_up(self, error: SourceError) -> None:
        """Keep what is wrong with the sound.

        Raises:
            StoreError: A store failed, which may be better the next time.
        """
        if isinstance(error, StoreError):
            raise error
        heard, self._hearing = self._hearing, None
        if isinstance(error, NoSoundError):
            self._notes.append("it has no sound: only its faces were read")
        else:
            self.problem = "; ".join(filter(None, [str(error), heard.problem if heard else None]))
        if heard and heard.spans:
            self._notes += heard.notes()

    def notes(self) -> list[str]:
        """What else a user must know of the sound."""
        return self._notes
