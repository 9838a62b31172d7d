"""Training end to end on tiny pictures: learns, resumes exactly, exports what it learned."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from mimik.crop import normalise  # noqa: E402
from mimik.data.base import Sample  # noqa: E402
from mimik.errors import ModelError, OptionError, OutputExistsError, RecipeError, UnknownNameError  # noqa: E402
from mimik.evaluate.score import evaluate  # noqa: E402
from mimik.facs import ACTION_UNITS  # noqa: E402
from mimik.models.card import CropSpec, read_card  # noqa: E402
from mimik.recognise import Recogniser, load_model, load_models  # noqa: E402
from mimik.train.batches import (  # noqa: E402
    Pictures,
    augmented,
    load_pictures,
    plain_faces,
    training_batches,
)
from mimik.train.loop import DivergedError, fresh_state, schedule, train  # noqa: E402
from mimik.train.networks.base import NETWORKS, build_network, parameter_count  # noqa: E402
from mimik.train.objectives import (  # noqa: E402
    AgeObjective,
    ClassObjective,
    JointObjective,
)
from mimik.train.recipe import (  # noqa: E402
    AugmentOptions,
    DataOptions,
    HeadOptions,
    ObjectiveOptions,
    OptimOptions,
    ProbeOptions,
    Recipe,
    TeacherOptions,
)
from mimik.train.split import split_holdout  # noqa: E402
from mimik.train.start import load_start  # noqa: E402
from mimik.train.teacher import load_teachers, teacher_probabilities  # noqa: E402
from mimik.types import Placement  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """Two classes of pictures: upright bars and lying bars, 40 of each."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 40), ("test", 10)):
        for label in ("female", "male"):
            folder = tmp_path / "bars" / split / label
            folder.mkdir(parents=True)
            for i in range(count):
                image = rng.integers(0, 60, (24, 24, 3), np.uint8)
                at = int(rng.integers(4, 18))
                if label == "female":
                    image[:, at : at + 3] += 150
                else:
                    image[at : at + 3] += 150
                cv2.imwrite(str(folder / f"{i}.png"), image)
    return tmp_path / "bars"


def recipe(**changes: object) -> Recipe:
    values: dict[str, object] = {
        "name": "gender.tiny",
        "task": "gender",
        "version": "1",
        "crop": CropSpec(size=24),
        "data": (DataOptions("folder", "train"),),
        "holdout": 0.2,
        "labels": ("female", "male"),
        "network": {"family": "mini_xception", "stem": [4, 4], "widths": [8, 8], "strides": [2, 2]},
        "augment": AugmentOptions(rotate_deg=3, erase=0.1, noise=0.02, blur=0.2, gamma=0.1),
        "optim": OptimOptions(epochs=8, batch=8, learning_rate=1e-2, ema=0.9),
    }
    return Recipe(**{**values, **changes})  # type: ignore[arg-type]


def test_learns_exports_and_is_scored(bars: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    path = train(recipe(), bars, tmp_path / "run", device="cpu", report=rows.append)
    assert len(rows) == 8
    assert rows[-1]["loss"] < rows[0]["loss"]
    card = read_card(path.with_suffix(".json"))
    assert card.parameters < 2000
    assert card.temperature > 0
    result = evaluate(str(path), bars, "folder", "test")
    assert result["n"] == 20
    assert result["accuracy"] >= 0.9
    assert b"/" + Path(__file__).parts[1].encode() + b"/" not in path.read_bytes(), "no path of this machine"


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
    with pytest.raises(OutputExistsError, match="another recipe"):
        train(dataclasses.replace(one, seed=1), bars, tmp_path / "run", device="cpu")


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
    with pytest.raises(RecipeError, match=r"validation: .*(contempt|has no label)"):
        train(held, bars, tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()


def test_no_gpu_is_said_in_a_line(bars: Path, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(OptionError, match="no GPU"):
        train(recipe(), bars, tmp_path / "run", device="cuda")
    with pytest.raises(RecipeError, match="seed"):
        recipe(seed=-1)


def test_a_loss_that_explodes_stops_with_a_reason(bars: Path, tmp_path: Path) -> None:
    wild = recipe(optim=OptimOptions(epochs=3, batch=8, learning_rate=1e30, warmup=0.01))
    with pytest.raises(DivergedError, match="learning_rate"):
        train(wild, bars, tmp_path / "run", device="cpu")


def test_labels_that_are_not_in_the_recipe(bars: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="isn't among"):
        train(recipe(labels=("a", "b")), bars, tmp_path / "run", device="cpu")


def test_holdout_keeps_copies_together_whatever_the_seed(bars: Path) -> None:
    pictures = load_pictures((DataOptions("folder", "train"),) * 2, bars, CropSpec(size=24))
    train_part, held = split_holdout(pictures, 0.2)
    assert len(train_part) + len(held) == 160
    seen = {image.tobytes() for image in train_part.images}
    assert not any(image.tobytes() in seen for image in held.images)


def test_batches_repeat_from_seed_and_epoch(bars: Path) -> None:
    r = recipe()
    pictures = load_pictures(r.data, bars, r.crop)
    one, same, other = (
        [b for _, b in training_batches(pictures, r, epoch, 0.5, 0.25)] for epoch in (0, 0, 1)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def held_in_memory(images: list[np.ndarray], **sample: Any) -> Pictures:
    samples = [Sample(str(i), lambda: None, "train", **sample) for i in range(len(images))]  # type: ignore[arg-type, return-value]
    return Pictures(images, samples, np.ones(len(images)), np.zeros(len(images), np.int8))


def test_augmentation_keeps_shape_range_and_meaning() -> None:
    image = np.full((30, 40, 3), 128, np.uint8)
    r = recipe(crop=CropSpec(size=24, channels=3), augment=AugmentOptions(grey=0.5, erase=0.5))
    batch = augmented(held_in_memory([image] * 16), np.arange(16), r, np.random.default_rng(0), 0.5, 0.25)
    assert batch.shape == (16, 3, 24, 24)
    assert batch.dtype == np.float32
    assert batch.min() >= -2
    assert batch.max() <= 2
    still = recipe(
        augment=AugmentOptions(flip=False, rotate_deg=0, scale=0, shift=0, contrast=0, brightness=0)
    )
    ramp = np.tile(np.arange(0, 240, 10, dtype=np.uint8), (24, 1))
    one = held_in_memory([ramp])
    out = augmented(one, np.arange(1), still, np.random.default_rng(0), 0.0, 1.0)[0, 0]
    assert np.allclose(out * 255, ramp, atol=1)


@pytest.mark.parametrize("family", NETWORKS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_network_has_the_right_shape_and_gradients(family: str, channels: int) -> None:
    options: dict[str, Any] = {"plain": {"size": 48}, "timm": {"name": "resnet18"}}.get(family, {})
    if family == "timm":
        pytest.importorskip("timm", reason="timm is not installed: pip install timm")
    network = build_network(family, channels, 5, options)
    out = network(torch.zeros(2, channels, 48, 48))
    assert out.shape == (2, 5)
    out.sum().backward()
    assert all(p.grad is not None for p in network.parameters())
    assert parameter_count(network) > 0


def test_unknown_network_and_option() -> None:
    with pytest.raises(UnknownNameError, match="mini_xception"):
        build_network("mini_xeption", 1, 2, {})
    with pytest.raises(RecipeError, match="depth"):
        build_network("mini_xception", 1, 2, {"depth": 3})


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
    targets = ClassObjective(r, r.all_heads[0]).targets(
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
    trained, held = ({Path(s.key).stem for s in part.samples} for part in split_holdout(pictures, 0.2))
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
    _, held = split_holdout(pictures, 0.3)
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
    trained, held = split_holdout(Pictures(images, samples, np.ones(100), hold), 1e-9)
    assert [int(s.key) for s in held.samples] == list(range(80, 100))
    assert [int(s.key) for s in trained.samples] == [i for i in range(5, 80) if i != 7]
    with pytest.raises(RecipeError, match="held"):
        recipe(data=(DataOptions("folder", "train", hold=True),))


def test_a_student_learns_from_its_teacher(bars: Path, tmp_path: Path) -> None:
    teacher = train(recipe(), bars, tmp_path / "teacher")
    student = recipe(name="gender.student", teacher=TeacherOptions((str(teacher), str(teacher)), 0.5))
    pictures, _ = split_holdout(load_pictures(student.data, bars, student.crop), student.holdout)
    told = teacher_probabilities(load_teachers(student, "cpu"), pictures)["gender"]
    truth = np.array([s.labels["gender"] == "male" for s in pictures.samples])
    assert told.shape == (len(pictures), 2)
    assert np.allclose(told.sum(axis=1), 1, atol=1e-5)
    assert (told[:, 1] > 0.5)[truth].mean() > 0.9
    targets = torch.eye(2)
    mixed = ClassObjective(student, student.all_heads[0]).taught(targets, torch.full((2, 2), 0.5))
    assert mixed.tolist() == [[0.75, 0.25], [0.25, 0.75]]
    run = tmp_path / "student"
    train(student, bars, run)
    # Another teacher under the same name makes another run.
    train(recipe(seed=1), bars, tmp_path / "other")
    for suffix in (".onnx", ".json"):
        teacher.with_suffix(suffix).write_bytes((tmp_path / "other" / f"gender.tiny{suffix}").read_bytes())
    with pytest.raises(OutputExistsError, match="another teacher"):
        train(student, bars, run)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ("a", "b")}, "other labels"),
        ({"crop": CropSpec(size=8)}, "larger pictures"),
        ({"crop": CropSpec(size=24)}, "needs pictures with colour"),
    ],
)
def test_a_teacher_must_fit(bars: Path, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    short = OptimOptions(epochs=1, batch=8)
    spec = CropSpec(size=24, channels=3 if "colour" in message else 1)
    teacher = train(recipe(crop=spec, optim=short), bars, tmp_path / "teacher")
    bad = recipe(teacher=TeacherOptions((str(teacher),)), **changes)
    with pytest.raises(RecipeError, match=message):
        train(bad, bars, tmp_path / "student")
    assert not (tmp_path / "student").exists()


def test_a_teacher_of_units_is_asked_for_each_by_itself(bars: Path, make_model: Callable[..., Path]) -> None:
    teacher = make_model("au", size=24)
    learns = HeadOptions("au.student", "au", ("AU01", "AU04", "AU06", "AU12"))
    student = recipe(task="", labels=(), heads=(learns,), teacher=TeacherOptions((str(teacher),), 0.5))
    pictures = load_pictures((DataOptions("folder", "train"),), bars, student.crop)
    told = teacher_probabilities(load_teachers(student, "cpu"), pictures)["au"]
    assert told.shape == (len(pictures), 4)
    assert not np.allclose(told.sum(axis=1), 1, atol=0.05)
    model = load_model("au", str(teacher), "cpu")
    faces = normalise(plain_faces(pictures, range(3), student.crop), model.card.mean, model.card.std)
    both = [model.task.decode(model.logits(view), model.card) for view in (faces, faces[..., ::-1].copy())]
    assert np.allclose(told[:3], np.mean(both, axis=0), atol=1e-5)


def test_an_absent_teacher_or_start_leaves_no_run(bars: Path, tmp_path: Path) -> None:
    for bad in (
        recipe(teacher=TeacherOptions((str(tmp_path / "nowhere.onnx"),))),
        recipe(start=str(tmp_path / "none.pt")),
    ):
        with pytest.raises(RecipeError, match=r"gender\.tiny: .*(nowhere|none).* first$"):
            train(bad, bars, tmp_path / "run")
        assert not (tmp_path / "run").exists()


def test_a_second_phase_starts_from_the_first(bars: Path, tmp_path: Path) -> None:
    train(recipe(), bars, tmp_path / "first")
    checkpoint = tmp_path / "first" / "checkpoint.pt"
    second = recipe(start=str(checkpoint))
    network = fresh_state(second, torch.device("cpu")).network
    load_start(network, second)
    first = torch.load(checkpoint, weights_only=True)["averaged"]
    assert all(torch.equal(first[name], value) for name, value in network.state_dict().items())
    other = recipe(start=str(checkpoint), network={"family": "mini_xception"})
    with pytest.raises(RecipeError, match="another network"):
        load_start(fresh_state(other, torch.device("cpu")).network, other)
    for content in (b"", b"101", b"text of any kind"):
        (tmp_path / "bad.pt").write_bytes(content)
        with pytest.raises(RecipeError, match="no checkpoint of a run"):
            load_start(network, recipe(start=str(tmp_path / "bad.pt")))


def test_too_few_pictures_are_refused(bars: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"too few .* lower \[optim\] batch"):
        train(recipe(optim=OptimOptions(epochs=1, batch=500)), bars, tmp_path / "run")
    with pytest.raises(RecipeError, match="too few"):
        train(recipe(holdout=1e-9), bars, tmp_path / "other")


def test_a_teacher_of_ages_sharpens_a_band() -> None:
    r = recipe(task="age", labels=(), outputs=101, teacher=TeacherOptions(("x",), 0.5))
    objective = AgeObjective(r, r.all_heads[0])
    samples = [
        Sample("0", lambda: None, "train", labels)  # type: ignore[arg-type, return-value]
        for labels in ({"age": 30.0}, {"age_group": "30-39"})
    ]
    teacher = torch.zeros(2, 101)
    teacher[:, 36] = teacher[:, 50] = 0.5
    exact, band = objective.taught(objective.targets(samples), teacher)
    assert exact[-1] == pytest.approx((30 + 43) / 2, abs=0.01)
    assert exact[:-1].sum() == pytest.approx(1, abs=1e-4)
    assert band[-1] == pytest.approx(36, abs=0.01)
    assert band[36] == pytest.approx(1, abs=1e-3)


def test_age_loss_prefers_the_right_year_and_band() -> None:
    r = recipe(task="age", labels=(), outputs=101)
    objective = AgeObjective(r, r.all_heads[0])
    years = torch.arange(101.0)

    def logits(at: float) -> torch.Tensor:
        return (-0.5 * ((years - at) / 2) ** 2)[None]

    for labels, right, wrong in (({"age": 30.0}, 30, 40), ({"age_group": "60-69"}, 65, 50)):
        targets = objective.targets([Sample("0", lambda: None, "train", labels)])  # type: ignore[arg-type, return-value]
        assert objective.loss(logits(right), targets) < objective.loss(logits(wrong), targets)
    assert objective.score(logits(33).numpy(), [Sample("0", lambda: None, "t", {"age": 30.0})]) == (  # type: ignore[arg-type, return-value]
        pytest.approx(3, abs=0.01)
    )


HEADS = (
    HeadOptions("gender.two", "gender", ("female", "male"), threshold=0.6),
    HeadOptions("age.two", "age", outputs=30, weight=0.2),
)


@pytest.fixture
def ages(bars: Path) -> Path:
    """The bars as a table: half of them with a gender, the others with an age, older if brighter."""
    rows = ["path,gender,age,split"]
    for label in ("female", "male"):
        for i in range(40):
            path = bars / "train" / label / f"{i}.png"
            age = 20 * (i % 4 == 0)
            if age:
                cv2.imwrite(str(path), cv2.add(cv2.imread(str(path)), (90, 90, 90, 0)))
            rows.append(f"{path},{label if i % 2 else ''},{'' if i % 2 else age},train")
    table = bars / "table"
    table.mkdir()
    (table / "bars.csv").write_text("\n".join(rows))
    return table


def test_one_network_with_two_heads(ages: Path, tmp_path: Path) -> None:
    two = recipe(
        name="face.two",
        task="",
        labels=(),
        heads=HEADS,
        data=(DataOptions("csv", "train"),),
        network={"family": "resnet", "stem": 8, "widths": [8, 16], "strides": [1, 2]},
        augment=AugmentOptions(rotate_deg=3, contrast=0, brightness=0),
        optim=OptimOptions(epochs=12, batch=8, learning_rate=1e-2, ema=0.9),
    )
    rows: list[dict[str, object]] = []
    path = train(two, ages, tmp_path / "run", device="cpu", report=rows.append)
    assert {"gender accuracy", "age mae"} <= set(rows[-1])
    cards = [path.with_name(f"{head.name}.json") for head in HEADS]
    assert {read_card(card).output for card in cards} == {"gender", "age"}
    assert evaluate(str(cards[0]), ages, "csv", "all")["accuracy"] > 0.9
    assert evaluate(str(cards[1]), ages, "csv", "all")["mae"] < 5
    chosen: dict[str, str | None] = {"gender": str(cards[0]), "age": str(cards[1])}
    models = load_models(chosen, "cpu")
    assert models["gender"].session is models["age"].session
    image, faces = np.zeros((64, 64, 3), np.uint8), [((8.0, 8.0, 40.0, 40.0), None)] * 3
    together = Recogniser(models).values(image, faces)[0]
    for task, card in chosen.items():
        alone = Recogniser({task: load_model(task, card, "cpu")}).values(image, faces)[0]
        assert np.array_equal(alone[task], together[task])
    broken = dataclasses.replace(read_card(cards[0]), output="gendre")
    cards[0].write_text(broken.to_json())
    with pytest.raises(ModelError, match="no output 'gendre'"):
        load_models(chosen, "cpu")


def test_a_picture_teaches_the_heads_that_it_has_labels_for() -> None:
    joint = JointObjective(recipe(task="", labels=(), heads=HEADS))
    samples = [
        Sample(str(i), lambda: None, "train", labels)  # type: ignore[arg-type, return-value]
        for i, labels in enumerate(({"gender": "male"}, {"age": 7.0}, {"gender": "female", "age": 9.0}))
    ]
    targets = joint.targets(samples)
    logits = torch.zeros(3, 32, requires_grad=True)
    joint.loss(logits, targets).backward()
    assert logits.grad is not None
    taught = logits.grad.abs() > 0
    assert taught[:, :2].any(1).tolist() == [True, False, True]
    assert taught[:, 2:].any(1).tolist() == [False, True, True]
    # Each head's mean is over all pictures: two of three have a gender.
    only = JointObjective(recipe(task="", labels=(), heads=HEADS[:1]))
    mean = only.loss(logits[[0, 2]], only.targets([samples[0], samples[2]])) * 2 / 3
    ages = JointObjective(recipe(task="", labels=(), heads=HEADS[1:]))
    mean = mean + ages.loss(logits[[1, 2], 2:], ages.targets(samples[1:])) * 2 / 3
    assert joint.loss(logits, targets).item() == pytest.approx(mean.item(), rel=1e-5)
    with pytest.raises(RecipeError, match=r"age\.two: no picture has a label for age"):
        joint.targets(samples[:1])
    with pytest.raises(RecipeError, match="has no label for gender or age"):
        joint.targets([Sample("0", lambda: None, "train", {"emotion": "sad"})])  # type: ignore[arg-type, return-value]


def test_teachers_fill_in_what_has_no_label() -> None:
    samples = [
        Sample(str(i), lambda: None, "train", labels)  # type: ignore[arg-type, return-value]
        for i, labels in enumerate(({"gender": "male"}, {"age": 7.0}))
    ]
    told = {"gender": torch.tensor([[0.5, 0.5], [0.9, 0.1]]), "age": torch.eye(30)[[3, 5]]}
    for unlabelled in (False, True):
        teacher = TeacherOptions(("x",), 0.5, unlabelled)
        joint = JointObjective(recipe(task="", labels=(), heads=HEADS, teacher=teacher))
        targets = joint.targets(samples, told)
        assert targets[0, :3].tolist() == [0.25, 0.75, 1]
        assert targets[1, :3].tolist() == (pytest.approx([0.9, 0.1, 1]) if unlabelled else [0, 0, 0])
        assert targets[0, 3 + 30 :].tolist() == ([3, 1] if unlabelled else [0, 0])
        assert targets[1, 3 + 30 :].tolist() == [6, 1]


def test_fresh_state_repeats_from_its_seed() -> None:
    one, same = (fresh_state(recipe(), torch.device("cpu")) for _ in range(2))
    assert all(
        torch.equal(a, b) for a, b in zip(one.network.parameters(), same.network.parameters(), strict=True)
    )


def test_sets_are_brought_to_one_crop() -> None:
    ramp = np.tile(np.arange(0, 200, 2, dtype=np.uint8)[:, None], (1, 100))  # Brighter further down.
    spec = CropSpec(size=20, scale=1.0, shift_y=0.0)
    same = held_in_memory([ramp], placement=Placement(1.0, 0.0))
    assert same.square(0, spec) == held_in_memory([ramp]).square(0, spec)
    # A set whose pictures show twice a face's size, its middle a tenth of it too low.
    wide = held_in_memory([ramp], placement=Placement(2.0, 0.1))
    square = wide.square(0, spec)
    assert square.side == 50
    assert square.centre_xy == (50, 45)
    face = plain_faces(wide, [0], spec)[0, 0]
    assert float(face[:, 10].mean()) == pytest.approx(2 * 44.5, abs=1)


def test_the_split_does_not_depend_on_the_crop() -> None:
    rng = np.random.default_rng(0)
    small, large = (
        held_in_memory([rng.integers(0, 255, (side, side), np.uint8) for _ in range(60)]) for side in (12, 24)
    )
    kept = [{s.key for s in split_holdout(pictures, 0.3)[1].samples} for pictures in (small, large)]
    assert kept[0] == kept[1]
    assert 5 < len(kept[0]) < 35


def test_scores_of_another_program_are_an_aid(bars: Path, tmp_path: Path) -> None:
    options = (DataOptions("folder", "train", extra={"shapes": "shapes.npz"}),)
    pictures = load_pictures((DataOptions("folder", "train"),), bars, CropSpec(size=16))
    keys = [sample.key for sample in pictures.samples]
    male = np.array([sample.labels["gender"] == "male" for sample in pictures.samples])
    scores = np.stack([0.1 + 0.5 * male, np.full(len(male), 0.2)], axis=1)
    scores[3] = np.nan
    np.savez(bars / "shapes.npz", keys=np.array(keys[:-1]), scores=scores[:-1])
    heads = (
        HeadOptions("gender.two", "gender", ("female", "male"), limits=("x",)),
        HeadOptions("shapes", "scores", outputs=2, target="shapes", aid=True),
    )
    two = recipe(name="face.aided", task="", labels=(), heads=heads, data=options)
    joint = JointObjective(two)
    pictures = load_pictures(options, bars, CropSpec(size=16))
    targets = joint.targets(pictures.samples)
    assert (targets[:, -1] == 0).sum() == 2  # The unknown one, and the one that the table lacks.
    known = targets[targets[:, -1] > 0]
    assert known[:, 3:5].mean(0).tolist() == pytest.approx([0, 0], abs=1e-3)
    rows: list[dict[str, object]] = []
    path = train(two, bars, tmp_path / "run", device="cpu", report=rows.append)
    assert {"gender accuracy", "shapes correlation"} <= set(rows[-1])
    assert not path.with_name("shapes.json").exists()
    assert load_model("gender", str(path.with_name("gender.two.json"))).session.outputs == ("gender",)
    more = dataclasses.replace(heads[1], outputs=3)
    with pytest.raises(RecipeError, match="2 scores, but its outputs are 3"):
        JointObjective(dataclasses.replace(two, heads=(heads[0], more))).targets(pictures.samples)
    (bars / "shapes.npz").write_bytes(b"no table")
    with pytest.raises(RecipeError, match="no table of scores"):
        load_pictures(options, bars, CropSpec(size=16))


def test_two_heads_of_one_task_need_targets_of_their_own() -> None:
    pair = (HeadOptions("a", "gender", ("x", "y")), HeadOptions("b", "gender", ("x", "y")))
    with pytest.raises(RecipeError, match="give one a target"):
        recipe(task="", labels=(), heads=pair)
    with pytest.raises(RecipeError, match="every head is an aid"):
        recipe(task="", labels=(), heads=(dataclasses.replace(pair[0], aid=True),))
    own = (pair[0], dataclasses.replace(pair[1], target="other"))
    samples = [
        Sample(str(i), lambda: None, "train", labels)  # type: ignore[arg-type, return-value]
        for i, labels in enumerate(({"gender": "x", "other": "y"}, {"gender": "y"}))
    ]
    targets = JointObjective(recipe(task="", labels=(), heads=own)).targets(samples)
    assert targets.tolist() == [[1, 0, 1, 0, 1, 1], [0, 1, 1, 0, 0, 0]]


def unit_samples(*rows: dict[str, float]) -> list[Sample]:
    """Pictures whose action units are those given; the others aren't coded."""
    table = [np.array([row.get(name, np.nan) for name in ACTION_UNITS], np.float32) for row in rows]
    return [
        Sample(str(i), lambda: None, "train", scores={"au": units})  # type: ignore[arg-type, return-value]
        for i, units in enumerate(table)
    ]


UNIT_HEAD = HeadOptions("au.test", "au", ("AU06", "AU12"), limits=("x",))


def test_units_that_are_not_coded_teach_nothing() -> None:
    joint = JointObjective(recipe(task="", labels=(), heads=(UNIT_HEAD,)))
    samples = unit_samples({"AU06": 1, "AU12": 0}, {"AU12": 1})
    targets = joint.targets(samples)
    assert targets.tolist() == [[1, 0, 1], [-1, 1, 1]]
    logits = torch.zeros(2, 2, requires_grad=True)
    loss = joint.loss(logits, targets)
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2))
    assert logits.grad is not None
    assert logits.grad.numpy() == pytest.approx(np.array([[-1, 1], [0, -1]]) / 6)
    assert joint.scores(np.float32([[2, 0], [1, 1]]), samples) == {"auc": 1.0}
    with pytest.raises(RecipeError, match="has no label for au"):
        joint.targets(unit_samples({"AU01": 1}))
    with pytest.raises(RecipeError, match="AU99: no action unit"):
        JointObjective(recipe(task="", heads=(dataclasses.replace(UNIT_HEAD, labels=("AU99",)),)))


def test_a_teacher_of_units_fills_what_is_not_coded() -> None:
    r = recipe(task="", labels=(), heads=(UNIT_HEAD,), teacher=TeacherOptions(("x",), 0.5))
    objective = JointObjective(r).parts[0]
    targets = objective.targets(unit_samples({"AU12": 1}))
    assert objective.taught(targets, torch.tensor([[0.3, 0.5]])).tolist() == [pytest.approx([0.3, 0.75])]


@pytest.fixture
def save_ck() -> Callable[..., Path]:
    def save(root: Path, people: int) -> Path:
        rng = np.random.default_rng(0)
        for person in range(people):
            name = f"S{person:03d}_001_00000009"
            note = root / f"CK+/FACS/{name[:4]}/001/{name}_facs.txt"
            note.parent.mkdir(parents=True)
            note.write_text("1 0\n12 3\n")
            picture = root / f"CK+/contempt/{name}.png"
            picture.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(picture), rng.integers(0, 255, (48, 48, 3), np.uint8))
        return root

    return save


def test_folds_part_people(tmp_path: Path, save_ck: Callable[..., Path]) -> None:
    root = save_ck(tmp_path, people=30)
    entry = DataOptions("ckplus", "test", folds=5, only=("au",))
    kept = []
    for fold in range(5):
        pictures = load_pictures((entry,), root, CropSpec(size=24), fold)
        train_part, held = split_holdout(pictures, 0.5)
        people = {s.group for s in held.samples}
        assert not people & {s.group for s in train_part.samples}
        assert all(not s.labels and "au" in s.scores for s in held.samples)
        kept.append(people)
    assert len(set().union(*kept)) == sum(map(len, kept)) == 30
    everyone, none = split_holdout(load_pictures((entry,), root, CropSpec(size=24)), 0.5)
    assert len(none) == 0
    assert {s.group for s in everyone.samples} == set().union(*kept)
    with pytest.raises(RecipeError, match=r"no .* fold 5"):
        recipe(data=(entry,), fold=5)


def test_a_second_phase_takes_over_the_heads_it_knows(bars: Path, tmp_path: Path) -> None:
    gender = HeadOptions("gender.two", "gender", ("female", "male"), limits=("x",))
    first = recipe(name="face.one", task="", labels=(), heads=(gender,), network=RESNET)
    train(first, bars, tmp_path / "first")
    start = str(tmp_path / "first" / "checkpoint.pt")
    heads = (UNIT_HEAD, gender)
    second = recipe(name="face.two", task="", labels=(), heads=heads, start=start, network=RESNET)
    network = fresh_state(second, torch.device("cpu")).network
    fresh = network.state_dict()["classes.weight"].clone()
    load_start(network, second)
    old = torch.load(start, weights_only=True)["averaged"]
    now = network.state_dict()
    assert torch.equal(now["classes.weight"][2:], old["classes.weight"])
    assert torch.equal(now["classes.bias"][2:], old["classes.bias"])
    assert torch.equal(now["classes.weight"][:2], fresh[:2])
    shared = [name for name in old if not name.startswith("classes")]
    assert all(torch.equal(now[name], old[name]) for name in shared)
    (tmp_path / "first" / "recipe.json").unlink()
    with pytest.raises(RecipeError, match=r"recipe\.json says which heads it has, and can't be read"):
        load_start(network, second)
    with pytest.raises(RecipeError, match=r"size 24, but \[crop\] 16"):
        recipe(network=RESNET, crop=CropSpec(size=16))


RESNET = {"family": "resnet", "stem": 8, "widths": [8, 16], "strides": [1, 2], "size": 24, "squeeze": 4}


def test_a_probe_adds_a_head_and_moves_nothing_else(bars: Path, tmp_path: Path) -> None:
    gender = HeadOptions("gender.two", "gender", ("female", "male"), limits=("x",))
    first = recipe(name="face.one", task="", labels=(), heads=(gender,), network=RESNET)
    before = train(first, bars, tmp_path / "first")
    # The action unit is the class that the first network has learned to see.
    options = DataOptions("folder", "train", extra={"au": "units.npz"}, folds=5, only=("au",))
    pictures = load_pictures((DataOptions("folder", "train"),), bars, CropSpec(size=24))
    table = np.full((len(pictures), len(ACTION_UNITS)), np.nan)
    table[:, list(ACTION_UNITS).index("AU06")] = [s.labels["gender"] == "male" for s in pictures.samples]
    table[:, list(ACTION_UNITS).index("AU12")] = [s.labels["gender"] != "male" for s in pictures.samples]
    np.savez(bars / "units.npz", keys=np.array([s.key for s in pictures.samples]), scores=table)
    heads = (gender, dataclasses.replace(UNIT_HEAD, probe=True))
    second = recipe(
        name="face.two",
        task="",
        labels=(),
        heads=heads,
        data=(options,),
        start=str(tmp_path / "first" / "checkpoint.pt"),
        network=RESNET,
        fold=1,
        probe=ProbeOptions(views=1, penalty=1e-3),
    )
    rows: list[dict[str, object]] = []
    after = train(second, bars, tmp_path / "second", report=rows.append)
    assert rows[0]["au auc"] == 1.0
    old, new = read_card(before.with_name("gender.two.json")), read_card(after.with_name("gender.two.json"))
    assert (old.temperature, old.labels) == (new.temperature, new.labels)
    faces = np.random.default_rng(0).normal(size=(4, 1, 24, 24)).astype(np.float32)
    one = load_model("gender", str(before.with_name("gender.two.json")), "cpu")
    two = load_model("gender", str(after.with_name("gender.two.json")), "cpu")
    assert np.allclose(one.logits(faces), two.logits(faces), atol=1e-5)
    units = load_model("au", str(after.with_name("au.test.json")), "cpu")
    assert units.session.outputs == ("gender", "au")
    # Without a fold all are taught, and the card waits for its temperature.
    whole = train(dataclasses.replace(second, fold=-1), bars, tmp_path / "whole")
    assert read_card(whole.with_name("au.test.json")).temperature == 1.0
    with pytest.raises(RecipeError, match="name it in start"):
        dataclasses.replace(second, start="")
    # A finished probe has no checkpoint, and is protected all the same.
    with pytest.raises(OutputExistsError, match="another recipe"):
        train(recipe(), bars, tmp_path / "whole")
    other = dataclasses.replace(gender, name="age.two", task="age", labels=(), outputs=101)
    with pytest.raises(RecipeError, match=r"no head age\.two, which a probe is to leave as it is"):
        changed = dataclasses.replace(second, heads=(other, heads[1]))
        load_start(fresh_state(changed, torch.device("cpu")).network, changed)


def test_plain_networks_see_the_middle_columns_as_of_old() -> None:
    options = {"size": 24, "stages": [[4], [8]], "dense": [6], "columns": 16}
    network = build_network("plain", 1, 3, options).eval()
    pixels = np.random.default_rng(0).integers(0, 256, (2, 1, 24, 24))
    x = torch.from_numpy(((pixels / 255 - 0.5) / 0.25).astype(np.float32))
    seen = network.features[0](x)  # type: ignore[index, operator]
    assert seen.shape == (2, 1, 24, 16)
    assert np.allclose(seen.numpy(), (pixels[..., 4:20] - 127) / 128, atol=1e-4)
    outside = x.clone()
    outside[..., :4] = 9
    assert torch.equal(network(x), network(outside))
    with pytest.raises(RecipeError, match="leave nothing of 4 pixels"):
        build_network("plain", 1, 3, {"size": 4, "stages": [[4], [8], [8]]})
    with pytest.raises(RecipeError, match="timm"):
        build_network("timm", 1, 3, {"name": "no such network"})


def test_classes_each_alone() -> None:
    head = HeadOptions("e", "emotion", ("happy", "sad"), one_versus_all=True)
    objective = JointObjective(recipe(task="", labels=(), heads=(head,)))
    samples = [
        Sample(str(i), lambda: None, "train", {"emotion": label})  # type: ignore[arg-type, return-value]
        for i, label in enumerate(("sad", "neutral"))
    ]
    targets = objective.targets(samples)
    assert targets.tolist() == [[0, 1, 1], [0, 0, 1]]
    assert objective.loss(torch.zeros(2, 2), targets).item() == pytest.approx(2 * np.log(2))
    assert objective.scores(np.float32([[-1, 2], [-3, -1]]), samples) == {"accuracy": 1.0}
    assert objective.scores(np.float32([[-1, 2], [-3, 1]]), samples) == {"accuracy": 0.5}
