"""How well a voice can be heard in an utterance."""

from __future__ import annotations

import numpy as np

from mimik.types import Sound, SpanQuality
from mimik.voice.segment import Utterance

CLIPPED = 0.01
"""Share of samples at full scale from which an utterance counts as clipped."""
FAINT_DB = -60.0
"""Loudness below which little but noise is left of 16 bits, in decibels below full scale."""
SHORT_S = 0.5
"""Speech shorter than this is a word at most."""
QUIETEST = 1e-6
"""What silence counts as, -120 dB: the logarithm of nothing is none."""


def assess(utterance: Utterance, margin_s: float) -> SpanQuality:
    """How well an utterance can be heard.

    Args:
        utterance: What was said.
        margin_s: How much of it, at both ends, isn't speech (SegmentOptions.margin_s).
    """
    level_db, reason = loudness(utterance.sound)
    if utterance.sound.duration_s - 2 * margin_s < SHORT_S:
        reason = "too short"
    return SpanQuality(utterance.speech, level_db, reason)


def loudness(sound: Sound) -> tuple[float, str | None]:
    """Loudness of sound in decibels below full scale, and why it is too faint or too loud if it is."""
    root = float(np.sqrt(np.mean(np.square(sound.samples, dtype=np.float64))))
    level_db = float(20 * np.log10(max(root, QUIETEST)))
    if level_db < FAINT_DB:
        return level_db, "too faint"
    return level_db, "clipped" if float(np.mean(sound.at_full)) > CLIPPED else None
