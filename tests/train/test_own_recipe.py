"""A recipe of a task of one's own, from its TOML to a model that reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mimik.errors import RecipeError
from mimik.evaluate.score import evaluate_model
from mimik.train.recipe.read import read_recipe

RECIPE = """
name = "glasses.tiny"
version = "1"
labels = ["0", "Clear", "happy"]
threshold = 0.4
holdout = 0.3

[task]
name = "glasses"
kind = "classes"

[crop]
size = 24

[network]
family = "mini_xception"
stem = [4, 4]
widths = [8, 8]
strides = [2, 2]

[optim]
epochs = 30
batch = 8
ema = 0.9

[augment]
flip = false

[[data]]
reader = "folder"
split = "train"
"""
HEADS = """
name = "both"
version = "1"
[crop]
size = 24
[[heads]]
name = "g"
task = { name = "glasses", kind = "classes" }
labels = ["a", "b"]
[[heads]]
name = "e"
task = "emotion"
labels = ["happy", "sad"]
[[data]]
reader = "folder"
split = "train"
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Pictures whose brightness tells the class, named in capitals or not."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 30), ("test", 8)):
        for number, label in enumerate(("0", "clear", "Happy")):
            folder = tmp_path / "faces" / split / label
            folder.mkdir(parents=True)
            for i in range(count):
                pixels = rng.integers(80 * number, 80 * number + 60, (24, 24, 3), np.uint8)
                pixels[i % 20 : i % 20 + 4, (7 * i) % 20 : (7 * i) % 20 + 4] = 255 - 80 * number
                Image.fromarray(pixels).save(folder / f"{i}.png")
    return tmp_path / "faces"


def test_a_table_of_name_and_kind(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path / "g.toml", RECIPE))
    assert (recipe.task, recipe.kind) == ("glasses", "classes")
    assert recipe.own_tasks.labels == {"glasses": ("0", "Clear", "happy")}
    assert recipe.own_tasks.alone
    both = read_recipe(written(tmp_path / "h.toml", HEADS))
    assert [(head.task, head.kind) for head in both.all_heads] == [("glasses", "classes"), ("emotion", "")]
    assert dict(both.own_tasks.labels) == {"glasses": ("a", "b")}
    assert not both.own_tasks.alone


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "classes"', 'kind = "clases"', "unknown kind of task 'clases': there is classes"),
        ('kind = "classes"', 'knid = "classes"', r"\[task\] must hold name and kind, not name, knid"),
        ('name = "glasses"\n', "", r"\[task\] must hold name and kind, not kind"),
        ('name = "glasses"\n', 'name = "emotion"\n', "'emotion' is a task that mimik knows"),
        ('name = "glasses"\n', 'name = "time"\n', "can't be called 'time'"),
        ('name = "glasses"\n', "name = 3\n", "task must be str, not 3"),
        ('["0", "Clear", "happy"]', '["Clear", "clear"]', "the same but for capitals"),
        ('["0", "Clear", "happy"]', '["label", "clear"]', "no label can be called 'label'"),
    ],
)
def test_bad_tasks_are_refused_in_a_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        read_recipe(written(tmp_path / "bad.toml", RECIPE.replace(old, new)))
    assert "\n" not in str(caught.value)


@pytest.mark.train
def test_a_task_without_its_kind_says_how_to_name_it(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
    from mimik.train.objectives.joint import joint_objective

    recipe = read_recipe(written(tmp_path / "g.toml", RECIPE.replace('kind = "classes"', "")))
    with pytest.raises(RecipeError, match=r"unknown task 'glasses'.*kind = .classes."):
        joint_objective(recipe)


@pytest.mark.train
@pytest.mark.filterwarnings("ignore:.*too few to calibrate")
def test_from_recipe_to_evaluation(tmp_path: Path, faces: Path) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
    from mimik.train.loop import train

    recipe = read_recipe(written(tmp_path / "g.toml", RECIPE))
    path = train(recipe, faces, tmp_path / "run", device="cpu")
    card = json.loads(path.with_suffix(".json").read_text())
    assert (card["task"], card["kind"], card["labels"]) == ("glasses", "classes", ["0", "Clear", "happy"])
    assert (card["threshold"], card["format"]) == (0.4, 1)
    report = evaluate_model(path, faces)
    assert (report["n"], report["data"]["reader"], report["left_out"]) == (24, "folder", {})
    assert report["accuracy"] > 0.8


@pytest.mark.train
def test_a_folder_of_other_classes_is_an_error(tmp_path: Path, faces: Path) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
    from mimik.train.loop import train

    text = RECIPE.replace('["0", "Clear", "happy"]', '["none", "dark"]')
    with pytest.raises(RecipeError, match="labelled 'none' or 'dark'; labels found: 0"):
        train(read_recipe(written(tmp_path / "g.toml", text)), faces, tmp_path / "run", device="cpu")


@pytest.mark.train
def test_a_head_of_ones_own_beside_another(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")
    from mimik.train.inputs.pictures import load_pictures

    rng = np.random.default_rng(0)
    for name in ("eyes/A", "eyes/b", "faces/happy", "faces/sad"):
        (tmp_path / name).mkdir(parents=True)
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8)).save(tmp_path / name / "1.png")
    sets = "".join(
        f'[[data]]\nreader = "folder"\nsplit = "test"\npath = "{name}"\n' for name in ("eyes", "faces")
    )
    recipe = read_recipe(written(tmp_path / "h.toml", HEADS.partition("[[data]]")[0] + sets))
    pictures = load_pictures(recipe.data, tmp_path, recipe.crop, recipe.fold, recipe.own_tasks)
    assert [dict(sample.labels) for sample in pictures.samples] == [
        *({"glasses": "a"}, {"glasses": "b"}),
        *({"emotion": "happy"}, {"emotion": "sad"}),
    ]
