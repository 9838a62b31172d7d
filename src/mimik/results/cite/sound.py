"""Sentences on sound: how speech was found and cut into utterances, and which are too poor to trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mimik.voice.quality import CLIPPED, FAINT_DB, SHORT_S

FREQUENCIES = "16 kHz, mono"
"""As what all sound is analysed."""


def how_spoken(segmenting: Mapping[str, Any], by: str) -> str:
    """How speech was found.

    Args:
        segmenting: The run's settings of it (SegmentOptions).
        by: What told speech, as a noun.
    """
    text = f"Speech was detected in the sound (resampled to {FREQUENCIES}) by {by}"
    pause_s, longest_s = segmenting.get("pause_s"), segmenting.get("longest_s")
    if pause_s and longest_s:
        text += (
            f", and cut into utterances at pauses of {pause_s:g} s or more, and where they were longer than "
            f"{longest_s:g} s"
        )
    if shortest_s := segmenting.get("shortest_s"):
        text += f"; speech shorter than {shortest_s:g} s was left out"
    return f"{text}."


def how_heard() -> str:
    """Which utterances are too poor to trust."""
    return (
        f"Utterances were marked as not to be trusted if they held less than {SHORT_S:g} s of speech, were "
        f"fainter than {-FAINT_DB:g} dB below full scale, or had more than {100 * CLIPPED:g} % of their "
        "samples clipped."
    )


def against_reference(subject: str) -> str:
    """That readings are a change from the person's own voice."""
    return (
        f"Readings of {subject} are relative to a reference of the person's own voice where they are marked "
        "so (against_reference)."
    )
