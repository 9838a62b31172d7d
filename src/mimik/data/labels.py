"""Names of classes as mimik writes them, and the names that data sets use for the same."""

from __future__ import annotations

from collections.abc import Iterable

from mimik.tasks.age import GROUPS

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER-2013's classes in its own order, 0 to 6."""

GENDERS = ("female", "male")

ALIASES = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "woman": "female",
    "women": "female",
    "man": "male",
    "men": "male",
    "more than 70": "70+",
}
"""Other names of the same classes, in small letters."""


def class_name(text: str) -> str:
    """A class as mimik names it: "Happiness" is "happy", "Woman" is "female"."""
    plain = text.strip().lower()
    return ALIASES.get(plain, plain)


OLDEST = 150
"""No face is older; a larger number is a slip."""


def task_of(names: Iterable[str]) -> str:
    """The task whose answers a set of class names are.

    Args:
        names: Classes as mimik names them.

    Returns:
        "gender" or "age_group" if every name is one of its own, "age" if every name is a number,
        otherwise "emotion".
    """
    distinct = set(names)
    if distinct <= set(GENDERS):
        return "gender"
    if distinct <= set(GROUPS):
        return "age_group"
    return "age" if all(name.isdecimal() for name in distinct) else "emotion"
