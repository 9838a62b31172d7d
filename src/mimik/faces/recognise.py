"""Crops and models -> values, batched over all faces of a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mimik.faces.crop import Square, crop_batch, face_square, normalise, to_frame
from mimik.models.inputs import CropSpec
from mimik.models.session import Session
from mimik.tasks.base import Placed
from mimik.tasks.loaded import LoadedModel
from mimik.types import Box, Image, Point

BATCH = 64
"""Faces per call of a network, so that a crowd doesn't fill the memory."""

Crops: TypeAlias = "Mapping[CropSpec, NDArray[np.uint8]]"
"""How a network wants its faces, to the crops of all faces, uint8 (N, C, S, S)."""
Squares: TypeAlias = "Mapping[CropSpec, Sequence[Square]]"
"""How a network wants its faces, to where each is cut."""
Values: TypeAlias = "Mapping[str, NDArray[np.float32]]"
"""Task to its values for one face, before smoothing, float32 (V,)."""
Said: TypeAlias = "dict[tuple[Session, CropSpec], list[NDArray[np.float32]]]"
"""A network and its crop to all of its outputs."""
Clock: TypeAlias = "Callable[[str], AbstractContextManager[None]]"
"""Called with the name of a stage, which runs within what it gives."""
_UNWATCHED = nullcontext()


def untimed(stage: str) -> AbstractContextManager[None]:
    """The clock of those who don't want to know."""
    return _UNWATCHED


class Recogniser:
    """Runs the models of all tasks on the faces of a picture."""

    def __init__(self, models: Mapping[str, LoadedModel]) -> None:
        """Take loaded models.

        Args:
            models: Task name to its model, in the order of the results.
        """
        self.models = dict(models)
        self._placed = {
            name: (model.task, model.card.crop)
            for name, model in self.models.items()
            if isinstance(model.task, Placed)
        }

    def squares(self, faces: Sequence[tuple[Box, Sequence[Point] | None]]) -> Squares:
        """Where every crop that the models want lies.

        Args:
            faces: Box and landmarks of each face.
        """
        specs = dict.fromkeys(model.card.crop for model in self.models.values())
        return {spec: tuple(face_square(box, points, spec) for box, points in faces) for spec in specs}

    def crops(self, image: Image, faces: Sequence[tuple[Box, Sequence[Point] | None]]) -> Crops:
        """Every crop that the models want, each made once.

        Args:
            image: RGB uint8 (H, W, 3).
            faces: Box and landmarks of each face.

        Returns:
            Crop to uint8 (N, C, S, S).
        """
        return self.cut(image, self.squares(faces))

    def cut(self, image: Image, squares: Squares) -> Crops:
        """The same, of where each lies.

        Args:
            image: RGB uint8 (H, W, 3).
            squares: As from ``squares``.
        """
        return {spec: crop_batch(image, own, spec) for spec, own in squares.items()}

    def placed(self, values: Values, squares: Squares, number: int, frame: tuple[int, int]) -> Values:
        """One face's values, with places in pixels of the frame.

        Args:
            values: Of the face, as from ``answers``.
            squares: Where its crops and those of the others were cut.
            number: Of the face among these.
            frame: Width and height in pixels.
        """
        found = dict(values)
        for name, (task, spec) in self._placed.items():
            if name in found:
                matrix = to_frame(squares[spec][number], spec.size)
                found[name] = task.placed(found[name], matrix, frame)
        return found

    def answers(self, crops: Crops, said: Said, clock: Clock = untimed) -> list[Values]:
        """Values of each face, task by task.

        Args:
            crops: As from ``crops``.
            said: What networks said of these crops already; is added to.
            clock: Times each task; the first one of a network bears its cost.

        Returns:
            For each face, task to float32 (V,).
        """
        columns = {}
        for name, model in self.models.items():
            with clock(name):
                columns[name] = _values(model, crops, said)
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _values(model: LoadedModel, crops: Crops, said: Said) -> NDArray[np.float32]:
    """One task's values of each face, (N, V); its network runs unless it did for another task."""
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
