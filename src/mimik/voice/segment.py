"""Where someone speaks: sound in, utterances between pauses out, in constant memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.types import SOUND_RATE, Samples, Sound
from mimik.voice.activity import WINDOW, Activity, DetectorName, load_activity, padded

_APART_S = 0.001
"""A sound that begins this much off the end of the one before doesn't follow it."""


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """What counts as an utterance."""

    detector: DetectorName = "silero"
    """What tells speech: "silero", a network, or "energy", loudness alone."""
    threshold: float = 0.5
    """Probability from which speech begins, as Silero's authors set it."""
    release: float = 0.35
    """Probability below which it may end: lower than it begins, so that it doesn't flicker."""
    pause_s: float = 0.3
    """Silence that parts two utterances. Within a word the mouth closes for up to 0.15 s; half as much
    again is still within a phrase."""
    shortest_s: float = 0.25
    """Speech shorter than this is left out, and counted: a cough, a click, a syllable at most."""
    longest_s: float = 6.0
    """Longer speech is cut where it is least likely, in the second half: feelings change within sentences,
    and memory must stay small."""
    margin_s: float = 0.1
    """How much before and after belongs to an utterance: breath and the ends of words are quiet."""

    def __post_init__(self) -> None:
        for option in dataclasses.fields(self):
            value = getattr(self, option.name)
            if option.name != "detector" and not isinstance(value, Real):
                raise OptionError(f"{option.name} must be a number, not {value!r}")
        if not 0 < self.release <= self.threshold < 1:
            raise OptionError(
                f"release and threshold must be 0 < release <= threshold < 1, not {self.release:g} and "
                f"{self.threshold:g}"
            )
        if not 0.05 <= self.pause_s <= 10 or not 0 <= self.margin_s <= self.pause_s / 2:
            raise OptionError(
                f"pause_s must be 0.05 to 10 and margin_s at most half of it, not {self.pause_s:g} and "
                f"{self.margin_s:g}"
            )
        if not 0.03 <= self.shortest_s <= self.longest_s / 3 or self.longest_s > 60:
            raise OptionError(
                "shortest_s must be 0.03 or more and a third of longest_s at most, longest_s 60 at most, not "
                f"{self.shortest_s:g} and {self.longest_s:g}"
            )


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said between two pauses."""

    sound: Sound
    """What is heard of it; its time_s is where the utterance begins, on the source's clock."""
    speech: float
    """Mean probability of speech over its windows, 0 to 1."""

    @property
    def start_s(self) -> float:
        """Where it begins, in seconds."""
        return self.sound.time_s

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds."""
        return self.sound.end_s


class Segmenter:
    """Finds the utterances of one sound, which comes in blocks of any size: the result is the same.

    It holds the sound since the present utterance began, so longest_s and a little more.
    """

    def __init__(self, options: SegmentOptions | None = None, activity: Activity | None = None) -> None:
        """Start before the first block.

        Args:
            options: What counts as an utterance.
            activity: What tells speech, of this sound alone; by default as the options say.

        Warns:
            MimikWarning: The network can't run, so that loudness takes its place.
        """
        self.options = options or SegmentOptions()
        self._activity = activity or load_activity(self.options.detector)
        self.too_short = 0
        """Pieces of speech that were left out because they were shorter than shortest_s."""
        self.too_short_s = 0.0
        """How long they were together, in seconds."""
        self.speech = 0.0
        """Probability of speech in the newest window, 0 to 1."""
        self._source, self._begin_s = "", 0.0
        self._restart()

    @property
    def speaking(self) -> bool:
        """Whether an utterance has begun that hasn't ended."""
        return self._start is not None

    def _restart(self) -> None:
        self._activity.reset()
        self._samples: Samples = np.zeros(0, np.float32)
        self._full: NDArray[np.bool_] = np.zeros(0, bool)
        """Which of them are at full scale."""
        self._first = 0
        """Number of the first sample that is held."""
        self._judged = 0
        """Samples whose windows have been judged."""
        self._start: int | None = None
        """Sample at which the present speech begins."""
        self._probabilities: list[float] = []
        """Of the present speech's windows."""
        self._quiet_at: int | None = None
        """Sample at which it may have ended."""
        self._given = 0
        """Sample at which the last utterance ends; the next one's margin stops there."""

    def push(self, sound: Sound) -> list[Utterance]:
        """The utterances that end with this block.

        Args:
            sound: 16 kHz. If it doesn't begin where the last one ended, what was said is closed there.

        Raises:
            OptionError: It has another rate.
        """
        if sound.rate != SOUND_RATE:
            raise OptionError(
                f"speech is looked for at {SOUND_RATE} samples a second, not {sound.rate}; resample it"
            )
        held = self._first + len(self._samples)
        found: list[Utterance] = []
        if abs(sound.time_s - (self._begin_s + held / SOUND_RATE)) > _APART_S or sound.source != self._source:
            found = self.finish()
            self._source, self._begin_s = sound.source, sound.time_s
        self._samples = np.concatenate([self._samples, sound.samples])
        self._full = np.concatenate([self._full, sound.at_full])
        whole = (self._first + len(self._samples) - self._judged) // WINDOW * WINDOW
        return found + self._judge(self._part(self._judged, self._judged + whole))

    def finish(self) -> list[Utterance]:
        """The utterances that end with the sound; afterwards another sound may begin."""
        end = self._first + len(self._samples)
        found = self._judge(self._part(self._judged, end)) if end > self._judged else []
        if self._start is not None:
            found += self._closed(min(self._quiet_at or end, end), end)
        self._begin_s += end / SOUND_RATE
        self._restart()
        return found

    def _part(self, start: int, end: int) -> Samples:
        return self._samples[start - self._first : end - self._first]

    def _judge(self, samples: Samples) -> list[Utterance]:
        """Go through new windows; the last may be a part of one."""
        found: list[Utterance] = []
        for probability in self._activity.of(padded(samples)).tolist():
            self.speech = probability
            at, self._judged = self._judged, self._judged + WINDOW
            found += self._step(at, probability)
        self._forget()
        return found

    def _step(self, at: int, probability: float) -> list[Utterance]:
        """One window, which begins at a sample."""
        if self._start is None:
            if probability < self.options.threshold:
                return []
            self._start = at
        self._probabilities.append(probability)
        if probability >= self.options.threshold:
            self._quiet_at = None
        elif probability < self.options.release and self._quiet_at is None:
            self._quiet_at = at
        if self._quiet_at is not None and at + WINDOW - self._quiet_at >= self.options.pause_s * SOUND_RATE:
            return self._closed(self._quiet_at, at + WINDOW)
        if at + WINDOW - self._start > self.options.longest_s * SOUND_RATE:
            # A pause that is too short to part anything is still the best place.
            return self._cut() if self._quiet_at is None else self._closed(self._quiet_at, at + WINDOW)
        return []

    def _closed(self, end: int, heard: int) -> list[Utterance]:
        """End the present speech; sound up to ``heard`` may serve as its margin."""
        margin = round(self.options.margin_s * SOUND_RATE)
        found = self._utterance(end, min(end + margin, heard, self._first + len(self._samples)))
        self._start, self._quiet_at, self._probabilities = None, None, []
        return found

    def _cut(self) -> list[Utterance]:
        """Part speech that is too long where speech is least likely."""
        assert self._start is not None
        shortest = -(-round(self.options.shortest_s * SOUND_RATE) // WINDOW)
        half = len(self._probabilities) // 2
        last = len(self._probabilities) - shortest
        windows = last - 1 - int(np.argmin(self._probabilities[half:last][::-1]))
        at = self._start + windows * WINDOW
        rest = self._probabilities[windows:]
        self._probabilities = self._probabilities[:windows]
        found = self._utterance(at, at)
        self._start, self._probabilities = at, rest
        return found

    def _utterance(self, end: int, margin_end: int) -> list[Utterance]:
        """The present speech up to a sample, with its margins; nothing if it is too short."""
        assert self._start is not None
        length = end - self._start
        if length < self.options.shortest_s * SOUND_RATE:
            self.too_short += 1
            self.too_short_s += length / SOUND_RATE
            return []
        start = max(self._start - round(self.options.margin_s * SOUND_RATE), self._first, self._given)
        self._given = margin_end
        sound = Sound(
            self._part(start, margin_end).copy(),
            SOUND_RATE,
            self._begin_s + start / SOUND_RATE,
            self._source,
            self._full[start - self._first : margin_end - self._first].copy(),
        )
        speech = self._probabilities[: max(1, length // WINDOW)]
        return [Utterance(sound, float(np.mean(speech)))]

    def _forget(self) -> None:
        """Let go of what no utterance can need any more."""
        needed = self._judged if self._start is None else self._start
        first = max(self._first, needed - round(self.options.margin_s * SOUND_RATE))
        self._samples = self._samples[first - self._first :].copy()
        self._full = self._full[first - self._first :].copy()
        self._first = first


def segment(
    sounds: Iterable[Sound], options: SegmentOptions | None = None, activity: Activity | None = None
) -> Iterator[Utterance]:
    """The utterances of a source, as they end.

    Args:
        sounds: Its blocks, such as an open SoundSource.
        options: What counts as an utterance.
        activity: What tells speech; by default as the options say.

    Yields:
        In the order of time; they don't overlap.
    """
    segmenter = Segmenter(options, activity)
    for sound in sounds:
        yield from segmenter.push(sound)
    yield from segmenter.finish()
