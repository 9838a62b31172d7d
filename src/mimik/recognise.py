"""Crops and models -> values, batched over all faces of a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.crop import crop_batch, face_square, normalise
from mimik.errors import ModelError
from mimik.models.card import CropSpec, ModelCard
from mimik.models.session import Session
from mimik.models.store import DEFAULTS, find_model
from mimik.tasks.base import Task, load_task
from mimik.types import Box, Image, Point

BATCH = 64
"""Faces per call of a network, so that a crowd doesn't fill the memory."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model ready to run."""

    card: ModelCard
    task: Task
    session: Session


def load_model(
    task_name: str, name: str | None = None, device: str = "auto", threads: int = 1
) -> LoadedModel:
    """Load the model of a task.

    Args:
        task_name: Name of the task.
        name: Catalogue name or path; the task's default if None.
        device: "auto", "cpu" or "cuda".
        threads: CPU threads of one call.

    Raises:
        UnknownNameError: No such task or model.
        ModelError: The file is damaged, or it and its card don't fit each other or the task.
    """
    task = load_task(task_name)
    card, path = find_model(name or DEFAULTS[task_name])
    if card.task != task_name:
        raise ModelError(f"{card.name} reads {card.task}, not {task_name}")
    session = Session(path, device, threads)
    spec = card.crop
    wanted = (spec.channels, spec.size, spec.size)
    if session.input_shape[1:] != wanted or session.output_shape[1:] != (card.outputs,):
        raise ModelError(
            f"{path}: takes {session.input_shape[1:]} and gives {session.output_shape[1:]}, "
            f"but its card says {wanted} and ({card.outputs},); export the model again"
        )
    return LoadedModel(card, task, session)


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
        crops = self.crops(image, faces)
        columns = {name: self.read(name, crops) for name in self.models}
        return [{name: values[i] for name, values in columns.items()} for i in range(len(faces))]

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

    def read(self, task: str, crops: Mapping[CropSpec, NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Run the model of a task on its crops of one or more faces.

        Args:
            task: Name of the task.
            crops: As from ``crops``.

        Returns:
            float32 (N, V).
        """
        model = self.models[task]
        card, batch = model.card, crops[model.card.crop]
        logits = [
            model.session.run(normalise(batch[start : start + BATCH], card.mean, card.std))[0]
            for start in range(0, len(batch), BATCH)
        ]
        return model.task.decode(logits[0] if len(logits) == 1 else np.concatenate(logits), card)
