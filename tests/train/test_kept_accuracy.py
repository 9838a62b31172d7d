"""A threshold that is chosen on validation, by the share of the answers that shall be right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import UNIT_HEAD, held_in_memory, recipe  # noqa: E402

from mimik.errors import MimikWarning, RecipeError  # noqa: E402
from mimik.models.card import ModelCard, read_card  # noqa: E402
from mimik.train.export.card import calibrated  # noqa: E402
from mimik.train.objectives.joint import joint_objective  # noqa: E402
from mimik.train.recipe.options import HeadOptions  # noqa: E402

pytestmark = pytest.mark.train


def chosen(card: ModelCard, kept_accuracy: float) -> float:
    """The threshold for 400 answers of which those of 0.905 are right in 90 % and those of 0.605 in 60 %."""
    made = recipe(kept_accuracy=kept_accuracy, threshold=0.3)
    (head,) = made.all_heads
    confidence = np.repeat([0.605, 0.905], 200)
    right = np.concatenate([np.arange(200) < 120, np.arange(200) < 180])
    logits = np.stack([np.log(confidence), np.log(1 - confidence)], 1).astype(np.float32)
    held = held_in_memory([np.zeros((24, 24), np.uint8)] * 400)
    labels = [{"gender": "female" if hit else "male"} for hit in right]
    samples = [replace(sample, labels=label) for sample, label in zip(held.samples, labels, strict=True)]
    card = replace(card, threshold=head.threshold)
    part = joint_objective(made).part(head)
    return calibrated(card, head, part, replace(held, samples=samples), logits).threshold


def test_the_threshold_follows_from_validation(make_model) -> None:
    path: Path = make_model("gender")
    card = read_card(path.with_suffix(".json"))
    assert chosen(card, 0) == 0.3
    assert chosen(card, 0.7) == 0
    assert chosen(card, 0.8) == 0.61
    with pytest.warns(MimikWarning, match=r"gender\.tiny: with no threshold are 95% .* it stays 0\.3; lower"):
        assert chosen(card, 0.95) == 0.3


def test_only_classes_have_one() -> None:
    with pytest.raises(RecipeError, match="au: kept_accuracy is for tasks that answer with a class"):
        recipe(task="", labels=(), heads=(replace(UNIT_HEAD, kept_accuracy=0.9),))
    with pytest.raises(RecipeError, match=r"x: kept_accuracy is a share from 0 to below 1, not 1\.5"):
        HeadOptions("x", "gender", ("a", "b"), kept_accuracy=1.5)
    with pytest.raises(RecipeError, match="kept_accuracy, threshold and limits are a head's own"):
        recipe(task="", labels=(), heads=(UNIT_HEAD,), kept_accuracy=0.9)
