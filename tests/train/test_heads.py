"""Networks with several heads: masked labels, aids, folds, and networks as of old."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'mimik[train]'")

from tiny_recipe import RESNET, UNIT_HEAD, held_in_memory, parts, recipe, started  # noqa: E402

from mimik.data.base import Sample, load_reader  # noqa: E402
from mimik.data.split_file import Part, write_split_file  # noqa: E402
from mimik.data.splits import fold_of  # noqa: E402
from mimik.errors import ModelError, OptionError, RecipeError  # noqa: E402
from mimik.evaluate.score import evaluate_model  # noqa: E402
from mimik.faces.recognise import Recogniser  # noqa: E402
from mimik.facs import ACTION_UNITS  # noqa: E402
from mimik.models.card import read_card  # noqa: E402
from mimik.models.inputs import CropSpec  # noqa: E402
from mimik.tasks.loaded import load_model, load_models  # noqa: E402
from mimik.train.checkpoint import fresh_state  # noqa: E402
from mimik.train.inputs.batches import plain_faces  # noqa: E402
from mimik.train.inputs.pictures import load_pictures  # noqa: E402
from mimik.train.inputs.split import split_holdout  # noqa: E402
from mimik.train.loop import check_material, train  # noqa: E402
from mimik.train.networks.base import build_network  # noqa: E402
from mimik.train.objectives.joint import (  # noqa: E402
    joint_objective,
)
from mimik.train.phases.base import Material  # noqa: E402
from mimik.train.recipe.changes import AugmentOptions  # noqa: E402
from mimik.train.recipe.options import DataOptions, HeadOptions, OptimOptions, TeacherOptions  # noqa: E402
from mimik.train.weights.start import load_start  # noqa: E402
from mimik.types import Placement  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


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
    assert evaluate_model(str(cards[0]), ages, "csv", "all")["accuracy"] > 0.9
    assert evaluate_model(str(cards[1]), ages, "csv", "all")["mae"] < 5
    chosen: dict[str, str | None] = {"gender": str(cards[0]), "age": str(cards[1])}
    models = load_models(chosen, "cpu")
    assert models["gender"].session is models["age"].session
    image, faces = np.zeros((64, 64, 3), np.uint8), [((8.0, 8.0, 40.0, 40.0), None)] * 3
    crops = Recogniser(models).crops(image, faces)
    together = Recogniser(models).answers(crops, {})[0]
    for task, card in chosen.items():
        alone = Recogniser({task: load_model(task, card, "cpu")}).answers(crops, {})[0]
        assert np.array_equal(alone[task], together[task])
    broken = dataclasses.replace(read_card(cards[0]), output="gendre")
    cards[0].write_text(broken.to_json())
    with pytest.raises(ModelError, match="no output 'gendre'"):
        load_models(chosen, "cpu")


def test_a_picture_teaches_the_heads_that_it_has_labels_for() -> None:
    joint = joint_objective(recipe(task="", labels=(), heads=HEADS))
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
    only = joint_objective(recipe(task="", labels=(), heads=HEADS[:1]))
    mean = only.loss(logits[[0, 2]], only.targets([samples[0], samples[2]])) * 2 / 3
    ages = joint_objective(recipe(task="", labels=(), heads=HEADS[1:]))
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
        joint = joint_objective(recipe(task="", labels=(), heads=HEADS, teacher=teacher))
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
    kept = [{s.key for s in split_holdout(pictures, 0.3).held.samples} for pictures in (small, large)]
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
    joint = joint_objective(two)
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
        joint_objective(dataclasses.replace(two, heads=(heads[0], more))).targets(pictures.samples)
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
    targets = joint_objective(recipe(task="", labels=(), heads=own)).targets(samples)
    assert targets.tolist() == [[1, 0, 1, 0, 1, 1], [0, 1, 1, 0, 0, 0]]


def unit_samples(*rows: dict[str, float]) -> list[Sample]:
    """Pictures whose action units are those given; the others aren't coded."""
    table = [np.array([row.get(name, np.nan) for name in ACTION_UNITS], np.float32) for row in rows]
    return [
        Sample(str(i), lambda: None, "train", scores={"au": units})  # type: ignore[arg-type, return-value]
        for i, units in enumerate(table)
    ]


def test_units_that_are_not_coded_teach_nothing() -> None:
    joint = joint_objective(recipe(task="", labels=(), heads=(UNIT_HEAD,)))
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
        joint_objective(recipe(task="", labels=(), heads=(dataclasses.replace(UNIT_HEAD, labels=("AU99",)),)))


def test_a_teacher_of_units_fills_what_is_not_coded() -> None:
    r = recipe(task="", labels=(), heads=(UNIT_HEAD,), teacher=TeacherOptions(("x",), 0.5))
    objective = joint_objective(r).parts[0]
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
        train_part, held = parts(pictures, 0.5)
        people = {s.group for s in held.samples}
        assert not people & {s.group for s in train_part.samples}
        assert all(not s.labels and "au" in s.scores for s in held.samples)
        kept.append(people)
    assert len(set().union(*kept)) == sum(map(len, kept)) == 30
    everyone, none = parts(load_pictures((entry,), root, CropSpec(size=24)), 0.5)
    assert len(none) == 0
    assert {s.group for s in everyone.samples} == set().union(*kept)
    with pytest.raises(RecipeError, match=r"no .* fold 5"):
        recipe(data=(entry,), fold=5)


def test_a_split_file_parts_a_set(tmp_path: Path, save_ck: Callable[..., Path]) -> None:
    root = save_ck(tmp_path, people=6)
    keys = [(sample.key, sample.group) for sample in load_reader("ckplus").read(root)]
    parts = [Part("test" if who == "S005" else "train", int(who[-1]) % 2, who) for _, who in keys]
    write_split_file(tmp_path / "parts.csv", [key for key, _ in keys], parts)
    entry = DataOptions("ckplus", "train", folds=2, splits=str(tmp_path / "parts.csv"))
    split = split_holdout(load_pictures((entry,), root, CropSpec(size=24), 1), 0.5)
    assert {s.group for s in split.trained.samples} == {"S000", "S002", "S004"}
    assert {s.group for s in split.held.samples} == {"S001", "S003"}
    with pytest.raises(OptionError, match="no split 'val': there is test, train, fold0 to fold1, all"):
        load_pictures((dataclasses.replace(entry, split="val"),), root, CropSpec(size=24))
    write_split_file(
        tmp_path / "parts.csv", [key for key, _ in keys], [Part("train", 3, who) for _, who in keys]
    )
    with pytest.raises(RecipeError, match=r"parts\.csv: has a fold 3, but the recipe says folds = 2; say 4"):
        load_pictures((entry,), root, CropSpec(size=24), 1)


def test_an_undivided_folder_is_trained_on(bars: Path) -> None:
    entry = DataOptions("folder", "train", "train")
    whole = load_pictures((dataclasses.replace(entry, path=""),), bars, CropSpec(size=16))
    assert len(load_pictures((entry,), bars, CropSpec(size=16))) == len(whole) > 0


def test_a_fold_that_holds_no_one_is_said(tmp_path: Path, save_ck: Callable[..., Path]) -> None:
    root, entry = save_ck(tmp_path, people=3), DataOptions("ckplus", "test", folds=5, only=("au",))
    whole = recipe(
        task="", labels=(), heads=(dataclasses.replace(UNIT_HEAD, labels=("AU12",)),), data=(entry,)
    )
    with pytest.raises(RecipeError, match=r"none was named, .* name one with --fold, 0 to 4$"):
        train(whole, root, tmp_path / "run")
    lived_in = {fold_of(f"S{person:03d}", 5) for person in range(3)}
    empty = min({*range(5)} - lived_in)
    for probe in (False, True):
        heads = (dataclasses.replace(UNIT_HEAD, probe=probe),)
        own = dataclasses.replace(whole, fold=empty, start="a run", heads=heads)
        pictures, held = parts(load_pictures((entry,), root, CropSpec(size=24), empty), 0.5)
        with pytest.raises(RecipeError, match=f"fold {empty} of 5 is empty"):
            check_material(own, Material(joint_objective(own), pictures, held, {}, Path()))
    assert not (tmp_path / "run").exists()


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
        started(second)
    with pytest.raises(RecipeError, match=r"size 24, but \[crop\] 16"):
        recipe(network=RESNET, crop=CropSpec(size=16))


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
    objective = joint_objective(recipe(task="", labels=(), heads=(head,)))
    samples = [
        Sample(str(i), lambda: None, "train", {"emotion": label})  # type: ignore[arg-type, return-value]
        for i, label in enumerate(("sad", "neutral"))
    ]
    targets = objective.targets(samples)
    assert targets.tolist() == [[0, 1, 1], [0, 0, 1]]
    assert objective.loss(torch.zeros(2, 2), targets).item() == pytest.approx(2 * np.log(2))
    assert objective.scores(np.float32([[-1, 2], [-3, -1]]), samples) == {"accuracy": 1.0}
    assert objective.scores(np.float32([[-1, 2], [-3, 1]]), samples) == {"accuracy": 0.5}
