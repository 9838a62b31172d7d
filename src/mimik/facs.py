"""The names of the Facial Action Coding System (Ekman, Friesen and Hager 2002)."""

from __future__ import annotations

from collections.abc import Iterable

ACTION_UNITS = {
    "AU01": "inner brow raiser",
    "AU02": "outer brow raiser",
    "AU04": "brow lowerer",
    "AU05": "upper lid raiser",
    "AU06": "cheek raiser",
    "AU07": "lid tightener",
    "AU09": "nose wrinkler",
    "AU10": "upper lip raiser",
    "AU11": "nasolabial deepener",
    "AU12": "lip corner puller",
    "AU13": "sharp lip puller",
    "AU14": "dimpler",
    "AU15": "lip corner depressor",
    "AU16": "lower lip depressor",
    "AU17": "chin raiser",
    "AU18": "lip pucker",
    "AU20": "lip stretcher",
    "AU21": "neck tightener",
    "AU22": "lip funneler",
    "AU23": "lip tightener",
    "AU24": "lip pressor",
    "AU25": "lips part",
    "AU26": "jaw drop",
    "AU27": "mouth stretch",
    "AU28": "lip suck",
    "AU43": "eyes closed",
}
"""Action unit to its name; the order in which data sets' codes are held."""


def with_names(units: Iterable[str]) -> str:
    """Units with their names: "AU06 cheek raiser, AU12 lip corner puller"."""
    return ", ".join(f"{unit} {ACTION_UNITS.get(unit, '')}".strip() for unit in units)
