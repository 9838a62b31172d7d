"""What a folder's classes are: a task that mimik knows, or one of one's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mimik.data.base import Sample
from mimik.data.folder import UNDIVIDED
from mimik.data.labels import class_tasks
from mimik.errors import RecipeError
from mimik.tasks.age import Age
from mimik.tasks.emotion import Emotion
from mimik.tasks.own import CLASSES, problem_of
from mimik.tasks.years import BAND, YEARS

MORE_EMOTIONS = (*Emotion.labels, "contempt")
"""Classes that are expressions: mimik's own, and the one that CK+ and FER+ have besides."""
YEAR_OUTPUTS = 101
"""Outputs of an age model: a year from 0."""


@dataclass(frozen=True)
class Classes:
    """What is to be learned."""

    task: str
    """Name of the task."""
    kind: str
    """"classes" for one's own; empty for one that mimik knows."""
    labels: tuple[str, ...]
    """Classes; empty for age."""
    outputs: int = 0
    """For age: years from 0."""


def classes_of(samples: Sequence[Sample], folder: Path) -> Classes:
    """What the classes of a folder are.

    Args:
        samples: All of its pictures, labelled by the names of its folders.
        folder: It, which a task of one's own is named after.

    Raises:
        RecipeError: There are fewer than two classes, or they can't be learned.
    """
    names = list(dict.fromkeys(_class_folder(sample) for sample in samples))
    known = samples[0].labels
    if YEARS in known or BAND in known:
        return Classes(Age.name, "", (), YEAR_OUTPUTS)
    if len(names) < 2:
        raise RecipeError(f"{folder}: holds one class, {names[0]}; it takes two folders or more, one a class")
    for task, labels in (class_tasks() | {Emotion.name: MORE_EMOTIONS}).items():
        mine = {str(sample.labels.get(task)) for sample in samples}
        if mine <= {*labels}:
            return Classes(task, "", tuple(label for label in labels if label in mine))
    return _own(names, folder)


def _own(names: Sequence[str], folder: Path) -> Classes:
    """A task of one's own, named after its folder."""
    plain = slug(set_name(folder))
    usable = (name for name in (plain, f"my-{plain}", "mine") if not problem_of(name, CLASSES, names))
    if (task := next(usable, None)) is None:
        raise RecipeError(f"{folder}: {problem_of('mine', CLASSES, names)}")
    return Classes(task, CLASSES, tuple(names))


def slug(text: str) -> str:
    """A name in small letters, digits and -; letters lose their accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", kept).strip("-")[:30].strip("-")


def set_name(folder: Path) -> str:
    """What a folder, or a zip of one, is called."""
    whole = folder.resolve()
    return whole.stem if whole.suffix.lower() == ".zip" and whole.is_file() else whole.name


def _class_folder(sample: Sample) -> str:
    """The name of the folder that says a picture's class."""
    parts = sample.key.split("/")
    return parts[0] if sample.split == UNDIVIDED else parts[1]
