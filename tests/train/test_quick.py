"""A recipe is picked for a folder of classes."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import recipe  # noqa: E402

from mimik.cli import main  # noqa: E402
from mimik.errors import OutputExistsError, RecipeError  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.train.quick.choose import quick_recipe  # noqa: E402
from mimik.train.quick.look import _look  # noqa: E402
from mimik.train.quick.text import is_edited, recipe_text, write_recipe  # noqa: E402
from mimik.train.recipe.options import DataOptions, HeadOptions, TeacherOptions  # noqa: E402
from mimik.train.recipe.read import read_recipe  # noqa: E402
from mimik.train.run_folder import trained_by  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


def folder_of(where: Path, **classes: int) -> Path:
    rng = np.random.default_rng(0)
    for name, count in classes.items():
        (where / name).mkdir(parents=True)
        for i in range(count):
            image = cv2.resize(rng.integers(0, 255, (6, 6, 3), np.uint8), (24, 24))
            cv2.imwrite(str(where / name / f"{i}.png"), image)
    return where


def test_a_face_that_fills_its_picture_is_taken_as_it_is() -> None:
    crops = _look(np.array([[45.0, 48, 0.02]] * 19 + [[20.0, 48, 0.4]]), [48] * 20, grey=True)
    assert (crops.detect, crops.scale, crops.shift_y, crops.side_px) == (False, 1.07, 0.02, 45)
    photos = _look(np.array([[45.0, 48, 0.02]] * 17 + [[200.0, 600, 0.4]] * 3), [48] * 20, grey=False)
    assert photos.detect and photos.scale == 1.1
    few = _look(np.array([[20.0, 48, 0.4]] * 9), [48] * 20, grey=True)
    assert not few.detect and few.scale == 1 and "too few" in few.text


def test_known_classes_keep_their_task(tmp_path: Path) -> None:
    quick = quick_recipe(folder_of(tmp_path / "faces", surprised=10, Happiness=10, contempt=10))
    assert (quick.recipe.task, quick.recipe.kind, quick.recipe.name) == ("emotion", "", "emotion.faces")
    assert quick.recipe.labels == ("happy", "surprise", "contempt")
    assert quick.recipe.data == (DataOptions("folder", "all"),)
    aged = quick_recipe(folder_of(tmp_path / "years", **{"20": 12, "40": 12})).recipe
    assert (aged.task, aged.labels, aged.outputs) == ("age", (), 101)


def test_other_classes_are_a_task_of_their_own(tmp_path: Path) -> None:
    mine = quick_recipe(folder_of(tmp_path / "Glasses", Dark=12, none=12)).recipe
    assert (mine.task, mine.kind, mine.labels) == ("glasses", "classes", ("Dark", "none"))
    assert mine.name == "glasses.quick"
    accented = quick_recipe(folder_of(tmp_path / "Brillen Träger", Größe=12, klein=12)).recipe
    assert (accented.name, accented.labels) == ("brillen-trager.quick", ("Größe", "klein"))
    taken = quick_recipe(folder_of(tmp_path / "emotion", yes=12, no=12)).recipe
    assert (taken.task, taken.kind) == ("my-emotion", "classes")


def test_what_holds_too_little_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="19 pictures are too few to learn from; it takes 20"):
        quick_recipe(folder_of(tmp_path / "few", happy=10, sad=9))
    with pytest.raises(RecipeError, match="holds one class, happy; it takes two"):
        quick_recipe(folder_of(tmp_path / "one", happy=30))


def test_pictures_that_nothing_can_be_seen_of_are_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "phone", happy=12, sad=12)
    for path in folder.rglob("*.png"):
        path.write_bytes(b"\x89PNG\r\n\x1a\nno")
    with pytest.raises(RecipeError, match=r"phone: none of 24 pictures can be read; the first: .*happy"):
        quick_recipe(folder)


def test_a_zip_is_called_without_its_ending(tmp_path: Path) -> None:
    folder_of(tmp_path / "in" / "faces", happy=12, sad=12)
    zipped = shutil.make_archive(str(tmp_path / "my faces"), "zip", tmp_path / "in")
    assert quick_recipe(Path(zipped)).recipe.name == "emotion.my-faces"


def test_splits_are_kept_and_test_is_left_alone(tmp_path: Path) -> None:
    for split, count in (("train", 30), ("val", 10), ("test", 10)):
        folder_of(tmp_path / "set" / split, happy=count, sad=count)
    quick = quick_recipe(tmp_path / "set", tmp_path / "list.csv")
    held = [(entry.split, entry.hold) for entry in quick.recipe.data]
    assert held == [("train", False), ("val", True)]
    assert {entry.leave_out for entry in quick.recipe.data} == {str(tmp_path / "list.csv")}
    assert "20 pictures of test are left for mimik evaluate" in quick.remarks


def test_a_recipe_is_read_back_from_its_text(tmp_path: Path) -> None:
    one = recipe(
        task="glasses",
        kind="classes",
        labels=('a "b"', "ü"),
        data=(DataOptions("folder", "train", extra={"x": "y.npz"}), DataOptions("csv", "val", hold=True)),
        teacher=TeacherOptions(("a.onnx",), 0.5),
        sources=({"name": "Own", "terms": "mine"},),
    )
    several = recipe(
        task="", labels=(), heads=(HeadOptions("x.y", "gender", ("female", "male"), weight=0.5),)
    )
    for whole in (one, several):
        path = tmp_path / "recipe.toml"
        path.write_text(text := recipe_text(whole, ("Why.",)), encoding="utf-8")
        assert read_recipe(path) == whole
        assert text.startswith("# Why.\n") and not is_edited(text)
        assert is_edited(text.replace("0.2", "0.3"))
    assert trained_by({}) == {}


def test_an_edited_recipe_is_not_lost(tmp_path: Path) -> None:
    path, other = tmp_path / "run" / "recipe.toml", recipe(seed=1)
    write_recipe(recipe(), (), path, begun=False)
    write_recipe(other, (), path, begun=False)
    with pytest.raises(OutputExistsError, match="holds another recipe than --quick picks now"):
        write_recipe(recipe(), (), path, begun=True)
    write_recipe(other, ("From elsewhere.",), path, begun=True)  # Remarks make no other recipe.
    assert "elsewhere" not in path.read_text()
    path.write_text(path.read_text() + "# mine\n")
    with pytest.raises(OutputExistsError, match="edited"):
        write_recipe(recipe(), (), path, begun=False)
    write_recipe(recipe(), (), tmp_path / "other.toml", begun=True)


def test_one_command_from_a_folder_to_a_model(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "my run"
    words = ["train", "--quick", str(bars), "--run", str(run), "--epochs", "1"]
    assert main(words) == 0
    out, card = capsys.readouterr().out, run / "gender.bars.json"
    assert "they are taken whole" in out and f"recipe: {run / 'recipe.toml'}" in out
    _, _, *use = shlex.split(out.splitlines()[-1])
    assert use == ["mimik", "analyze", "PHOTO", "--tasks", "gender", "--model", f"gender={card}"]
    told = read_card(card)
    assert told.recipe == "recipe.toml, seed 0" and told.figures[0]["command"] == "mimik evaluate 'my run'"
    (held,) = (line for line in out.splitlines() if line.startswith("accuracy "))
    assert f"accuracy   {100 * told.figures[0]['value']:.1f} %" in held
    assert list(run.rglob("*.onnx")) == [run / "gender.bars.onnx"]
    assert main(words) == 0, "the same command goes on"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a recipe and --data PATH"),
        (["x.toml"], "x.toml: name the folder that holds its data sets with --data PATH"),
        (["."], ".: a folder, no recipe; train a folder of classes with --quick FOLDER"),
        (["x.toml", "--quick", "faces"], "leave RECIPE and --data out"),
        (["x.toml", "--data", ".", "--leave-out", "l.csv"], "--leave-out goes with --quick"),
    ],
)
def test_words_that_do_not_go_together(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *words]) == 2
    assert said in capsys.readouterr().err
