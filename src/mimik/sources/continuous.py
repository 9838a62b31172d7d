"""Sound without holes: each decoded frame at the place where its timestamp puts it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import repeat

import av
import numpy as np

from mimik.sources.mono import Mono
from mimik.sources.timeline import LONGEST_GAP_S, ahead
from mimik.types import SOUND_RATE, Samples

TOLERANCE_S = 0.05
"""A timestamp this near to where the samples before it end is taken for rounding, and they join. Picture
and voice apart by less than that aren't seen to be (ITU-R BT.1359: 45 ms early, 125 ms late)."""
JUMP_S = 1.0
"""Running back by more than this is a new recording, by less a wrong timestamp; as for pictures."""
MOST = 60 * SOUND_RATE
"""Samples of silence that are made at once."""


class Continuous:
    """Mono sound at 16 kHz whose Nth sample is heard N / 16,000 s after the first.

    Silence fills gaps; what overlaps is cut. Both are counted.
    """

    def __init__(self, mono: Mono, limit_s: float | None = None, tolerance_s: float = TOLERANCE_S) -> None:
        """Start before the first frame.

        Args:
            mono: Mixes and resamples.
            limit_s: A time past this can't be; None if unknown.
            tolerance_s: Between timestamps and samples.
        """
        self._mono = mono
        self._limit_s = math.inf if limit_s is None else limit_s
        self._tolerance_s = tolerance_s
        self._shift_s = 0.0
        self.start_s: float | None = None
        """The time of the first sample; None before there is one."""
        self.end_s = 0.0
        """The time at which what was given ends."""
        self._made = 0
        self.gaps = self.overlaps = self.rejoined = 0
        """How often silence was filled in, sound was cut away, and a new recording began."""
        self.gaps_s = self.overlaps_s = 0.0
        """How much of it, in seconds."""

    def of(self, frames: Iterable[tuple[float | None, av.AudioFrame]]) -> Iterator[Samples]:
        """The sound of frames with their times in seconds, None where there is none; stretches of any length.

        Raises:
            DecodeError: A frame can't be used.
        """
        heard = ((stamp_s, frame) for stamp_s, frame in frames if frame.samples)
        # Live sound isn't held back: it has no limit that might be wrong.
        pairs = ahead(heard) if math.isfinite(self._limit_s) else zip(heard, repeat(None))
        for (stamp_s, frame), after in pairs:
            if stamp_s is not None and after is not None:
                self._doubt_limit(stamp_s, frame, after[0])
            yield from self._placed(stamp_s, frame)
        yield self._counted(self._mono.flush())

    def _placed(self, stamp_s: float | None, frame: av.AudioFrame) -> Iterator[Samples]:
        if self.start_s is None:
            self.start_s = self.end_s = 0.0 if stamp_s is None else stamp_s
        lead_s = self._lead_s(stamp_s)
        skip = 0
        if lead_s > 0:
            yield from self._silence(lead_s)
        elif lead_s < 0:
            skip = min(frame.samples, round(-lead_s * frame.sample_rate))
            self.overlaps += 1
            self.overlaps_s += skip / frame.sample_rate
        yield self._counted(self._mono.push(frame, skip))
        self.end_s += (frame.samples - skip) / frame.sample_rate

    def _doubt_limit(self, stamp_s: float, frame: av.AudioFrame, after_s: float | None) -> None:
        """Where the next frame goes on from one past the limit, it is the limit that is wrong."""
        time_s = stamp_s + self._shift_s
        if after_s is None or not self._limit_s < time_s <= self.end_s + LONGEST_GAP_S:
            return
        if abs(after_s - stamp_s - frame.samples / frame.sample_rate) <= self._tolerance_s:
            self._limit_s = math.inf

    def _lead_s(self, stamp_s: float | None) -> float:
        """Silence that is missing before a frame; below 0 what overlaps, 0 if they join."""
        if stamp_s is None:
            return 0.0
        if stamp_s + self._shift_s > self._limit_s:
            return 0.0
        lead_s = stamp_s + self._shift_s - self.end_s
        if not -JUMP_S <= lead_s <= LONGEST_GAP_S:
            self._shift_s -= lead_s
            self.rejoined += 1
            return 0.0
        return lead_s if abs(lead_s) > self._tolerance_s else 0.0

    def _silence(self, lead_s: float) -> Iterator[Samples]:
        """What fills a gap, up to the sample at which the next frame belongs."""
        yield self._counted(self._mono.flush())
        self.gaps += 1
        self.gaps_s += lead_s
        self.end_s += lead_s
        missing = round((self.end_s - (self.start_s or 0.0)) * SOUND_RATE) - self._made
        while missing > 0:
            yield self._counted(np.zeros(min(missing, MOST), np.float32))
            missing -= MOST

    def _counted(self, samples: Samples) -> Samples:
        self._made += len(samples)
        return samples


def within(
    stretches: Iterable[Samples], begin: int, start: int | None, end: int | None
) -> Iterator[tuple[int, Samples]]:
    """Those of some samples that lie in a range, each stretch with the place of its first sample.

    Args:
        stretches: Without holes, the first at ``begin``.
        begin: In samples, as the range.
        start: The first that is taken; None is all.
        end: The first after it that isn't; None is all.
    """
    place = begin
    for samples in stretches:
        first = 0 if start is None else min(max(start - place, 0), len(samples))
        last = len(samples) if end is None else min(max(end - place, 0), len(samples))
        if last > first:
            yield place + first, samples[first:last]
        place += len(samples)
        if end is not None and place >= end:
            return


def in_blocks(stretches: Iterable[tuple[int, Samples]], length: int) -> Iterator[tuple[int, Samples]]:
    """The same in equal blocks, each with the place of its first sample; the last may be shorter."""
    parts: list[Samples] = []
    held = begin = 0
    for place, samples in stretches:
        if not held:
            begin = place
        parts.append(samples)
        held += len(samples)
        if held < length:
            continue
        joined = np.concatenate(parts)
        whole = held - held % length
        for at in range(0, whole, length):
            yield begin + at, joined[at : at + length].copy()
        parts, held, begin = [joined[whole:].copy()], held - whole, begin + whole
    if held:
        yield begin, np.concatenate(parts)
