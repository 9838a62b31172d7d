"""Which tasks are read, and by which models."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mimik.errors import OptionError
from mimik.models.sets import DEFAULT_SET, lacking, models_of
from mimik.models.store import find_model
from mimik.models.terms import check_commercial
from mimik.tasks.base import CLIP, CROP, SOUND, TASKS, Judging, OnlyAsked, input_of, load_task
from mimik.tasks.own import check_known, in_order, task_of

Named: TypeAlias = "Mapping[str, str | Path]"
"""Task to a model, by catalogue name or path."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is read, and by which models."""

    tasks: tuple[str, ...]
    """The tasks of the results, in the order of the table of tasks."""
    models: Mapping[str, str]
    """Task to its model, by catalogue name or path; those that help the tasks are among them."""


def choose(
    tasks: Sequence[str] | None = None,
    models: str | Named | None = None,
    model: Named | None = None,
    *,
    commercial: bool = False,
    source: str = CROP,
) -> Choice:
    """Settle what is read: the one place where tasks, a set and single models are brought together.

    Args:
        tasks: Those of the results; if None, all that the models read, see default_tasks.
        models: Name of a set; or, as ``model``, task to another model than the default set's.
        model: Task to another model than the set's.
        commercial: Refuse models that may not be used in products.
        source: What is read: CROP, faces, SOUND, voices, or CLIP, whole clips.

    Raises:
        UnknownNameError: There is no such set, task or model.
        OptionError: The set has no model for a task, or for any of that source, a task or model is of
            another source, a model is named for a task that isn't read, or one may not be used in products.
        ModelError: With ``commercial``, a card or file is missing or damaged.
    """
    name, own = _named(models, model)
    check_own(own)
    there = {**models_of(name), **own}
    if tasks is None and not any(task in own or input_of(task) == source for task in there):
        raise lacking(name, [task for task in TASKS if input_of(task) == source])
    names = default_tasks(there, own, source) if tasks is None else ordered_tasks(tasks, own)
    if others := [task for task in names if _input(task, own) != source]:
        raise OptionError(_of_other(_input(others[0], own), others))
    needed = with_helpers(names) if source == CROP else names
    if stray := [task for task in own if task not in needed]:
        # A model for a task that isn't read is a slip.
        raise OptionError(f"a model is named for {stray[0]!r}, but the tasks are {', '.join(names)}")
    if absent := [task for task in names if task not in there]:
        raise lacking(name, absent)
    # What only helps is left to the set: none has to have it.
    chosen = {task: there[task] for task in needed if task in there}
    if commercial:
        check_commercial(chosen)
    return Choice(names, chosen)


def _named(models: str | Named | None, model: Named | None) -> tuple[str, dict[str, str]]:
    """The set, and the models that stand in place of its own."""
    if models is not None and not isinstance(models, str | Mapping):
        raise OptionError(f"models must be the name of a set, or task to model, not {models!r}")
    if model is not None and not isinstance(model, Mapping):
        raise OptionError(f"model must be task to model, not {model!r}")
    name = models if isinstance(models, str) else DEFAULT_SET
    own = {**({} if models is None or isinstance(models, str) else models), **(model or {})}
    return name, {task: str(path) for task, path in own.items()}


def part_tasks(
    tasks: Sequence[str], models: str | Named | None = None, model: Named | None = None
) -> dict[str, tuple[str, ...]]:
    """The tasks that are read in faces, heard in voices and read in clips, each in their order.

    Args:
        tasks: Those of the results.
        models: As ``choose`` takes it.
        model: Likewise.

    Returns:
        CROP, SOUND and CLIP to the tasks whose models take it.

    Raises:
        UnknownNameError: There is no such task.
        OptionError: There is no task.
    """
    _, own = _named(models, model)
    check_own(own)
    names = [(task, _input(task, own)) for task in ordered_tasks(tasks, own)]
    return {kind: tuple(task for task, taken in names if taken == kind) for kind in (CROP, SOUND, CLIP)}


def part_models(model: Named | None, source: str) -> Named | None:
    """Those of the models that are named for tasks that take a source; None for none."""
    _, own = _named(None, model)
    return {task: path for task, path in own.items() if _input(task, own) == source} or None


def _input(task: str, own: Mapping[str, str]) -> str:
    """What the models of a task take; one's own task says it in its model's card."""
    return input_of(task) if task in TASKS else find_model(own[task])[0].input


def _of_other(taken: str, tasks: Sequence[str]) -> str:
    """That tasks are read from something else than what is read here, and what to do."""
    return f"{', '.join(tasks)}: {_ELSEWHERE[taken]}"


_ELSEWHERE = {
    CROP: "seen in a face, not heard in a voice: use mimik.analyze or Analyzer",
    SOUND: "heard in a voice, not seen in a face: use mimik.listen or Listener",
    CLIP: "read in whole clips, by itself: use mimik analyze or mimik.run_batch",
}
"""What models take to where their tasks are read."""


def default_tasks(models: Collection[str], own: Collection[str] = (), source: str = CROP) -> tuple[str, ...]:
    """What is read where no task is named: all that there are models for.

    What only says how well a face can be seen is read with the others, and shown where it was asked for;
    and some tasks are read only where they were.

    Args:
        models: Tasks that there are models for.
        own: Those of them whose model was named, which asks for them.
        source: What is read: CROP, faces, SOUND, voices, or CLIP, whole clips.

    Raises:
        UnknownNameError: There is no such task.
    """
    read = [task for task in models if task in own or input_of(task) == source]
    names = [task for task in read if task in own or not isinstance(load_task(task), Judging | OnlyAsked)]
    return ordered_tasks(names, own)


def check_own(models: Mapping[str, str]) -> None:
    """Make sure that models which are named for tasks of no table describe these themselves.

    Args:
        models: Task to its model, by catalogue name or path.

    Raises:
        UnknownNameError: There is no such task or model.
        OptionError: The model is of another task.
        ModelError: A card or file is missing or damaged, or its task can't be called so.
    """
    for task in models:
        if task not in TASKS:
            card = find_model(models[task])[0]
            if not card.kind:
                check_known(task)
            if card.task != task:
                raise OptionError(f"{card.name} reads {card.task}, not {task}")
            task_of(card)


def ordered_tasks(names: Sequence[str], own: Collection[str] = ()) -> tuple[str, ...]:
    """Task names without repeats, in the order of the table of tasks, one's own behind.

    Args:
        names: Of tasks.
        own: Tasks with a model that describes them itself, if they aren't in the table.

    Raises:
        UnknownNameError: There is no such task.
        OptionError: There is no name.
    """
    if isinstance(names, str) or not names:
        raise OptionError(f"tasks must be a list of one or more of {', '.join(TASKS)}, not {names!r}")
    for name in names:
        check_known(name, own)
    return in_order(names)


def with_helpers(tasks: Sequence[str]) -> tuple[str, ...]:
    """Tasks of faces, and those that judge how well a face can be seen; ordered as ``ordered_tasks``."""
    return in_order([*tasks, *(task for task in TASKS if isinstance(load_task(task), Judging))])
