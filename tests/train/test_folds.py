"""A recipe trained once for each fold: who is held when, what is told, and what a killed command keeps."""

from __future__ import annotations

import csv
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import recipe
from tiny_voices import draw_voices, voice_recipe

import mimik
from mimik.cli import main
from mimik.data.seen import read_seen
from mimik.errors import DataError, OutputExistsError, RecipeError
from mimik.evaluate.score import ask_held
from mimik.models.card import read_card
from mimik.tasks.metrics import accuracy
from mimik.train.export.export import UNKNOWN
from mimik.train.folds.divide import FoldOptions, divide_sets
from mimik.train.folds.run import train_folds
from mimik.train.folds.table import table_lines
from mimik.train.recipe.options import DataOptions, OptimOptions
from mimik.train.recipe.recipe import Recipe

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
OPTIM = OptimOptions(epochs=2, batch=8, learning_rate=1e-2, ema=0.8)
PEOPLE = ("ann", "ben", "cat", "dan")


def draw_people(folder: Path) -> Path:
    """Upright and lying bars of four people, five of each; dan has no lying ones."""
    rng = np.random.default_rng(1)
    for person in PEOPLE:
        for label in ("female", "male") if person != "dan" else ("female",):
            own = folder / label / person
            own.mkdir(parents=True)
            for number in range(5):
                image = rng.integers(0, 60, (24, 24, 3), np.uint8)
                at = int(rng.integers(4, 18))
                image[(slice(None), slice(at, at + 3)) if label == "female" else slice(at, at + 3)] += 150
                cv2.imwrite(str(own / f"{number}.png"), image)
    return folder


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return draw_people(tmp_path / "people")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """Pictures of four people, a run that left out each of them once, and what it said."""
    folder = tmp_path_factory.mktemp("folds")
    data = draw_people(folder / "people")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr("mimik.train.report.finish._draw", lambda finish, run: {})
        return data, folder / "run", fold(by_people(), data, folder / "run", "subjects")


def by_people(**changes: object) -> Recipe:
    return recipe(**{"data": (DataOptions("folder", "all"),), "optim": OPTIM, **changes})


def fold(recipe: Recipe, data: Path, run: Path, word: str, **words: Any) -> dict[str, Any]:
    return train_folds(recipe, data, run, FoldOptions.of(word), device="cpu", source=UNKNOWN, **words)


Trained = tuple[Path, Path, dict[str, Any]]


def test_each_person_is_left_out_once_and_judged_by_who_hasnt_seen_them(trained: Trained) -> None:
    _, run, found = trained
    head = found["heads"]["gender.tiny"]
    assert [row["name"] for row in head["folds"]] == list(PEOPLE)
    for row in head["folds"]:
        seen = read_seen(run / row["run"])
        assert seen is not None
        assert {key.split("/")[1] for key in seen.keys[seen.held]} == {row["name"]}
        assert row["name"] not in {key.split("/")[1] for key in seen.keys[~seen.held]}
        assert (row["trained"], row["held"]) == (35 - row["held"], row["n"])
        asked = ask_held(run / row["run"])
        card, answers = asked.model.card, asked.answers
        value = asked.model.task.headline(answers.logits[:, 0], answers.samples, card)[1]  # type: ignore[attr-defined]
        assert row["value"] == pytest.approx(value)
    assert head["folds"][3]["lacking"] == ["male"]
    values = [row["value"] for row in head["folds"]]
    assert head["mean"] == pytest.approx(np.mean(values))
    assert head["sd"] == pytest.approx(np.std(values, ddof=1))
    assert json.loads((run / "folds.json").read_text()) == found


def test_every_picture_has_one_prediction_and_they_make_the_pooled_figure(trained: Trained) -> None:
    people, run, found = trained
    head = found["heads"]["gender.tiny"]
    rows = mimik.read_predictions(run / head["predictions"])
    assert sorted(row.key for row in rows) == sorted(
        file.relative_to(people).as_posix() for file in people.rglob("*.png")
    )
    truth = np.array([row.truth == "male" for row in rows], np.intp)
    said = np.array([row.predicted == "male" for row in rows], np.intp)
    assert head["pooled"]["accuracy"] == accuracy(truth, said)
    low, high = head["pooled"]["ci95"]
    assert low < head["pooled"]["accuracy"] <= high
    assert {row.group for row in rows} == set(PEOPLE)


def test_the_command_shows_the_table_and_goes_on_where_it_was_stopped(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, run = tmp_path / "tiny.toml", tmp_path / "run"
    file.write_text(
        'name = "gender.tiny"\nversion = "1"\ntask = "gender"\nlabels = ["female", "male"]\n'
        '[crop]\nsize = 24\n[[data]]\nreader = "folder"\nsplit = "all"\n'
        "[network]\nstem = [4, 4]\nwidths = [8]\nstrides = [2]\n[optim]\nepochs = 1\nbatch = 8\nema = 0.5\n"
    )
    words = ["train", str(file), "--data", str(people), "--run", str(run), "--device", "cpu", "--folds", "2"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "fold  trained  held  accuracy" in said
    assert "all folds together" in said
    kept = {name: (run / f"fold-{name}" / "gender.tiny.onnx").stat().st_mtime_ns for name in (0,)}
    before = (run / "folds.json").read_bytes()
    for gone in ("gender.tiny.onnx", "gender.tiny.json", "report.html"):
        (run / "fold-1" / gone).unlink()
    (run / "folds.json").unlink()
    assert main(words) == 0
    assert "fold 0, 1 of 2: finished" in capsys.readouterr().out
    assert {n: (run / f"fold-{n}" / "gender.tiny.onnx").stat().st_mtime_ns for n in kept} == kept
    assert (run / "folds.json").read_bytes() == before
    assert main([*words[:-1], "3"]) == 2
    assert "another division" in capsys.readouterr().err


def test_near_copies_stay_together_where_nobody_is_named(bars: Path) -> None:
    for number in range(10):
        shutil.copy(bars / "train" / "male" / "0.png", bars / "train" / "male" / f"again{number}.png")
    tiny = recipe()
    division = divide_sets(tiny.data, bars, tiny.trained, FoldOptions.of("4"), tiny.own_tasks)
    copies = [p for key, p in division.pictures[0].items() if "again" in key or key.endswith("male/0.png")]
    male = [p for p in copies if p.sample.labels["gender"] == "male"]
    assert len({placed.fold for placed in male}) == 1
    sizes = np.bincount([placed.fold for placed in division.pictures[0].values()])
    assert len(sizes) == 4 and sizes.sum() == 90


def test_voices_are_divided_by_who_speaks(tmp_path: Path) -> None:
    draw_voices(tmp_path / "one", ("angry", "sad"))
    draw_voices(tmp_path / "two", ("sad", "calm"))
    spoken = voice_recipe(optim=OPTIM)
    found = fold(spoken, tmp_path, tmp_path / "run", "2")["heads"]["voice.tiny"]
    assert sum(row["held"] for row in found["folds"]) == 32
    assert "accuracy_own" in found["pooled"], "each set is judged by its own classes"
    for number in (0, 1):
        seen = read_seen(tmp_path / "run" / f"fold-{number}")
        assert seen is not None
        assert not set(seen.groups[seen.held]) & set(seen.groups[~seen.held])


@pytest.mark.parametrize(
    ("word", "error", "match"),
    [
        ("5", DataError, "4 people, groups or single pictures can't be divided into 5 parts"),
        ("1", RecipeError, "folds must be 2 or more, or subjects"),
        ("people", RecipeError, "folds must be 2 or more, or subjects"),
    ],
)
def test_what_cant_be_divided_is_refused_in_a_line(
    people: Path, tmp_path: Path, word: str, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        fold(by_people(), people, tmp_path / "run", word)
    assert not (tmp_path / "run").exists()


def test_a_class_that_one_person_alone_has_is_refused(people: Path, tmp_path: Path) -> None:
    for person in ("ann", "ben"):
        shutil.rmtree(people / "male" / person)
    with pytest.raises(RecipeError, match=r"fold cat holds all pictures of male"):
        fold(by_people(), people, tmp_path / "run", "subjects")
    with pytest.raises(DataError, match="it isn't known who is shown in 35 pictures"):
        shutil.rmtree(people)
        people.mkdir()
        for number in range(35):
            own = people / ("male" if number % 2 else "female")
            own.mkdir(exist_ok=True)
            noise = np.random.default_rng(number).integers(0, 255, (24, 24), np.uint8)
            cv2.imwrite(str(own / f"{number}.png"), noise)
        fold(by_people(), people, tmp_path / "run", "subjects")


def test_another_set_in_the_same_folder_is_refused(trained: Trained, tmp_path: Path) -> None:
    people, run, _ = trained
    shutil.copytree(people, tmp_path / "more")
    shutil.copytree(people / "male" / "ann", tmp_path / "more" / "male" / "eve")
    with pytest.raises(OutputExistsError, match="folds of other pictures"):
        fold(by_people(), tmp_path / "more", run, "subjects")


def test_the_table_says_which_classes_a_fold_lacks(trained: Trained) -> None:
    _, run, found = trained
    lines = list(table_lines(found, run))
    assert any(line.startswith("3") and line.endswith("male") for line in lines)
    card = read_card(run / "fold-3" / "gender.tiny.json")
    assert card.training["notes"] == ["validation has no picture of male"]
    with (run / "folds.csv").open(newline="") as stream:
        assert {row["fold"] for row in csv.DictReader(stream)} == {"0", "1", "2", "3"}
