"""The sound of a source, heard in step with its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from mimik.errors import NoSoundError, SourceError
from mimik.pipeline.listen import Listener
from mimik.sources.open_sound import open_sound
from mimik.sources.options import SoundOptions, SourceOptions
from mimik.sources.sound import SoundSource
from mimik.types import Sound, SpanResult


def sound_options(frames: SourceOptions, audio_track: int | None) -> SoundOptions:
    """Which sound is taken: that of the pictures that are taken.

    Args:
        frames: Which pictures are.
        audio_track: Which of several audio tracks.
    """
    return SoundOptions(
        audio_track=audio_track,
        track=frames.track,
        start_s=frames.start_s or None,
        end_s=frames.end_s,
        patience_s=frames.patience_s,
    )


class Hearing:
    """What is heard in one source, up to any time. Use it in a ``with`` block."""

    def __init__(self, listener: Listener, address: str, name: str, options: SoundOptions) -> None:
        """Open the sound.

        Args:
            listener: Reads voices.
            address: What is opened.
            name: What results call it.
            options: Which sound is taken.

        Raises:
            SourceError: It can't be opened.
            NoSoundError: There is nothing to hear in it.
        """
        self._session = listener.session()
        self._stack = ExitStack()
        self._source = open_sound(address, options)
        self._stack.enter_context(self._source)
        self._source.name = name
        self._blocks = iter(self._source)
        self._reached_s: float | None = None
        self._ended = False

    def __enter__(self) -> Hearing:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @property
    def live(self) -> bool:
        """Whether the sound has no end."""
        return self._source.live

    def until(self, time_s: float) -> Iterator[SpanResult]:
        """The utterances that end with the sound up to a time; what is longer comes later."""
        while not self._ended and (self._reached_s is None or self._reached_s < time_s):
            yield from self._next()

    def rest(self) -> Iterator[SpanResult]:
        """All further utterances."""
        while not self._ended:
            yield from self._next()

    def _next(self) -> list[SpanResult]:
        """What ends with the next block."""
        sound: Sound | None = next(self._blocks, None)
        if sound is None:
            self._ended = True
            return self._session.finish()
        self._reached_s = sound.end_s
        return self._session.push(sound)

    @property
    def duration_s(self) -> float | None:
        """How long the sound is, as its file says; None if it doesn't, or has no end."""
        return self._source.duration_s if isinstance(self._source, SoundSource) else None

    def goes_on(self, time_s: float) -> bool:
        """Whether there is more than was heard up to that time."""
        heard = self._reached_s is not None and self._reached_s > time_s - 0.01
        return heard and (self.duration_s is None or self.duration_s > time_s + 0.1)

    @property
    def problem(self) -> str | None:
        """Why the sound ended early."""
        return self._source.problem

    def notes(self) -> list[str]:
        """What else a user must know of the sound."""
        note = self._session.note()
        return [*self._source.notes, *([note] if note else [])]

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the file holds beside what was heard."""
        return self._source.left_out


class HearingBeside:
    """The sound of a video beside its pictures: what is wrong with it doesn't end them."""

    def __init__(self, listener: Listener | None, address: str, name: str, options: SoundOptions) -> None:
        """Open the sound, if there is any; see Hearing."""
        self._hearing: Hearing | None = None
        self._notes: list[str] = []
        self.problem: str | None = None
        self.left_out: tuple[str, ...] = ()
        if listener is None:
            return
        try:
            self._hearing = Hearing(listener, address, name, options)
            self.left_out = self._hearing.left_out
        except NoSoundError:
            self._notes.append("it has no sound: only its faces were read")
        except SourceError as error:
            self.problem = str(error)

    def __enter__(self) -> HearingBeside:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._hearing:
            self._hearing.__exit__(*exception)

    def until(self, time_s: float) -> Iterator[SpanResult]:
        """See Hearing.until."""
        yield from self._safely(time_s)

    def rest(self) -> Iterator[SpanResult]:
        """See Hearing.rest."""
        yield from self._safely(None)
        if self._hearing:
            self.problem = self._hearing.problem
            self._notes += self._hearing.notes()

    def _safely(self, time_s: float | None) -> Iterator[SpanResult]:
        """Utterances up to a time, or all; an error is kept."""
        if self._hearing is None:
            return
        try:
            yield from self._hearing.rest() if time_s is None else self._hearing.until(time_s)
        except SourceError as error:
            self.problem, self._hearing = str(error), None

    def notes(self) -> list[str]:
        """What else a user must know of the sound."""
        return self._notes
