"""Names of classes as mimik writes them, and the names that data sets use for the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from mimik.data.own import NO_OWN, OwnTasks
from mimik.tasks.base import TASKS, ClassTask, load_task
from mimik.tasks.emotion import Emotion
from mimik.tasks.gender import Gender
from mimik.tasks.years import GROUPS, group_from_text

EMOTIONS = Emotion.labels
"""FER-2013's classes in its own order, 0 to 6."""

GENDERS = Gender.labels

ALIASES = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "boredom": "bored",
    "calmness": "calm",
    "woman": "female",
    "women": "female",
    "man": "male",
    "men": "male",
    "more than 70": "70+",
}
"""Other names of the same classes, in small letters."""


def class_name(text: str) -> str:
    """A class as mimik names it: "Happiness" is "happy", "Woman" is "female", "3 to 9" is "3-9"."""
    plain = text.strip().lower()
    return ALIASES.get(plain, group_from_text(plain))


MISSING = frozenset({"", "na", "n/a", "nan", "null", "-", "?", "unknown"})
"""What stands in cells and names of which nothing is known, in small letters."""
OLDEST = 150
"""No face is older; a larger number is a slip."""


@cache
def class_tasks() -> dict[str, tuple[str, ...]]:
    """Each task whose answer is one of several classes, to what data sets tell apart for it."""
    tasks = {name: load_task(name) for name in TASKS}
    return {name: task.labels for name, task in tasks.items() if isinstance(task, ClassTask)}


def tasks_of(names: Iterable[str], own: OwnTasks = NO_OWN) -> tuple[str, ...]:
    """The tasks whose answers a set of class names are.

    Args:
        names: Classes as a data set names them.
        own: Tasks of one's own.

    Returns:
        Those of one's own if the names are theirs (OwnTasks.of); "gender" or "age_group" if every name is
        one of its own, "age" if every name is a number, another task if every name is one of its labels;
        one of the first three if it alone has some of them; otherwise "emotion", and the tasks that name no
        labels. Words for what isn't known don't count.
    """
    plain = {name.strip().lower() for name in names}
    if mine := own.of(plain):
        return mine
    distinct = set(map(class_name, plain - MISSING))
    for task, known in (("gender", GENDERS), ("age_group", GROUPS), ("emotion", EMOTIONS)):
        if distinct <= set(known):
            return (task,)
    if all(map(_is_age, distinct)):
        return ("age",)
    tasks = class_tasks().items()
    fitting = [task for task, labels in tasks if plain - MISSING <= {label.lower() for label in labels}]
    return (fitting[0],) if fitting else _partly(distinct)


def _partly(names: set[str]) -> tuple[str, ...]:
    """The one task that has some of a set of names; "emotion" and those that name no labels if none is."""
    near = [task for task, known in (("gender", GENDERS), ("age_group", GROUPS)) if names & set(known)]
    if any(map(_is_age, names)):
        near.append("age")
    if len(near) == 1 and not names & {*EMOTIONS, "contempt"}:
        return (near[0],)
    return ("emotion", *(task for task, labels in class_tasks().items() if not labels))


def _is_age(name: str) -> bool:
    """Whether a name is a number of years, "34" or "34.0"."""
    return re.fullmatch(r"\d+(\.\d+)?", name) is not None


def is_class(name: str) -> bool:
    """Whether a name is a label of some task, by any of its names; a number is not taken for an age."""
    known = {label.lower() for labels in class_tasks().values() for label in labels}
    return {name.strip().lower(), class_name(name)} & {*known, *GENDERS, *GROUPS, "contempt"} != set()


def any_tasks() -> tuple[str, ...]:
    """The tasks whose labels a folder of classes or a table can hold."""
    return (*class_tasks(), "age")


def sound_tasks() -> tuple[str, ...]:
    """Those of them whose answers are heard."""
    tasks = ((name, load_task(name)) for name in class_tasks())
    return tuple(name for name, task in tasks if isinstance(task, ClassTask) and task.input == "sound")


def label_of(task: str, name: str, own: OwnTasks = NO_OWN) -> str:
    """A class as its task writes it, or as mimik does if the task has no such class.

    Args:
        task: Name of a task, or another that a head is trained on.
        name: The class as a data set names it.
        own: Tasks of one's own.
    """
    if task in own.labels:
        return own.label(task, name)
    plain = name.strip().lower()
    known = class_tasks().get(task, ())
    return next((label for label in known if label.lower() == plain), class_name(plain))
