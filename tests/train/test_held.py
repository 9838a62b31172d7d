"""What a run remembers of its pictures: the held part scored again, and pictures that were trained on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import recipe

from mimik.cli import main
from mimik.cli.compare import summary
from mimik.errors import DataError, OptionError
from mimik.evaluate.compare import compare_models
from mimik.evaluate.score import ask_held, evaluate_model
from mimik.models.card import read_card
from mimik.train.loop import train
from mimik.train.recipe.options import DataOptions, HeadOptions, OptimOptions

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
BRIEF = OptimOptions(epochs=3, batch=8, ema=0.9)


def test_the_held_part_is_scored_as_the_card_says(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    path = train(recipe(optim=BRIEF), bars, run, device="cpu")
    card = read_card(path.with_suffix(".json"))
    report = ask_held(run).report()
    (figure,) = card.figures
    assert (figure["metric"], figure["split"], figure["command"]) == (
        "accuracy",
        "validation",
        "mimik evaluate run",
    )
    assert (figure["value"], figure["ci95"], figure["n"]) == (report["accuracy"], report["ci95"], report["n"])
    assert figure["per_class"] == report["per_class"]
    counts = card.training["pictures"]
    assert report["n"] == counts["held"]["all"] and counts["trained"]["all"] + report["n"] == 80
    assert counts["trained"]["male"] + counts["held"]["male"] == 40
    moved = bars.rename(tmp_path / "moved")
    with pytest.raises(OptionError, match="any more; name their folder with --data"):
        ask_held(run)
    assert ask_held(run, moved).report()["accuracy"] == report["accuracy"]
    assert main(["evaluate", str(run), "--data", str(moved)]) == 0
    assert "gender.tiny 1 on folder validation, pictures as they are" in capsys.readouterr().out
    assert main(["evaluate", str(run), "--data", str(moved), "--split", "test"]) == 2
    assert "need a data set" in capsys.readouterr().err
    next((moved / "train" / "male").iterdir()).rename(tmp_path / "gone.png")
    for file in (moved / "train" / "female").iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"held pictures are gone: train/"):
        ask_held(run, moved)


def test_pictures_that_were_trained_on_are_told(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    path = train(recipe(optim=BRIEF), bars, run, device="cpu")
    counts = read_card(path.with_suffix(".json")).training["pictures"]
    report = evaluate_model(path, bars, "folder", "train")
    assert report["trained_on"] is True
    assert (report["overlap"]["exact"], report["overlap"]["held"]) == (
        counts["trained"]["all"],
        counts["held"]["all"],
    )
    assert report["overlap"]["without"]["n"] <= counts["held"]["all"] and report["n"] == 80
    # A held picture that is mirrored is still held; one of training, a little noisier, is a near copy.
    other = tmp_path / "other" / "test" / "male"
    other.mkdir(parents=True)
    rng = np.random.default_rng(0)
    keys = np.load(run / "pictures.npz")
    trained = [
        key for key, held in zip(keys["keys"], keys["held"], strict=True) if not held and "/male/" in key
    ]
    for number, key in enumerate(trained[:3]):
        image = cv2.imread(str(bars / key))
        noisy = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(other / f"{number}.png"), noisy[:, ::-1])
    cv2.imwrite(str(other / "9.png"), cv2.imread(str(bars / trained[9])))
    report = evaluate_model(path, tmp_path / "other", "folder")
    assert (report["overlap"]["exact"], report["overlap"]["near"]) == (1, 3)
    assert report["overlap"]["without"] is None and report["trained_on"] is True
    capsys.readouterr()
    assert main(["evaluate", str(path), str(bars), "--reader", "folder", "--split", "train"]) == 0
    shown = capsys.readouterr().out
    assert f"gender.tiny was trained on {counts['trained']['all']} of the pictures" in shown
    assert "without those:" in shown


def test_a_comparison_tells_what_each_run_was_trained_on(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = train(recipe(optim=BRIEF), bars, tmp_path / "run", device="cpu")
    (tmp_path / "away").mkdir()
    for file in (path, path.with_suffix(".json")):
        shutil.copy(file, tmp_path / "away")
    alone = evaluate_model(path, bars, "folder", "train")
    report = compare_models([path.parent, tmp_path / "away"], bars, "folder", "train")
    run, away = report["models"]
    assert run["trained_on"] is True and run["report"]["overlap"] == alone["overlap"]
    assert away["trained_on"] is None and away["report"]["overlap"] is None
    assert f"run was trained on {alone['overlap']['exact']} of the pictures" in summary(report)
    assert "not known whether away has learned" in summary(report)


def test_a_model_of_found_faces_asks_for_detect(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    path = train(recipe(optim=BRIEF), bars, run, device="cpu")
    words = ["evaluate", str(path), str(bars), "--reader", "folder"]
    assert main(words) == 0 and "add --detect" not in capsys.readouterr().err
    card = read_card(path.with_suffix(".json"))
    made = {**card.training, "recipe": {"data": [{"reader": "folder", "detect": True}]}}
    path.with_suffix(".json").write_text(replace(card, training=made).to_json())
    assert (
        main(words) == 0 and "unless they are cut out the same way, add --detect" in capsys.readouterr().err
    )


def test_away_from_its_run_nothing_is_known(
    bars: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = train(recipe(optim=BRIEF), bars, tmp_path / "run", device="cpu")
    (tmp_path / "away").mkdir()
    for file in (path, path.with_suffix(".json")):
        shutil.copy(file, tmp_path / "away")
    report = evaluate_model(tmp_path / "away" / path.name, bars, "folder", "train")
    assert report["trained_on"] is None and report["overlap"] is None
    assert main(["evaluate", str(tmp_path / "away" / path.name), str(bars), "--reader", "folder"]) == 0
    assert "not known whether gender.tiny has learned from these pictures" in capsys.readouterr().out
    with pytest.raises(DataError, match="what was held isn't known"):
        ask_held(tmp_path / "away")


def test_a_card_holds_the_recipe_as_it_was_trained(bars: Path, tmp_path: Path) -> None:
    (bars / "train" / "male" / "0.png").write_bytes(b"")
    path = train(
        recipe(optim=BRIEF, sources=({"name": "Bars"},), start="", seed=3),
        bars,
        tmp_path / "run",
        device="cpu",
    )
    text = path.with_suffix(".json").read_text()
    training = json.loads(text)["training"]
    assert training["recipe"]["optim"] == {"epochs": 3, "batch": 8, "ema": 0.9}
    assert training["recipe"]["data"] == [{"reader": "folder", "split": "train"}]
    assert training["recipe"]["seed"] == 3 and "start" not in training["recipe"]
    assert training["left_out"] == {"undecodable": 1}
    assert training["torch"] and training["mimik"] and training["date"].startswith("20")
    assert str(tmp_path) not in text


def test_a_run_of_several_models_asks_for_one(bars: Path, tmp_path: Path) -> None:
    heads = (
        HeadOptions("gender.one", "gender", ("female", "male")),
        HeadOptions("sex.two", "sex", ("female", "male"), kind="classes"),
    )
    both = recipe(
        name="face.two", task="", labels=(), heads=heads, data=(DataOptions("csv", "train"),), optim=BRIEF
    )
    rows = [
        f"{p.relative_to(bars)},{p.parent.name},{p.parent.name},train" for p in bars.glob("train/*/*.png")
    ]
    (bars / "labels.csv").write_text("\n".join(["path,gender,sex,split", *rows]))
    run = tmp_path / "run"
    train(both, bars / "labels.csv", run, device="cpu")
    with pytest.raises(OptionError, match=r"holds 2 models; name one: .*gender\.one\.json"):
        ask_held(run)
    for name in ("gender.one", "sex.two"):
        report = ask_held(run / f"{name}.json").report()
        assert report["accuracy"] == read_card(run / f"{name}.json").figures[0]["value"]
