"""What a recipe may ask of its losses, and what is refused when it is read; needs no torch."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.errors import RecipeError
from mimik.train.recipe.losses import loss_of
from mimik.train.recipe.read import read_recipe

CLASSES = """
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
AGE = CLASSES.replace("gender", "age").replace('labels = ["female", "male"]', "outputs = 101")
HEADS = """
name = "x"
version = "1"
[crop]
size = 16
[[heads]]
name = "gender.x"
task = "gender"
labels = ["female", "male"]
loss = "focal"
[[heads]]
name = "age.x"
task = "age"
outputs = 1
loss = "mae"
[[data]]
reader = "folder"
split = "train"
"""
SOUND = (
    CLASSES.replace("[crop]\nsize = 16", "[sound]")
    .replace("gender", "voice")
    .replace('["female", "male"]', '["happy", "sad"]')
)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("base", "added", "message"),
    [
        (CLASSES, '[objective]\nloss = "mse"', "'mse' is none of its task: for gender there is"),
        (CLASSES, '[objective]\nloss = "focl"', "'focl' is none of its task"),
        (AGE, '[objective]\nloss = "focal"', "for age there is distribution, mse, mae"),
        (AGE, '[objective]\nloss = "mse"', "'mse' with outputs = 101: an age of one number has outputs = 1"),
        (AGE.replace("101", "1"), "", "'distribution' with outputs = 1"),
        (AGE.replace("101", "1"), '[objective]\nloss = "mae"\nsigma_years = 1', "of an age's distribution"),
        (CLASSES, "[objective]\nfocal_gamma = 1", "focal_gamma is for loss = 'focal'"),
        (CLASSES, '[objective]\nloss = "focal"\nfocal_gamma = -1', "focal_gamma must be 0 or more"),
        (CLASSES, '[objective]\nloss = "squared_hinge"\nlabel_smoothing = 0.1', "leave label_smoothing out"),
        (CLASSES, '[objective]\nloss = "squared_hinge"\nsoft_labels = 1', "leave soft_labels out"),
        (CLASSES, '[objective]\nloss = "squared_hinge"\nown_classes = 1', "leave own_classes out"),
        (
            CLASSES,
            '[objective]\nloss = "squared_hinge"\nvotes = 0.5\n[teacher]\nmodels = ["y"]',
            r"leave votes and \[teacher\] out, or take cross_entropy or focal",
        ),
        (CLASSES, '[objective]\nclass_weights = "even"', 'class_weights is "balanced" or a table'),
        (CLASSES, "[objective]\nclass_weights = 2", "class_weights must be a table"),
        (CLASSES, "[objective]\nclass_weights = { male = 0 }", "class_weights: male must be above 0"),
        (CLASSES, "[objective]\nclass_weights = { man = 2 }", "class_weights of man: the labels are female"),
        (AGE, '[objective]\nclass_weights = "balanced"', "class_weights are of classes or units"),
        (
            CLASSES.replace('split = "train"', 'split = "train"\nbalanced = true'),
            '[objective]\nclass_weights = "balanced"',
            "evens classes out twice",
        ),
        (AGE, "[objective]\nsoft_labels = 1", "soft_labels are of heads with classes"),
        (CLASSES, "[objective]\nsoft_labels = 1\nvotes = 0.5", "leave one of them out"),
        (CLASSES, "[objective]\nsoft_labels = 2", "soft_labels is a share"),
        (CLASSES, "[objective]\ncutmix = -1", "cutmix must be 0 or more"),
        (SOUND, "[objective]\ncutmix = 1", "cutmix is for pictures; take mixup"),
        (CLASSES, '[optim]\nprecision = "fp8"', "precision is bf16 or fp16 or fp32, not 'fp8'"),
        (HEADS, '[objective]\nclass_weights = { old = 2 }', "the labels are female, male"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_line(
    tmp_path: Path, base: str, added: str, message: str
) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        read_recipe(written(tmp_path / "x.toml", f"{base}\n{added}\n"))
    assert "\n" not in str(caught.value)


def test_heads_have_losses_of_their_own(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path / "x.toml", HEADS))
    assert [loss_of(head, recipe.objective) for head in recipe.all_heads] == ["focal", "mae"]
    assert recipe.output_count == 3
    plain = read_recipe(written(tmp_path / "y.toml", CLASSES))
    assert loss_of(plain.all_heads[0], plain.objective) == "cross_entropy"
    weights = '[objective]\nclass_weights = { male = 2, female = 0.5 }\nloss = "focal"\nfocal_gamma = 0\n'
    given = read_recipe(written(tmp_path / "z.toml", CLASSES + weights))
    assert given.objective.class_weights == {"male": 2, "female": 0.5}
