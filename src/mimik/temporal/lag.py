"""Whether a film's sound is in time with a mouth that speaks: it opens as the sound gets louder.

How far the mouth is open is held against the level of the sound, utterance by utterance and at many lags.
The lag at which they agree best is the sound's offset, and what it changes by along the film its drift;
where they agree at none, though a mouth moves, the sound isn't that mouth's. Offset and confidence by lag are
those of Chung & Zisserman, "Out of time: automated lip sync in the wild" (2016), without its network:
syllables move mouth and level alike, two to seven times a second (Chandrasekaran et al., "The natural
statistics of audiovisual speech", 2009). The limits are from benchmarks/sync.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.voice.level import LEVEL_RATE

LAG_S = 2.5
"""Offsets that are looked for, either way."""
LAGS = round(LAG_S * LEVEL_RATE)
MARGIN_S = 0.5
"""What belongs to an utterance before and after it: that it begins and ends tells much."""
NATURAL_S = 0.04
"""How much later than the mouth the sound is where both are in time: median of the benchmark's films."""
DRIFTS = np.linspace(-0.03, 0.03, 61)
"""Drifts that are looked for, in seconds a second; 0 is the middle one."""
RANGE_DB = 45.0
"""What is so much below the loudest of an utterance counts as silence."""
CHANCE = 0.36
"""Deviation of the correlation between strangers, times the root of the seconds of speech."""
SURE = 5.0
"""Deviations of chance from which a lag is taken for the sound's."""
SURER = 16.0
"""How much more the square of that must be, for an offset or drift to be taken rather than none."""
FEWEST_S, ENOUGH_S = 12.0, 25.0
"""Seconds of speech from which a lag may be told, and from which it may be told that there is none."""
STRANGE = 0.25
"""Correlation that sound and mouth reach at some lag where they belong together and speech stands out."""
CLEAR_DB = 25.0
"""How far it must: music or voices behind it hide an agreement, too."""
NEAR_S = 0.2
"""Offset below which the lag with the best agreement is taken for none, unless it is much better."""
_SLOW = np.ones(13) / 13
"""What changes within half a second and more, and is taken off: it is no syllable."""
_QUICK = np.array([1.0, 2.0, 1.0]) / 4
EDGE = len(_SLOW) // 2
"""Values that are lost at each end for it."""
Values: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """How well a mouth and the sound of one utterance agree, lag by lag; picklable."""

    time_s: float
    """Its middle."""
    speech_s: float
    """How long it is."""
    products: Values
    """Sum of products of mouth and level, from the lag -LAG_S to LAG_S of the sound, (2 LAGS + 1,)."""
    mouth: Values
    """Sum of squares of the mouth at the same lags."""
    level: float
    """Sum of squares of the level."""
    clear_db: float
    """How far speech stands out from what is between: 80th less 10th percentile of the level."""

    @classmethod
    def of(cls, start_s: float, end_s: float, mouth: Values, level_db: Values) -> Match:
        """Hold a mouth against the sound.

        Args:
            start_s: Where the utterance begins.
            end_s: Where it ends.
            mouth: How far the mouth is open, LEVEL_RATE values a second, in any unit, LAGS longer at each end
                than the level; NaN where it isn't seen.
            level_db: Of the sound, with margins and EDGE more at each end; NaN where there is none.
        """
        known = level_db[np.isfinite(level_db)]
        low, high = np.percentile(known, (10, 80))
        sound = syllables(np.maximum(np.nan_to_num(level_db, nan=low), known.max() - RANGE_DB))
        change = np.nan_to_num(syllables(mouth))
        rows = np.lib.stride_tricks.sliding_window_view(change, len(sound))[::-1]
        squares = np.asarray((rows * rows).sum(axis=1), np.float32)
        return cls(
            time_s=(start_s + end_s) / 2,
            speech_s=end_s - start_s,
            products=np.asarray(rows @ sound, np.float32),
            mouth=squares,
            level=float(sound @ sound),
            clear_db=float(high - low),
        )


def syllables(values: Values) -> Values:
    """What changes as fast as syllables do, (N - 2 EDGE,)."""
    change = np.convolve(values, _QUICK, "same") - np.convolve(values, _SLOW, "same")
    return np.asarray(change[EDGE:-EDGE], np.float32)


@dataclass(frozen=True, slots=True)
class Fit:
    """The lag at which a mouth and the sound of some utterances agree best; picklable."""

    from_s: float
    """Middle of the first utterance."""
    time_s: float
    """Middle of all."""
    until_s: float
    """Middle of the last one."""
    offset_s: float
    """How much later than the picture the sound is at time_s; below 0 it is earlier."""
    drift: float
    """What the offset changes by, seconds a second."""
    agreement: float
    """Correlation of mouth and level there, up to 1."""
    confidence: float
    """The same in deviations of what chance makes of as much speech."""
    highest: float
    """Correlation at whatever lag and drift it is highest."""
    speech_s: float
    """How long the utterances are."""
    clear_db: float
    """How far speech stands out, as a rule (median)."""

    @property
    def sure(self) -> bool:
        """Whether the offset can be told."""
        return self.speech_s >= FEWEST_S and self.confidence >= SURE

    @property
    def strange(self) -> bool:
        """Whether it can be told that the sound isn't the mouth's."""
        clear = self.clear_db >= CLEAR_DB and self.speech_s >= ENOUGH_S
        return clear and not self.sure and self.highest < STRANGE

    def at(self, time_s: float) -> float:
        """The offset at a time, in seconds."""
        return self.offset_s + self.drift * (time_s - self.time_s)


def fit(matches: Sequence[Match]) -> Fit:
    """Where a mouth and the sound of some utterances agree best.

    No drift and no offset are held to be likelier than any: others are taken where they agree much better.

    Args:
        matches: Of the utterances, at least one, in order.
    """
    times = np.array([match.time_s for match in matches])
    lengths = np.array([match.speech_s for match in matches])
    speech_s, middle_s = float(lengths.sum()), float(times @ lengths / lengths.sum())
    curves = np.stack([_curve(matches, drift * (times - middle_s)) for drift in DRIFTS])
    sure = np.maximum(curves, 0) * np.sqrt(speech_s) / CHANCE
    row, level = divmod(int(sure.argmax()), sure.shape[1])
    still = len(DRIFTS) // 2
    if sure[row, level] ** 2 - sure[still].max() ** 2 < SURER:
        row, level = still, int(sure[still].argmax())
    none = LAGS + round(NATURAL_S * LEVEL_RATE)
    near = round(NEAR_S * LEVEL_RATE)
    close = none - near + int(sure[row, none - near : none + near + 1].argmax())
    if sure[row, level] ** 2 - sure[row, close] ** 2 < SURER:
        level = close
    return Fit(
        from_s=float(times[0]),
        time_s=middle_s,
        until_s=float(times[-1]),
        offset_s=(level - LAGS) / LEVEL_RATE - NATURAL_S,
        drift=float(DRIFTS[row]),
        agreement=float(curves[row, level]),
        confidence=float(sure[row, level]),
        highest=float(curves.max()),
        speech_s=speech_s,
        clear_db=float(np.median([match.clear_db for match in matches])),
    )


def _curve(matches: Sequence[Match], later_s: NDArray[np.float64]) -> Values:
    """The correlation at each lag, the utterances' own being so much more; 0 where they have none."""
    lags = 2 * LAGS + 1
    columns = np.arange(lags) + np.round(later_s * LEVEL_RATE).astype(int)[:, None]
    there = (columns >= 0) & (columns < lags)
    columns = columns.clip(0, lags - 1)
    products = np.take_along_axis(np.stack([match.products for match in matches]), columns, 1) * there
    mouths = np.take_along_axis(np.stack([match.mouth for match in matches]), columns, 1) * there
    levels = np.array([[match.level] for match in matches]) * there
    return np.asarray(products.sum(0) / np.sqrt(mouths.sum(0) * levels.sum(0) + 1e-9), np.float32)
