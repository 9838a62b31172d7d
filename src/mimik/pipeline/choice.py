"""Which tasks are read, and by which models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mimik.errors import OptionError, UnknownNameError
from mimik.models.store import DEFAULTS, models_of
from mimik.tasks.base import TASKS, Demanding, load_task


def ordered_tasks(names: Sequence[str]) -> tuple[str, ...]:
    """Task names without repeats, in the order of the table of tasks.

    Raises:
        UnknownNameError: There is no such task.
        OptionError: There is no name.
    """
    if isinstance(names, str) or not names:
        raise OptionError(f"tasks must be a list of one or more of {', '.join(TASKS)}, not {names!r}")
    for name in names:
        if name not in TASKS:
            raise UnknownNameError("task", name, TASKS)
    return TASKS.ordered(names)


def with_helpers(tasks: Sequence[str]) -> tuple[str, ...]:
    """Tasks and those that are read with them, in the order of the table of tasks."""
    loaded = map(load_task, tasks)
    needed = {*tasks, *(task.helper for task in loaded if isinstance(task, Demanding))}
    return TASKS.ordered(needed)


def models_for(tasks: Sequence[str], models: str | Mapping[str, str | Path] | None) -> dict[str, str | None]:
    """The model of each task and of those that are read with it, None where none is known.

    Args:
        tasks: Those that are asked for.
        models: Name of a set, or task to another model; see Analyzer.

    Raises:
        UnknownNameError: There is no such set.
        OptionError: A model is named for a task that isn't read.
    """
    needed = with_helpers(tasks)
    if isinstance(models, str):
        known: Mapping[str, str | Path] = models_of(models)
    else:
        known = {**DEFAULTS, **(models or {})}
        for name in models or {}:
            # A model for a task that isn't read is a slip.
            if name not in needed:
                raise OptionError(f"a model is named for {name!r}, but the tasks are {', '.join(tasks)}")
    return {name: str(known[name]) if name in known else None for name in needed}
