"""Sentences on sound: how speech was found and cut into utterances, and which are too poor to trust."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
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


def how_watched(detector: str) -> str:
    """How clips were taken, and which are too poor to trust.

    Args:
        detector: What found faces, as a noun.
    """
    return (
        f"Of each clip pictures were taken that are evenly spaced from its first to its last; {detector} "
        "found the faces in them, and the largest one was cut out of each. Clips in which it was found in "
        "less than half of the pictures were not read, and those that show several faces were marked as not "
        "to be trusted, as were those whose sound was too faint or clipped."
    )


def against_reference(subject: str, named: str | float | None) -> str:
    """That readings are a change from the person's own voice.

    Args:
        subject: What is read.
        named: The run's setting: a file, or the seconds of speech that are the reference.
    """
    taken = (
        ""
        if named is None
        else f", taken from {PurePath(named).name}"
        if isinstance(named, str)
        else (f", taken from the first {named:g} s of speech; utterances before are marked")
    )
    return f"Readings of {subject} are relative to a reference of the person's own voice{taken}."


def how_fused(fusion: Mapping[str, Any]) -> str:
    """How face and voice became one reading.

    Args:
        fusion: The run's settings of it: what fuses, and its version.
    """
    return (
        "Where the speaker's face and voice could both be trusted, their expressions were joined, utterance "
        "by utterance, by a product of their probabilities with two fixed weights "
        f"({fusion.get('name')}, version {fusion.get('version')}); else that of the one side was kept."
    )
