"""Judges one film's sound, utterance by utterance: in time with its mouths, off, drifting, or strange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mimik.temporal.lag import ENOUGH_S, FEWEST_S, Fit, Match, fit

MOST_S = 60.0
"""Seconds of speech after which what can't be told is left open, and the next are judged by themselves."""
NOTED_S, FUSED_S = 0.2, 0.5
"""Offset from which it is worth a word, and above which a face belongs to other words than are heard."""
DRIFTS_S = 0.15
"""Change of the offset along a film from which it is worth a word."""
STRANGE = "sound doesn't follow the mouth"
"""Why an utterance isn't fused whose sound is another's."""
WHOSE = "another file's, a voice off camera, or off by more than 2.5 s"
IN_TIME, OFF, ADRIFT, ANOTHERS, UNKNOWN = "in time", "off", "drifts", "another's", "unknown"
"""What is said of a film's sound."""


@dataclass
class Sync:
    """What is known of one film; picklable. Utterances come in order, each with a mouth that moves."""

    waiting: list[Match] = field(default_factory=list)
    """Utterances that aren't part of a fit that is done."""
    fits: list[Fit] = field(default_factory=list)
    """What was found, some 25 seconds of speech each."""
    last: Fit | None = None
    """The newest of which something can be told."""
    counted: int = -1
    """Number of the last utterance that was looked at."""

    def add(self, match: Match) -> None:
        """Take an utterance, and judge those that wait if there are enough of them."""
        self.waiting.append(match)
        speech_s = sum(one.speech_s for one in self.waiting)
        if speech_s < FEWEST_S:
            return
        found = fit(self.waiting)
        if told := found.sure or found.strange:
            self.last = found
        if speech_s >= MOST_S or (told and speech_s >= ENOUGH_S):
            self.fits.append(found)
            self.waiting = []

    def reason(self, time_s: float) -> str | None:
        """Why a face shouldn't be fused with what is heard at a time, in seconds."""
        if self.last is None:
            return None
        if self.last.strange:
            return STRANGE
        offset_s = self.last.at(time_s)
        return f"sound is {_offset(offset_s)}" if abs(offset_s) > FUSED_S else None

    def verdict(self) -> Verdict:
        """What there is to say of the film."""
        fits = [*self.fits, *([self.last] if self.waiting and self.last not in (None, *self.fits) else [])]
        sure = [one for one in fits if one is not None and one.sure]
        strange_s = sum(one.speech_s for one in fits if one is not None and one.strange)
        speech_s = sum([m.speech_s for m in self.waiting] + [one.speech_s for one in self.fits], 0.0)
        if not sure:
            return Verdict(ANOTHERS if strange_s else UNKNOWN, speech_s, strange_s)
        begin_s, end_s = _ends(sure)
        moved = abs(end_s - begin_s) >= DRIFTS_S
        off = abs(begin_s + end_s) / 2 >= NOTED_S
        name = ADRIFT if moved else OFF if off else IN_TIME
        length_s = sure[-1].until_s - sure[0].from_s
        drift = (end_s - begin_s) / length_s if moved else 0.0
        return Verdict(name, speech_s, strange_s, begin_s, end_s, drift, max(one.confidence for one in sure))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a film's sound."""

    name: str
    """In time, off, drifts, another's or unknown."""
    speech_s: float
    """Seconds of speech that were held against a mouth."""
    strange_s: float
    """Those in which the sound doesn't follow it."""
    begin_s: float = 0.0
    """How much later than the picture the sound is where speech begins; below 0 it is earlier."""
    end_s: float = 0.0
    """The same where it ends."""
    drift: float = 0.0
    """Seconds a second."""
    confidence: float | None = None
    """Deviations of chance, 5 or more; None where nothing is sure."""

    def to_dict(self) -> Mapping[str, str | float]:
        """JSON-safe form; offsets only where they are known."""
        told: dict[str, str | float] = {"verdict": self.name, "speech_s": round(self.speech_s, 1)}
        if self.strange_s:
            told["strange_s"] = round(self.strange_s, 1)
        if self.confidence is not None:
            told |= {"offset_s": round(self.begin_s, 2), "offset_end_s": round(self.end_s, 2)}
            told |= {"drift": round(self.drift, 5), "confidence": round(self.confidence, 1)}
        return told

    def note(self) -> str | None:
        """What a user must know of it, if anything."""
        told = []
        if self.name == OFF:
            told.append(f"the sound is {_offset((self.begin_s + self.end_s) / 2)} against the mouth")
        if self.name == ADRIFT:
            told.append(
                f"the sound drifts against the mouth by {100 * abs(self.drift):.1f} %: it is "
                f"{_offset(self.begin_s)} where speech begins and {_offset(self.end_s)} where it ends"
            )
        if self.strange_s:
            told.append(f"{self.strange_s:.0f} s of speech don't follow the mouth in view: they are {WHOSE}")
        return "; ".join(told) or None


def _ends(fits: list[Fit]) -> tuple[float, float]:
    """The offset at the beginning and the end of what some fits are of, on a straight line."""
    first, last = fits[0], fits[-1]
    if len(fits) == 1:
        return first.at(first.from_s), first.at(first.until_s)
    slope, base = np.polyfit([one.time_s for one in fits], [one.offset_s for one in fits], 1)
    return float(base + slope * first.from_s), float(base + slope * last.until_s)


def _offset(seconds: float) -> str:
    if abs(seconds) < 0.05:
        return "in time"
    return f"{abs(seconds):.1f} s {'late' if seconds > 0 else 'early'}"
