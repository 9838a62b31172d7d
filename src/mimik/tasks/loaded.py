"""Models that are ready to run, with the task that each is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mimik.errors import ModelError, OptionError
from mimik.models.card import ModelCard, some_outputs
from mimik.models.session import Session
from mimik.models.sets import MODEL_SETS, default_model
from mimik.models.shared import Shared
from mimik.models.store import find_model
from mimik.tasks.age import Age
from mimik.tasks.base import Task, load_task
from mimik.tasks.mesh import Mesh
from mimik.tasks.own import task_of
from mimik.tasks.years import check_width


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model ready to run."""

    card: ModelCard
    """What is known of it."""
    task: Task
    """What decodes its outputs."""
    session: Session
    """Models in one file share it."""
    output: int = 0
    """Number of the session's output that holds this model's logits."""
    columns: tuple[int, ...] = ()
    """Those of its logits that are read; all if empty."""
    offset: tuple[float, ...] = ()
    """Added to these, (K,), where classes are otherwise frequent than the card assumes; see tasks.prior."""

    def logits(self, *batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network says of faces (N, C, S, S), or of what else it takes, float32 (N, K)."""
        return self.own(self.session.run(*batch))

    def own(self, outputs: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Its logits (N, K) among all outputs of its network."""
        logits = outputs[self.output]
        logits = logits[:, list(self.columns)] if self.columns else logits
        return logits + np.array(self.offset, np.float32) if self.offset else logits


def load_models(
    chosen: Mapping[str, str],
    device: str = "auto",
    threads: int = 1,
    shared: Shared | None = None,
) -> dict[str, LoadedModel]:
    """Load the models of several tasks; those in one file run as one.

    Args:
        chosen: Task to catalogue name or path.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        threads: CPU threads of one call.
        shared: Networks that are loaded already; is added to.

    Raises:
        UnknownNameError: No such task or model.
        ModelError: A file is damaged, or it and its card don't fit each other or the task.
    """
    shared = shared or Shared()
    return {task: load_model(task, name, device, threads, shared) for task, name in chosen.items()}


def load_model(
    task_name: str,
    name: str | None = None,
    device: str = "auto",
    threads: int = 1,
    shared: Shared | None = None,
) -> LoadedModel:
    """Load the model of a task.

    Args:
        task_name: Name of the task.
        name: Catalogue name or path; the task's default if None.
        device: "auto", "cpu", "cuda", or "cuda:1" for a GPU by its number.
        threads: CPU threads of one call.
        shared: Networks that are loaded already; is added to.

    Raises:
        UnknownNameError: No such task or model.
        OptionError: The model is of another task.
        ModelError: The file is damaged, it and its card don't fit each other, or its task of one's own
            can't be called so.
    """
    if name is None:
        load_task(task_name)  # What isn't known has no default, either.
    card, path = find_model(name or default_model(task_name))
    if card.task != task_name:
        raise OptionError(f"{card.name} reads {card.task}, not {task_name}")
    task = task_of(card)
    key = (path.resolve(), device, threads)
    session = (shared or Shared()).once(key, lambda: Session(path, device, threads))
    if len(session.inputs) != (count := len(card.takes.shapes)):
        named = ", ".join(session.inputs) or "none"
        needs = "a model has one" if count == 1 else f"its card says {' and '.join(card.takes.shapes)}"
        raise ModelError(
            f"{path}: takes {len(session.inputs)} inputs ({named}), but {needs}; export it again"
        )
    if card.output and card.output not in session.outputs:
        raise ModelError(f"{path}: has no output {card.output!r}, as its card says; export the model again")
    output = session.outputs.index(card.output) if card.output else 0
    takes, gives = [shape[1:] for shape in session.input_shapes], session.output_shapes[output][1:]
    wanted = list(card.takes.shapes.values())
    if not _all_fit(session, card) or gives != (card.outputs,):
        raise ModelError(
            f"{path}: takes {_shown(takes)} and gives {gives}, "
            f"but its card says {_shown(wanted)} and ({card.outputs},); export the model again"
        )
    return LoadedModel(card, task, session, output)


def _all_fit(session: Session, card: ModelCard) -> bool:
    """Whether a network takes what its card says; where that is several things, by their names."""
    wanted = card.takes.shapes
    named = len(wanted) == 1 or session.inputs == tuple(wanted)
    return named and all(map(_fits, session.input_shapes, wanted.values()))


def _shown(shapes: Sequence[tuple[int | str | None, ...]]) -> str:
    return " and ".join(map(str, shapes))


def _fits(shape: tuple[int | str | None, ...], wanted: tuple[int | None, ...]) -> bool:
    """Whether a network's input is as a card says, but for the first dimension.

    What is free there must be free here.
    """
    return len(shape) == len(wanted) + 1 and all(
        not isinstance(own, int) if free is None else own == free
        for own, free in zip(shape[1:], wanted, strict=True)
    )


def with_threshold(model: LoadedModel, threshold: float) -> LoadedModel:
    """The same model with another threshold than its card's."""
    return replace(model, card=replace(model.card, threshold=threshold))


def with_age_groups(
    loaded: Mapping[str, LoadedModel], tasks: Sequence[str], width: int
) -> dict[str, LoadedModel]:
    """Models of which that of age tells age groups of equal width.

    Args:
        loaded: Task to its model.
        tasks: Those that are asked for.
        width: Years of a group; see Age.

    Raises:
        OptionError: See check_age_groups.
    """
    check_age_groups(tasks, width)
    return {**loaded, "age": replace(loaded["age"], task=Age(width))}


def check_age_groups(tasks: Sequence[str], width: int) -> None:
    """Refuse groups that can't be told.

    Raises:
        OptionError: Age isn't asked for, or the width is another than 5 or 10.
    """
    check_width(width)
    if "age" not in tasks:
        raise OptionError(f"age groups are named, but the tasks are {', '.join(tasks)}: add age")


def with_camera(
    loaded: Mapping[str, LoadedModel], tasks: Sequence[str], fov_deg: float
) -> dict[str, LoadedModel]:
    """Models of which that of meshes tells where a head is for a camera that is known.

    Args:
        loaded: Task to its model.
        tasks: Those that are asked for.
        fov_deg: The camera's vertical field of view.

    Raises:
        OptionError: Meshes aren't asked for, or there is no such field of view.
    """
    if "mesh" not in tasks:
        raise OptionError(f"a field of view (--fov) is named, but the tasks are {', '.join(tasks)}: add mesh")
    return {**loaded, "mesh": replace(loaded["mesh"], task=cast(Task, Mesh(fov_deg)))}


def with_units(
    loaded: Mapping[str, LoadedModel], tasks: Sequence[str], units: Sequence[str]
) -> tuple[dict[str, LoadedModel], list[str]]:
    """Models of which that of action units reads some of them only.

    Args:
        loaded: Task to its model.
        tasks: Those that are asked for.
        units: See only_units.

    Returns:
        The models, and the names of the units in the model's order.

    Raises:
        OptionError: Action units aren't asked for; or see only_units.
    """
    if "au" not in tasks:
        having = ", ".join(name for name, models in MODEL_SETS.items() if "au" in models)
        raise OptionError(
            f"action units are named, but the tasks are {', '.join(tasks)}: add au, which the set {having} "
            "reads, or --model au=FILE.onnx"
        )
    some = only_units(loaded["au"], units)
    return {**loaded, "au": some}, list(some.card.labels)


def only_units(model: LoadedModel, units: Sequence[str]) -> LoadedModel:
    """A model of action units that reads some of them only.

    Args:
        model: Of the task "au".
        units: Their names, "AU12"; "au12" and "12" are understood, too.

    Raises:
        OptionError: The model lacks one, or there is none; names those that it has.
    """
    labels = model.card.labels
    wanted = {f"AU{unit.upper().removeprefix('AU').zfill(2)}" for unit in units}
    if lacking := sorted(wanted - set(labels)):
        raise OptionError(
            f"{model.card.name} doesn't read {', '.join(lacking)}; it reads {', '.join(labels)}"
        )
    if not wanted:
        raise OptionError(f"no action unit is named; {model.card.name} reads {', '.join(labels)}")
    columns = tuple(k for k, label in enumerate(labels) if label in wanted)
    return replace(model, card=some_outputs(model.card, columns), columns=columns)
