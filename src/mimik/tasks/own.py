"""Tasks of one's own: a card says all that there is to know of them, so that they need no code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from mimik.errors import ModelError, UnknownNameError
from mimik.models.card import ModelCard
from mimik.readings import AGAINST_NEUTRAL, AGAINST_REFERENCE, UNCERTAIN
from mimik.tasks.base import TASKS, ClassTask, Task, load_scored, load_task

CLASSES = "classes"
"""The kind of a task of one's own whose answer is one of its labels."""
KINDS = (CLASSES,)
"""The kinds that a card or a recipe may name."""
MOST_LABELS = 100
"""Of a task of one's own: a column each, twice, in every table."""
RESERVED = frozenset(
    {
        *("id", "box", "box_xyxy", "landmarks", "landmarks_xy", "score", "scores", "quality", "reliable"),
        *("source", "frame", "time", "offset", "created", "size", "sharpness", "brightness", "reason"),
        *("yaw", "pitch", "roll", "x1", "y1", "x2", "y2", "person", "group", "session", "counts", "marker"),
        *("detector", "path", "label", "labels", "split", "subject", "ethnicity", "key", "truth", "fold"),
        *("type", "width", "height", "faces", "valence", "arousal", "predicted", "confidence", "logit"),
    }
)
"""Words that columns of results, data sets and predictions begin with, so no task may be called so."""
FIELDS = frozenset(
    {
        *("label", "probabilities", "raw", "active", "group", "reason", "reliable", "id", "sides"),
        *(AGAINST_NEUTRAL, AGAINST_REFERENCE, UNCERTAIN),
    }
)
"""Fields of a reading, and its answer where nothing is probable, so no class may be called so."""


class OwnClasses(ClassTask):
    """A task whose answer is one of the labels of a card."""

    def __init__(self, name: str, labels: Sequence[str], takes: str = "crop") -> None:
        """Take its name, its classes, and what its model takes: "crop", "sound" or "clip"."""
        self.name, self.labels, self.input = name, tuple(labels), takes


def load_named(name: str, kind: str, labels: Sequence[str], takes: str = "crop") -> Task:
    """A task as a card or a recipe names it.

    Args:
        name: Of the task.
        kind: One of KINDS for a task of one's own; empty for one of the table.
        labels: Its classes.
        takes: What the model of a task of one's own takes, "crop", "sound" or "clip".

    Raises:
        UnknownNameError: It is of the table, which has no such task.
        ModelError: It is one's own, and can't be called so.
    """
    if not kind:
        return load_task(name)
    if problem := problem_of(name, kind, labels):
        raise ModelError(problem)
    return cast(Task, OwnClasses(name, labels, takes))


def load_scored_as(name: str, kind: str, labels: Sequence[str]) -> Task:
    """The same for evaluation and training.

    Raises:
        UnknownNameError, ModelError: See load_named.
        OptionError: See load_scored.
    """
    return load_named(name, kind, labels) if kind else load_scored(name)


def task_of(card: ModelCard) -> Task:
    """The task of a model; raises as load_named."""
    return load_named(card.task, card.kind, card.labels, card.input)


def scored_of(card: ModelCard) -> Task:
    """The same for evaluation and training; raises as load_scored_as."""
    return load_scored_as(card.task, card.kind, card.labels)


def problem_of(name: str, kind: str, labels: Sequence[str]) -> str | None:
    """Why a task of one's own can't be called so, in a line; None if it can."""
    return next(_problems(name, kind, labels), None)


def _problems(name: str, kind: str, labels: Sequence[str]) -> Iterator[str]:
    if kind not in KINDS:
        yield f"{name}: unknown kind of task {kind!r}: there is {', '.join(KINDS)}; leave it out for others"
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name):
        yield (
            f"a task of your own can't be called {name!r}: take small letters, digits, - and _, a letter "
            "first, 40 at most"
        )
    if name in TASKS:
        yield f"{name!r} is a task that mimik knows: leave the kind out, or name yours otherwise"
    begun = next((task for task in TASKS if name.startswith(f"{task}_")), None)
    if begun or name.partition("_")[0] in RESERVED:
        yield (
            f"a task of your own can't be called {name!r}, as columns of results begin with "
            f"{begun or name.partition('_')[0]!r}: name it otherwise"
        )
    yield from _label_problems(name, labels)


def _label_problems(name: str, labels: Sequence[str]) -> Iterator[str]:
    if not 2 <= len(labels) <= MOST_LABELS:
        yield f"{name}: a task of your own needs labels, 2 to {MOST_LABELS}, not {len(labels)}"
    for label in labels:
        if label in FIELDS or label.startswith("raw_"):
            yield f"{name}: no label can be called {label!r}, which is a field of results: name it otherwise"
        if not label.isprintable() or label != label.strip() or not 0 < len(label) <= 60 or "/" in label:
            yield f"{name}: {label!r} is no label: take 1 to 60 characters, no /, and no space at its ends"
    plain = [label.casefold() for label in labels]
    if twice := [label for label in labels if plain.count(label.casefold()) > 1]:
        same = " and ".join(map(repr, twice))
        yield f"{name}: the labels {same} are the same but for capitals: name one otherwise"


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Tasks without repeats: those of the table in its order, then one's own in theirs."""
    wanted = list(dict.fromkeys(names))
    known = TASKS.ordered(wanted)
    return (*known, *(name for name in wanted if name not in known))


def check_known(name: str, own: Iterable[str] = ()) -> None:
    """Refuse a name of no task.

    Args:
        name: Of a task.
        own: One's own tasks.

    Raises:
        UnknownNameError: It is neither in the table nor one's own.
    """
    own = list(own)
    if name not in TASKS and name not in own:
        remedy = f"one of your own needs a model whose card describes it, --model {name}=FILE.onnx"
        raise UnknownNameError("task", name, {*TASKS, *own}, remedy=remedy)
