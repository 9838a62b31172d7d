"""What finished models say of the training pictures, for a smaller network to learn from.

Knowledge distillation (Hinton et al. 2015, arXiv:1503.02531) with the teachers' calibrated
probabilities as a part of the target. They are asked once, before training.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from mimik.crop import crop, normalise, to_channels, whole_square
from mimik.errors import ModelError, RecipeError, UnknownNameError
from mimik.recognise import LoadedModel, load_model
from mimik.tasks.base import softmax
from mimik.train.batches import Pictures
from mimik.train.recipe import Recipe

CHUNK = 128
"""Pictures per call of a teacher."""


def teacher_probabilities(recipe: Recipe, pictures: Pictures) -> NDArray[np.float32]:
    """Mean probabilities of a recipe's teachers for pictures as they are and mirrored.

    Args:
        recipe: Its ``teacher`` names the models.
        pictures: N pictures of the recipe's crop.

    Returns:
        float32 (N, K).

    Raises:
        RecipeError: A teacher can't be loaded, has other outputs, or sees colour where the recipe's
            pictures are grey.
    """
    teachers = [_load(recipe, name) for name in recipe.teacher.models]

    def ask(start: int) -> NDArray[np.float32]:
        part = pictures.images[start : start + CHUNK]
        answers = np.stack([_answers(model, part) for model in teachers])
        return np.asarray(answers.mean(axis=0), np.float32)

    with ThreadPoolExecutor(2) as pool:
        return np.concatenate(list(pool.map(ask, range(0, len(pictures), CHUNK))))


def _load(recipe: Recipe, name: str) -> LoadedModel:
    """A teacher that fits the recipe."""
    try:
        model = load_model(recipe.task, name)
    except (ModelError, UnknownNameError) as error:
        raise RecipeError(f"{recipe.name}: its teacher: {error}; train the teacher's recipe first") from error
    card = model.card
    if card.outputs != recipe.output_count or card.labels != recipe.labels:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} has other labels")
    if card.crop.channels > recipe.crop.channels:
        raise RecipeError(f"{recipe.name}: its teacher {card.name} needs pictures with colour")
    return model


def _answers(model: LoadedModel, images: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """One model's probabilities, the mean of both ways round."""
    spec = model.card.crop
    faces = [
        to_channels(crop(image, whole_square(image.shape[1], image.shape[0]), spec.size), spec.channels)
        for image in images
    ]
    batch = normalise(np.stack(faces), model.card.mean, model.card.std)
    both = [softmax(model.session.run(view)[0], model.card.temperature) for view in (batch, _mirrored(batch))]
    return np.asarray((both[0] + both[1]) / 2, np.float32)


def _mirrored(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same faces seen in a mirror, (N, C, S, S)."""
    return np.ascontiguousarray(batch[..., ::-1])
