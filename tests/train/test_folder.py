"""What a run's folder remembers: no other pictures go on in it."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import held_in_memory, recipe

from mimik.errors import OutputExistsError, RecipeError
from mimik.train.inputs.pictures import Pictures
from mimik.train.log import read_rows
from mimik.train.loop import train
from mimik.train.recipe.options import OptimOptions
from mimik.train.run_folder import PICTURES, pictures_digest
from mimik.types import Placement

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
BRIEF = recipe(optim=OptimOptions(epochs=2, batch=8))


def stop(row: dict[str, object]) -> None:
    raise KeyboardInterrupt


def rename(data: Path) -> None:
    (data / "train" / "male" / "3.png").rename(data / "train" / "male" / "three.png")


def add(data: Path) -> None:
    cv2.imwrite(str(data / "train" / "male" / "40.png"), np.eye(24, dtype=np.uint8) * 200)


def relabel(data: Path) -> None:
    (data / "train" / "male").rename(data / "train" / "other")
    (data / "train" / "female").rename(data / "train" / "male")
    (data / "train" / "other").rename(data / "train" / "female")


@pytest.mark.parametrize("change", [rename, add, relabel])
def test_a_run_goes_on_with_its_own_pictures_only(change, bars: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(BRIEF, bars, run, device="cpu", report=stop)
    before = {path: path.read_bytes() for path in run.rglob("*.*")}
    change(bars)
    with pytest.raises(OutputExistsError, match=r"run: the pictures are others .* folder with --run"):
        train(BRIEF, bars, run, device="cpu")
    assert {path: path.read_bytes() for path in run.rglob("*.*")} == before


def test_a_finished_run_is_not_calibrated_on_other_pictures(bars: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    path = train(BRIEF, bars, run, device="cpu")
    moved = bars.rename(tmp_path / "moved")  # Where they lie doesn't matter.
    said = dataclasses.replace(BRIEF, limits=("Bars only.",), threshold=0.7)
    assert train(said, moved, run, device="cpu") == path
    rename(moved)
    with pytest.raises(OutputExistsError, match="others than those that its run was trained on"):
        train(said, moved, run, device="cpu")


def test_a_run_of_before_there_was_a_digest_goes_on(bars: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    stored = run / "recipe.json"
    with pytest.raises(KeyboardInterrupt):
        train(BRIEF, bars, run, device="cpu", report=stop)
    values = json.loads(stored.read_text())
    del values[PICTURES]
    stored.write_text(json.dumps(values))
    add(bars)
    with pytest.raises(KeyboardInterrupt):
        train(BRIEF, bars, run, device="cpu", report=stop)
    assert len((run / "log.jsonl").read_text().splitlines()) == 2
    # What it was trained on isn't known: nothing is claimed of it.
    assert PICTURES not in json.loads(stored.read_text())


def test_a_digest_tells_pictures_from_others() -> None:
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (9, 8), np.uint8) for _ in range(4)]
    samples = [
        dataclasses.replace(
            sample,
            labels={"gender": "male", "age": 30.0},
            votes={"emotion": np.ones(7, np.float32)},
            scores={"au": np.full(3, np.nan, np.float32)},
            placement=Placement(1.0, 0.1),
        )
        for sample in held_in_memory(images).samples
    ]
    whole = Pictures(images, samples, np.ones(4), np.zeros(4, np.int8))

    def digest(split: int = 3, **changes: object) -> str:
        own = [dataclasses.replace(samples[0], **changes), *samples[1:]]  # type: ignore[arg-type]
        pictures, trained = dataclasses.replace(whole, samples=own), np.arange(4) < split
        return pictures_digest(pictures.take(trained), pictures.take(~trained))

    others = [
        digest(split=2),
        digest(key="other"),
        digest(labels={"gender": "female", "age": 30.0}),
        digest(labels={"gender": "male", "age": 31.0}),
        digest(votes={"emotion": np.zeros(7, np.float32)}),
        digest(scores={"au": np.float32([np.nan, np.nan, 0])}),
        digest(placement=Placement(1.0, 0.2)),
    ]
    assert digest() == digest(labels={"age": 30.0, "gender": "male"})
    images[3] = images[3].copy()
    images[3][8, 7] ^= 1
    others += [digest()]
    assert len({*others}) == len(others)
    images[3][8, 7] ^= 1
    assert digest() not in others


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
def test_a_run_is_trained_by_one_process_at_a_time(bars: Path, tmp_path: Path) -> None:
    run, refused = tmp_path / "run", []

    def again(row: dict[str, object]) -> None:
        with pytest.raises(OutputExistsError, match="run: another process trains this run now; wait for it"):
            train(BRIEF, bars, run, device="cpu")
        refused.append(row["epoch"])

    train(BRIEF, bars, run, device="cpu", report=again)
    assert refused == [1, 2] == [row["epoch"] for row in read_rows(run)]
    train(BRIEF, bars, run, device="cpu")  # Free again.


def test_a_recipe_that_is_refused_leaves_no_folder(bars: Path, tmp_path: Path) -> None:
    other = dataclasses.replace(BRIEF, labels=("nobody", "else"))
    with pytest.raises(RecipeError):
        train(other, bars, tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()
    (tmp_path / "mine").mkdir()
    with pytest.raises(RecipeError):
        train(other, bars, tmp_path / "mine", device="cpu")
    assert (tmp_path / "mine").is_dir(), "a folder that was there stays"
