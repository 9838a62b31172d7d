"""Training end to end on tiny pictures: learns, resumes exactly, exports what it learned."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import held_in_memory, parts, recipe  # noqa: E402

from mimik.cli import main  # noqa: E402
from mimik.data.base import Sample  # noqa: E402
from mimik.errors import (  # noqa: E402
    DivergedError,
    MimikWarning,
    OptionError,
    OutputExistsError,
    RecipeError,
)
from mimik.evaluate.score import evaluate_model  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.models.inputs import CropSpec  # noqa: E402
from mimik.train.checkpoint import fresh_state  # noqa: E402
from mimik.train.inputs.augment import augmented  # noqa: E402
from mimik.train.inputs.batches import training_batches  # noqa: E402
from mimik.train.inputs.pictures import Pictures, load_pictures  # noqa: E402
from mimik.train.loop import train  # noqa: E402
from mimik.train.objectives.classes import ClassObjective  # noqa: E402
from mimik.train.phases.epochs import run_epoch  # noqa: E402
from mimik.train.phases.schedules import schedule  # noqa: E402
from mimik.train.quick.text import write_recipe  # noqa: E402
from mimik.train.recipe.changes import AugmentOptions  # noqa: E402
from mimik.train.recipe.options import DataOptions, ObjectiveOptions, OptimOptions  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


def test_learns_exports_and_is_scored(bars: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    path = train(recipe(), bars, tmp_path / "run", device="cpu", report=rows.append)
    assert len(rows) == 8
    assert rows[-1]["loss"] < rows[0]["loss"]
    card = read_card(path.with_suffix(".json"))
    assert card.parameters < 2000
    assert card.temperature == 1
    result = evaluate_model(str(path), bars, "folder", "test")
    assert result["n"] == 20
    assert result["accuracy"] >= 0.9
    assert b"/" + Path(__file__).parts[1].encode() + b"/" not in path.read_bytes(), "no path of this machine"


def test_too_few_pictures_are_not_calibrated_on(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = recipe(optim=dataclasses.replace(recipe().optim, epochs=1))
    with pytest.warns(MimikWarning, match=r"gender\.tiny: \d+ pictures .* too few to calibrate"):
        train(brief, bars, tmp_path)
    monkeypatch.setattr("mimik.train.export.card.FEWEST", 10)
    assert read_card(train(brief, bars, tmp_path).with_suffix(".json")).temperature not in (0, 1)


def test_resuming_changes_nothing(bars: Path, tmp_path: Path) -> None:
    short = recipe(optim=OptimOptions(epochs=3, batch=8, ema=0.9))
    whole = train(short, bars, tmp_path / "whole", device="cpu")

    class StoppedError(Exception):
        pass

    def stop(row: dict[str, object]) -> None:
        if row["epoch"] == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(short, bars, tmp_path / "halves", device="cpu", report=stop)
    resumed = train(short, bars, tmp_path / "halves", device="cpu")
    assert resumed.read_bytes() == whole.read_bytes()
    log = (tmp_path / "halves" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in log] == [1, 2, 3]


def test_another_recipe_in_the_same_folder_is_refused(bars: Path, tmp_path: Path) -> None:
    one = recipe(optim=OptimOptions(epochs=1, batch=8))
    train(one, bars, tmp_path / "run", device="cpu")
    larger = OptimOptions(epochs=1, batch=10)
    with pytest.raises(OutputExistsError, match=r"another recipe \(optim\.batch, seed changed\)"):
        train(dataclasses.replace(one, seed=1, optim=larger), bars, tmp_path / "run", device="cpu")


def test_what_only_the_card_says_may_change(bars: Path, tmp_path: Path) -> None:
    one = recipe(optim=OptimOptions(epochs=1, batch=8))
    train(one, bars, tmp_path / "run", device="cpu")
    stored = tmp_path / "run" / "recipe.json"
    values = json.loads(stored.read_text())
    del values["heads"], values["teacher"]["unlabelled"], values["augment"]["erase"]
    stored.write_text(json.dumps(values))
    with pytest.raises(OutputExistsError, match="another recipe"):
        train(one, bars, tmp_path / "run", device="cpu")  # erase isn't at its default
    values["augment"]["erase"] = 0.1
    stored.write_text(json.dumps(values))
    said = dataclasses.replace(one, limits=("Bars only.",), threshold=0.7, version="2")
    path = train(said, bars, tmp_path / "run", device="cpu")
    assert read_card(path.with_suffix(".json")).limits == ("Bars only.",)


def test_a_run_that_never_began_stands_in_nobodys_way(bars: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"lower \[optim\] batch"):
        train(recipe(optim=OptimOptions(epochs=1, batch=500)), bars, tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()
    train(recipe(optim=OptimOptions(epochs=1, batch=8)), bars, tmp_path / "run", device="cpu")


def test_labels_of_validation_are_checked_before_training(bars: Path, tmp_path: Path) -> None:
    (bars / "val" / "contempt").mkdir(parents=True)
    cv2.imwrite(str(bars / "val" / "contempt" / "0.png"), np.eye(24, dtype=np.uint8) * 200)
    held = recipe(data=(DataOptions("folder", "train"), DataOptions("folder", "val", hold=True)))
    with pytest.raises(RecipeError, match=r"no picture .* label for gender; labels found: emotion "):
        train(held, bars, tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()


def test_ctrl_c_says_whether_anything_was_finished(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    epochs = iter([None])

    def stopped(*words: Any) -> float:
        if next(epochs, 1):
            raise KeyboardInterrupt
        return run_epoch(*words)

    write_recipe(recipe(), (), tmp_path / "tiny.toml", False)
    words = ["train", str(tmp_path / "tiny.toml"), "--data", str(bars), "--run", str(tmp_path / "run")]
    monkeypatch.setattr("mimik.train.phases.fit.run_epoch", stopped)
    assert main(words) == 130 and (tmp_path / "run" / "checkpoint.pt").exists()
    kept = f"what was finished is kept in {tmp_path / 'run'}, and the same command goes on from there"
    assert capsys.readouterr().err == f"mimik: interrupted; {kept}\n"
    words[-1] = str(tmp_path / "other")
    assert main(words) == 130 and not (tmp_path / "other" / "checkpoint.pt").exists()
    assert capsys.readouterr().err == "mimik: interrupted; nothing was finished yet, so the run begins anew\n"


def test_a_checkpoint_keeps_the_random_numbers_of_the_gpu(tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("this machine has no GPU")
    state = fresh_state(recipe(), torch.device("cuda"))
    state.save(tmp_path / "checkpoint.pt")
    wanted = torch.rand(9, device="cuda")
    state.load(tmp_path / "checkpoint.pt")
    assert torch.equal(torch.rand(9, device="cuda"), wanted)


def test_no_gpu_is_said_in_a_line(bars: Path, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    for name in ("cuda", "cuda:1"):
        with pytest.raises(OptionError, match=f"device '{name}' can't be used: torch finds no GPU"):
            train(recipe(), bars, tmp_path / "run", device=name)
    with pytest.raises(OptionError, match="did you mean 'cuda'"):
        train(recipe(), bars, tmp_path / "run", device="gpu")
    with pytest.raises(RecipeError, match="seed"):
        recipe(seed=-1)


def test_a_loss_that_explodes_stops_with_a_reason(bars: Path, tmp_path: Path) -> None:
    wild = recipe(optim=OptimOptions(epochs=3, batch=8, learning_rate=1e30, warmup=0.01))
    with pytest.raises(DivergedError, match="learning_rate"):
        train(wild, bars, tmp_path / "run", device="cpu")


def test_labels_that_are_not_in_the_recipe(bars: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"labelled 'a' or 'b'; labels found: female \(40\), male \(40\)"):
        train(recipe(labels=("a", "b")), bars, tmp_path / "run", device="cpu")


def test_holdout_keeps_copies_together_whatever_the_seed(bars: Path) -> None:
    pictures = load_pictures((DataOptions("folder", "train"),) * 2, bars, CropSpec(size=24))
    train_part, held = parts(pictures, 0.2)
    assert len(train_part) + len(held) == 160
    seen = {image.tobytes() for image in train_part.images}
    assert not any(image.tobytes() in seen for image in held.images)


def test_batches_repeat_from_seed_and_epoch(bars: Path) -> None:
    r = recipe()
    pictures, how = load_pictures(r.data, bars, r.crop), r.course[0].epochs
    one, same, other = (
        [b for _, b in training_batches(pictures, how, epoch, 0.5, 0.25)] for epoch in (0, 0, 1)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_augmentation_keeps_shape_range_and_meaning() -> None:
    image = np.full((30, 40, 3), 128, np.uint8)
    r = recipe(crop=CropSpec(size=24, channels=3), augment=AugmentOptions(grey=0.5, erase=0.5))
    rng = np.random.default_rng(0)
    batch = augmented(held_in_memory([image] * 16), np.arange(16), r.crop, r.augment, rng, 0.5, 0.25)
    assert batch.shape == (16, 3, 24, 24)
    assert batch.dtype == np.float32
    assert batch.min() >= -2
    assert batch.max() <= 2
    still = recipe(
        augment=AugmentOptions(flip=False, rotate_deg=0, scale=0, shift=0, contrast=0, brightness=0)
    )
    ramp = np.tile(np.arange(0, 240, 10, dtype=np.uint8), (24, 1))
    one = held_in_memory([ramp])
    out = augmented(one, np.arange(1), still.crop, still.augment, np.random.default_rng(0), 0.0, 1.0)[0, 0]
    assert np.allclose(out * 255, ramp, atol=1)


def test_schedule_rises_and_falls() -> None:
    steps = [schedule(x, 0.1) for x in np.linspace(0, 1, 101)]
    assert steps[0] < 0.01
    assert max(steps) == pytest.approx(1, abs=0.01)
    assert steps[-1] == pytest.approx(0, abs=1e-6)
    assert np.argmax(steps) == 10


def test_votes_count_as_the_labels_that_go_with_them() -> None:
    def sample(label: str, votes: tuple[float, float] | None) -> Sample:
        held = {} if votes is None else {"gender": np.float32(votes)}
        return Sample("0", lambda: None, "train", {"gender": label}, held)  # type: ignore[arg-type, return-value]

    # A vote for "male" goes with the label "male" in three of four pictures.
    samples = [sample("male", (0, 8))] * 3 + [sample("female", (0, 8)), sample("female", (8, 0))]
    r = recipe(objective=ObjectiveOptions(label_smoothing=0.1, votes=0.5))
    targets = ClassObjective(r.all_heads[0], r.objective, r.teacher.share).targets(
        [*samples, sample("male", None), sample("male", (0, 0))]
    )
    assert torch.allclose(targets.sum(1), torch.ones(7))
    wanted = [0.125, 0.125, 0.125, 0.625, 1.0, 0.0, 0.0]  # of "female", before smoothing
    assert targets[:, 0].tolist() == pytest.approx([0.9 * w + 0.05 for w in wanted], abs=1e-4)


def test_near_copies_stay_on_the_side_of_training(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    folder = tmp_path / "train" / "female"
    folder.mkdir(parents=True)
    for i in range(200):
        image = cv2.resize(rng.integers(0, 255, (6, 6), np.uint8), (48, 48), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{i}-a.png"), image)
        if i < 60:  # a third has a copy: mirrored, moved a little, noisier
            copy = np.roll(image[:, ::-1], 1, 0) + rng.normal(0, 3, image.shape)
            cv2.imwrite(str(folder / f"{i}-b.png"), np.clip(copy, 0, 255).astype(np.uint8))
    pictures = load_pictures((DataOptions("folder", "train"),), tmp_path, CropSpec(size=48))
    trained, held = ({Path(s.key).stem for s in part.samples} for part in parts(pictures, 0.2))
    assert len(trained) + len(held) == 260
    assert 20 < len(held) < 52
    # Both copies may be held; none may have its twin in training.
    assert not {name[:-2] for name in held} & {name[:-2] for name in trained}


def test_chains_of_near_copies_stay_together() -> None:
    rng = np.random.default_rng(0)

    def soft(seed_rows: int) -> np.ndarray:
        noise = rng.normal(0, 1, (seed_rows, 6, 6)).astype(np.float32)
        return np.stack([cv2.resize(n, (48, 48), interpolation=cv2.INTER_CUBIC) for n in noise])

    # Links of a chain resemble each other; its ends do not.
    images = []
    for first, last in zip(soft(60), soft(60), strict=True):
        for part in np.linspace(0, np.pi / 2, 10):
            mixed = np.cos(part) * first + np.sin(part) * last
            images.append(np.clip(mixed * 40 + 128, 0, 255).astype(np.uint8))
    images += [np.clip(one * 40 + 128, 0, 255).astype(np.uint8) for one in soft(900)]
    samples = [Sample(str(i), lambda: None, "train", {}) for i in range(len(images))]  # type: ignore[arg-type, return-value]
    pictures = Pictures(images, samples, np.ones(len(images)), np.zeros(len(images), np.int8))
    _, held = parts(pictures, 0.3)
    kept = {int(s.key) for s in held.samples}
    assert any(i >= 600 for i in kept)
    for chain in range(60):
        inside = [10 * chain + k in kept for k in range(10)]
        assert all(inside) or not any(inside)


def test_a_held_set_is_not_trained_on_nor_are_its_copies() -> None:
    rng = np.random.default_rng(1)
    images = [
        cv2.resize(rng.integers(0, 255, (6, 6), np.uint8), (48, 48), interpolation=cv2.INTER_CUBIC)
        for _ in range(100)
    ]
    images[90:95] = images[:5]  # of the held set, copies of training pictures
    hold = np.arange(100) >= 80
    samples = [
        Sample(str(i), lambda: None, "val" if hold[i] else "train", {}, group="ann" if i in (7, 81) else "")  # type: ignore[arg-type, return-value]
        for i in range(100)
    ]
    trained, held = parts(Pictures(images, samples, np.ones(100), hold), 1e-9)
    assert [int(s.key) for s in held.samples] == list(range(80, 100))
    assert [int(s.key) for s in trained.samples] == [i for i in range(5, 80) if i != 7]
    with pytest.raises(RecipeError, match="held"):
        recipe(data=(DataOptions("folder", "train", hold=True),))
