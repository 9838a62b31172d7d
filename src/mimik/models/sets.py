"""Sets of models: what reads each task, where no model is named for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from mimik.errors import ModelError, OptionError, UnknownNameError

MODEL_SETS: dict[str, dict[str, str]] = {
    "base": {
        "emotion": "emotion.wild",
        "gender": "gender.base",
        "age": "age.base",
        "au": "au.base",
        "cover": "cover.mini",
        "mesh": "mesh.base",
        "voice": "voice.base",
    },
    "mini": {
        "emotion": "emotion.mini",
        "gender": "gender.mini",
        "age": "age.mini",
        "cover": "cover.mini",
        "mesh": "mesh.base",
        "voice": "voice.base",
    },
    "open": {
        "emotion": "emotion.open",
        "gender": "gender.fairface",
        "age": "age.fairface",
        "cover": "cover.mini",
        "mesh": "mesh.base",
    },
}
"""Name of a set to the model that it has for each task: one network for all, small ones, or those that may
be used in products."""
DEFAULT_SET = "base"
"""The set that reads where none is named."""


def models_of(name: str) -> dict[str, str]:
    """The models of a set, by task.

    Raises:
        UnknownNameError: There is no such set.
    """
    if name not in MODEL_SETS:
        raise UnknownNameError("set of models", name, MODEL_SETS)
    return dict(MODEL_SETS[name])


def default_model(task: str) -> str:
    """The model that reads a task when neither a set nor a model is named.

    Raises:
        ModelError: There is none.
    """
    if task not in MODEL_SETS[DEFAULT_SET]:
        raise ModelError(no_model(task))
    return MODEL_SETS[DEFAULT_SET][task]


def no_model(task: str) -> str:
    """That no set reads a task, and what to do."""
    return f"no model for {task!r} is here: name one, --model {task}=FILE.onnx"


def lacking(name: str, tasks: Iterable[str], sets: Mapping[str, Collection[str]] = MODEL_SETS) -> OptionError:
    """The error of a set that has no model for some tasks: it names the sets that have.

    Args:
        name: Of the set.
        tasks: That it lacks.
        sets: What can be chosen: name of a set to its tasks.
    """
    wanted = list(tasks)
    having = {task: [other for other, models in sets.items() if task in models] for task in wanted}
    if nowhere := [task for task, sets in having.items() if not sets]:
        return OptionError(no_model(nowhere[0]))
    where = "; ".join(f"{task}: {', '.join(sets)}" for task, sets in having.items())
    return OptionError(
        f"the set of models {name!r} doesn't read {', '.join(wanted)}: choose one that does ({where}), "
        f"or name a model of your own, --model {wanted[0]}=FILE.onnx"
    )
