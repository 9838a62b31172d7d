from __future__ import annotations

from pathlib import Path

import pytest

from mimik.errors import RecipeError
from mimik.tasks.base import TASKS
from mimik.train.ensemble.recipe import is_ensemble, read_ensemble
from mimik.train.recipe.read import read_recipe

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))

MINIMAL = """
name = "x"
task = "gender"
version = "1"
labels = ["female", "male"]
[crop]
size = 16
[[data]]
reader = "folder"
split = "train"
"""


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_every_recipe_can_be_read(path: Path) -> None:
    recipe = read_ensemble(path).joined if is_ensemble(path) else read_recipe(path)
    assert recipe.name == path.stem
    assert recipe.licence
    for head in recipe.all_heads:
        assert head.aid or head.kind or head.task in TASKS
        assert head.aid or head.limits
    assert {"name", "terms", "citation"} <= set(recipe.sources[0])


def test_defaults(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(MINIMAL)
    recipe = read_recipe(path)
    assert recipe.output_count == 2
    assert recipe.optim.batch == 128
    assert recipe.crop.size == 16
    assert recipe.network == {"family": "mini_xception"}
    path.write_text(MINIMAL + "[network]\ndropout = 0.1\n")
    assert read_recipe(path).network == {"family": "mini_xception", "dropout": 0.1}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "x"', 'nam = "x"', "did you mean 'name'"),
        ("size = 16", "sise = 16", "did you mean 'size'"),
        ("size = 16", 'size = "16"', "must be int"),
        ("[crop]\nsize = 16", 'crop = "x"', "must be a table"),
        ('version = "1"', "version = 1", "must be str"),
        ("[crop]", "[network]\nfamily = 3\n[crop]", "family must be a name, not 3"),
        ('labels = ["female", "male"]', "labels = 2", "must be a list"),
        ('labels = ["female", "male"]', "", "outputs of 2 or more"),
        ('task = "gender"', "", "needs a task"),
        ('version = "1"', "", "missing 1 required"),
        ("[crop]", '[[heads]]\nname = "y"\ntask = "age"\noutputs = 9\n[crop]', "needs a task, or"),
        ('version = "1"', 'version = "1"\nholdout = 1.5', "holdout"),
        ('split = "train"', 'split = "train"\n[optim]\nepochs = 0', "epochs"),
        ('split = "train"', 'split = "train"\n[optim]\nema = 1.0', "ema"),
        (
            'split = "train"',
            'split = "train"\n[objective]\nlabel_smoothing = 2',
            "label_smoothing is a share",
        ),
        ('split = "train"', 'split = "train"\n[objective]\nvotes = -0.5', "votes is a share"),
        ('split = "train"', 'split = "train"\n[objective]\nmixup = -1', "mixup must be 0 or more, not -1"),
        ('split = "train"', 'split = "train"\n[objective]\nmean_weight = nan', "mean_weight must be 0 or"),
        ('split = "train"', 'split = "train"\n[objective]\nsigma_years = 0', "sigma_years must be 0.1 or"),
        ('split = "train"', 'split = "train"\n[optim]\nweight_decay = -1', "weight_decay >= 0"),
        ('split = "train"', 'split = "train"\n[optim]\nlearning_rate = nan', "learning_rate > 0"),
        ('split = "train"', 'split = "train"\n[optim]\nwarmup = 3', "a warmup from 0"),
        ('labels = ["female", "male"]', 'labels = ["male", "male"]', "gender has a label twice"),
        ('version = "1"', 'version = "1"\noutputs = 5', "2 labels and 5 outputs; leave outputs out"),
        (
            'task = "gender"',
            "threshold = 0.5\nheads = [{name = 'y', task = 'age', outputs = 9}]",
            "threshold and limits are a head's own",
        ),
        ('name = "x"', "name = ", "not a readable recipe"),
    ],
)
def test_bad_recipes_say_what_and_where(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(MINIMAL.replace(old, new))
    with pytest.raises(RecipeError, match=message) as caught:
        read_recipe(path)
    assert any(where in str(caught.value) for where in ("bad.toml", "x:", "objective:"))


def test_a_missing_recipe(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.toml"):
        read_recipe(tmp_path / "none.toml")
