"""Each loss against torch's own, scikit-learn's or a value by hand, and its gradient against differences."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import recipe  # noqa: E402
from torch.nn import functional  # noqa: E402

from mimik.data.base import Sample  # noqa: E402
from mimik.errors import RecipeError  # noqa: E402
from mimik.evaluate.score import evaluate_model  # noqa: E402
from mimik.facs import ACTION_UNITS  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.train.loop import train  # noqa: E402
from mimik.train.objectives.base import load_objective  # noqa: E402
from mimik.train.objectives.joint import joint_objective  # noqa: E402
from mimik.train.recipe.changes import AugmentOptions  # noqa: E402
from mimik.train.recipe.options import (  # noqa: E402
    DataOptions,
    HeadOptions,
    ObjectiveOptions,
    OptimOptions,
)

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore:.*too few to calibrate")]

LABELS = ("angry", "happy", "sad")
CLASSES = HeadOptions("emotion.x", "emotion", LABELS)
UNITS = HeadOptions("au.x", "au", ("AU06", "AU12"))
YEARS = HeadOptions("age.x", "age", outputs=1)


def objective(head: HeadOptions, **options: Any) -> Any:
    return load_objective(head, ObjectiveOptions(**options), 0.5)


def sample(**labels: Any) -> Sample:
    return Sample("a", lambda: None, "train", labels)  # type: ignore[arg-type, return-value]


def drawn(rows: int, columns: int, seed: int = 0) -> Any:
    return torch.tensor(np.random.default_rng(seed).normal(size=(rows, columns)), dtype=torch.float64)


def shares(rows: int, columns: int) -> Any:
    return torch.softmax(2 * drawn(rows, columns, 1), 1)


def one_hot(rows: int, columns: int) -> Any:
    return torch.eye(columns, dtype=torch.float64)[torch.arange(rows) % columns]


NOT_SAD = one_hot(6, 3) * torch.tensor([1, 1, 0]) - torch.tensor([0, 0, 1])
"""Targets of a set that doesn't tell the last class."""


@pytest.mark.parametrize(
    ("head", "options", "targets"),
    [
        (CLASSES, {"loss": "focal", "focal_gamma": 0.5}, shares(6, 3)),
        (CLASSES, {"loss": "focal", "class_weights": {"sad": 3.0}}, one_hot(6, 3)),
        (CLASSES, {"loss": "focal", "own_classes": 0.7}, NOT_SAD),
        (CLASSES, {"class_weights": {"angry": 0.2}}, shares(6, 3)),
        (CLASSES, {"loss": "squared_hinge", "class_weights": {"sad": 3.0}}, one_hot(6, 3)),
        (dataclasses.replace(CLASSES, one_versus_all=True), {"loss": "focal"}, one_hot(6, 3)),
        (UNITS, {"loss": "focal", "class_weights": {"AU12": 4.0}}, shares(6, 2)),
        (YEARS, {"loss": "mse"}, torch.tensor([[3.0, 3.0], [20.0, 30.0]] * 3)),
        (YEARS, {"loss": "mae"}, torch.tensor([[3.0, 3.0], [20.0, 30.0]] * 3)),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)  # fmt: skip
def test_gradients_are_those_of_differences(head: HeadOptions, options: Any, targets: Any) -> None:
    loss, targets = objective(head, **options).loss, targets.double()
    logits = drawn(6, head.output_count).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, targets), (logits,))


def test_focal_loss_is_that_of_the_paper() -> None:
    logits, truth = drawn(8, 3), torch.arange(8) % 3
    p = torch.softmax(logits, 1)[torch.arange(8), truth]
    by_hand = -((1 - p) ** 2 * p.log())
    focal = objective(CLASSES, loss="focal")
    assert float(focal.loss(logits, one_hot(8, 3))) == pytest.approx(float(by_hand.mean()))
    plain = objective(CLASSES, loss="focal", focal_gamma=0.0)
    assert float(plain.loss(logits, one_hot(8, 3))) == pytest.approx(
        float(functional.cross_entropy(logits, truth))
    )
    # A sure answer has no slope that isn't a number.
    sure = torch.tensor([[60.0, -60.0, -60.0]], requires_grad=True)
    objective(CLASSES, loss="focal", focal_gamma=0.5).loss(sure, one_hot(1, 3).float()).backward()
    assert bool(torch.isfinite(sure.grad).all())


def test_focal_loss_of_units_is_its_binary_form() -> None:
    logits, there = drawn(8, 2), torch.tensor([[1.0, 0.0]] * 8, dtype=torch.float64)
    p = torch.sigmoid(logits)
    by_hand = -torch.where(there > 0, (1 - p) ** 2 * p.log(), p**2 * (1 - p).log())
    assert float(objective(UNITS, loss="focal").loss(logits, there)) == pytest.approx(float(by_hand.mean()))
    plain = objective(UNITS, loss="focal", focal_gamma=0.0).loss(logits, there)
    assert float(plain) == pytest.approx(float(functional.binary_cross_entropy_with_logits(logits, there)))


def test_class_weights_are_torchs_and_balanced_ones_scikit_learns() -> None:
    class_weight = pytest.importorskip("sklearn.utils.class_weight")
    names = ["angry"] * 5 + ["happy"] * 12 + ["sad"]
    told = objective(CLASSES, class_weights="balanced")
    told.weigh([sample(emotion=name) for name in names], np.ones(len(names)))
    wanted = class_weight.compute_class_weight("balanced", classes=np.array(LABELS), y=np.array(names))
    assert list(told.weights.values()) == pytest.approx(wanted.tolist())
    logits, targets = drawn(9, 3), shares(9, 3)
    by_torch = functional.cross_entropy(logits, targets, torch.tensor(wanted))
    assert float(told.loss(logits, targets)) == pytest.approx(float(by_torch), rel=1e-5)
    given = objective(CLASSES, class_weights={"sad": 2})
    assert given.weights == {"angry": 1.0, "happy": 1.0, "sad": 2.0}


def test_weights_by_draws_count_how_often_a_picture_comes() -> None:
    told = objective(dataclasses.replace(CLASSES, labels=("angry", "sad")), class_weights="balanced")
    told.weigh([sample(emotion="angry"), sample(emotion="sad")], np.array([3.0, 1.0]))
    assert told.weights == {"angry": pytest.approx(2 / 3), "sad": pytest.approx(2.0)}
    with pytest.raises(RecipeError, match="no picture to train on is labelled sad; give the weights"):
        told.weigh([sample(emotion="angry")], np.ones(1))


def test_units_weigh_where_they_are_there() -> None:
    told = objective(UNITS, class_weights="balanced")
    codes = np.full((4, len(ACTION_UNITS)), np.nan, np.float32)
    codes[:, [list(ACTION_UNITS).index(name) for name in UNITS.labels]] = [[1, 1], [0, 1], [0, 1], [0, 0]]
    coded = [dataclasses.replace(sample(), scores={"au": row}) for row in codes]
    told.weigh(coded, np.ones(4))
    assert told.weights == {"AU06": pytest.approx(3.0), "AU12": pytest.approx(1 / 3)}
    logits, targets = drawn(4, 2), told.targets(coded).double()
    weights = torch.tensor([3.0, 1 / 3], dtype=torch.float64)
    by_torch = functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=weights)
    assert float(told.loss(logits, targets)) == pytest.approx(float(by_torch), rel=1e-5)


def test_classes_that_are_each_alone_weigh_where_they_are_there() -> None:
    told = objective(dataclasses.replace(CLASSES, one_versus_all=True), class_weights="balanced")
    said = [sample(emotion=name) for name in ("angry", "happy", "happy", "sad", "neutral")]
    told.weigh(said, np.ones(5))
    assert told.weights == {"angry": 4.0, "happy": pytest.approx(1.5), "sad": 4.0}
    logits, targets = drawn(5, 3), told.targets(said).double()
    weights = torch.tensor([4.0, 1.5, 4.0], dtype=torch.float64)
    by_torch = functional.binary_cross_entropy_with_logits(
        logits, targets, pos_weight=weights, reduction="sum"
    )
    assert float(told.loss(logits, targets)) == pytest.approx(float(by_torch) / 5, rel=1e-5)


def test_squared_hinge_is_what_a_linear_svm_minimises() -> None:
    svm = pytest.importorskip("sklearn.svm")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 4)), np.arange(60) % 3
    x[:, 0] += y
    found = svm.LinearSVC(C=1.0, loss="squared_hinge", fit_intercept=False, tol=1e-9, max_iter=100_000)
    weights = torch.tensor(found.fit(x, y).coef_, requires_grad=True)
    hinge = objective(CLASSES, loss="squared_hinge")
    total = 60 * hinge.loss(torch.tensor(x) @ weights.T, one_hot(60, 3)) + weights.square().sum() / 2
    total.backward()
    assert float(weights.grad.abs().max()) < 1e-3 < float(weights.detach().abs().max())


def test_an_age_as_a_number_is_off_by_what_scikit_learn_says() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    truth, said = [4.0, 30.0, 61.0], torch.tensor([[5.0], [27.0], [61.5]])
    targets = objective(YEARS, loss="mse").targets([sample(age=years) for years in truth])
    squared = metrics.mean_squared_error(truth, said[:, 0])
    assert float(objective(YEARS, loss="mse").loss(said, targets)) == pytest.approx(squared)
    absolute = metrics.mean_absolute_error(truth, said[:, 0])
    assert float(objective(YEARS, loss="mae").loss(said, targets)) == pytest.approx(absolute)


def test_a_band_asks_an_age_only_to_lie_in_it() -> None:
    number = objective(YEARS, loss="mae")
    band = number.targets([sample(age_group="20-29")] * 3)
    assert band.tolist() == [[20.0, 30.0]] * 3
    assert float(number.loss(torch.tensor([[25.0], [17.0], [34.0]]), band)) == pytest.approx((0 + 3 + 4) / 3)
    assert number.score(np.array([[25.0], [17.0], [34.0]]), [sample(age_group="20-29")] * 3) == pytest.approx(
        7 / 3
    )
    told = number.taught(torch.tensor([[40.0, 40.0], [20.0, 30.0]]), torch.tensor([[50.0], [50.0]]))
    assert told.tolist() == [[45.0, 45.0], [30.0, 30.0]]
    assert number.guessed(torch.tensor([[50.0]])).tolist() == [[50.0, 50.0]]


def test_soft_labels_are_taken_as_they_are() -> None:
    said = np.array([0.0, 0, 3, 1, 0, 0, 0], np.float32)  # fear 3, happy 1 in the order of Emotion.labels
    known = dataclasses.replace(sample(emotion="happy"), votes={"emotion": said})
    bare = sample(emotion="sad")
    names = dataclasses.replace(
        CLASSES, labels=("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    )
    wanted = objective(names, soft_labels=1.0).targets([known, bare])
    assert wanted[0].tolist() == [0, 0, 0.75, 0.25, 0, 0, 0]
    assert wanted[1].tolist() == [0, 0, 0, 0, 1, 0, 0]
    some = objective(dataclasses.replace(CLASSES, labels=("happy", "fear")), soft_labels=0.5).targets([known])
    assert some.tolist() == [[0.625, 0.375]]  # Half of the label, and half of 1 and 3.
    eight = dataclasses.replace(known, votes={"emotion": np.array([*said[:-1], 1, 5], np.float32)})
    told = dataclasses.replace(names, labels=("contempt", *names.labels))
    assert objective(told, soft_labels=1.0).targets([eight])[0].tolist() == pytest.approx(
        [0.5, 0, 0, 0.3, 0.1, 0, 0, 0.1]
    )
    assert objective(names, soft_labels=1.0).targets([eight])[0].tolist() == pytest.approx(
        [0, 0, 0.6, 0.2, 0, 0, 0.2]
    )
    other = HeadOptions("x", "glasses", ("none", "dark"), kind="classes")
    three = dataclasses.replace(sample(glasses="dark"), votes={"glasses": np.ones(3, np.float32)})
    with pytest.raises(RecipeError, match="probabilities of 3 classes of glasses, but the recipe has 2"):
        objective(other, soft_labels=1.0).targets([three])


@pytest.fixture
def ages(tmp_path: Path) -> Path:
    """Grey pictures, the lighter the older, 40 to train on and 20 to test on."""
    import cv2

    rng = np.random.default_rng(0)
    for split, count in (("train", 120), ("test", 20)):
        for number in range(count):
            years = int(rng.integers(1, 80))
            folder = tmp_path / "ages" / split / str(years)
            folder.mkdir(parents=True, exist_ok=True)
            image = np.clip(rng.normal(20 + 2.5 * years, 4, (24, 24, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"{number}.png"), image)
    return tmp_path / "ages"


@pytest.mark.parametrize("loss", ["mse", "mae"])
def test_an_age_as_a_number_is_trained_exported_and_read(ages: Path, tmp_path: Path, loss: str) -> None:
    still = AugmentOptions(contrast=0, brightness=0)
    numbers = recipe(
        name="age.tiny", task="age", labels=(), outputs=1, holdout=0.5, augment=still,
        objective=ObjectiveOptions(loss=loss),
        optim=OptimOptions(epochs=25, batch=8, learning_rate=2e-2, ema=0.9),
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    path = train(numbers, ages, tmp_path / "run", device="cpu", report=rows.append)
    card = read_card(path.with_suffix(".json"))
    assert (card.outputs, card.temperature) == (1, 1.0)
    low, high = card.residuals
    assert -30 < low < 0 < high < 30
    told = evaluate_model(str(path), ages, "folder", "test")
    assert told["mae"] < 12, rows[-1]
    assert 0.4 <= told["coverage80"] <= 1
    assert rows[-1]["mae"] < rows[0]["mae"] / 2


def test_weights_stand_in_the_header_and_the_card(bars: Path, tmp_path: Path) -> None:
    for name in sorted(file.name for file in (bars / "train" / "male").iterdir())[20:]:
        (bars / "train" / "male" / name).unlink()

    class Heard:
        def begun(self, start: Any) -> None:
            self.notes: list[str] = list(start.notes)

        def stepped(self, *_: int) -> None: ...

        def finished(self, finish: Any) -> None: ...

    heard = Heard()
    rare = recipe(objective=ObjectiveOptions(class_weights="balanced"), optim=OptimOptions(epochs=1, batch=8))
    path = train(rare, bars, tmp_path / "run", device="cpu", watch=heard)
    (note,) = [note for note in heard.notes if "weights" in note]
    weights = read_card(path.with_suffix(".json")).training["class_weights"]
    assert note == (
        f"gender: weights in the loss: female {weights['female']:.2f}, male {weights['male']:.2f}"
    )
    assert weights["male"] > 1.2 > 1 > weights["female"]


def test_margins_become_probabilities_by_the_temperature(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimik.train.export.card.FEWEST", 10)
    far = recipe(
        holdout=0.3, objective=ObjectiveOptions(loss="squared_hinge"),
        optim=OptimOptions(epochs=20, batch=8, learning_rate=1e-2, ema=0.9),
    )  # fmt: skip
    path = train(far, bars, tmp_path / "run", device="cpu")
    card = read_card(path.with_suffix(".json"))
    assert 0.05 <= card.temperature < 0.9  # Margins of 1 that are right are surer than a softmax of them.
    told = evaluate_model(str(path), bars, "folder", "test")
    assert told["accuracy"] >= 0.9
    assert told["nll"] < 0.4


def test_soft_labels_need_a_set_that_has_them(bars: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no picture comes with probabilities of gender: a CSV"):
        train(recipe(objective=ObjectiveOptions(soft_labels=1.0)), bars, tmp_path / "run", device="cpu")


def test_balanced_draws_cover_classes_of_ones_own(tmp_path: Path, bars: Path) -> None:
    from mimik.train.inputs.parts import load_parts

    (bars / "train" / "male").rename(bars / "train" / "dark")
    (bars / "train" / "female").rename(bars / "train" / "none")
    for name in sorted(file.name for file in (bars / "train" / "dark").iterdir())[10:]:
        (bars / "train" / "dark" / name).unlink()
    own = recipe(
        name="glasses.tiny", task="glasses", kind="classes", labels=("none", "dark"),
        data=(DataOptions("folder", "train", balanced=True),),
    )  # fmt: skip
    trained = load_parts(own, bars, own.takes).trained
    said = np.array([sample.labels["glasses"] for sample in trained.samples])
    assert trained.weights[said == "dark"].sum() == pytest.approx(trained.weights[said == "none"].sum())
    assert joint_objective(own).part(own.all_heads[0]).weights == {}
