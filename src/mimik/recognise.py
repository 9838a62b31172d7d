"""Crops and models -> values, batched over all faces of a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.crop import crop_batch, face_square, normalise
from mimik.errors import ModelError, OptionError
from mimik.models.card import CropSpec, ModelCard
from mimik.models.session import Session
from mimik.models.store import default_model, find_model
from mimik.tasks.base import Task, load_task
from mimik.types import Box, Image, Point

BATCH = 64
"""Faces per call of a network, so that a crowd doesn't fill the memory."""

Said: TypeAlias = "dict[tuple[Session, CropSpec], list[NDArray[np.float32]]]"
"""A network and its crop to all of its outputs."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model ready to run."""

    card: ModelCard
    task: Task
    session: Session
    """Models in one file share it."""
    output: int = 0
    """Number of the session's output that holds this model's logits."""
    columns: tuple[int, ...] = ()
    """Those of its logits that are read; all if empty."""

    def logits(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network says of faces (N, C, S, S), float32 (N, K)."""
        return self.own(self.session.run(batch))

    def own(self, outputs: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Its logits (N, K) among all outputs of its network."""
        logits = outputs[self.output]
        return logits[:, list(self.columns)] if self.columns else logits


def load_models(
    chosen: Mapping[str, str | None], device: str = "auto", threads: int = 1
) -> dict[str, LoadedModel]:
    """Load the models of several tasks; those in one file run as one.

    Args:
        chosen: Task to catalogue name or path; the task's default if None.
        device: "auto", "cpu" or "cuda".
        threads: CPU threads of one call.

    Raises:
        UnknownNameError: No such task or model.
        ModelError: A file is damaged, or it and its card don't fit each other or the task.
    """
    sessions: dict[Path, Session] = {}
    return {task: load_model(task, name, device, threads, sessions) for task, name in chosen.items()}


def load_model(
    task_name: str,
    name: str | None = None,
    device: str = "auto",
    threads: int = 1,
    sessions: dict[Path, Session] | None = None,
) -> LoadedModel:
    """Load the model of a task.

    Args:
        task_name: Name of the task.
        name: Catalogue name or path; the task's default if None.
        device: "auto", "cpu" or "cuda".
        threads: CPU threads of one call.
        sessions: Files that are loaded already, with the same device and threads; is added to.

    Raises:
        UnknownNameError: No such task or model.
        OptionError: The model is of another task.
        ModelError: The file is damaged, or it and its card don't fit each other.
    """
    sessions = {} if sessions is None else sessions
    task = load_task(task_name)
    card, path = find_model(name or default_model(task_name))
    if card.task != task_name:
        raise OptionError(f"{card.name} reads {card.task}, not {task_name}")
    session = sessions[path] = sessions.get(path) or Session(path, device, threads)
    if card.output and card.output not in session.outputs:
        raise ModelError(f"{path}: has no output {card.output!r}, as its card says; export the model again")
    output = session.outputs.index(card.output) if card.output else 0
    spec = card.crop
    wanted, gives = (spec.channels, spec.size, spec.size), session.output_shapes[output][1:]
    if session.input_shape[1:] != wanted or gives != (card.outputs,):
        raise ModelError(
            f"{path}: takes {session.input_shape[1:]} and gives {gives}, "
            f"but its card says {wanted} and ({card.outputs},); export the model again"
        )
    return LoadedModel(card, task, session, output)


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
    card = replace(
        model.card,
        labels=tuple(labels[k] for k in columns),
        outputs=len(columns),
        thresholds=tuple(model.card.thresholds[k] for k in columns if model.card.thresholds),
        at_rest=tuple(model.card.at_rest[k] for k in columns if model.card.at_rest),
    )
    return replace(model, card=card, columns=columns)


class Recogniser:
    """Runs the models of all tasks on the faces of a picture."""

    def __init__(self, models: Mapping[str, LoadedModel]) -> None:
        """Take loaded models.

        Args:
            models: Task name to its model, in the order of the results.
        """
        self.models = dict(models)

    def values(
        self, image: Image, faces: Sequence[tuple[Box, Sequence[Point] | None]]
    ) -> list[dict[str, NDArray[np.float32]]]:
        """Values of each face, task by task.

        Args:
            image: RGB uint8 (H, W, 3).
            faces: Box and landmarks of each face.

        Returns:
            For each face, task to float32 (V,).
        """
        if not faces:
            return []
        return self.answers(self.crops(image, faces), {})

    def crops(
        self, image: Image, faces: Sequence[tuple[Box, Sequence[Point] | None]]
    ) -> dict[CropSpec, NDArray[np.uint8]]:
        """Every crop that the models want, each made once.

        Args:
            image: RGB uint8 (H, W, 3).
            faces: Box and landmarks of each face.

        Returns:
            Crop to uint8 (N, C, S, S).
        """
        specs = dict.fromkeys(model.card.crop for model in self.models.values())
        return {
            spec: crop_batch(image, [face_square(box, points, spec) for box, points in faces], spec)
            for spec in specs
        }

    def answers(
        self, crops: Mapping[CropSpec, NDArray[np.uint8]], said: Said
    ) -> list[dict[str, NDArray[np.float32]]]:
        """Values of each face, task by task; arguments as of ``read``."""
        columns = {name: self.read(name, crops, said) for name in self.models}
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]

    def read(self, task: str, crops: Mapping[CropSpec, NDArray[np.uint8]], said: Said) -> NDArray[np.float32]:
        """Run the model of a task on its crops of one or more faces.

        Args:
            task: Name of the task.
            crops: As from ``crops``.
            said: What networks said of these crops already, for other tasks; is added to.

        Returns:
            float32 (N, V).
        """
        model = self.models[task]
        key = (model.session, model.card.crop)
        if key not in said:
            said[key] = run_network(model, crops[model.card.crop])
        return model.task.decode(model.own(said[key]), model.card)


def run_network(model: LoadedModel, batch: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """All outputs of a model's network for crops uint8 (N, C, S, S)."""
    parts = [
        model.session.run(normalise(batch[start : start + BATCH], model.card.mean, model.card.std))
        for start in range(0, len(batch), BATCH)
    ]
    return parts[0] if len(parts) == 1 else [np.concatenate(output) for output in zip(*parts, strict=True)]
