"""What a recipe's phases are, and what they minimise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import UNIT_HEAD, recipe  # noqa: E402

from mimik.data.base import Sample  # noqa: E402
from mimik.errors import RecipeError  # noqa: E402
from mimik.facs import ACTION_UNITS  # noqa: E402
from mimik.tasks.base import TASKS, load_task  # noqa: E402
from mimik.tasks.scored import Scored  # noqa: E402
from mimik.train.objectives.base import OBJECTIVES  # noqa: E402
from mimik.train.objectives.joint import joint_objective  # noqa: E402
from mimik.train.phases.base import PHASES, load_phase  # noqa: E402
from mimik.train.phases.blend import mixed  # noqa: E402
from mimik.train.recipe.options import HeadOptions  # noqa: E402
from mimik.train.recipe.read import read_recipe  # noqa: E402

pytestmark = pytest.mark.train

RECIPES = [
    path
    for path in sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))
    if "[[members]]" not in path.read_text(encoding="utf-8")
]
"""Those of one network; ensembles are trained member by member."""


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_is_a_list_of_phases(path: Path) -> None:
    whole = read_recipe(path)
    phases = whole.course
    fits = ["fit"] * max(1, len(whole.phases))
    assert [phase.kind for phase in phases] == (["probe"] if path.stem == "face.base" else fits)
    assert all(phase.kind in PHASES and load_phase(phase) for phase in phases)
    assert set(whole.trained) == {head for phase in phases for head in phase.heads}
    # What isn't trained comes from the run before.
    kept = [head.name for head in whole.all_heads if head not in whole.trained]
    assert bool(kept) == (path.stem == "face.base")


@pytest.mark.parametrize("name", [name for name in TASKS if isinstance(load_task(name), Scored)])
def test_every_task_names_its_objective(name: str) -> None:
    assert load_task(name).objective in OBJECTIVES


def test_an_unknown_task_has_no_objective() -> None:
    with pytest.raises(RecipeError, match=r"unknown task 'gendre': .*; did you mean 'gender'"):
        joint_objective(recipe(task="gendre"))


def test_a_loss_needs_no_targets_made_before() -> None:
    heads = (HeadOptions("gender.two", "gender", ("female", "male")), UNIT_HEAD)
    whole = recipe(task="", labels=(), heads=heads)
    units = np.ones(len(ACTION_UNITS), np.float32)
    samples = [
        Sample(str(i), lambda: None, "train", {"gender": label}, scores={"au": units})  # type: ignore[arg-type, return-value]
        for i, label in enumerate(("male", "female"))
    ]
    asked = joint_objective(whole)
    targets = asked.targets(samples)
    logits = torch.arange(8.0).reshape(2, 4)
    assert joint_objective(whole).loss(logits, targets) == asked.loss(logits, targets) > 0


def test_mixing_blends_pictures_and_says_with_which_targets_and_by_how_much() -> None:
    numbers = torch.arange(8.0)[:, None]
    rng, same = np.random.default_rng(3), np.random.default_rng(3)
    (x,), other, share = mixed([numbers[..., None, None]], numbers, 0.4, rng)
    assert share == same.beta(0.4, 0.4) and 0 < share < 1
    assert other[:, 0].tolist() == same.permutation(8).tolist() != numbers[:, 0].tolist()
    assert torch.equal(x[:, :, 0, 0], numbers.lerp(other, share))
